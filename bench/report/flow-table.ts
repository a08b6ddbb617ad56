import type { FlowResult } from '../measure/flow.ts'
import { medianOf, ratioOf, summarize } from '../measure/statistics.ts'
import type { BarChart } from './charts.ts'
import { short, type Table } from './report.ts'

/** A row a peer, with its ratios to two of them. */
export function flowTable(results: readonly FlowResult[], ceiling: string, flume: string): Table {
  return {
    head: ['', 'events/s', 'MB/s', 'spread', 'CPU s/GB', 'peak memory, MB', `against ${ceiling}`, `against ${flume}`],
    rows: results.map((result) => row(result, results, ceiling, flume)),
  }
}

function row(result: FlowResult, results: readonly FlowResult[], ceiling: string, flume: string): string[] {
  const { peer, passes, peak, missing } = result
  if (passes.length === 0) return [peer, missing ?? 'not measured', '', '', '', '', '', '']
  const speed = summarize(passes.map(({ megabytesPerSecond }) => megabytesPerSecond))
  return [
    peer,
    short(medianOf(passes.map(({ eventsPerSecond }) => eventsPerSecond))),
    short(speed.median),
    `${Math.round(speed.spread * 100)} %`,
    short(medianOf(passes.map(({ cpuPerGigabyte }) => cpuPerGigabyte))),
    short(peak / 1e6),
    times(ratioBetween(results, peer, ceiling, 'megabytesPerSecond')),
    times(ratioBetween(results, peer, flume, 'megabytesPerSecond')),
  ]
}

function times(ratio: number | undefined): string {
  return ratio === undefined ? '–' : `${short(ratio)} ×`
}

/** Of a figure of one peer to that of another, round by round; `undefined` when one is missing. */
export function ratioBetween<Pass extends { readonly [Figure in keyof Pass]: number }>(
  results: readonly { readonly peer: string; readonly passes: readonly Pass[] }[],
  peer: string,
  other: string,
  figure: keyof Pass,
): number | undefined {
  const valuesOf = (name: string): number[] =>
    (results.find((result) => result.peer === name)?.passes ?? []).map((pass) => pass[figure])
  const [values, others] = [valuesOf(peer), valuesOf(other)]
  const rounds = Math.min(values.length, others.length)
  return rounds === 0 ? undefined : ratioOf(values.slice(0, rounds), others.slice(0, rounds))
}

export function speedChart(title: string, results: readonly FlowResult[]): BarChart {
  const measured = results.filter(({ passes }) => passes.length > 0)
  return {
    kind: 'bars',
    title,
    unit: 'MB/s',
    bars: measured.map(({ peer, passes }) => {
      const { median, min, max } = summarize(passes.map(({ megabytesPerSecond }) => megabytesPerSecond))
      return { name: peer, value: median, low: min, high: max }
    }),
  }
}
