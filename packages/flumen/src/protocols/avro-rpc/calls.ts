import type { Bytes, EventBatch, Origin } from '../../core/index.ts'
import { AvroEncoder } from '../avro-container-encoder.ts'
import { expectedRowBytes, rowWriter } from '../avro-container-rows.ts'
import { AvroReader, AvroRpcError } from './avro-reader.ts'
import { avroForm, readEvent, readEvents } from './events.ts'
import { originMeta, readOriginMeta } from './extension.ts'
import { type AvroFrame, frameHead, frameOf, sealedFrame } from './frame-reader.ts'
import { handshakeRequest, type KnownClients, type Match, readHandshakeResponse } from './handshake.ts'

/** In the order of the enum on the wire. */
export const statuses = ['OK', 'FAILED', 'UNKNOWN'] as const
export type Status = (typeof statuses)[number]

/** Bytes of the name of a message, which an answer and the log repeat. */
const mostOfName = 1000
/** Bytes of an error's text, which the log repeats. */
const mostOfError = 65_536
/** Of a request, about what is not rows. */
const requestOverhead = 512
const noBytes = Buffer.alloc(0)
const emptyMap = Buffer.from([0])
const statusBytes = statuses.map((_status, index) => Buffer.from([0, index * 2]))

/** What a client asks for. */
export type AvroCall =
  /** `append`, or `appendBatch` where `isBatch`. */
  | {
      readonly kind: 'append'
      readonly serial: number
      readonly greeting: Bytes
      readonly batch: EventBatch
      readonly isBatch: boolean
      /** Where the rows come from, if one of ours sends them. */
      readonly origin?: Origin | undefined
    }
  /** There is an answer already: of a handshake alone, or an error. */
  | { readonly kind: 'answered'; readonly answer: Buffer; readonly problem: string | undefined }

/** The server's side of one connection: knows whether its handshake is settled. */
export class AvroCallReader {
  readonly #known: KnownClients
  #isSettled = false
  #isOurs = false

  constructor(known: KnownClients) {
    this.#known = known
  }

  /** @throws AvroRpcError for a handshake that cannot be read; for anything behind it there is an answer */
  read({ serial, bytes, start, end }: AvroFrame, arrivedAt: number): AvroCall {
    const reader = new AvroReader(bytes, start, end)
    let greeting: Bytes = noBytes
    if (!this.#isSettled) {
      const { match, answer, isOurs } = this.#known.greet(reader)
      if (match === 'NONE') return { kind: 'answered', answer: frameOf(serial, [answer]), problem: undefined }
      greeting = answer
      this.#isSettled = true
      this.#isOurs = isOurs
    }
    try {
      const origin = this.#isOurs ? readOriginMeta(reader) : reader.skipMap()
      const message = reader.text(mostOfName)
      if (message === '') return { kind: 'answered', answer: frameOf(serial, [greeting]), problem: undefined }
      const isBatch = message === 'appendBatch'
      if (!isBatch && message !== 'append') throw new AvroRpcError(`No such remote message: ${message}`)
      const batch = isBatch ? readEvents(reader, arrivedAt) : readEvent(reader, arrivedAt)
      return { kind: 'append', serial, greeting, batch, isBatch, ...(origin && { origin }) }
    } catch (error) {
      if (!(error instanceof AvroRpcError)) throw error
      const answer = errorAnswer({ serial, greeting }, `org.apache.avro.AvroRuntimeException: ${error.message}`)
      return { kind: 'answered', answer, problem: error.message }
    }
  }
}

export interface Answered {
  readonly serial: number
  /** The answer to the handshake; empty once it is settled. */
  readonly greeting: Bytes
}

export function statusAnswer({ serial, greeting }: Answered, status: Status): Buffer {
  return frameOf(serial, [greeting, emptyMap, statusBytes[statuses.indexOf(status)]!])
}

/** Flume's errors are the implicit one of every protocol: a text. */
export function errorAnswer({ serial, greeting }: Answered, message: string): Buffer {
  const encoder = new AvroEncoder(message.length + 16)
  encoder.raw(Buffer.from([1]))
  encoder.long(0)
  encoder.string(message)
  return frameOf(serial, [greeting, emptyMap, encoder.encoded])
}

/** How the client's side of a connection stands. */
export type ClientHandshake =
  /** Nothing was said yet, or the server asked for the text; then it told its own hash too. */
  { readonly withText: boolean; readonly serverHash?: Bytes | undefined } | 'settled'

/**
 * `appendBatch` of all rows: one frame of one buffer.
 * @param origin of the rows, which only one of ours reads
 * @param encoder whose memory the frame is written over; the caller's again once the request has been answered
 */
export function appendBatchRequest(
  serial: number,
  batch: EventBatch,
  handshake: ClientHandshake,
  origin?: Origin,
  encoder: AvroEncoder = requestEncoder(batch),
): readonly Uint8Array[] {
  encoder.clear()
  encoder.raw(frameHead)
  if (handshake !== 'settled') encoder.raw(handshakeRequest(handshake.withText, handshake.serverHash))
  encoder.raw(origin ? originMeta(origin) : emptyMap)
  encoder.string('appendBatch')
  if (batch.length > 0) encoder.long(batch.length)
  for (const part of batch.parts) {
    const rows = part.writtenAs(avroForm)
    if (rows) {
      encoder.raw(rows)
      continue
    }
    const write = rowWriter(part)
    for (let row = 0; row < part.length; row++) write(encoder, row)
  }
  encoder.raw(emptyMap)
  return [sealedFrame(encoder.encoded, serial)]
}

/** With room for a request of this batch, about. */
export function requestEncoder(batch: EventBatch): AvroEncoder {
  let bytes = requestOverhead
  for (const part of batch.parts) {
    bytes += part.writtenAs(avroForm)?.length ?? expectedRowBytes(part) * part.length
  }
  return new AvroEncoder(Math.ceil(bytes))
}

export type AvroReply =
  /** The server does not know this protocol's text: send it, with its own hash. */
  | { readonly kind: 'handshake'; readonly serverHash: Bytes | undefined }
  | { readonly kind: 'status'; readonly status: Status; readonly isOurs: boolean }
  | { readonly kind: 'error'; readonly message: string }

/** @throws AvroRpcError */
export function readReply({ bytes, start, end }: AvroFrame, isSettled: boolean): AvroReply {
  const reader = new AvroReader(bytes, start, end)
  let isOurs = false
  if (!isSettled) {
    const response = readHandshakeResponse(reader)
    const { match, serverHash } = response
    isOurs = response.isOurs
    if (match === ('NONE' satisfies Match)) return { kind: 'handshake', serverHash }
  }
  reader.skipMap()
  const isError = reader.fixed(1)[0] !== 0
  if (!isError) return { kind: 'status', status: statuses[reader.long()] ?? 'UNKNOWN', isOurs }
  if (reader.long() !== 0) throw new AvroRpcError('an error of an unknown kind')
  return { kind: 'error', message: reader.text(mostOfError) }
}
