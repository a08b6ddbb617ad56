import type { Verdict } from '../reliability/oracle.ts'

export interface TrialOrder {
  readonly rounds: number
  readonly seed: number
  readonly directory: string
}

export interface TrialResult {
  readonly acknowledged: number
  readonly lost: number
  readonly duplicates: number
  readonly mostDuplicates: number
  readonly faults: readonly string[]
  /** From the heal of all paths, or a kill, until something arrives, ms, sorted. */
  readonly resumeMs: readonly number[]
  readonly figures: string
}

export interface Found {
  readonly verdict: Verdict
  readonly mostDuplicates: number
  readonly resumeMs: readonly number[]
  /** The bar for each of these. */
  readonly mostMs: number
  readonly figures: string
  /** Of other bars, and faults that had no effect. */
  readonly faults?: readonly string[]
}

/** What the bars say of it: none lost, twice no more than may be, on again in time. */
export function resultOf({ verdict, mostDuplicates, resumeMs, mostMs, figures, faults = [] }: Found): TrialResult {
  const { acknowledged, duplicates, examples, lost } = verdict
  const all = [...examples, ...faults]
  if (acknowledged === 0) all.push('nothing was acknowledged')
  if (duplicates > mostDuplicates) all.push(`${duplicates} events came twice; at most ${mostDuplicates} may`)
  if (resumeMs.length === 0) all.push('no fault stopped the flow')
  for (const ms of resumeMs)
    if (!(ms <= mostMs)) all.push(`on again after ${Math.ceil(ms)} ms; ${mostMs} ms is the bar`)
  const sorted = resumeMs.toSorted((a, b) => a - b)
  return { acknowledged, lost, duplicates, mostDuplicates, faults: all, resumeMs: sorted, figures }
}
