import type { RetryOptions } from '../component/plan.ts'
import {
  type Channel,
  type Clock,
  type Consumer,
  codeOf,
  type EventBatch,
  EventDeliveryError,
  type FlumenErrorShape,
  type Log,
  messageOf,
  type Outcome,
  type Rows,
  retryAfterOf,
  type Sink,
  type SinkLimits,
  type SinkProcessor,
  type TakeTransaction,
  verdictOf,
} from '../core/index.ts'
import { emptySinkAccount, type SinkAccount, type SinkCounts } from './account.ts'
import type { DeadLetter, DeadLetters } from './dead-letters.ts'
import { componentScope, type Supervised } from './supervisor.ts'
import { turn } from './turn.ts'

/** One sink of a runner with its books. */
export interface RunnerSink {
  readonly name: string
  readonly component: Supervised<Sink>
  readonly account: SinkAccount
  readonly counts: SinkCounts
}

export interface SinkRunnerOptions {
  /** Of the group, or of the sink that is alone. */
  readonly name: string
  readonly channel: Channel
  readonly sinks: readonly RunnerSink[]
  readonly processor: SinkProcessor | undefined
  readonly retry: RetryOptions
  readonly clock: Clock
  readonly log: Log
  readonly deadLetters: DeadLetters
}

export function runnerSink(name: string, component: Supervised<Sink>): RunnerSink {
  return {
    name,
    component,
    account: emptySinkAccount(),
    counts: {
      batchComplete: 0,
      batchUnderflow: 0,
      batchEmpty: 0,
      attempts: 0,
      retries: 0,
      failures: 0,
      lastSuccessAt: 0,
    },
  }
}

/** What became of a piece of a take. */
interface Settled {
  readonly delivered: number
  readonly dead: number
  /** Rows of the take that go back. */
  readonly keep: readonly number[]
}

/**
 * Moves events from a channel into a sink or a group: owns take, commit, rollback, retry with back-off, halving of a
 * refused batch, dead letters and the account, so that no sink writes them again.
 */
export class SinkRunner {
  readonly #options: SinkRunnerOptions
  readonly #consumer: Consumer
  /** Ends waiting for events: the runner drains what is there and returns. */
  readonly #drain = new AbortController()
  /** Ends everything: retries, pauses, deliveries. */
  readonly #halt = new AbortController()
  #loop: Promise<void> = Promise.resolve()
  readonly #open = new Set<Promise<void>>()
  /** The last take that began, for those that must settle in order. */
  #before: Promise<unknown> = Promise.resolve()
  #endPressure: (() => void) | undefined

  constructor(options: SinkRunnerOptions) {
    this.#options = options
    this.#consumer = options.channel.consumer(options.name)
  }

  start(): void {
    this.#endPressure = this.#options.channel.onPressure?.(() => this.#relieve())
    this.#loop = componentScope.run(this.#options.sinks[0]!.component.scope, () => this.#run())
  }

  /** Delivers what the channel holds, until it is empty or halted. */
  async drain(): Promise<void> {
    this.#drain.abort()
    await this.#loop
  }

  /** Gives up what is under way; it goes back to the channel. */
  async halt(): Promise<void> {
    this.#drain.abort()
    this.#halt.abort()
    await this.#loop
  }

  async #run(): Promise<void> {
    const halt = this.#halt.signal
    try {
      while (!halt.aborted) {
        const sink = await this.#limitsFrom(halt)
        if (!sink) break
        while (this.#open.size >= sink.inFlight) await Promise.race(this.#open)
        const draining = this.#drain.signal.aborted
        const take = await this.#take(sink, draining)
        if (!take) {
          if (draining) break
          continue
        }
        const settling = this.#deliver(take, sink)
        if (settling) this.#track(settling)
        await turn.yieldIfDue()
      }
    } finally {
      await Promise.all(this.#open)
      this.#endPressure?.()
    }
  }

  #track(settling: Promise<void>): void {
    this.#open.add(settling)
    this.#before = settling
    void settling.finally(() => this.#open.delete(settling))
  }

  /** Limits of a running sink; those of a group are what suits every member. */
  async #limitsFrom(signal: AbortSignal): Promise<SinkLimits | undefined> {
    const { sinks } = this.#options
    const running = sinks.flatMap(({ component }) => component.running?.limits ?? [])
    if (running.length === 0) {
      const first = await Promise.race(sinks.map(({ component }) => component.whenRunning(signal)))
      return first?.limits
    }
    if (running.length === 1) return running[0]
    return {
      events: Math.min(...running.map(({ events }) => events)),
      bytes: Math.min(...running.map(({ bytes }) => bytes)),
      lingerMs: Math.max(...running.map(({ lingerMs }) => lingerMs)),
      inFlight: Math.min(...running.map(({ inFlight }) => inFlight)),
      ordered: running.some(({ ordered }) => ordered),
    }
  }

