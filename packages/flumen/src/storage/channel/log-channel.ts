import {
  BatchTooLargeError,
  type Channel,
  type ChannelAccount,
  type ChannelAttempts,
  type ChannelLimits,
  type Consumer,
  type Demand,
  type EventBatch,
  logPositionOf,
  messageOf,
  OpenPut,
  OpenTake,
  type Origin,
  type PutTransaction,
  type Range,
  Room,
  StoredOrigins,
  type TakeLimit,
  type TakenRows,
  Takers,
  type TakeTransaction,
  type Wait,
} from '../../core/index.ts'
import { readBatch } from '../format/batch.ts'
import { onlyCursor } from '../log-state.ts'
import type { LogOpening, LogPort, ReadAnswer } from '../thread/log-port.ts'
import { GroupWriter } from './group-writer.ts'
import type { LogChannelOptions, MemoryFirst } from './log-channel-options.ts'
import { type LogChannelContext, LogKeeper } from './log-keeper.ts'
import { RowsInMemory } from './rows-in-memory.ts'

const readBytes = 1 << 20
/** So much of what is read back waits in memory: what waits longer outlives the quick collections of the collector. */
const readAheadBytes = 2 << 20
/** Bytes of one put. */
const mostPutBytes = 2 ** 30
const noRows = new Uint32Array(0)

/**
 * A channel over a log. A put is durable when its commit resolves; an acknowledgement is written when that of the take
 * does. The next events to be taken are in memory within a budget: those that puts bring while nothing is behind them on
 * the disk, else those that are read back ahead of the sink.
 */
