import type {
  Channel,
  ChannelAccount,
  ChannelAttempts,
  ChannelLimits,
  Consumer,
  Demand,
  PutTransaction,
  TakeLimit,
  TakeTransaction,
  Wait,
} from './channel.ts'
import type { Clock } from './clock.ts'
import { BatchTooLargeError, ChannelFullError, StoppedError, TransactionError } from './errors.ts'
import type { EventBatch, Rows } from './event-batch.ts'
import { PositionQueue, type TakenRows } from './position-queue.ts'
import { Waiters } from './waiters.ts'

interface RoomWanted {
  readonly demand: Demand
  grant(transaction: PutTransaction): void
}

interface TakeWanted {
  readonly limit: TakeLimit
  readonly give: (taken: TakeTransaction | null) => void
  /** Set from the first event on; called when the wait ends. */
  cancelLinger: (() => void) | undefined
  lingerOver: boolean
}

/** Flume's own words, which its clients know. */
const noRoom =
  "Space for commit to queue couldn't be acquired. Sinks are likely not keeping up with sources, or the buffer size is too tight"

/**
 * A channel in memory over a {@link PositionQueue}: capacities in events and bytes, waiting puts and takes, transactions
 * that settle in any order. The memory channel is this with options; others build on it.
 */
export class QueueChannel implements Channel {
  readonly limits: ChannelLimits
  readonly commitCanFail = false
  readonly durable = false
  readonly #clock: Clock
  readonly #queue = new PositionQueue()
  readonly #room: Waiters<RoomWanted>
  readonly #takers: Waiters<TakeWanted>
  readonly #pressureWatchers = new Set<() => void>()
  readonly #consumer: Consumer = { take: (limit, idleMs, signal) => this.#take(limit, idleMs, signal) }
  /** Rows buffered or promised to an open put. */
  #events = 0
  #bytes = 0
  #put = 0
  #acknowledged = 0
  #stopped = false
  #putAttempts = 0
  #takeAttempts = 0

  constructor(limits: ChannelLimits, clock: Clock) {
    this.limits = limits
    this.#clock = clock
    this.#room = new Waiters(clock)
    this.#takers = new Waiters(clock)
  }

  get account(): ChannelAccount {
    return {
      put: this.#put,
      recovered: 0,
      acknowledged: this.#acknowledged,
      buffered: this.#put - this.#acknowledged,
      discarded: 0,
      bytes: this.#bytes,
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
    this.#stopped = true
    this.#room.stopAll()
    this.#takers.stopAll()
    return Promise.resolve()
  }

  reserve(demand: Demand, wait: Wait): PutTransaction | Promise<PutTransaction> {
    this.#putAttempts += demand.events
    this.#refuseTooLarge(demand)
    if (this.#stopped) throw new StoppedError('the channel is stopped')
    if (this.#room.size === 0 && this.#fits(demand)) return this.#open(demand)
    const waitMs = wait.deadlineMs - this.#clock.monotonic()
    if (waitMs <= 0) throw new ChannelFullError(noRoom)
    return new Promise((resolve, reject) => {
      this.#room.add(
        { demand, grant: resolve },
        waitMs,
        wait.signal,
        () => {
          reject(new ChannelFullError(noRoom))
          this.#grantRoom()
        },
        () => {
          reject(new StoppedError('stopped while waiting for room in the channel'))
          this.#grantRoom()
        },
      )
      this.#tellPressure()
    })
  }

  consumer(): Consumer {
    return this.#consumer
  }

  /** Calls back when a put waits for room and nothing is left to take: only open takes fill the channel. */
  onPressure(callback: () => void): () => void {
    this.#pressureWatchers.add(callback)
    return () => this.#pressureWatchers.delete(callback)
  }

  #refuseTooLarge({ events, bytes }: Demand): void {
    const { limits } = this
    if (events > limits.transactionEvents) {
      throw new BatchTooLargeError(
        `a put of ${events} events is larger than transactionCapacity ${limits.transactionEvents}; lower the batch size or raise transactionCapacity`,
      )
    }
    if (bytes > limits.bytes) {
      throw new BatchTooLargeError(
        `a put of ${bytes} bytes is larger than byteCapacity ${limits.bytes}; raise byteCapacity`,
      )
    }
  }

  #fits({ events, bytes }: Demand): boolean {
    return this.#events + events <= this.limits.events && this.#bytes + bytes <= this.limits.bytes
  }

