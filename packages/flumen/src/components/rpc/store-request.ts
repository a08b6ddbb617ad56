import {
  type Counter,
  codeOf,
  type EventBatch,
  messageOf,
  type Origin,
  type SourceContext,
  verdictOf,
} from '../../core/index.ts'

/** `full`: a channel does not take it now, or never; the client is told to send it again. Anything else that went wrong is told as it is. */
export type Stored = 'stored' | 'full' | Error

/** Puts what clients ask to store, a request at a time and as a whole, and counts it as Flume does. Never throws. */
export class RequestStore {
  readonly #context: SourceContext
  readonly #received: readonly [single: Counter, batch: Counter]
  readonly #accepted: readonly [single: Counter, batch: Counter]

  constructor(context: SourceContext) {
    const { metrics } = context
    this.#context = context
    this.#received = [metrics.counter('appendReceived'), metrics.counter('appendBatchReceived')]
    this.#accepted = [metrics.counter('appendAccepted'), metrics.counter('appendBatchAccepted')]
  }

  /**
   * @param isBatch it came as a batch, however many events it has
   * @param origin of its rows: those that are stored already are not stored again
   */
  append(batch: EventBatch, isBatch: boolean, origin?: Origin): Stored | Promise<Stored> {
    const which = isBatch ? 1 : 0
    this.#received[which].add(1)
    if (batch.length === 0) return this.#stored(which)
    try {
      const storing = this.#context.put(batch, origin ? { origin } : { atomic: true })
      return storing ? this.#later(storing, which) : this.#stored(which)
    } catch (error) {
      return this.#failed(error)
    }
  }

  async #later(storing: Promise<void>, which: 0 | 1): Promise<Stored> {
    try {
      await storing
      return this.#stored(which)
    } catch (error) {
      return this.#failed(error)
    }
  }

  #stored(which: 0 | 1): Stored {
    this.#accepted[which].add(1)
    return 'stored'
  }

  #failed(error: unknown): Stored {
    const { log } = this.#context
    if (verdictOf(error) !== 'fatal' && codeOf(error) !== 'UNKNOWN') {
      log.warn('A request could not be stored; its client is told that it failed.', { error: messageOf(error) })
      return 'full'
    }
    log.error('A request failed for another reason than a channel.', { error: messageOf(error) })
    return error instanceof Error ? error : new Error(messageOf(error))
  }
}