export class LogChannel implements Channel {
  readonly limits: ChannelLimits
  readonly commitCanFail = true
  readonly durable: boolean
  readonly #options: LogChannelOptions
  readonly #context: LogChannelContext
  readonly #rows: RowsInMemory
  readonly #room: Room
  readonly #takers: Takers
  /** Takes are served when a whole group is there. */
  readonly #writer = new GroupWriter(() => {
    this.#takers.serve()
    this.#readAhead()
  })
  readonly #keeper: LogKeeper
  readonly #pressureWatchers = new Set<() => void>()
  readonly #consumer: Consumer = { take: (limit, idleMs, signal) => this.#take(limit, idleMs, signal) }
  readonly #origins = new StoredOrigins()
  #producer = ''
  /** The first position that is not in memory. */
  #readTo = 0
  /** Position after the last event. */
  #end = 0
  /** Puts that are with the writer. */
  #writing = 0
  #reading: Promise<void> | undefined
  #put = 0
  #recovered = 0
  #acknowledged = 0
  #discarded = 0
  #putAttempts = 0
  #takeAttempts = 0
  #isStopped = false

  constructor(options: LogChannelOptions, context: LogChannelContext) {
    this.#options = options
    this.#context = context
    this.limits = options.limits
    this.durable = options.memory === undefined
    this.#room = new Room(options.limits, context.clock, () => this.#tellPressure())
    const rows = new RowsInMemory(context.clock)
    this.#rows = rows
    const supply = {
      get available(): number {
        return rows.available
      },
      transactionEvents: options.limits.transactionEvents,
      take: (limit: TakeLimit) => this.#openTake(limit),
    }
    this.#takers = new Takers(supply, context.clock)
    this.#keeper = new LogKeeper(options, context, this.#writer, {
      opened: (opening) => this.#opened(opening),
      lost: (events) => {
        this.#discarded += events
        this.#room.free(events, 0)
      },
      tended: () => {
        this.#expire()
        this.#takers.serve()
        this.#readAhead()
      },
    })
  }

  get account(): ChannelAccount {
    return {
      put: this.#put,
      recovered: this.#recovered,
      acknowledged: this.#acknowledged,
      buffered: this.#put + this.#recovered - this.#acknowledged - this.#discarded,
      discarded: this.#discarded,
      bytes: this.#room.bytes,
    }
  }

  get problem(): string | undefined {
    return this.#keeper.problem
  }

  get attempts(): ChannelAttempts {
    return { putEvents: this.#putAttempts, takes: this.#takeAttempts }
  }

  async start(): Promise<void> {
    try {
      await this.#keeper.start()
    } catch (error) {
      await this.stop(0)
      throw error
    }
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#isStopped = true
    this.#room.stop()
    this.#takers.stop()
    this.#rows.look()
    await this.#keeper.stop(deadlineMs)
  }

  reserve(demand: Demand, wait: Wait): PutTransaction | Promise<PutTransaction> {
    this.#putAttempts += demand.events
    if (demand.bytes > mostPutBytes) {
      throw new BatchTooLargeError(
        `a put of ${demand.bytes} bytes is larger than a record of the log can be, ${mostPutBytes} bytes`,
      )
    }
    if (this.#room.tryHold(demand)) return this.#open(demand)
    if (this.#options.whenFull === 'drop_oldest') return this.#dropFor(demand, wait)
    const patient = this.#options.whenFull === 'reject' ? { ...wait, deadlineMs: Number.NEGATIVE_INFINITY } : wait
    return this.#room.wait(demand, patient).then(() => this.#open(demand))
  }

  consumer(): Consumer {
    return this.#consumer
  }

  onPressure(callback: () => void): () => void {
    this.#pressureWatchers.add(callback)
    return () => this.#pressureWatchers.delete(callback)
  }

  get producers(): number {
    return this.#origins.producers
  }

  stored(producer: string): readonly Range[] {
    return this.#origins.of(producer)
  }

  #open(demand: Demand): PutTransaction {
    return new OpenPut(
      demand,
      (batch, origin) => this.#commit(demand, batch, origin),
      () => this.#room.free(demand.events, demand.bytes),
    )
  }

  #commit(demand: Demand, batch: EventBatch, origin: Origin | undefined): Promise<void> | undefined {
    if (batch.length === 0) {
      this.#room.free(demand.events, demand.bytes)
      return undefined
    }
    const { memory } = this.#options
    if (!memory) return this.#write(demand, batch, origin)
    return this.#keepInMemory(memory, demand, batch, origin).then((isKept) =>
      isKept ? undefined : this.#write(demand, batch, origin),
    )
  }

  #write(demand: Demand, batch: EventBatch, origin: Origin | undefined): Promise<void> {
    this.#writing++
    return this.#writer.put(batch, origin, {
      stored: (position, bytes) => {
        this.#writing--
        this.#room.free(demand.events - batch.length, demand.bytes - bytes)
        this.#stored(batch, origin, position, bytes)
      },
      refused: () => {
        this.#writing--
        this.#room.free(demand.events, demand.bytes)
        this.#context.metrics.counter('putErrors').add(1)
      },
    })
  }

  #stored(batch: EventBatch, origin: Origin | undefined, position: number, bytes: number): void {
    this.#put += batch.length
    this.#end = position + batch.length
    if (origin) this.#origins.add(origin)
    if (this.#readTo === position && this.#rows.bytes < this.#options.hotBytes) {
      this.#rows.append(batch, bytes, position)
      this.#readTo = this.#end
    }
  }

  /** What comes now has to go to the disk, behind what is there. */
  get #isSpilling(): boolean {
    return this.#hasUnread || this.#writing > 0
  }

  /** Only where nothing older is on the disk alone or on its way there. */
  async #keepInMemory(
    memory: MemoryFirst,
    demand: Demand,
    batch: EventBatch,
    origin: Origin | undefined,
  ): Promise<boolean> {
    const rows = this.#rows
    const fits = (): boolean => rows.events + batch.length <= memory.events && rows.bytes + demand.bytes <= memory.bytes
    if (!this.#isSpilling && !fits() && memory.timeoutMs > 0 && batch.length <= memory.events) {
      await rows.until(() => fits() || this.#isSpilling || this.#isStopped, memory.timeoutMs)
    }
    if (this.#isSpilling || !fits()) return false
    if (origin) this.#origins.add(origin)
    this.#put += batch.length
    this.#room.free(demand.events - batch.length, 0)
    rows.append(batch, demand.bytes)
    this.#takers.serve()
    return true
  }

  /** Makes room by giving up the events that have waited longest. */
  async #dropFor(demand: Demand, wait: Wait): Promise<PutTransaction> {
    while (!this.#room.tryHold(demand)) {
      if (this.#rows.available === 0 && this.#hasUnread) await this.#fetch()
      const taken = this.#rows.take(Math.max(demand.events, 1), Math.max(demand.bytes, 1))
      // Only open takes hold the room.
      if (!taken) return this.#room.wait(demand, wait).then(() => this.#open(demand))
      this.#discard(taken, noRows, 'droppedOldest')
    }
    return this.#open(demand)
  }

  /** Gives up what has waited for too long. */
  #expire(): void {
    const { retentionMs, limits } = this.#options
    if (retentionMs === Number.POSITIVE_INFINITY) return
    const oldest = this.#context.clock.now() - retentionMs
    while ((this.#rows.oldestArrival ?? oldest) < oldest) {
      const taken = this.#rows.take(limits.transactionEvents, Number.POSITIVE_INFINITY)
      if (!taken) return
      let expired = 0
      for (const { arrivedAt, length } of taken.batch.parts) {
        if (arrivedAt >= oldest) break
        expired += length
      }
      const kept = Uint32Array.from({ length: taken.batch.length - expired }, (_, index) => expired + index)
      this.#discard(taken, kept, 'expired')
    }
  }

  #discard(taken: TakenRows, keep: Uint32Array, reason: 'droppedOldest' | 'expired'): void {
    const events = taken.batch.length - keep.length
    this.#discarded += events
    this.#context.metrics.counter(reason).add(events)
    void this.#forget(taken, keep)
  }

  #take(
    limit: TakeLimit,
    idleMs: number,
    signal: AbortSignal,
  ): TakeTransaction | null | Promise<TakeTransaction | null> {
    this.#takeAttempts++
    if (this.#rows.available === 0 && this.#hasUnread && !this.#isStopped) {
      if (idleMs <= 0) return this.#fetch().then(() => this.#takers.take(limit, 0, signal, () => undefined))
      this.#readAhead()
    }
    return this.#takers.take(limit, idleMs, signal, () => {
      if (this.#room.isWanted) this.#tellPressure()
    })
  }

  #openTake(limit: TakeLimit): TakeTransaction | null {
    const taken = this.#rows.take(Math.min(limit.events, this.limits.transactionEvents), limit.bytes)
    this.#readAhead()
    if (!taken) return null
    const first = logPositionOf(taken)
    const origin =
      first === undefined ? undefined : { producer: this.#producer, first, last: first + taken.batch.length - 1 }
    return new OpenTake(taken, (keep) => this.#settle(taken, keep), origin)
  }

  #settle(taken: TakenRows, keep: Uint32Array | 'all'): void | Promise<void> {
    const kept = keep === 'all' ? taken.batch.length : keep.length
    this.#acknowledged += taken.batch.length - kept
    const written = this.#forget(taken, keep)
    if (kept > 0) this.#takers.serve()
    this.#readAhead()
    return written
  }

  /** Rows leave the channel; resolves when the log has it in writing. */
  #forget(taken: TakenRows, keep: Uint32Array | 'all'): Promise<void> | undefined {
    const { rows, bytes, ranges } = this.#rows.settle(taken, keep)
    if (rows > 0) this.#room.free(rows, bytes)
    return ranges.length === 0 ? undefined : this.#writer.acknowledge(onlyCursor, ranges)
  }

  get #hasUnread(): boolean {
    return this.#readTo < this.#end
  }

  #readAhead(): void {
    if (!this.#hasUnread || this.#reading || this.#rows.bytes >= Math.min(readAheadBytes, this.#options.hotBytes / 2))
      return
    void this.#fetch()
  }

  /** Brings the next events of the disk into memory. Never rejects: the next take tries again. */
  #fetch(): Promise<void> {
    this.#reading ??= this.#read().then((isDone) => {
      this.#reading = undefined
      if (isDone) this.#readAhead()
    })
    return this.#reading
  }

  async #read(): Promise<boolean> {
    const { port } = this.#keeper
    if (!port) return false
    try {
      this.#takeIn(await port.read(onlyCursor, this.#readTo, readBytes), port)
      this.#keeper.recover('reading')
      return true
    } catch (error) {
      this.#context.metrics.counter('takeErrors').add(1)
      this.#keeper.fail('reading', `events cannot be read back: ${messageOf(error)}`)
      return false
    }
  }

  #takeIn({ records, next, damages }: ReadAnswer, port: LogPort): void {
    // What a thread has read that has ended since, its successor reads again.
    if (this.#keeper.port !== port) return
    this.#readTo = Math.max(this.#readTo, next)
    for (const { position, events, payload, bytes, wanted } of records) {
      const { batch } = readBatch(payload)
      for (const [from, to] of wanted ?? [[position, position + events]]) {
        const share = Math.round((bytes * (to - from)) / events)
        this.#rows.append(batch.slice(from - position, to - position), share, from)
      }
    }
    this.#keeper.report(damages, true)
    this.#takers.serve()
  }

  #opened(opening: LogOpening): void {
    const { waiting: byCursor, waitingBytes, producers, first, nextPosition, status, tookMs, channelId } = opening
    this.#producer = `${channelId}/${onlyCursor}`
    for (const [name, ranges] of producers) this.#origins.restore(name, ranges)
    if (this.#end === 0) this.#readTo = first.get(onlyCursor) ?? 0
    this.#end = nextPosition
    const waiting = byCursor.get(onlyCursor) ?? 0
    const untold = this.#writer.untold.flatMap(({ ranges }) => ranges).reduce((sum, [from, to]) => sum + to - from, 0)
    // A thread that ended may have stored a put that it did not answer for.
    const found = waiting - untold - this.#onDisk
    if (found > 0) {
      this.#recovered += found
      this.#room.hold(found, Math.max(waitingBytes, found))
    }
    const facts = { component: this.#options.owner, events: waiting, segments: status.segments, ms: Math.ceil(tookMs) }
    this.#context.log.info('The log is open.', facts)
  }

  /** Buffered events that the log has. */
  get #onDisk(): number {
    return this.account.buffered - this.#rows.eventsInNoLog
  }

  #tellPressure(): void {
    if (this.#rows.available > 0 || this.#hasUnread) return
    for (const watcher of this.#pressureWatchers) watcher()
  }
}
