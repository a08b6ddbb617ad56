import type { ChannelAccount } from './channel.ts'
import type { Metric } from './metrics.ts'
import type { PutAccount } from './source.ts'

/**
 * What can be seen of an agent at one instant. All numbers are read in one turn of the event loop, so that every account
 * closes in every reading. It is plain data: `JSON.stringify` writes it whole (what is unknown is `null`).
 */
export interface AgentReading {
  readonly agent: string
  /** Flumen's version. */
  readonly version: string
  /** Wall clock of the reading, ms since the epoch. */
  readonly at: number
  /** Wall clock of the start, ms since the epoch. */
  readonly startedAt: number
  readonly state: 'new' | 'starting' | 'running' | 'stopping' | 'stopped'
  readonly health: Health
  readonly sources: readonly SourceReading[]
  readonly channels: readonly ChannelReading[]
  readonly sinks: readonly SinkReading[]
  readonly process: ProcessReading
}

export type ComponentState = 'new' | 'starting' | 'running' | 'failed' | 'stopping' | 'stopped'

/** What can be seen of any source, channel or sink. */
export interface ComponentReading {
  /** As in the configuration: `r1`. */
  readonly name: string
  /** As a person calls it: `netcat`. */
  readonly type: string
  readonly state: ComponentState
  /** Wall clock of the last change of state, ms since the epoch. */
  readonly since: number
  /** Wall clock of the first start, ms since the epoch. */
  readonly startedAt: number
  readonly restarts: number
  readonly lastError: LastError | null
  /** What its declaration counts besides, in the declaration's order. */
  readonly metrics: readonly MetricReading[]
}

export interface LastError {
  readonly at: number
  readonly code: string
  readonly message: string
}

export interface MetricReading {
  readonly metric: Metric
  readonly value: number | HistogramReading
}

/** Counts of values in seconds by buckets. `counts[i]` are the values up to `bounds[i]`; the last count is of all above. */
export interface HistogramReading {
  readonly bounds: readonly number[]
  readonly counts: readonly number[]
  readonly sum: number
  readonly count: number
}

export interface SourceReading extends ComponentReading {
  readonly channels: readonly string[]
  /** Closed: see {@link PutAccount}. */
  readonly account: Readonly<PutAccount>
  /**
   * Events that are gone for good, by reason: `rejected` (no dead letters are kept), `unrouted`, `filtered`, and those
   * metrics of the source's own that count losses.
   */
  readonly dropped: Readonly<Record<string, number>>
  /** Rejected events that the dead letters keep. */
  readonly deadLettered: number
  /** Puts that were stored. */
  readonly puts: number
  /** Puts, or rests of them, that were refused because a channel was full to the end of its keep-alive. */
  readonly channelFull: number
  /** Other puts that failed. */
  readonly putFailures: number
  /** Copies that optional channels did not take. */
  readonly optionalMissed: number
  /** Events received a second, lately. */
  readonly inPerSecond: number
  /** Seconds since the start in which at least one put waited for room. */
  readonly blockedSeconds: number
  /** Whether a put waits for room now. */
  readonly isBlocked: boolean
  /** From the arrival of a batch to its commit, a value a put. */
  readonly putSeconds: HistogramReading
}

export interface ChannelReading extends ComponentReading {
  /** Closed: see {@link ChannelAccount}. */
  readonly account: ChannelAccount
  /** Events held now; those of open takes too. */
  readonly size: number
  /** Events that fit. */
  readonly capacity: number
  /** Bytes held now, and that fit. */
  readonly bytes: number
  readonly byteCapacity: number
  /** The fuller of events and bytes, 0 to 1. */
  readonly fill: number
  readonly isDurable: boolean
  /** Why puts or takes fail now; it heals by itself. */
  readonly problem: string | null
  /** Events that puts offered, and takes that were asked for, an empty answer included. */
  readonly putAttempts: number
  readonly takeAttempts: number
  readonly inPerSecond: number
  readonly outPerSecond: number
  readonly growthPerSecond: number
  /** At this growth; `null`: it does not fill up, or is full. */
  readonly secondsUntilFull: number | null
  /** At this growth; `null`: it does not empty, or is empty. */
  readonly secondsUntilEmpty: number | null
  /** Seconds since an event was last acknowledged; `null`: never. */
  readonly secondsSinceProgress: number | null
}

export interface SinkReading extends ComponentReading {
  readonly channel: string
  /** The group it stands in. */
  readonly group: string | null
  /** Closed: taken = delivered + dead + returned. */
  readonly account: {
    readonly taken: number
    readonly delivered: number
    readonly dead: number
    readonly returned: number
  }
  /** Events that are gone for good, by reason: `rejected` (no dead letters are kept), and metrics of its own. */
  readonly dropped: Readonly<Record<string, number>>
  readonly deadLettered: number
  readonly batchComplete: number
  readonly batchUnderflow: number
  readonly batchEmpty: number
  readonly attempts: number
  readonly retries: number
  readonly failures: number
  /** Failed attempts since the last delivery. */
  readonly failuresInRow: number
  /** Batches, and events in them, that are with the sink now. */
  readonly batchesInFlight: number
  readonly eventsInFlight: number
  readonly outPerSecond: number
  /** `null`: nothing was delivered yet. */
  readonly secondsSinceSuccess: number | null
  /** The last failure to deliver, which is no failure of the component. */
  readonly lastFailure: LastError | null
  /** From the arrival of an event at this agent to its delivery, a value an event. */
  readonly eventAgeSeconds: HistogramReading
  /** From the take of a batch to its acknowledgement, a value a batch. */
  readonly deliverySeconds: HistogramReading
}

export interface ProcessReading {
  readonly pid: number
  readonly uptimeSeconds: number
  readonly cpuSeconds: number
  readonly residentBytes: number
  readonly heapBytes: number
  /** Buffers outside the heap, where event bodies lie. */
  readonly externalBytes: number
  /** `null` where the system does not say. */
  readonly openDescriptors: number | null
  readonly maxDescriptors: number | null
  /** How late timers of the event loop were in the last full second: the median's and the worst one's delay. */
  readonly eventLoopLagSeconds: { readonly median: number; readonly max: number }
}

/** Whether the agent does its work; see docs/guide: knowing that data moves. */
export interface Health {
  /** The process works: false only once the agent has stopped or failed. */
  readonly live: boolean
  /** Data can move: false with every one of `problems`. */
  readonly ready: boolean
  /** A dead sink, a channel full without progress, a failed source, a component that neither works nor fails. */
  readonly problems: readonly HealthProblem[]
  /** Events were lost lately, a channel fills up: worth a look, and no reason to take the agent out of service. */
  readonly warnings: readonly HealthProblem[]
}

export interface HealthProblem {
  /** `sink k1`, `channel c1`, `source r1`, `agent a1`. */
  readonly component: string
  readonly problem: 'not-running' | 'failing' | 'stalled' | 'full' | 'losing' | 'filling' | 'lagging'
  /** A sentence for people: what, for how long, why. */
  readonly message: string
  /** Wall clock, ms since the epoch. */
  readonly since: number
}
