import {
  type Channel,
  type Consumer,
  messageOf,
  type Outcome,
  type SinkLimits,
  settledWithin,
  type TakeTransaction,
} from '../core/index.ts'
import {
  BatchDelivery,
  inFlight,
  type RunnerSink,
  recordAges,
  type Settled,
  type SinkRunnerOptions,
} from './batch-delivery.ts'
import { bodiesArrived } from './memory-tuning.ts'
import { OrderGate } from './order-gate.ts'
import { componentScope } from './supervisor.ts'
import { turn } from './turn.ts'

interface OpenTake {
  readonly take: TakeTransaction
  readonly limits: SinkLimits
  /** Monotonic clock, ms. */
  readonly takenAt: number
}

/**
 * Moves events from a channel into a sink or a group: owns take, commit, rollback, retry with back-off, halving of a
 * refused batch, dead letters and the account, so that no sink writes them again.
 */
export class SinkRunner {
  readonly name: string
  readonly channel: Channel
  readonly #options: SinkRunnerOptions
  readonly #consumer: Consumer
  /** Ends waiting for events: the runner drains what is there and returns. */
  readonly #drain = new AbortController()
  /** Ends everything: retries, pauses, deliveries. */
  readonly #halt = new AbortController()
  #loop: Promise<void> = Promise.resolve()
  readonly #open = new Set<Promise<void>>()
  /** All takes that began are settled, for those that must settle in order. */
  #before: Promise<void> = Promise.resolve()
  readonly #gate = new OrderGate()
  #endPressure: (() => void) | undefined
  #leavesRest = false

  constructor(options: SinkRunnerOptions) {
    this.name = options.name
    this.channel = options.channel
    this.#options = options
    this.#consumer = options.channel.consumer(options.name)
  }

  start(): void {
    this.#endPressure = this.#options.channel.onPressure?.(() => this.#relieve())
    this.#loop = componentScope.run(this.#options.sinks[0]!.component.scope, () => this.#run())
  }

  /** Delivers what the channel holds, until it is empty or halted; of a channel that keeps it, what is in hand. */
  async drain(leaveRest: boolean): Promise<void> {
    this.#leavesRest = leaveRest
    this.#drain.abort()
    await this.#loop
  }

  /**
   * Gives up what is under way; it goes back to the channel.
   * @returns false: a sink did not answer its signal within `graceMs`, and what it holds is given up with it
   */
  halt(graceMs: number): Promise<boolean> {
    this.#drain.abort()
    this.#halt.abort()
    return settledWithin(this.#loop, graceMs, this.#options.clock)
  }

  async #run(): Promise<void> {
    const halt = this.#halt.signal
    try {
      while (!halt.aborted) {
        const sink = this.#limitsOfOne() ?? (await this.#limitsFrom(halt))
        if (!sink) break
        while (this.#open.size >= sink.inFlight) await Promise.race(this.#open)
        const draining = this.#drain.signal.aborted
        if (draining && this.#leavesRest) break
        const take = await this.#take(sink, draining)
        if (!take) {
          if (draining) break
          continue
        }
        // What a channel keeps on a disk may have been read back from there.
        if (this.channel.durable) bodiesArrived(take.batch.bodyBytes)
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
    this.#before = this.#open.size === 0 ? settling : both(this.#before, settling)
    this.#open.add(settling)
    void settling.finally(() => this.#open.delete(settling))
  }

  /** Of a sink that is alone and runs: nothing to wait for, nothing to compare. */
  #limitsOfOne(): SinkLimits | undefined {
    const { sinks } = this.#options
    return sinks.length === 1 ? sinks[0]!.component.running?.limits : undefined
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
    const open = { take, limits, takenAt: this.#options.clock.monotonic() }
    const instance = this.#options.processor ? undefined : sink!.component.running
    if (!instance || (limits.ordered && this.#open.size > 0)) return this.#deliverAll(open, this.#before)
    const { batch, origin } = take
    try {
      sink!.counts.attempts++
      const outcome = instance.deliver(batch, { attempt: 1, signal: this.#halt.signal, ...(origin && { origin }) })
      if (outcome instanceof Promise)
        return this.#deliverAll(open, this.#before, { sink: sink!, answer: inFlight(sink!, batch, outcome) })
      if (outcome) return this.#deliverAll(open, this.#before, { sink: sink!, answer: Promise.resolve(outcome) })
    } catch (error) {
      return this.#deliverAll(open, this.#before, { sink: sink!, answer: Promise.reject(error as Error) })
    }
    const committing = take.commit()
    if (committing) return this.#committed(committing, sink!, open)
    this.#bookAll(sink!, open)
    return undefined
  }

  async #committed(committing: Promise<void>, sink: RunnerSink, open: OpenTake): Promise<void> {
    await committing
    this.#bookAll(sink, open)
  }

  #bookAll(sink: RunnerSink, open: OpenTake): void {
    const { batch } = open.take
    recordAges(sink, batch, this.#options.clock.now())
    this.#book(sink, { delivered: batch.length, dead: 0, keep: [] }, open, batch.length)
  }

  /** Attempts until every row is delivered, dead, or given back because the runner halts. Never throws. */
  async #deliverAll(
    open: OpenTake,
    before: Promise<void>,
    begun?: { readonly sink: RunnerSink; readonly answer: Promise<Outcome | void> },
  ): Promise<void> {
    const { take, limits } = open
    const [settledBefore, gate] = limits.ordered ? [before, this.#gate] : []
    const delivery = new BatchDelivery(this.#options, take, this.#halt.signal, settledBefore, gate)
    const { last, shares, keep } = await delivery.run(begun)
    try {
      if (keep.length === take.batch.length) take.rollback()
      else await take.commit(keep.length === 0 ? undefined : Uint32Array.from(keep))
      for (const [sink, settled] of shares) this.#book(sink, settled, open, take.batch.length - keep.length)
    } catch (error) {
      last.account.taken += take.batch.length
      last.account.returned += take.batch.length
      this.#options.log.error('A take could not be committed; its events come again.', {
        sink: last.name,
        error: messageOf(error),
      })
    }
  }

  /** @param done rows of the whole take that are settled */
  #book(sink: RunnerSink, { delivered, dead, keep }: Settled, { limits, takenAt }: OpenTake, done: number): void {
    const { account, counts } = sink
    const { clock } = this.#options
    sink.deliveries.record((clock.monotonic() - takenAt) / 1000)
    account.taken += delivered + dead + keep.length
    account.delivered += delivered
    account.dead += dead
    account.returned += keep.length
    if (delivered === 0) return
    if (done >= limits.events) counts.batchComplete++
    else counts.batchUnderflow++
    counts.lastSuccessAt = clock.monotonic()
  }

  /** A channel that is full of this runner's own open takes: the sink finishes what it holds open. */
  #relieve(): void {
    if (this.#open.size === 0) return
    for (const { component } of this.#options.sinks) {
      component.running?.pressure?.().catch((error: unknown) => component.fail(error))
    }
  }
}

/** What `Promise.all` of them resolves with would hold all that came before, for as long as some batch is under way. */
async function both(one: Promise<void>, other: Promise<void>): Promise<void> {
  await one
  await other
}
