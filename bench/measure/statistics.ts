/** Of several measurements of one thing. */
export interface Summary {
  readonly median: number
  readonly min: number
  readonly max: number
  /** The distance of the extremes as a share of the median. */
  readonly spread: number
  readonly count: number
}

export function summarize(values: readonly number[]): Summary {
  if (values.length === 0) throw new RangeError('nothing was measured')
  const sorted = values.toSorted((a, b) => a - b)
  const median = percentile(sorted, 50)
  const [min, max] = [sorted[0]!, sorted.at(-1)!]
  return { median, min, max, spread: median === 0 ? 0 : (max - min) / median, count: values.length }
}

export function medianOf(values: readonly number[]): number {
  return summarize(values).median
}

/**
 * The value that `percent` of the values do not exceed; between two values the line that joins them.
 * @param sorted in ascending order
 */
export function percentile(sorted: readonly number[], percent: number): number {
  const place = ((sorted.length - 1) * percent) / 100
  const below = Math.floor(place)
  const low = sorted[below]!
  const high = sorted[Math.ceil(place)]!
  return low + (high - low) * (place - below)
}

/** The median of the ratios of the rounds: what the machine did in a round, it did to both. */
export function ratioOf(values: readonly number[], others: readonly number[]): number {
  return medianOf(values.map((value, round) => value / others[round]!))
}
