import { EventBatch, type SourceContext, StoppedError } from '../../core/index.ts'
import { putUntilStored, storedBy } from './put-until-stored.ts'

export interface GatherRules {
  /** So many events are put at once, or more where more came at once. */
  readonly batchSize: number
  /** The longest that an event waits for others, ms. */
  readonly batchTimeoutMs: number
  /** Puts are given up when it is aborted. */
  readonly signal: AbortSignal
  /** So many events were read and are not stored, and why: the signal, or a failure that is fatal. */
  onLost(events: number, error: unknown): void
}

/**
 * Gathers small batches into larger ones and puts them until they are stored. An event that comes when the last put was
 * long ago goes at once, others wait for the batch to fill or for the time-out (Flume's ExecSource).
 */
export class BatchGatherer {
  readonly #context: SourceContext
  readonly #rules: GatherRules
  #waiting: EventBatch[] = []
  #events = 0
  #lastPut: number
  #storing: Promise<void> | undefined
  #cancelTimer: (() => void) | undefined

  constructor(context: SourceContext, rules: GatherRules) {
    this.#context = context
    this.#rules = rules
    this.#lastPut = context.clock.monotonic()
  }

  /** A promise says when the next batch may come. @throws what `putUntilStored` throws; nothing may come after it */
  add(batch: EventBatch): void | Promise<void> {
    if (batch.length === 0) return
    this.#waiting.push(batch)
    this.#events += batch.length
    const { batchSize, batchTimeoutMs } = this.#rules
    const restMs = this.#lastPut + batchTimeoutMs - this.#context.clock.monotonic()
    if (this.#events >= batchSize || restMs <= 0) return this.flush()
    this.#cancelTimer ??= this.#context.clock.after(restMs, () => this.#timeOut())
  }

  /** Puts what waits. */
  flush(): void | Promise<void> {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    if (this.#storing) return this.#storing.then(() => this.flush())
    if (this.#events === 0) return
    const batch = EventBatch.join(this.#waiting)
    this.#waiting = []
    this.#events = 0
    this.#lastPut = this.#context.clock.monotonic()
    const storing = putUntilStored(this.#context, batch, this.#rules.signal)
    if (storing) return this.#follow(storing, batch)
  }

  /** Lets its timer go; what waits is lost. */
  close(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    if (this.#events > 0) this.#rules.onLost(this.#events, new StoppedError('stopped before all was stored'))
    this.#waiting = []
    this.#events = 0
  }

  #follow(storing: Promise<void>, batch: EventBatch): Promise<void> {
    this.#storing = storing.then(
      () => {
        this.#storing = undefined
      },
      (error: unknown) => {
        this.#storing = undefined
        this.#rules.onLost(batch.length - storedBy(error), error)
        throw error
      },
    )
    return this.#storing
  }

  #timeOut(): void {
    this.#cancelTimer = undefined
    const storing = this.flush()
    if (storing) storing.catch(() => undefined)
  }
}
