import type { ChannelAccount, LastError, PutAccount } from '../core/index.ts'

/** `taken = delivered + dead + returned`, closed at every reading: a batch is booked when it is settled. */
export interface SinkAccount {
  taken: number
  delivered: number
  dead: number
  returned: number
}

/** Flume's counters of a sink, and ours. */
export interface SinkCounts {
  batchComplete: number
  batchUnderflow: number
  batchEmpty: number
  attempts: number
  retries: number
  failures: number
  /** Failed attempts since the last delivery. */
  failuresInRow: number
  /** Monotonic clock of the first of them, ms. */
  failingSince: number
  lastFailure: LastError | null
  /** Batches, and events in them, that are with the sink. */
  batchesInFlight: number
  eventsInFlight: number
  /** Monotonic clock, ms; negative: never. */
  lastSuccessAt: number
}

/** What a put ran into. */
export interface PutCounts {
  puts: number
  channelFull: number
  /** Puts that failed for other reasons than a full channel. */
  failures: number
  /** Events that an optional channel did not take. */
  optionalMissed: number
}

export interface AgentAccounts {
  readonly sources: ReadonlyMap<string, Readonly<PutAccount>>
  readonly channels: ReadonlyMap<string, ChannelAccount>
  readonly sinks: ReadonlyMap<string, Readonly<SinkAccount>>
}

export function emptyPutAccount(): PutAccount {
  return { received: 0, stored: 0, filtered: 0, rejected: 0, unrouted: 0, refused: 0, repeated: 0, copies: 0 }
}

export function emptySinkCounts(): SinkCounts {
  return {
    batchComplete: 0,
    batchUnderflow: 0,
    batchEmpty: 0,
    attempts: 0,
    retries: 0,
    failures: 0,
    failuresInRow: 0,
    failingSince: 0,
    lastFailure: null,
    batchesInFlight: 0,
    eventsInFlight: 0,
    lastSuccessAt: -1,
  }
}

export function emptySinkAccount(): SinkAccount {
  return { taken: 0, delivered: 0, dead: 0, returned: 0 }
}
