import { type Clock, LifecycleError, settledWithin, systemClock, verdictOf } from '../core/index.ts'
import type { ConfiguredEmbeddedAgent } from './embedded-agent.ts'
import type { EmbeddedEvent } from './embedded-event.ts'

export interface EventQueueOptions {
  /** Most events of one transaction, at most the channel's transactionCapacity; 100 unless given. */
  readonly batchSize?: number
  /** Events that may wait; 10,000 unless given. */
  readonly capacity?: number
  /** Bytes, or characters of texts, that their bodies may have; 64 MiB unless given. */
  readonly byteCapacity?: number
  /** Says how many events were refused, once there is room again: the event comes after those that did fit. */
  readonly refusedNote?: (count: number) => EmbeddedEvent
  readonly clock?: Clock
}

/** Where all events are that a queue was given: their sum is what was offered and added. */
export interface EventQueueAccount {
  readonly stored: number
  /** The channel can never take them, or they are no events. */
  readonly rejected: number
  /** There was no room for them in the queue, or it was closed. */
  readonly refused: number
  /** They waited when the queue had to end. */
  readonly lost: number
  readonly waiting: number
}

/**
 * Puts events into an embedded agent in batches, in order, from a place that cannot wait for each: a logger. Bounded: when
 * the channel is full, and then the queue, `add` waits and `offer` refuses.
 */
export class EventQueue {
  readonly #agent: ConfiguredEmbeddedAgent | Promise<ConfiguredEmbeddedAgent>
  readonly #options: EventQueueOptions
  readonly #batchSize: number
  readonly #capacity: number
  readonly #byteCapacity: number
  readonly #clock: Clock
  readonly #ended = new AbortController()
  #queued: EmbeddedEvent[] = []
  /** Of what waits and of what is being put. */
  #bytes = 0
  #accepted = 0
  #settled = 0
  #rejected = 0
  #refused = 0
  #untold = 0
  #lost = 0
  /** Calls of `add` that wait for room, one after the other. */
  #adding = 0
  #lastAdd: Promise<void> = Promise.resolve()
  #isRunning = false
  #isClosed = false
  #failure: unknown
  #progress = Promise.withResolvers<void>()

  /** @param agent one that runs, or the promise of one: until then events wait */
  constructor(agent: ConfiguredEmbeddedAgent | Promise<ConfiguredEmbeddedAgent>, options: EventQueueOptions = {}) {
    const { batchSize = 100, capacity = 10_000, byteCapacity = 64 * 1024 * 1024, clock = systemClock } = options
    this.#agent = agent
    this.#options = options
    this.#batchSize = batchSize
    this.#capacity = capacity
    this.#byteCapacity = byteCapacity
    this.#clock = clock
    if (agent instanceof Promise) agent.catch((error: unknown) => this.#fail(error))
  }

  get account(): EventQueueAccount {
    const waiting = this.#accepted - this.#settled - this.#lost
    const stored = this.#settled - this.#rejected
    return { stored, rejected: this.#rejected, refused: this.#refused, lost: this.#lost, waiting }
  }

  /** Why the queue takes nothing any more, if its agent has ended or could not start. */
  get failure(): unknown {
    return this.#failure
  }

  /** Takes an event if there is room; never waits. */
  offer(event: EmbeddedEvent): boolean {
    if (this.#takesNothing || this.#adding > 0 || !this.#hasRoom) {
      this.#refused++
      this.#untold++
      return false
    }
    this.#append(event)
    return true
  }

  /** Takes an event as soon as there is room, in the order of the calls. */
  async add(event: EmbeddedEvent): Promise<void> {
    if (!this.#takesNothing && this.#adding === 0 && this.#hasRoom) {
      this.#append(event)
      return
    }
    if (this.#takesNothing) throw this.#refusal()
    this.#adding++
    const turn = this.#lastAdd.then(async () => {
      while (this.#failure === undefined && !this.#hasRoom) await this.#progress.promise
      this.#adding--
      if (this.#failure !== undefined) throw this.#refusal()
      this.#append(event)
    })
    this.#lastAdd = turn.catch(() => undefined)
    await turn
  }

  /** Resolves when everything that it took before is stored or rejected. */
  async flush(): Promise<void> {
    await this.#lastAdd
    const last = this.#accepted
    while (this.#settled < last && this.#failure === undefined) await this.#progress.promise
    if (this.#failure !== undefined) throw this.#failure
  }

  /**
   * Takes nothing more and waits until all is stored, so long at most. Idempotent; the agent goes on running.
   * @param deadlineMs 5 s unless given
   */
  async close(deadlineMs = 5000): Promise<EventQueueAccount> {
    this.#isClosed = true
    await settledWithin(this.flush(), deadlineMs, this.#clock)
    this.#fail(new LifecycleError('the queue is closed'))
    return this.account
  }

  get #hasRoom(): boolean {
    return this.#accepted - this.#settled < this.#capacity && this.#bytes < this.#byteCapacity
  }

  #refusal(): unknown {
    this.#refused++
    return this.#failure ?? new LifecycleError('the queue is closed')
  }

  get #takesNothing(): boolean {
    return this.#isClosed || this.#failure !== undefined
  }

  #append(event: EmbeddedEvent): void {
    this.#queued.push(event)
    this.#accepted++
    this.#bytes += sizeOf(event)
    if (this.#isRunning) return
    this.#isRunning = true
    this.#run().catch((error: unknown) => this.#fail(error))
  }

  async #run(): Promise<void> {
    const agent = await this.#agent
    while (this.#queued.length > 0 && this.#failure === undefined) {
      const taken = this.#queued
      this.#queued = []
      for (let at = 0; at < taken.length; at += this.#batchSize) {
        await this.#store(agent, taken.slice(at, at + this.#batchSize))
      }
    }
    this.#isRunning = false
  }

  /** Tries again until the channel takes it; what it never takes is left out. */
  async #store(agent: ConfiguredEmbeddedAgent, events: readonly EmbeddedEvent[]): Promise<void> {
    const { signal } = this.#ended
    for (;;) {
      try {
        await agent.putAll(events, { signal })
        return this.#settle(events, 0)
      } catch (error) {
        if (signal.aborted || verdictOf(error) === 'fatal') throw error
        if (verdictOf(error) === 'reject') {
          if (events.length === 1) return this.#settle(events, 1)
          for (const event of events) await this.#store(agent, [event])
          return
        }
      }
      await this.#clock.sleep(pauseMs, signal)
    }
  }

  #settle(events: readonly EmbeddedEvent[], rejected: number): void {
    this.#settled += events.length
    this.#rejected += rejected
    for (const event of events) this.#bytes -= sizeOf(event)
    const { refusedNote } = this.#options
    if (refusedNote && this.#untold > 0 && !this.#takesNothing && this.#hasRoom) {
      const count = this.#untold
      this.#untold = 0
      this.#append(refusedNote(count))
    }
    this.#wake()
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.#lost = this.#accepted - this.#settled
    this.#queued = []
    this.#bytes = 0
    this.#ended.abort(error)
    this.#wake()
  }

  #wake(): void {
    const { resolve } = this.#progress
    this.#progress = Promise.withResolvers()
    resolve()
  }
}

/** Between two tries to put what a full channel has refused after its keep-alive, ms. */
const pauseMs = 100

function sizeOf(event: EmbeddedEvent): number {
  const body = typeof event === 'string' || event instanceof Uint8Array ? event : event?.body
  return body?.length ?? 0
}
