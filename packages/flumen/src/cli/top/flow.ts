import type { HealthProblem } from '../../core/index.ts'
import { quantile, since } from './histogram.ts'
import type { ChannelPart, Reading, SinkPart, SourcePart } from './reading.ts'

/** A flow at one instant, as it is shown and as `--json` prints it: plain data, times in seconds, instants in ms since the epoch. */
export interface Flow {
  readonly agent: string
  readonly version: string
  readonly at: number
  readonly state: Reading['state']
  readonly ready: boolean
  readonly uptimeSeconds: number
  /** Of one processor: since the reading before, at first since the start. */
  readonly cpuPercent: number
  readonly residentBytes: number
  readonly eventLoopLagSeconds: number
  readonly eventLoopLagMaxSeconds: number
  readonly problems: readonly HealthProblem[]
  readonly warnings: readonly HealthProblem[]
  readonly sources: readonly SourceFlow[]
  readonly channels: readonly ChannelFlow[]
  readonly sinks: readonly SinkFlow[]
}

export interface SourceFlow extends Omit<SourcePart, 'account'> {
  readonly received: number
}

export interface ChannelFlow extends ChannelPart {
  /** How long it has been full, where that is known. */
  readonly secondsFull: number | null
}

export interface SinkFlow extends Omit<SinkPart, 'account' | 'eventAgeSeconds'> {
  readonly delivered: number
  /** From the arrival of an event to its delivery: of those delivered lately, at first of all. `null`: none. */
  readonly eventAgeP50Seconds: number | null
  readonly eventAgeP99Seconds: number | null
}

/** What was read before, for what a single reading does not say. */
export interface Earlier {
  /** The reading before this one. */
  readonly last?: Reading | undefined
  /** A reading of some seconds ago: event ages are of what came since. */
  readonly past?: Reading | undefined
  /** Since when a channel was seen full, ms since the epoch. */
  readonly fullSince?: ReadonlyMap<string, number> | undefined
}

export function flowOf(reading: Reading, { last, past, fullSince }: Earlier = {}): Flow {
  const { agent, version, at, state, health, process } = reading
  const pastSinks = new Map(past?.sinks.map((sink) => [sink.name, sink]))
  return {
    agent,
    version,
    at,
    state,
    ready: health.ready,
    uptimeSeconds: process.uptimeSeconds,
    cpuPercent: cpuPercent(process, last?.process),
    residentBytes: process.residentBytes,
    eventLoopLagSeconds: process.eventLoopLagSeconds.median,
    eventLoopLagMaxSeconds: process.eventLoopLagSeconds.max,
    problems: health.problems,
    warnings: health.warnings,
    sources: reading.sources.map(({ account, ...source }) => ({ ...source, received: account.received })),
    channels: reading.channels.map((channel) => channelFlow(channel, reading, fullSince)),
    sinks: reading.sinks.map((sink) => sinkFlow(sink, pastSinks.get(sink.name))),
  }
}

export function isFull({ size, capacity, fill }: Pick<ChannelPart, 'size' | 'capacity' | 'fill'>): boolean {
  return fill >= 1 || size >= capacity
}

function channelFlow(channel: ChannelPart, { at, health }: Reading, fullSince: Earlier['fullSince']): ChannelFlow {
  if (!isFull(channel)) return { ...channel, secondsFull: null }
  const found = [...health.problems, ...health.warnings].find(
    ({ component, problem }) => problem === 'full' && component === `channel ${channel.name}`,
  )
  const starts = [found?.since, fullSince?.get(channel.name)].filter((start) => start !== undefined)
  return { ...channel, secondsFull: starts.length === 0 ? null : Math.max(0, (at - Math.min(...starts)) / 1000) }
}

function sinkFlow({ account, eventAgeSeconds, ...sink }: SinkPart, past: SinkPart | undefined): SinkFlow {
  const ages = since(eventAgeSeconds, past?.eventAgeSeconds)
  return {
    ...sink,
    delivered: account.delivered,
    eventAgeP50Seconds: quantile(ages, 0.5),
    eventAgeP99Seconds: quantile(ages, 0.99),
  }
}

function cpuPercent(now: Reading['process'], last: Reading['process'] | undefined): number {
  const from = last && last.uptimeSeconds < now.uptimeSeconds ? last : { uptimeSeconds: 0, cpuSeconds: 0 }
  const wall = now.uptimeSeconds - from.uptimeSeconds
  const share = wall > 0 ? (now.cpuSeconds - from.cpuSeconds) / wall : 0
  return Math.max(0, Math.round(share * 1000) / 10)
}
