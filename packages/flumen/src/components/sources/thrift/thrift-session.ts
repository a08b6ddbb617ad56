import type { SourceContext } from '../../../core/index.ts'
import {
  applicationError,
  decodeCall,
  encodeError,
  encodeStatus,
  FrameSplitter,
  type ThriftCall,
  type ThriftProtocol,
  thriftStatus,
} from '../../../protocols/thrift-rpc/index.ts'
import type { RpcSession } from '../../rpc/rpc-server.ts'
import type { RequestStore, Stored } from '../../rpc/store-request.ts'

/** What all connections of one source share. */
export interface ThriftHouse {
  readonly context: SourceContext
  readonly store: RequestStore
  readonly protocol: ThriftProtocol
  readonly maxRequestSize: number
}

/** The calls of one client. */
export class ThriftSession implements RpcSession {
  readonly #house: ThriftHouse
  readonly #splitter: FrameSplitter
  #requestBytes = 0
  #hasRefused = false

  constructor(house: ThriftHouse) {
    this.#house = house
    this.#splitter = new FrameSplitter(house.maxRequestSize)
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
    const { context, store, protocol } = this.#house
    const call = decodeCall(frame, protocol, context.clock.now())
    if (call.refusal) {
      this.#refused(call.refusal.message)
      return encodeError(call, call.refusal, protocol)
    }
    const stored = store.append(call.batch, call.method === 'appendBatch')
    return stored instanceof Promise ? this.#answerLater(call, stored) : this.#answer(call, stored)
  }

  async #answerLater(call: ThriftCall, stored: Promise<Stored>): Promise<Uint8Array> {
    return this.#answer(call, await stored)
  }

  #answer(call: ThriftCall, stored: Stored): Uint8Array {
    const { protocol } = this.#house
    if (stored === 'stored') return encodeStatus(call, thriftStatus.ok, protocol)
    if (stored === 'full') return encodeStatus(call, thriftStatus.failed, protocol)
    const message = `Internal error processing ${call.method}`
    return encodeError(call, { kind: applicationError.internal, message }, protocol)
  }

  #refused(error: string): void {
    const { context } = this.#house
    context.metrics.counter('requestsInvalid').add(1)
    // Once a connection: a client may go on like that.
    if (!this.#hasRefused) context.log.warn('A call could not be understood and was refused.', { error })
    this.#hasRefused = true
  }
}