  #take(limits: SinkLimits, draining: boolean): TakeTransaction | null | Promise<TakeTransaction | null> {
    if (draining) return this.#consumer.take({ ...limits, lingerMs: 0 }, 0, this.#halt.signal)
    return this.#consumer.take(limits, Number.POSITIVE_INFINITY, this.#drain.signal)
  }

  /** The fast path of a single sink that answers at once; anything else goes the long way. */
  #deliver(take: TakeTransaction, limits: SinkLimits): Promise<void> | undefined {
    const [sink] = this.#options.sinks
    const instance = this.#options.processor ? undefined : sink!.component.running
    if (!instance || this.#open.size > 0) return this.#deliverAll(take, limits, this.#before)
    try {
      const outcome = instance.deliver(take.batch, {
        attempt: 1,
        signal: this.#halt.signal,
        ...(take.origin && { origin: take.origin }),
      })
      sink!.counts.attempts++
      if (outcome instanceof Promise)
        return this.#deliverAll(take, limits, this.#before, { sink: sink!, answer: outcome })
      if (outcome)
        return this.#deliverAll(take, limits, this.#before, { sink: sink!, answer: Promise.resolve(outcome) })
    } catch (error) {
      return this.#deliverAll(take, limits, this.#before, { sink: sink!, answer: Promise.reject(error as Error) })
    }
    const committing = take.commit()
    if (committing) return this.#committed(committing, sink!, take.batch.length, limits)
    this.#book(sink!, { delivered: take.batch.length, dead: 0, keep: [] }, limits)
    return undefined
  }

  async #committed(committing: Promise<void>, sink: RunnerSink, rows: number, limits: SinkLimits): Promise<void> {
    await committing
    this.#book(sink, { delivered: rows, dead: 0, keep: [] }, limits)
  }

  /** Attempts until every row is delivered, dead, or given back because the runner halts. Never throws. */
  async #deliverAll(
    take: TakeTransaction,
    limits: SinkLimits,
    before: Promise<unknown>,
    begun?: { readonly sink: RunnerSink; readonly answer: Promise<Outcome | void> },
  ): Promise<void> {
    const delivery = new BatchDelivery(this.#options, take, this.#halt.signal, limits.ordered ? before : undefined)
    const { sink, settled } = await delivery.run(begun)
    try {
      if (settled.keep.length === take.batch.length) take.rollback()
      else await take.commit(settled.keep.length === 0 ? undefined : Uint32Array.from(settled.keep))
      this.#book(sink, settled, limits)
    } catch (error) {
      sink.account.taken += take.batch.length
      sink.account.returned += take.batch.length
      this.#options.log.error('A take could not be committed; its events come again.', {
        sink: sink.name,
        error: messageOf(error),
      })
    }
  }

  #book(sink: RunnerSink, { delivered, dead, keep }: Settled, limits: SinkLimits): void {
    const { account, counts } = sink
    account.taken += delivered + dead + keep.length
    account.delivered += delivered
    account.dead += dead
    account.returned += keep.length
    if (delivered === 0) return
    if (delivered + dead >= limits.events) counts.batchComplete++
    else counts.batchUnderflow++
    counts.lastSuccessAt = this.#options.clock.now()
  }

  /** A channel that is full of this runner's own open takes: the sink finishes what it holds open. */
  #relieve(): void {
    if (this.#open.size === 0) return
    for (const { component } of this.#options.sinks) {
      component.running?.pressure?.().catch((error: unknown) => component.fail(error))
    }
  }
}

/** One take on its way: the pieces that are still to deliver, attempt by attempt. */
class BatchDelivery {
  readonly #options: SinkRunnerOptions
  readonly #take: TakeTransaction
  readonly #signal: AbortSignal
  readonly #before: Promise<unknown> | undefined
  /** Row numbers of the take; a refused piece is halved. The next one to deliver stands last. */
  readonly #pieces: Rows[] = [null]
  #delivered = 0
  #dead = 0
  #attempt = 0
  #pauses = 0
  #lastSink: RunnerSink

  constructor(
    options: SinkRunnerOptions,
    take: TakeTransaction,
    signal: AbortSignal,
    before: Promise<unknown> | undefined,
  ) {
    this.#options = options
    this.#take = take
    this.#signal = signal
    this.#before = before
    this.#lastSink = options.sinks[0]!
  }

