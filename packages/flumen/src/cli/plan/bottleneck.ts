import { sum } from './division.ts'
import { type Loads, loadsOf } from './loads.ts'
import { type Network, nothing } from './network.ts'
import { allIsWell, capacityOf, partsOf, type Scenario, working } from './scenario.ts'

/** A place that cannot pass more than so much: a source, or all that takes from a channel. */
export interface Hop {
  /** Id of the source or the channel. */
  readonly id: string
  readonly kind: 'source' | 'channel'
  /** Events a second that it must carry. */
  readonly carries: number
  /** Events a second that it can carry. */
  readonly limit: number
}

export interface Bottleneck {
  readonly hop: Hop
  /** The given rates times this are the most that the whole carries; below 1: it does not carry them. */
  readonly scale: number
}

/** What a hop uses of what it can: 1 is all. */
export function useOf({ carries, limit }: Pick<Hop, 'carries' | 'limit'>): number {
  return carries === 0 ? 0 : carries / limit
}

/** Every place whose limit is known, with what it carries in a scenario. */
export function hopsOf(network: Network, loads: Loads, scenario: Scenario = allIsWell): readonly Hop[] {
  const sources = network.sources.map(({ id, limit }): Hop => {
    return { id, kind: 'source', carries: (loads.sources.get(id) ?? nothing).events, limit }
  })
  const runners = Map.groupBy(network.runners, ({ channel }) => channel)
  const channels = network.channels.map(({ id }): Hop => {
    const capacities = working(runners.get(id) ?? [], scenario).map((runner) =>
      capacityOf(runner, partsOf(runner, scenario)),
    )
    // A channel that nobody empties is told of by its own row; it is no matter of speed.
    const limit = capacities.length === 0 ? Number.POSITIVE_INFINITY : sum(capacities)
    return { id, kind: 'channel', carries: (loads.into.get(id) ?? nothing).events, limit }
  })
  return [...sources, ...channels].filter(({ limit }) => Number.isFinite(limit))
}

const mostScale = 2 ** 40
const halvings = 60

export interface BottleneckOptions {
  /** Which places count; all where it is left out. */
  readonly among?: (hop: Hop) => boolean
  /** Places that carry the rates times this are no matter. */
  readonly most?: number
}

/** The place that is the first to carry all it can when every rate grows alike; undefined: there is none up to `most`. */
export function bottleneckOf(
  network: Network,
  { among, most = mostScale }: BottleneckOptions = {},
): Bottleneck | undefined {
  const fullestAt = (scale: number): Hop | undefined => {
    const hops = hopsOf(network, loadsOf(network, { scale })).filter((hop) => hop.carries > 0 && (among?.(hop) ?? true))
    return hops.reduce<Hop | undefined>(
      (fullest, hop) => (fullest && useOf(fullest) >= useOf(hop) ? fullest : hop),
      undefined,
    )
  }
  const isTooMuch = (scale: number): boolean => {
    const fullest = fullestAt(scale)
    return fullest !== undefined && useOf(fullest) > 1
  }
  if (!isTooMuch(most)) return undefined
  let low = 0
  let high = 1
  while (high < most && !isTooMuch(high)) {
    low = high
    high = Math.min(most, high * 2)
  }
  for (let halving = 0; halving < halvings; halving++) {
    const middle = (low + high) / 2
    if (isTooMuch(middle)) high = middle
    else low = middle
  }
  const first = fullestAt(high)
  const now = first && hopsOf(network, loadsOf(network)).find(({ id, kind }) => id === first.id && kind === first.kind)
  return now && { hop: now, scale: high }
}
