import { type EventBatch, EventDeliveryError, EventRejectedError } from '../../../core/index.ts'
import {
  applicationError,
  decodeAnswer,
  encodeCall,
  FrameSplitter,
  type ThriftAnswer,
  type ThriftProtocol,
  thriftStatus,
} from '../../../protocols/thrift-rpc/index.ts'
import type { RpcConversation } from '../../rpc/rpc-sink.ts'

/** Far above any answer. */
const mostAnswerBytes = 1024 * 1024
const statusNames: readonly string[] = Object.keys(thriftStatus).map((name) => name.toUpperCase())

/** The calls of one connection. */
export class ThriftConversation implements RpcConversation<Buffer> {
  readonly replies = new FrameSplitter(mostAnswerBytes)
  readonly #protocol: ThriftProtocol
  readonly #maxRequestSize: number
  #sequence = 0

  constructor(protocol: ThriftProtocol, maxRequestSize: number) {
    this.#protocol = protocol
    this.#maxRequestSize = maxRequestSize
  }

  async deliver(batch: EventBatch, call: (request: readonly Uint8Array[]) => Promise<Buffer>): Promise<void> {
    this.#sequence = (this.#sequence + 1) | 0
    const sequence = this.#sequence
    const request = encodeCall(batch, { protocol: this.#protocol, sequence })
    let bytes = -4
    for (const piece of request) bytes += piece.length
    if (bytes > this.#maxRequestSize) {
      throw new EventRejectedError(`a request of ${bytes} bytes is larger than maxRequestSize, ${this.#maxRequestSize}`)
    }
    const answer = this.#read(await call(request))
    if (answer.sequence !== sequence) throw failure(`answer ${answer.sequence} came to call ${sequence}`, true)
    if (answer.error) {
      const { kind, message } = answer.error
      throw failure(`the other side failed: ${message || `TApplicationException ${kind}`}`, isUncertain(kind))
    }
    if (answer.status === thriftStatus.ok) return
    throw failure(`the other side answered ${statusNames[answer.status ?? -1] ?? 'nothing'}`, false)
  }

  #read(frame: Buffer): ThriftAnswer {
    try {
      return decodeAnswer(frame, this.#protocol)
    } catch (cause) {
      throw new EventDeliveryError('the answer is not of this protocol', { cause, maybeDelivered: true })
    }
  }
}

/** A call that was not understood was not carried out. */
function isUncertain(kind: number): boolean {
  return kind !== applicationError.unknownMethod && kind !== applicationError.protocol
}

function failure(message: string, maybeDelivered: boolean): EventDeliveryError {
  return new EventDeliveryError(message, { maybeDelivered })
}