  async run(begun?: {
    readonly sink: RunnerSink
    readonly answer: Promise<Outcome | void>
  }): Promise<{ readonly sink: RunnerSink; readonly settled: Settled }> {
    const tried = new Set<string>()
    let first = begun
    if (begun) this.#attempt = 1
    while (this.#pieces.length > 0 && !this.#signal.aborted) {
      const piece = this.#pieces.at(-1)!
      const batch = this.#take.batch.select(piece)
      const sink = first?.sink ?? (await this.#pick(batch, tried))
      if (!sink) continue
      try {
        const outcome = await (first?.answer ?? this.#attemptOn(sink, batch))
        first = undefined
        await this.#succeeded(sink, piece, batch, outcome)
        tried.clear()
      } catch (error) {
        first = undefined
        tried.add(sink.name)
        await this.#failed(sink, piece, batch, error, tried)
      }
    }
    const keep = this.#pieces
      .flatMap((piece) => (piece === null ? all(this.#take.batch) : [...piece]))
      .sort((a, b) => a - b)
    return { sink: this.#lastSink, settled: { delivered: this.#delivered, dead: this.#dead, keep } }
  }

  /** The sink for the next attempt; undefined after a pause, or when it is time to stop. */
  async #pick(batch: EventBatch, tried: Set<string>): Promise<RunnerSink | undefined> {
    const { processor, sinks } = this.#options
    if (!processor) {
      const [only] = sinks
      return (await only!.component.whenRunning(this.#signal)) ? only : undefined
    }
    const picked = processor.pick(batch, tried)
    if (typeof picked === 'string') return sinks.find(({ name }) => name === picked)
    tried.clear()
    await this.#pause(picked.waitMs > 0 ? picked.waitMs : this.#backOff())
    return undefined
  }

  async #attemptOn(sink: RunnerSink, batch: EventBatch): Promise<Outcome | void> {
    const instance = sink.component.running
    if (!instance) throw new EventDeliveryError(`sink ${sink.name} is not running`)
    this.#attempt++
    sink.counts.attempts++
    if (this.#attempt > 1) sink.counts.retries++
    const { origin } = this.#take
    const delivery = { attempt: this.#attempt, signal: this.#signal, ...(origin && { origin }) }
    return componentScope.run(sink.component.scope, () => instance.deliver(batch, delivery))
  }

  async #succeeded(sink: RunnerSink, piece: Rows, batch: EventBatch, outcome: Outcome | void): Promise<void> {
    this.#lastSink = sink
    this.#options.processor?.succeeded(sink.name)
    const rejected = outcome?.rejected ?? []
    const retry = outcome?.retry === null ? all(batch) : [...(outcome?.retry ?? [])]
    this.#delivered += batch.length - rejected.length - retry.length
    this.#pieces.pop()
    const buried = await this.#bury(
      sink,
      rejected.map(({ row, reason }) => ({ batch, row, reason })),
    )
    if (!buried) this.#pieces.push(numbersIn(piece, Uint32Array.from(rejected, ({ row }) => row).sort()))
    if (retry.length === 0) return
    this.#pieces.push(numbersIn(piece, Uint32Array.from(retry)))
    await this.#pause(this.#backOff())
  }

  async #failed(sink: RunnerSink, piece: Rows, batch: EventBatch, error: unknown, tried: Set<string>): Promise<void> {
    if (this.#signal.aborted) return
    const { log, processor } = this.#options
    this.#lastSink = sink
    sink.counts.failures++
    processor?.failed(sink.name, error as FlumenErrorShape)
    const verdict = verdictOf(error)
    if (verdict === 'reject') {
      tried.clear()
      await this.#halve(sink, piece, batch, error)
      return
    }
    // The failure of a component is logged as such.
    if (verdict === 'fatal') sink.component.fail(error)
    else {
      log.warn('A sink did not take a batch; it is tried again.', {
        sink: sink.name,
        events: batch.length,
        attempt: this.#attempt,
        error: messageOf(error),
      })
    }
    await this.#before
    if (!processor) await this.#pause(retryAfterOf(error) ?? this.#backOff())
  }

  /** A refused batch is halved to find the rows that make it so; a refused row is dead. */
  async #halve(sink: RunnerSink, piece: Rows, batch: EventBatch, error: unknown): Promise<void> {
    if (batch.length === 1) {
      if (await this.#bury(sink, [{ batch, row: 0, reason: `${codeOf(error)}: ${messageOf(error)}` }]))
        this.#pieces.pop()
      return
    }
    const rows = piece ?? Uint32Array.from(all(batch))
    const middle = rows.length >> 1
    this.#pieces.pop()
    this.#pieces.push(rows.slice(middle), rows.slice(0, middle))
  }

  /** Rows count as dead only when the dead letters have them; false: stopped before. */
  async #bury(sink: RunnerSink, letters: readonly DeadLetter[]): Promise<boolean> {
    while (letters.length > 0) {
      if (this.#signal.aborted) return false
      try {
        await this.#options.deadLetters.write(sink.name, letters, this.#attempt)
        this.#dead += letters.length
        return true
      } catch (error) {
        this.#options.log.error('Dead letters cannot be written; their events wait.', {
          sink: sink.name,
          error: messageOf(error),
        })
        await this.#pause(this.#backOff())
      }
    }
    return true
  }

  /** Flume's: one increment more for each failure in a row, up to the longest. */
  #backOff(): number {
    const { backoffSleepIncrement, maxBackoffSleep } = this.#options.retry
    return Math.min(++this.#pauses * backoffSleepIncrement, maxBackoffSleep)
  }

  async #pause(ms: number): Promise<void> {
    try {
      await this.#options.clock.sleep(ms, this.#signal)
    } catch {
      // Stopped; the loop sees the signal.
    }
  }
}

function all(batch: EventBatch): number[] {
  return Array.from({ length: batch.length }, (_, row) => row)
}

/** Row numbers of the take for row numbers of a piece. */
function numbersIn(piece: Rows, rows: Uint32Array): Uint32Array {
  return piece === null ? rows : rows.map((row) => piece[row]!)
}
