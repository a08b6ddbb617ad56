import type { Channel, Origin } from '../core/index.ts'

/** Rows with consecutive positions of which each channel has all or none. */
export interface OriginSpan {
  readonly first: number
  readonly last: number
  /** Channels that have them already. */
  readonly have: ReadonlySet<Channel>
  /** They are stored, or failed. */
  end(): void
}

interface OnTheWay {
  readonly first: number
  readonly last: number
  readonly ended: Promise<void>
}

/** More than that are no tiers of one network: positions are not kept of any more. */
const mostProducers = 10_000
/** Positions with more gaps than that are no retries. */
const mostRanges = 10_000
const mostOfName = 256

/** What is on its way into a channel, whichever source brings it. */
const onTheWay = new WeakMap<Channel, Map<string, Set<OnTheWay>>>()

/** Whether positions can be kept of these rows: they are numbers, one a row, and not too many producers came before. */
export function isUsable({ producer, first, last }: Origin, rows: number, channels: readonly Channel[]): boolean {
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || first < 0 || last - first + 1 !== rows)
    return false
  if (producer.length === 0 || producer.length > mostOfName) return false
  return channels.every((channel) => {
    const known = channel.stored?.(producer).length ?? 0
    return known > 0 ? known < mostRanges : (channel.producers ?? 0) < mostProducers
  })
}

/**
 * The next rows that can be stored together. Rows that come while the same ones are on their way (their sender had no
 * answer in time) wait until it is known what becomes of those.
 */
export async function nextSpan(
  channels: readonly Channel[],
  { producer, first, last }: Origin,
  mostRows: number,
): Promise<OriginSpan> {
  const most = Math.min(last, first + mostRows - 1)
  for (;;) {
    const before = overlapping(channels, producer, first, most)
    if (!before) break
    await before.ended
  }
  let end = most
  const have = new Set<Channel>()
  for (const channel of channels) {
    const { isStored, until } = lookUp(channel.stored?.(producer) ?? [], first)
    end = Math.min(end, until - 1)
    if (isStored) have.add(channel)
  }
  return { first, last: end, have, end: enter(channels, producer, first, end) }
}

/** @returns whether the position lies in a range, and where what is true of it ends */
function lookUp(
  ranges: readonly (readonly [number, number])[],
  position: number,
): { isStored: boolean; until: number } {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ranges[middle]![1] <= position) low = middle + 1
    else high = middle
  }
  const next = ranges[low]
  if (!next) return { isStored: false, until: Number.POSITIVE_INFINITY }
  return next[0] <= position ? { isStored: true, until: next[1] } : { isStored: false, until: next[0] }
}

function overlapping(
  channels: readonly Channel[],
  producer: string,
  first: number,
  last: number,
): OnTheWay | undefined {
  for (const channel of channels) {
    for (const each of onTheWay.get(channel)?.get(producer) ?? []) {
      if (each.first <= last && each.last >= first) return each
    }
  }
  return undefined
}

function enter(channels: readonly Channel[], producer: string, first: number, last: number): () => void {
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  const entry = { first, last, ended }
  for (const channel of channels) {
    const byProducer = onTheWay.get(channel) ?? new Map<string, Set<OnTheWay>>()
    onTheWay.set(channel, byProducer)
    const entries = byProducer.get(producer) ?? new Set<OnTheWay>()
    byProducer.set(producer, entries.add(entry))
  }
  return () => {
    for (const channel of channels) {
      const entries = onTheWay.get(channel)?.get(producer)
      entries?.delete(entry)
      if (entries?.size === 0) onTheWay.get(channel)?.delete(producer)
    }
    resolve()
  }
}
