/*
 * What the rate model knows of agents that are joined by their sinks and sources. Everything is of ONE instance of an
 * agent; `count` says how many instances there are. Units: events a second, bytes, seconds; infinite: no bound is known.
 * An id is `agent.component`.
 */

export interface Network {
  /** Instances of each agent, by its name. */
  readonly counts: ReadonlyMap<string, number>
  readonly sources: readonly SourceNode[]
  readonly channels: readonly ChannelNode[]
  readonly runners: readonly RunnerNode[]
}

export interface SourceNode {
  readonly id: string
  readonly agent: string
  /** What arrives from outside all agents. */
  readonly outside: Load
  /** Events a second that it takes at most. */
  readonly limit: number
  /** Which part of its events each of its channels gets, 0 to 1; together more than 1 where they are copied. */
  readonly routes: readonly Route[]
}

export interface Route {
  readonly channel: string
  readonly share: number
}

export interface ChannelNode {
  readonly id: string
  readonly agent: string
  /** Most events and most bytes in it. */
  readonly events: number
  readonly bytes: number
  /** The disks that its events lie on; none: memory, or nothing is known of them. */
  readonly disks: readonly DiskShare[]
}

export interface DiskShare {
  /** The same for channels that share it. */
  readonly disk: string
  /** Bytes that may be written to it before the channel refuses events. */
  readonly room: number
  /** Which part of the channel's bytes goes there, 0 to 1. */
  readonly share: number
  /** Bytes on the disk beside those of an event itself. */
  readonly bytesBeside: number
}

/** Takes from a channel, for one sink or for those of a group; runners of one channel work side by side. */
export interface RunnerNode {
  /** Of the group, or of the sink that is alone. */
  readonly id: string
  readonly agent: string
  readonly channel: string
  /** `failover`: all to the first sink, the others stand by. `balance`: to each the same. */
  readonly split: 'failover' | 'balance'
  /** In the order in which they stand by. */
  readonly sinks: readonly SinkNode[]
  /** Most events of a batch. */
  readonly batchEvents: number
  /** Batches that are under way at one time. */
  readonly inFlight: number
}

export interface SinkNode {
  readonly id: string
  /** Events a second that it delivers when it gets all of its runner's batches. */
  readonly limit: number
  /** The source that it sends to; undefined: something outside. */
  readonly target: string | undefined
}

export interface Load {
  readonly events: number
  readonly bytes: number
}

export const nothing: Load = { events: 0, bytes: 0 }
