import { codeOf, messageOf, type SourceContext, verdictOf } from '../../../core/index.ts'
import {
  decodeScribeCall,
  encodeScribeError,
  encodeScribeResult,
  type ScribeCall,
  scribeResult,
} from '../../../protocols/scribe/index.ts'
import { FrameSplitter } from '../../../protocols/thrift-rpc/index.ts'
import type { RpcSession } from '../../rpc/rpc-server.ts'

/** The calls of one client. */
export class ScribeSession implements RpcSession {
  readonly #context: SourceContext
  readonly #splitter: FrameSplitter
  #requestBytes = 0
  #hasRefused = false

  constructor(context: SourceContext, maxRequestSize: number) {
    this.#context = context
    this.#splitter = new FrameSplitter(maxRequestSize)
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

  answerNext(): Uint8Array | Promise<Uint8Array> | undefined {
    const frame = this.#splitter.next()
    if (frame === undefined) return undefined
    this.#requestBytes = frame.length
    const { clock, metrics } = this.#context
    const call = decodeScribeCall(frame, clock.now())
    if (call.refusal) {
      metrics.counter('requestsInvalid').add(1)
      this.#warnOnce('A call could not be understood and was refused.', call.refusal.message)
      return encodeScribeError(call, call.refusal)
    }
    metrics.counter('callsReceived').add(1)
    if (call.fault === undefined) return this.#store(call)
    metrics.counter('callsFailed').add(1)
    this.#warnOnce('A call has entries that cannot be stored; its client is told to try later.', call.fault)
    return encodeScribeResult(call, scribeResult.tryLater)
  }

  #store(call: ScribeCall): Uint8Array | Promise<Uint8Array> {
    if (call.batch.length === 0) return this.#stored(call)
    try {
      const storing = this.#context.put(call.batch, { atomic: true })
      return storing ? this.#storeLater(call, storing) : this.#stored(call)
    } catch (error) {
      return this.#failed(call, error)
    }
  }

  async #storeLater(call: ScribeCall, storing: Promise<void>): Promise<Uint8Array> {
    try {
      await storing
      return this.#stored(call)
    } catch (error) {
      return this.#failed(call, error)
    }
  }

  #stored(call: ScribeCall): Uint8Array {
    this.#context.metrics.counter('callsStored').add(1)
    return encodeScribeResult(call, scribeResult.ok)
  }

  #failed(call: ScribeCall, error: unknown): Uint8Array {
    const { log, metrics } = this.#context
    const isOfChannel = verdictOf(error) !== 'fatal' && codeOf(error) !== 'UNKNOWN'
    if (!isOfChannel) metrics.counter('callsFailed').add(1)
    log.warn('A call could not be stored; its client is told to try later.', { error: messageOf(error) })
    return encodeScribeResult(call, scribeResult.tryLater)
  }

  /** Once a connection: a client may go on like that. */
  #warnOnce(message: string, error: string): void {
    if (!this.#hasRefused) this.#context.log.warn(message, { error })
    this.#hasRefused = true
  }
}
