import {
  BatchTooLargeError,
  type Channel,
  type ChannelSelector,
  type Clock,
  codeOf,
  type Demand,
  type EventBatch,
  type Interceptor,
  type Log,
  messageOf,
  type Origin,
  type PutAccount,
  PutError,
  type PutOptions,
  type Route,
} from '../core/index.ts'
import { emptyPutAccount, type PutCounts } from './account.ts'
import type { DeadLetter, DeadLetters } from './dead-letters.ts'
import { commitAll, type RoomWatch, type Share } from './fan-out.ts'
import { Interception } from './interception.ts'
import { isUsable, nextSpan } from './known-origins.ts'
import { bodiesArrived } from './memory-tuning.ts'
import { BlockedTime } from './telemetry/blocked-time.ts'
import { Distribution } from './telemetry/distribution.ts'

/** The parts that a reload may swap under a running source. */
export interface Processing {
  readonly interceptors: readonly Interceptor[]
  readonly selector: ChannelSelector
}

export interface ChannelProcessorOptions {
  readonly source: string
  /** In the order that the selector's routes count. */
  readonly channels: readonly Channel[]
  /** Number of each channel in the agent, the same for every source: fan-out reserves in this order. */
  readonly ordinals: readonly number[]
  readonly clock: Clock
  readonly log: Log
  readonly deadLetters: DeadLetters
}

/** What is put at once: a batch, or what a transaction takes of it. */
interface Slice {
  readonly batch: EventBatch
  readonly letters: DeadLetter[]
  /** Monotonic clock, ms. */
  readonly offeredAt: number
}

interface Shares {
  readonly required: readonly Share[]
  readonly optional: readonly Share[]
  readonly unrouted: number
}

/**
 * What stands between a source and its channels: interceptors, selector, fan-out, and the account of the edge. A put
 * larger than a transaction is stored slice by slice; whatever a slice lost to interceptors is booked with it.
 */
export class ChannelProcessor {
  readonly account: PutAccount = emptyPutAccount()
  readonly counts: PutCounts = { puts: 0, channelFull: 0, failures: 0, optionalMissed: 0 }
  readonly blocked = new BlockedTime()
  /** From the offer of a batch, or of a slice of it, to its commit. */
  readonly puts = new Distribution()
  processing: Processing
  readonly #options: ChannelProcessorOptions
  readonly #rowsOfOnePut: number
  readonly #interception = new Interception()
  readonly #room: RoomWatch = {
    enter: () => this.blocked.enter(this.#options.clock.monotonic()),
    leave: () => this.blocked.leave(this.#options.clock.monotonic()),
  }

  constructor(processing: Processing, options: ChannelProcessorOptions) {
    this.processing = processing
    this.#options = options
    this.#rowsOfOnePut = Math.min(...options.channels.map(({ limits }) => limits.transactionEvents))
  }

  /** See SourceContext.put. @param signal of the source's life */
  put(batch: EventBatch, options: PutOptions | undefined, signal: AbortSignal): void | Promise<void> {
    if (options?.origin) return this.#putOnce(batch, options.origin, options, signal)
    let stored = 0
    try {
      while (stored < batch.length) {
        const slice = this.#nextSlice(batch, stored, options)
        const pending = this.#store(slice, options, signal)
        if (pending) return this.#rest(pending, batch, stored, slice, options, signal)
        stored += slice.length
      }
    } catch (error) {
      const smaller = this.#smaller(error, batch, stored, options)
      if (smaller) return this.#inHalves(batch, stored, smaller, options, signal)
      this.#refuse(error, batch.length, stored)
    }
  }

  /** Rows that the source itself gives up: to the dead letters. */
  reject(batch: EventBatch, reason: string): Promise<void> | undefined {
    this.account.received += batch.length
    this.account.rejected += batch.length
    const letters = Array.from({ length: batch.length }, (_, row) => ({ batch, row, reason }))
    return this.#options.deadLetters.write(this.#options.source, letters)
  }

  /** Of rows that may come again, what a channel has already does not go into it a second time. */
  async #putOnce(batch: EventBatch, origin: Origin, options: PutOptions, signal: AbortSignal): Promise<void> {
    const { channels } = this.#options
    const { origin: _, ...plain } = options
    if (!isUsable(origin, batch.length, channels)) return this.put(batch, plain, signal)
    const { producer, last } = origin
    let most = this.#rowsOfOnePut
    for (let stored = 0; stored < batch.length; ) {
      const rest = { producer, first: origin.first + stored, last }
      const span = await nextSpan(channels, rest, most)
      const slice = batch.slice(stored, stored + span.last - span.first + 1)
      try {
        if (this.#isStored(span.have)) this.#repeat(slice.length)
        else
          await this.#store(
            slice,
            { ...plain, origin: { producer, first: span.first, last: span.last } },
            signal,
            span.have,
          )
        stored += slice.length
        most = Math.min(most * 2, this.#rowsOfOnePut)
      } catch (error) {
        if (codeOf(error) !== BatchTooLargeError.code || slice.length === 1) this.#refuse(error, batch.length, stored)
        most = Math.ceil(slice.length / 2)
      } finally {
        span.end()
      }
    }
  }

  /** Rows that may be in any of the channels are not put into a second one. */
  #isStored({ size }: ReadonlySet<Channel>): boolean {
    return size === this.#options.channels.length || (size > 0 && this.processing.selector.isArbitrary === true)
  }

