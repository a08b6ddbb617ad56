import type { HistogramReading } from '../../core/index.ts'

export type Buckets = Pick<HistogramReading, 'bounds' | 'counts'>

/**
 * The value below which a share of all values lies, interpolated inside its bucket; `null` without values. Values above
 * the last bound count as that bound.
 */
export function quantile({ bounds, counts }: Buckets, share: number): number | null {
  const total = counts.reduce((sum, each) => sum + each, 0)
  if (total <= 0) return null
  const rank = share * total
  let below = 0
  for (const [bucket, inside] of counts.entries()) {
    if (inside > 0 && below + inside >= rank) {
      const upper = bounds[bucket]
      if (upper === undefined) break
      const lower = bounds[bucket - 1] ?? 0
      return lower + (upper - lower) * Math.max(0, (rank - below) / inside)
    }
    below += inside
  }
  return bounds.at(-1) ?? null
}

/** The values that came after an earlier reading; all of them when that was of other buckets or of another run. */
export function since(later: Buckets, earlier: Buckets | undefined): Buckets {
  const counts = earlier?.counts
  if (!counts || counts.length !== later.counts.length) return later
  const added = later.counts.map((each, bucket) => each - (counts[bucket] ?? 0))
  return added.some((each) => each < 0) ? later : { bounds: later.bounds, counts: added }
}
