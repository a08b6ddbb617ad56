import type { Chart } from './charts.ts'
import type { Machine } from './machine.ts'

/** What a workload found; the page is made of these and nothing else. */
export interface Report {
  readonly name: string
  readonly title: string
  /** What was done, in Markdown. */
  readonly text: string
  readonly targets: readonly Target[]
  readonly parts: readonly ReportPart[]
  /** All numbers, as they were measured. */
  readonly measurements: unknown
}

export interface ReportPart {
  readonly heading?: string
  readonly table: Table
  readonly chart?: Chart
  readonly notes?: readonly string[]
}

export interface Table {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export interface Target {
  readonly what: string
  readonly target: string
  readonly found: string
  readonly isReached: boolean
}

/** A report as it is kept between runs. */
export interface KeptReport {
  readonly report: Report
  readonly machine: Machine
  /** ISO 8601. */
  readonly at: string
}

/** At least so much of something. */
export function atLeast(what: string, target: number, found: number, unit = '×'): Target {
  return { what, target: `≥ ${target} ${unit}`, found: `${short(found)} ${unit}`, isReached: found >= target }
}

/** At most so much of something. */
export function atMost(what: string, target: number, found: number, unit = '×'): Target {
  return { what, target: `≤ ${target} ${unit}`, found: `${short(found)} ${unit}`, isReached: found <= target }
}

/** Three digits that count, with a comma between the thousands. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return Math.abs(value) >= 1000
    ? Number(value.toPrecision(3)).toLocaleString('en-GB')
    : value.toFixed(Math.min(digits, 3))
}