  #repeat(rows: number): void {
    this.account.received += rows
    this.account.repeated += rows
  }

  #nextSlice(batch: EventBatch, stored: number, options: PutOptions | undefined): EventBatch {
    if (options?.atomic) return batch
    return batch.slice(stored, batch.borderWithin(stored, stored + this.#rowsOfOnePut))
  }

  async #rest(
    pending: Promise<void>,
    batch: EventBatch,
    before: number,
    first: EventBatch,
    options: PutOptions | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    let stored = before
    try {
      await pending
      stored += first.length
      while (stored < batch.length) {
        const slice = this.#nextSlice(batch, stored, options)
        await this.#store(slice, options, signal)
        stored += slice.length
      }
    } catch (error) {
      const smaller = this.#smaller(error, batch, stored, options)
      if (smaller) return this.#inHalves(batch, stored, smaller, options, signal)
      this.#refuse(error, batch.length, stored)
    }
  }

  /** Half of a slice that has too many bytes for a channel; undefined where halving does not help. */
  #smaller(error: unknown, batch: EventBatch, stored: number, options: PutOptions | undefined): number | undefined {
    if (codeOf(error) !== BatchTooLargeError.code || options?.atomic) return undefined
    const rows = Math.min(this.#rowsOfOnePut, batch.length - stored)
    return rows > 1 ? Math.ceil(rows / 2) : undefined
  }

  /** Stores slice by slice with the number of rows that the bytes allow; grows back after each that fits. */
  async #inHalves(
    batch: EventBatch,
    from: number,
    most: number,
    options: PutOptions | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    let stored = from
    let rows = most
    while (stored < batch.length) {
      const slice = batch.slice(stored, Math.min(stored + rows, batch.length))
      try {
        await this.#store(slice, options, signal)
        stored += slice.length
        rows = Math.min(rows * 2, this.#rowsOfOnePut)
      } catch (error) {
        if (codeOf(error) !== BatchTooLargeError.code || slice.length === 1) this.#refuse(error, batch.length, stored)
        rows = Math.ceil(slice.length / 2)
      }
    }
  }

  #refuse(error: unknown, length: number, stored: number): never {
    const refused = length - stored
    this.account.received += refused
    this.account.refused += refused
    if (codeOf(error) === 'CHANNEL_FULL') this.counts.channelFull++
    else this.counts.failures++
    throw new PutError(stored, error)
  }

  /** One slice through interceptors, selector and channels; books it when it is in. */
  #store(
    batch: EventBatch,
    options: PutOptions | undefined,
    life: AbortSignal,
    have: ReadonlySet<Channel> = noChannels,
  ): void | Promise<void> {
    const slice: Slice = { batch, letters: [], offeredAt: this.#options.clock.monotonic() }
    const kept = this.#interception.run(this.processing.interceptors, batch, slice.letters)
    if (kept instanceof Promise) return kept.then((all) => this.#commit(slice, all, options, life, have))
    return this.#commit(slice, kept, options, life, have)
  }

  #commit(
    slice: Slice,
    kept: EventBatch,
    options: PutOptions | undefined,
    life: AbortSignal,
    have: ReadonlySet<Channel>,
  ): void | Promise<void> {
    const { selector } = this.processing
    const all = this.#shares(kept, selector, options?.origin !== undefined && selector.isArbitrary === true)
    const shares = have.size === 0 ? all : withoutThose(all, have)
    const signal = options?.signal ? AbortSignal.any([options.signal, life]) : life
    const pending = commitAll(shares.required, signal, options?.origin, this.#room)
    if (pending) return pending.then(() => this.#committed(slice, kept, shares, life))
    return this.#committed(slice, kept, shares, life)
  }

  /** Books what is in the channels at once, so that the account closes, and rejected rows when their letters are kept. */
  #committed(slice: Slice, kept: EventBatch, shares: Shares, life: AbortSignal): void | Promise<void> {
    this.#book(slice, kept, shares)
    return slice.letters.length > 0 ? this.#bury(slice.letters, life) : undefined
  }

  async #bury(letters: readonly DeadLetter[], life: AbortSignal): Promise<void> {
    const { deadLetters, clock, log, source } = this.#options
    const { account } = this
    account.received += letters.length
    account.rejected += letters.length
    for (;;) {
      try {
        return await deadLetters.write(source, letters)
      } catch (error) {
        log.error('Dead letters cannot be written; their source waits.', { source, error: messageOf(error) })
        await clock.sleep(lettersPauseMs, life)
      }
    }
  }

  #book({ batch, letters, offeredAt }: Slice, kept: EventBatch, shares: Shares): void {
    const { account, counts } = this
    counts.puts++
    account.received += batch.length - letters.length
    account.filtered += batch.length - kept.length - letters.length
    account.unrouted += shares.unrouted
    account.stored += kept.length - shares.unrouted
    for (const share of shares.required) account.copies += share.batch.length
    for (const share of shares.optional) this.#offer(share)
    this.puts.record((this.#options.clock.monotonic() - offeredAt) / 1000)
  }

  /** An optional channel takes it now or not at all. */
  #offer(share: Share): void {
    const missed = (error: unknown): void => {
      this.counts.optionalMissed += share.batch.length
      this.#options.log.warn('An optional channel did not take events.', {
        source: this.#options.source,
        events: share.batch.length,
        error: messageOf(error),
      })
    }
    const stored = (): void => {
      this.account.copies += share.batch.length
    }
    try {
      const pending = commitAll([{ ...share, deadlineMs: 0 }], neverAborted)
      if (pending) pending.then(stored, missed)
      else stored()
    } catch (error) {
      missed(error)
    }
  }

  /** @param isTogether all rows go where the first one goes */
  #shares(batch: EventBatch, selector: ChannelSelector, isTogether: boolean): Shares {
    const required: Share[] = []
    const optional: Share[] = []
    if (batch.length === 0) return { required, optional, unrouted: 0 }
    const routes = isTogether ? ofAll(selector.select(batch.slice(0, 1))) : selector.select(batch)
    const now = this.#options.clock.monotonic()
    for (const route of routes) {
      const rows = batch.select(route.rows).compact()
      if (rows.length === 0) continue
      const demand: Demand = { events: rows.length, bytes: rows.retainedBytes }
      bodiesArrived(demand.bytes)
      const channel = this.#options.channels[route.channel]!
      const ordinal = this.#options.ordinals[route.channel]!
      const share = { channel, ordinal, batch: rows, demand, deadlineMs: now + channel.limits.keepAliveMs }
      if (route.required) required.push(share)
      else optional.push(share)
    }
    return { required, optional, unrouted: unroutedRows(batch, routes) }
  }
}

/** Of rows that come again, what goes to the other channels; optional ones had their offer. */
function withoutThose({ required, unrouted }: Shares, have: ReadonlySet<Channel>): Shares {
  return { required: required.filter(({ channel }) => !have.has(channel)), optional: [], unrouted }
}

function ofAll(routes: readonly Route[]): readonly Route[] {
  return routes.map((route) => ({ ...route, rows: null }))
}

const noChannels: ReadonlySet<Channel> = new Set()
const neverAborted = new AbortController().signal
/** Between two tries to write dead letters, ms. */
const lettersPauseMs = 1000

function unroutedRows(batch: EventBatch, routes: ReturnType<ChannelSelector['select']>): number {
  if (routes.some(({ rows }) => rows === null)) return 0
  if (routes.length === 1) return batch.length - routes[0]!.rows!.length
  const routed = new Uint8Array(batch.length)
  let count = 0
  for (const { rows } of routes) {
    for (const row of rows!) {
      if (routed[row] === 0) count++
      routed[row] = 1
    }
  }
  return batch.length - count
}