  #open(demand: Demand): PutTransaction {
    this.#events += demand.events
    this.#bytes += demand.bytes
    return new QueuePut(
      demand,
      (batch) => this.#commit(demand, batch),
      () => this.#free(demand.events, demand.bytes),
    )
  }

  #commit(demand: Demand, batch: EventBatch): void {
    this.#put += batch.length
    if (batch.length < demand.events) this.#events -= demand.events - batch.length
    this.#queue.append(batch, demand.bytes)
    this.#giveToTakers()
  }

  #free(events: number, bytes: number): void {
    this.#events -= events
    this.#bytes -= bytes
    this.#grantRoom()
  }

  #grantRoom(): void {
    for (let waiter = this.#room.first; waiter; waiter = this.#room.first) {
      if (!this.#fits(waiter.about.demand)) break
      waiter.remove()
      waiter.about.grant(this.#open(waiter.about.demand))
    }
    if (this.#room.size > 0) this.#tellPressure()
  }

  #take(
    limit: TakeLimit,
    idleMs: number,
    signal: AbortSignal,
  ): TakeTransaction | null | Promise<TakeTransaction | null> {
    this.#takeAttempts++
    if (this.#stopped || signal.aborted) return null
    if (this.#takers.size === 0 && this.#isEnough(limit)) return this.#openTake(limit)
    if (idleMs <= 0 && this.#queue.available === 0) return null
    return new Promise((resolve) => {
      const give = (taken: TakeTransaction | null): void => {
        wanted.cancelLinger?.()
        resolve(taken)
      }
      const wanted: TakeWanted = { limit, give, cancelLinger: undefined, lingerOver: false }
      this.#takers.add(
        wanted,
        idleMs,
        signal,
        () => give(null),
        () => give(null),
      )
      this.#giveToTakers()
      if (this.#room.size > 0) this.#tellPressure()
    })
  }

  #isEnough({ events, lingerMs }: TakeLimit): boolean {
    const { available } = this.#queue
    return available > 0 && (lingerMs <= 0 || available >= Math.min(events, this.limits.transactionEvents))
  }

  #giveToTakers(): void {
    for (let waiter = this.#takers.first; waiter && this.#queue.available > 0; waiter = this.#takers.first) {
      const wanted = waiter.about
      if (!wanted.lingerOver && !this.#isEnough(wanted.limit)) {
        wanted.cancelLinger ??= this.#clock.after(wanted.limit.lingerMs, () => {
          wanted.lingerOver = true
          this.#giveToTakers()
        })
        break
      }
      waiter.remove()
      wanted.give(this.#openTake(wanted.limit))
    }
  }

  #openTake(limit: TakeLimit): TakeTransaction | null {
    const taken = this.#queue.take(Math.min(limit.events, this.limits.transactionEvents), limit.bytes)
    return taken && new QueueTake(taken, (keep) => this.#settle(taken, keep))
  }

  #settle(taken: TakenRows, keep: Uint32Array | 'all'): void {
    const kept = keep === 'all' ? taken.batch.length : keep.length
    const acknowledged = taken.batch.length - kept
    const freed = this.#queue.settle(taken, keep)
    this.#acknowledged += acknowledged
    if (acknowledged > 0) this.#free(acknowledged, freed)
    if (kept > 0) this.#giveToTakers()
  }

  #tellPressure(): void {
    if (this.#queue.available > 0) return
    for (const watcher of this.#pressureWatchers) watcher()
  }
}

class QueuePut implements PutTransaction {
  readonly #demand: Demand
  readonly #store: (batch: EventBatch) => void
  readonly #free: () => void
  #open = true

  constructor(demand: Demand, store: (batch: EventBatch) => void, free: () => void) {
    this.#demand = demand
    this.#store = store
    this.#free = free
  }

  commit(batch: EventBatch): void {
    if (!this.#open) throw new TransactionError('commit called on a put that is already settled')
    if (batch.length > this.#demand.events) {
      throw new TransactionError(`a put of ${batch.length} events reserved room for ${this.#demand.events}`)
    }
    this.#open = false
    this.#store(batch)
  }

  rollback(): void {
    if (!this.#open) return
    this.#open = false
    this.#free()
  }
}

class QueueTake implements TakeTransaction {
  readonly batch: EventBatch
  readonly redelivered: boolean
  readonly #settle: (keep: Uint32Array | 'all') => void
  #open = true

  constructor(taken: TakenRows, settle: (keep: Uint32Array | 'all') => void) {
    this.batch = taken.batch
    this.redelivered = taken.redelivered
    this.#settle = settle
  }

  commit(keep: Rows = noRows): void {
    if (!this.#open) throw new TransactionError('commit called on a take that is already settled')
    this.#open = false
    this.#settle(keep ?? 'all')
  }

  rollback(): void {
    if (!this.#open) return
    this.#open = false
    this.#settle('all')
  }
}

const noRows = new Uint32Array(0)
