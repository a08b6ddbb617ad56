import type { RetryOptions } from '../component/plan.ts'
import {
  type Channel,
  type Clock,
  codeOf,
  type EventBatch,
  EventDeliveryError,
  type FlumenErrorShape,
  type Log,
  messageOf,
  type Origin,
  type Outcome,
  type Rows,
  retryAfterOf,
  type Sink,
  type SinkProcessor,
  type TakeTransaction,
  verdictOf,
} from '../core/index.ts'
import { emptySinkAccount, emptySinkCounts, type SinkAccount, type SinkCounts } from './account.ts'
import type { DeadLetter, DeadLetters } from './dead-letters.ts'
import type { OrderGate } from './order-gate.ts'
import { componentScope, type Supervised } from './supervisor.ts'
import { Distribution } from './telemetry/distribution.ts'

/** One sink of a runner with its books. */
export interface RunnerSink {
  readonly name: string
  readonly component: Supervised<Sink>
  readonly account: SinkAccount
  readonly counts: SinkCounts
  /** From the arrival of each event to its delivery. */
  readonly ages: Distribution
  /** From the take of each batch to its settlement. */
  readonly deliveries: Distribution
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
    counts: emptySinkCounts(),
    ages: new Distribution(),
    deliveries: new Distribution(),
  }
}

/** Counts a batch as being with its sink until the sink has answered. */
export async function inFlight<T>({ counts }: RunnerSink, { length }: EventBatch, answer: Promise<T>): Promise<T> {
  counts.batchesInFlight++
  counts.eventsInFlight += length
  try {
    return await answer
  } finally {
    counts.batchesInFlight--
    counts.eventsInFlight -= length
  }
}

/** Books how old events are that a sink has delivered now. */
export function recordAges({ ages }: RunnerSink, batch: EventBatch, now: number): void {
  for (const { arrivedAt, length } of batch.parts) ages.record((now - arrivedAt) / 1000, length)
}

/** What became of the rows of a take that one sink had. */
export interface Settled {
  readonly delivered: number
  readonly dead: number
  /** Rows of the take that go back. */
  readonly keep: readonly number[]
}

/** Of each sink that settled rows of a take; of the last one alone, rows that go back. */
export interface Settlement {
  readonly last: RunnerSink
  readonly shares: ReadonlyMap<RunnerSink, Settled>
  /** Rows of the take that go back. */
  readonly keep: readonly number[]
}

/** One take on its way: the pieces that are still to deliver, attempt by attempt. */
export class BatchDelivery {
  readonly #options: SinkRunnerOptions
  readonly #take: TakeTransaction
  readonly #signal: AbortSignal
  readonly #before: Promise<unknown> | undefined
  readonly #gate: OrderGate | undefined
  /** Row numbers of the take; a refused piece is halved. The next one to deliver stands last. */
  readonly #pieces: Rows[] = [null]
  readonly #shares = new Map<RunnerSink, { delivered: number; dead: number; keep: number[] }>()
  #attempt = 0
  #pauses = 0
  #lastSink: RunnerSink

  /**
   * @param before all takes before it are settled; undefined: the order does not count
   * @param gate of the runner, where the order counts
   */
  constructor(
    options: SinkRunnerOptions,
    take: TakeTransaction,
    signal: AbortSignal,
    before: Promise<unknown> | undefined,
    gate?: OrderGate,
  ) {
    this.#options = options
    this.#take = take
    this.#signal = signal
    this.#before = before
    this.#gate = gate
    this.#lastSink = options.sinks[0]!
  }

