import type { EventBatch, Rows } from './event-batch.ts'
import type { Lifecycle } from './lifecycle.ts'

/** Room that a put asks for. */
export interface Demand {
  readonly events: number
  /** Retained bytes: slabs and header text. */
  readonly bytes: number
}

export interface Wait {
  /** On the monotonic clock. A deadline that has passed means: now or not at all. */
  readonly deadlineMs: number
  readonly signal: AbortSignal
}

/** What a channel can hold; both bounds always exist. */
export interface ChannelLimits extends Demand {
  /** Most events of one transaction. A larger put is split by the runtime, a sink never takes more. */
  readonly transactionEvents: number
  /** How long a put waits for room, ms (Flume's keep-alive). */
  readonly keepAliveMs: number
}

/**
 * The account of a channel, closed at every reading: `put + recovered = acknowledged + buffered + discarded`.
 * Events of open takes count as buffered.
 */
export interface ChannelAccount {
  readonly put: number
  readonly recovered: number
  readonly acknowledged: number
  readonly buffered: number
  readonly discarded: number
  /** Bytes held now, as counted against the byte capacity. */
  readonly bytes: number
}

export interface ChannelAttempts {
  /** Events that puts asked room for. */
  readonly putEvents: number
  /** Takes, those that got nothing included. */
  readonly takes: number
}

/** Where rows come from, for deduplication: producer = channel id + cursor (+ epoch where positions restart, + partition). */
export interface Origin {
  readonly producer: string
  readonly first: number
  readonly last: number
}

/**
 * A buffer with transactions. Every event has a position; a take holds contiguous positions; takes settle in any
 * order and may be acknowledged in part; rows that go back go to their own positions. Order is FIFO per cursor with
 * one take open at a time.
 */
export interface Channel extends Lifecycle {
  readonly limits: ChannelLimits
  /** false: commit after reserve is synchronous and cannot fail. */
  readonly commitCanFail: boolean
  /** false: what is left in it at the end of the process is lost. */
  readonly durable: boolean
  readonly account: ChannelAccount
  /** Why puts or takes fail now, where the channel works on it. */
  readonly problem?: string | undefined
  /** What was asked for, granted or not; unknown where a channel does not count it. */
  readonly attempts?: ChannelAttempts
  /**
   * Room for a put, FIFO among waiters; answers without a promise when it can. A demand above the limits: throws
   * BatchTooLargeError at once. No room by the deadline: ChannelFullError. Stopped while waiting: StoppedError.
   */
  reserve(demand: Demand, wait: Wait): PutTransaction | Promise<PutTransaction>
  /** One queue has one cursor, shared by all who ask; a log has one a name. */
  consumer(cursor?: string): Consumer
  /** Calls back when a put waits for room and nothing is left to take: only open takes fill the channel. Returns how to end it. */
  onPressure?(callback: () => void): () => void
  /**
   * Waits until sinks have taken most of what is in memory for them, or ask for more, or so many ms have passed; without
   * a promise where it is so. For those who read what stays where it is: memory need not hold much of it.
   */
  whenLow?(ms: number, signal: AbortSignal): void | Promise<void>
  /** Ranges stored for a producer, ascending, each up to but not with its second position; never a high-water mark. */
  stored?(producer: string): readonly (readonly [number, number])[]
  /** How many producers it keeps ranges of. */
  readonly producers?: number
  /** false: a new instance is needed. */
  reconfigure?(options: unknown): boolean
}

export interface PutTransaction {
  /** Takes the batch and all its slabs. Not abortable once called. */
  commit(batch: EventBatch, origin?: Origin): void | Promise<void>
  /** Gives the room back. After commit was called: nothing. */
  rollback(): void
}

export interface TakeLimit extends Demand {
  /** Wait this long after the first event for a full take, ms. */
  readonly lingerMs: number
}

export interface Consumer {
  /**
   * The next events, at least one and at most the limit (one event larger than `bytes` comes alone); waits up to
   * `idleMs` (may be Infinity) for the first. `null`: none came. Stopped while waiting: `null` too. Answers without a
   * promise when events are there.
   */
  take(limit: TakeLimit, idleMs: number, signal: AbortSignal): TakeTransaction | null | Promise<TakeTransaction | null>
}

/** Contiguous positions, taken and not acknowledged. */
export interface TakeTransaction {
  readonly batch: EventBatch
  readonly origin?: Origin
  /** Some of it has been taken before. */
  readonly redelivered: boolean
  /** Aborted by a rebalance or a forced stop: commit now fails with a retry verdict. */
  readonly revoked?: AbortSignal
  /** Acknowledges all rows but `keep`, which go back to their own positions. A second settlement throws TransactionError. */
  commit(keep?: Rows): void | Promise<void>
  /** All rows go back. After a settlement: nothing. */
  rollback(): void
}

/**
 * A whole put in one step, for people who write programs: reserves, runs the work, commits what it returns; an error
 * of the work gives the room back. The runtime uses reserve and commit directly.
 */
export async function putTransaction(
  channel: Channel,
  demand: Demand,
  wait: Wait,
  work: () => EventBatch,
): Promise<void> {
  const reserved = channel.reserve(demand, wait)
  const transaction = reserved instanceof Promise ? await reserved : reserved
  try {
    const committed = transaction.commit(work())
    if (committed) await committed
  } catch (error) {
    transaction.rollback()
    throw error
  }
}

/** A whole take in one step: an error of the work puts all rows back. Resolves with false when nothing came. */
export async function takeTransaction(
  consumer: Consumer,
  limit: TakeLimit,
  idleMs: number,
  signal: AbortSignal,
  work: (batch: EventBatch) => void | Promise<void>,
): Promise<boolean> {
  const transaction = await consumer.take(limit, idleMs, signal)
  if (!transaction) return false
  try {
    await work(transaction.batch)
  } catch (error) {
    transaction.rollback()
    throw error
  }
  await transaction.commit()
  return true
}
