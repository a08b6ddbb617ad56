import { type EventBatch, messageOf, type SourceContext } from '../../../core/index.ts'
import { batchOfLegacy, type LegacyEvent, mostFields } from '../../../protocols/legacy-events/legacy-event.ts'
import { decodeLegacyCall, MessageSplitter } from '../../../protocols/legacy-thrift/index.ts'
import type { RpcSession } from '../../rpc/rpc-server.ts'
import { putUntilStored, storedBy } from '../put-until-stored.ts'

/** Events of one put: what has come at once, but no more than this. */
const mostEvents = 500
const noBytes = new Uint8Array(0)

/** The calls of one client. */
export class ThriftLegacySession implements RpcSession {
  readonly #context: SourceContext
  readonly #splitter: MessageSplitter
  readonly #signal: AbortSignal
  /** Of the calls whose events are to be put next. */
  #events: LegacyEvent[] = []
  #answers: Uint8Array[] = []
  #fields = 0
  #requestBytes = 0
  #failure: { readonly error: unknown } | undefined
  #hasRefused = false

  /** @param signal ends the waits for channels without room */
  constructor(context: SourceContext, maxRequestSize: number, signal: AbortSignal) {
    this.#context = context
    this.#splitter = new MessageSplitter(maxRequestSize)
    this.#signal = signal
  }

  get requestBytes(): number {
    return this.#requestBytes
  }

  get pendingBytes(): number {
    return this.#splitter.pendingBytes
  }

  receive(chunk: Buffer): void {
    this.#splitter.receive(chunk)
  }

  /** Works on all calls that have come, up to a bound. What came before one that cannot be read is put. */
  answerNext(): Uint8Array | Promise<Uint8Array> | undefined {
    if (this.#failure) throw this.#failure.error
    this.#requestBytes = 0
    try {
      while (this.#readNext());
    } catch (error) {
      this.#failure = { error }
    }
    const [events, answers] = [this.#events, this.#answers]
    this.#events = []
    this.#answers = []
    this.#fields = 0
    if (events.length > 0) return this.#store(batchOfLegacy(events, this.#context.clock.now()), answers)
    if (answers.length > 0) return Buffer.concat(answers)
    if (this.#failure) throw this.#failure.error
    return this.#requestBytes > 0 ? noBytes : undefined
  }

  /** @returns false: there is no whole call, or enough of them */
  #readNext(): boolean {
    if (this.#events.length >= mostEvents || this.#fields >= mostFields || this.#answers.length >= mostEvents)
      return false
    const message = this.#splitter.next()
    if (!message) return false
    this.#requestBytes += message.length
    const call = decodeLegacyCall(message)
    if (call.kind === 'answered') {
      this.#answers.push(call.answer)
      if (call.problem !== undefined) this.#refused(call.problem)
    } else if (call.event) {
      this.#events.push(call.event)
      this.#fields += call.event.fields.size
    }
    return true
  }

  #store(batch: EventBatch, answers: readonly Uint8Array[]): Uint8Array | Promise<Uint8Array> {
    const answer = answers.length > 0 ? Buffer.concat(answers) : noBytes
    const storing = putUntilStored(this.#context, batch, this.#signal)
    return storing ? this.#storeLater(batch, storing, answer) : answer
  }

  async #storeLater(batch: EventBatch, storing: Promise<void>, answer: Uint8Array): Promise<Uint8Array> {
    try {
      await storing
      return answer
    } catch (error) {
      const { log, metrics } = this.#context
      const events = batch.length - storedBy(error)
      metrics.counter('eventsLost').add(events)
      log.error('Events could not be stored and are lost: their client cannot be told.', {
        events,
        error: messageOf(error),
      })
      throw error
    }
  }

  #refused(error: string): void {
    const { log, metrics } = this.#context
    metrics.counter('requestsInvalid').add(1)
    // Once a connection: a client may go on like that.
    if (!this.#hasRefused) log.warn('A call could not be understood and was refused.', { error })
    this.#hasRefused = true
  }
}
