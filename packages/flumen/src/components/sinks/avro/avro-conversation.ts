import { type EventBatch, EventDeliveryError, type Origin } from '../../../core/index.ts'
import type { AvroEncoder } from '../../../protocols/avro-container-encoder.ts'
import { AvroRpcError } from '../../../protocols/avro-rpc/avro-reader.ts'
import {
  appendBatchRequest,
  type ClientHandshake,
  packedBatchRequest,
  readReply,
  requestEncoder,
} from '../../../protocols/avro-rpc/calls.ts'
import { readsOrigins, readsPacked } from '../../../protocols/avro-rpc/extension.ts'
import { type AvroFrame, AvroFrameReader } from '../../../protocols/avro-rpc/frame-reader.ts'
import type { RpcCall, RpcConversation } from '../../rpc/rpc-sink.ts'

/** An answer is a handshake with the protocol's text, or an error's text. */
const mostOfReply = 1_048_576

/** Memory of requests that were answered, which is used for those that follow. */
const mostSpare = 4
const mostSpareBytes = 1_048_576

/** Characters of an error that the log repeats. */
const mostShown = 500

/** The client's side of Avro's calls on one connection. */
export class AvroConversation implements RpcConversation<AvroFrame> {
  readonly replies = new AvroFrameReader(mostOfReply)
  #handshake: ClientHandshake = { withText: false }
  /** The first batch, with the handshake, and how many wait for its answer. */
  #greeting: Promise<void> | undefined
  #behind = 0
  #serial = 0
  readonly #spare: AvroEncoder[] = []
  /** Of the other side, if it is one of ours. */
  #version = 0
  readonly #packLevel: number | undefined
  /** Of the last request that is being packed; it ends when those before it have been sent. */
  #turn: Promise<readonly Uint8Array[]> | undefined

  /** @param packLevel of zstd, for each batch where the other side reads it; undefined: they are sent as they are */
  constructor(packLevel?: number) {
    this.#packLevel = packLevel
  }

  /** Flume's server may answer in another order. */
  numberOf({ serial }: AvroFrame): number {
    return serial
  }

  async deliver(batch: EventBatch, call: RpcCall<AvroFrame>, origin?: Origin): Promise<void> {
    if (this.#greeting) {
      this.#behind++
      try {
        await this.#greeting
      } catch (cause) {
        throw new EventDeliveryError('the first request of the connection failed', { cause, retryAfterMs: 0 })
      } finally {
        // Not before all who wait have gone on: nobody overtakes them.
        if (--this.#behind === 0) this.#greeting = undefined
      }
    }
    if (this.#handshake === 'settled') {
      await this.#append(batch, call, this.#version >= readsOrigins ? origin : undefined)
      return
    }
    this.#greeting = this.#greet(batch, call, origin)
    try {
      await this.#greeting
    } finally {
      if (this.#behind === 0) this.#greeting = undefined
    }
  }

  /** A server that does not know the protocol's text asks for it once. */
  async #greet(batch: EventBatch, call: RpcCall<AvroFrame>, origin: Origin | undefined): Promise<void> {
    for (let round = 0; round < 2; round++) if (await this.#append(batch, call, origin)) return
    throw new EventDeliveryError('the other side does not know the protocol of Flume')
  }

  /** @returns false: the other side wants another handshake first */
  async #append(batch: EventBatch, call: RpcCall<AvroFrame>, origin: Origin | undefined): Promise<boolean> {
    const handshake = this.#handshake
    const serial = ++this.#serial
    const encoder = this.#spare.pop() ?? requestEncoder(batch)
    const level = handshake === 'settled' && this.#version >= readsPacked ? this.#packLevel : undefined
    const frame =
      level === undefined
        ? await call(appendBatchRequest(serial, batch, handshake, origin, encoder), serial)
        : await this.#callInTurn(packedBatchRequest(serial, batch, level, origin, encoder), call, serial)
    // The other side has read it: it has answered.
    if (encoder.capacity <= mostSpareBytes && this.#spare.length < mostSpare) this.#spare.push(encoder)
    const reply = this.#read(frame, handshake === 'settled')
    if (reply.kind === 'handshake') {
      this.#handshake = { withText: true, serverHash: reply.serverHash }
      return false
    }
    if (handshake !== 'settled' && reply.kind === 'status') this.#version = reply.version
    this.#handshake = 'settled'
    if (reply.kind === 'error') {
      throw new EventDeliveryError(`the other side failed: ${reply.message.slice(0, mostShown)}`)
    }
    if (reply.status === 'OK') return true
    throw new EventDeliveryError(`the other side answered ${reply.status}: it could not store the batch`)
  }

  /** Sends a request when those that came before it have been sent; several are packed at a time. */
  async #callInTurn(
    packing: Promise<readonly Uint8Array[]>,
    call: RpcCall<AvroFrame>,
    serial: number,
  ): Promise<AvroFrame> {
    // Who waits for a turn goes on before those who wait for that turn to begin their own.
    const turn = this.#turn ? Promise.all([packing, this.#turn]).then(([request]) => request) : packing
    this.#turn = turn
    const answer = call(await turn, serial)
    if (this.#turn === turn) this.#turn = undefined
    return answer
  }

  #read(frame: AvroFrame, isSettled: boolean): ReturnType<typeof readReply> {
    try {
      return readReply(frame, isSettled)
    } catch (cause) {
      if (!(cause instanceof AvroRpcError)) throw cause
      throw new EventDeliveryError('what came back is no answer of this protocol', { cause, maybeDelivered: true })
    }
  }
}
