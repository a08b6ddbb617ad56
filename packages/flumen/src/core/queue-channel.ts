import type {
  Channel,
  ChannelAccount,
  ChannelAttempts,
  ChannelLimits,
  Consumer,
  Demand,
  Origin,
  PutTransaction,
  TakeLimit,
  TakeTransaction,
  Wait,
} from './channel.ts'
import type { Clock } from './clock.ts'
import type { EventBatch } from './event-batch.ts'
import { PositionQueue, type TakenRows } from './position-queue.ts'
import type { Range } from './ranges.ts'
import { Room } from './room.ts'
import { StoredOrigins } from './stored-origins.ts'
import { Takers } from './takers.ts'
import { OpenPut, OpenTake } from './transactions.ts'
import { Waiters } from './waiters.ts'

/** So much keeps sinks busy while more is read: a few large writes. */
const littleBytes = 2 * 1024 * 1024

/**
 * A channel in memory over a {@link PositionQueue}: capacities in events and bytes, waiting puts and takes, transactions
 * that settle in any order. The memory channel is this with options; others build on it.
 */
export class QueueChannel implements Channel {
  readonly limits: ChannelLimits
  readonly commitCanFail = false
  readonly durable = false
  readonly #queue = new PositionQueue()
  readonly #room: Room
  readonly #origins = new StoredOrigins()
  readonly #takers: Takers
  readonly #awaitingLow: Waiters<() => void>
  readonly #pressureWatchers = new Set<() => void>()
  readonly #consumer: Consumer = { take: (limit, idleMs, signal) => this.#take(limit, idleMs, signal) }
  #put = 0
  #acknowledged = 0
  #putAttempts = 0
  #takeAttempts = 0

  constructor(limits: ChannelLimits, clock: Clock) {
    this.limits = limits
    this.#room = new Room(limits, clock, () => this.#tellPressure())
    this.#awaitingLow = new Waiters(clock)
    const queue = this.#queue
    this.#takers = new Takers(
      {
        get available() {
          return queue.available
        },
        transactionEvents: limits.transactionEvents,
        take: (limit) => this.#openTake(limit),
      },
      clock,
    )
  }

  get account(): ChannelAccount {
    return {
      put: this.#put,
      recovered: 0,
      acknowledged: this.#acknowledged,
      buffered: this.#put - this.#acknowledged,
      discarded: 0,
      bytes: this.#room.bytes,
    }
  }

  get attempts(): ChannelAttempts {
    return { putEvents: this.#putAttempts, takes: this.#takeAttempts }
  }

  start(): Promise<void> {
    return Promise.resolve()
  }

  /** Wakes all who wait; what is buffered stays readable in the account. */
  stop(): Promise<void> {
    this.#room.stop()
    this.#takers.stop()
    this.#awaitingLow.stopAll()
    return Promise.resolve()
  }

  reserve(demand: Demand, wait: Wait): PutTransaction | Promise<PutTransaction> {
    this.#putAttempts += demand.events
    if (this.#room.tryHold(demand)) return this.#open(demand)
    return this.#room.wait(demand, wait).then(() => this.#open(demand))
  }

  consumer(): Consumer {
    return this.#consumer
  }

  get producers(): number {
    return this.#origins.producers
  }

  stored(producer: string): readonly Range[] {
    return this.#origins.of(producer)
  }

  /** Calls back when a put waits for room and nothing is left to take: only open takes fill the channel. */
  onPressure(callback: () => void): () => void {
    this.#pressureWatchers.add(callback)
    return () => this.#pressureWatchers.delete(callback)
  }

  whenLow(ms: number, signal: AbortSignal): void | Promise<void> {
    if (this.#isLow) return
    return new Promise((resolve) => this.#awaitingLow.add(resolve, ms, signal, resolve, resolve))
  }

  /** About so, where events are of about the same size. */
  get #isLow(): boolean {
    const { bytes, events } = this.#room
    return this.#takers.isWaiting || bytes * this.#queue.available <= littleBytes * events
  }

  #tellLow(): void {
    if (this.#awaitingLow.size === 0 || !this.#isLow) return
    for (let waiter = this.#awaitingLow.first; waiter; waiter = this.#awaitingLow.first) {
      waiter.remove()
      waiter.about()
    }
  }

  #open(demand: Demand): PutTransaction {
    return new OpenPut(
      demand,
      (batch, origin) => this.#commit(demand, batch, origin),
      () => this.#room.free(demand.events, demand.bytes),
    )
  }

  #commit(demand: Demand, batch: EventBatch, origin: Origin | undefined): void {
    this.#put += batch.length
    if (origin) this.#origins.add(origin)
    if (batch.length < demand.events) this.#room.free(demand.events - batch.length, 0)
    this.#queue.append(batch, demand.bytes)
    this.#takers.serve()
  }

  #take(
    limit: TakeLimit,
    idleMs: number,
    signal: AbortSignal,
  ): TakeTransaction | null | Promise<TakeTransaction | null> {
    this.#takeAttempts++
    return this.#takers.take(limit, idleMs, signal, () => {
      if (this.#room.isWanted) this.#tellPressure()
      this.#tellLow()
    })
  }

  #openTake(limit: TakeLimit): TakeTransaction | null {
    const taken = this.#queue.take(Math.min(limit.events, this.limits.transactionEvents), limit.bytes)
    this.#tellLow()
    return taken && new OpenTake(taken, (keep) => this.#settle(taken, keep))
  }

  #settle(taken: TakenRows, keep: Uint32Array | 'all'): void {
    const kept = keep === 'all' ? taken.batch.length : keep.length
    const acknowledged = taken.batch.length - kept
    const freed = this.#queue.settle(taken, keep)
    this.#acknowledged += acknowledged
    if (acknowledged > 0) this.#room.free(acknowledged, freed)
    if (kept > 0) this.#takers.serve()
  }

  #tellPressure(): void {
    if (this.#queue.available > 0) return
    for (const watcher of this.#pressureWatchers) watcher()
  }
}