  async run(begun?: { readonly sink: RunnerSink; readonly answer: Promise<Outcome | void> }): Promise<Settlement> {
    const tried = new Set<string>()
    let first = begun
    if (begun) this.#attempt = 1
    while (this.#pieces.length > 0 && !this.#signal.aborted) {
      const sink = first?.sink ?? (await this.#pick(tried))
      if (!sink) continue
      const piece = this.#pieces.at(-1)!
      const batch = this.#take.batch.select(piece)
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
    this.#gate?.settled(this)
    const keep = this.#pieces
      .flatMap((piece) => (piece === null ? all(this.#take.batch) : [...piece]))
      .sort((a, b) => a - b)
    this.#shareOf(this.#lastSink).keep = keep
    return { last: this.#lastSink, shares: this.#shares, keep }
  }

  /** The sink for the next attempt with the last piece; undefined after a pause, or when it is time to stop. */
  async #pick(tried: Set<string>): Promise<RunnerSink | undefined> {
    const { processor, sinks } = this.#options
    if (!processor) {
      const [only] = sinks
      return (await only!.component.whenRunning(this.#signal)) ? only : undefined
    }
    const picked = processor.pick(this.#take.batch.select(this.#pieces.at(-1)!), tried)
    if (typeof picked === 'string') return sinks.find(({ name }) => name === picked)
    if ('sink' in picked) {
      this.#divide(picked.rows)
      return sinks.find(({ name }) => name === picked.sink)
    }
    tried.clear()
    await this.#pause(picked.waitMs > 0 ? picked.waitMs : this.#backOff())
    return undefined
  }

  /** Of the last piece, some rows are next and the others come after them. */
  #divide(rows: Uint32Array): void {
    const piece = this.#pieces.pop()!
    const rest = others(this.#take.batch.select(piece), new Set(rows))
    if (rest.length > 0) this.#pieces.push(numbersIn(piece, rest))
    this.#pieces.push(numbersIn(piece, rows))
  }

  #shareOf(sink: RunnerSink): { delivered: number; dead: number; keep: number[] } {
    const known = this.#shares.get(sink)
    if (known) return known
    const share = { delivered: 0, dead: 0, keep: [] }
    this.#shares.set(sink, share)
    return share
  }

  async #attemptOn(sink: RunnerSink, batch: EventBatch): Promise<Outcome | void> {
    if (this.#attempt === 0 && this.#gate?.isClosed) {
      this.#gate.join()
      // Without a function between: what follows is in the same step as the end of the wait.
      do await this.#gate.opened
      while (this.#gate.isMending)
      this.#gate.leave()
    }
    const instance = sink.component.running
    if (!instance) throw new EventDeliveryError(`sink ${sink.name} is not running`)
    this.#attempt++
    sink.counts.attempts++
    if (this.#attempt > 1) sink.counts.retries++
    const origin = originOf(this.#take.origin, this.#pieces.at(-1)!)
    const delivery = { attempt: this.#attempt, signal: this.#signal, ...(origin && { origin }) }
    const answer = componentScope.run(sink.component.scope, () => instance.deliver(batch, delivery))
    return answer instanceof Promise ? inFlight(sink, batch, answer) : answer
  }

  async #succeeded(sink: RunnerSink, piece: Rows, batch: EventBatch, outcome: Outcome | void): Promise<void> {
    this.#lastSink = sink
    this.#options.processor?.succeeded(sink.name)
    const rejected = outcome?.rejected ?? []
    const retry = outcome?.retry === null ? all(batch) : [...(outcome?.retry ?? [])]
    this.#shareOf(sink).delivered += batch.length - rejected.length - retry.length
    const settledElsewhere = new Set([...rejected.map(({ row }) => row), ...retry])
    const delivered = settledElsewhere.size === 0 ? batch : batch.select(others(batch, settledElsewhere))
    if (delivered.length > 0) {
      sink.counts.failuresInRow = 0
      recordAges(sink, delivered, this.#options.clock.now())
    }
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
    this.#gate?.failed(this)
    const { clock } = this.#options
    sink.counts.failures++
    if (sink.counts.failuresInRow++ === 0) sink.counts.failingSince = clock.monotonic()
    sink.counts.lastFailure = { at: clock.now(), code: codeOf(error), message: messageOf(error) }
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
        this.#shareOf(sink).dead += letters.length
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

function others(batch: EventBatch, without: ReadonlySet<number>): Uint32Array {
  return Uint32Array.from(all(batch).filter((row) => !without.has(row)))
}

/** Rows that do not follow each other have no range of positions. */
function originOf(origin: Origin | undefined, piece: Rows): Origin | undefined {
  if (origin === undefined || piece === null) return origin
  const [first, last] = [piece[0]!, piece.at(-1)!]
  if (last - first !== piece.length - 1) return undefined
  return { producer: origin.producer, first: origin.first + first, last: origin.first + last }
}
