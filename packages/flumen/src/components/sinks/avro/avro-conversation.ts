import { type EventBatch, EventDeliveryError } from '../../../core/index.ts'
import { AvroRpcError } from '../../../protocols/avro-rpc/avro-reader.ts'
import { appendBatchRequest, type ClientHandshake, readReply } from '../../../protocols/avro-rpc/calls.ts'
import { type AvroFrame, AvroFrameReader } from '../../../protocols/avro-rpc/frame-reader.ts'
import type { RpcConversation } from '../../rpc/rpc-sink.ts'

/** An answer is a handshake with the protocol's text, or an error's text. */
const mostOfReply = 1_048_576

/** Characters of an error that the log repeats. */
const mostShown = 500

/** The client's side of Avro's calls on one connection. */
export class AvroConversation implements RpcConversation<AvroFrame> {
  readonly replies = new AvroFrameReader(mostOfReply)
  #handshake: ClientHandshake = { withText: false }
  #serial = 0

  async deliver(batch: EventBatch, call: (request: readonly Uint8Array[]) => Promise<AvroFrame>): Promise<void> {
    // A server that does not know the protocol's text asks for it once.
    for (let round = 0; round < 2; round++) {
      const handshake = this.#handshake
      const serial = ++this.#serial
      const frame = await call(appendBatchRequest(serial, batch, handshake))
      const reply = this.#read(frame, serial, handshake === 'settled')
      if (reply.kind === 'handshake') {
        this.#handshake = { withText: true, serverHash: reply.serverHash }
        continue
      }
      this.#handshake = 'settled'
      if (reply.kind === 'error')
        throw new EventDeliveryError(`the other side failed: ${reply.message.slice(0, mostShown)}`)
      if (reply.status === 'OK') return
      throw new EventDeliveryError(`the other side answered ${reply.status}: it could not store the batch`)
    }
    throw new EventDeliveryError('the other side does not know the protocol of Flume')
  }

  #read(frame: AvroFrame, serial: number, isSettled: boolean): ReturnType<typeof readReply> {
    try {
      if (frame.serial !== serial) throw new AvroRpcError(`an answer to request ${frame.serial} instead of ${serial}`)
      return readReply(frame, isSettled)
    } catch (cause) {
      if (!(cause instanceof AvroRpcError)) throw cause
      throw new EventDeliveryError('what came back is no answer of this protocol', { cause, maybeDelivered: true })
    }
  }
}
