import type { Bytes, EventBatch, Origin } from '../../core/index.ts'
import { AvroEncoder } from '../avro-container-encoder.ts'
import { expectedRowBytes, rowWriter } from '../avro-container-rows.ts'
import { AvroReader, AvroRpcError } from './avro-reader.ts'
import { avroForm, readEvent, readEvents } from './events.ts'
import { type CallMeta, callMeta, readCallMeta } from './extension.ts'
import { type AvroFrame, frameHead, frameOf, sealedFrame } from './frame-reader.ts'
import { handshakeRequest, type KnownClients, type Match, readHandshakeResponse } from './handshake.ts'
import { type Packed, packed } from './packing.ts'

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

/** `append`, or `appendBatch` where `isBatch`. */
interface Append extends Answered {
  readonly isBatch: boolean
  /** Where the rows come from, if one of ours sends them. */
  readonly origin?: Origin | undefined
}

/** Of one of ours; not checked yet, and `readUnpacked` goes on. */
export interface PackedCall extends Append, Packed {
  readonly kind: 'packed'
}

/** What a client asks for. */
export type AvroCall =
  | (Append & { readonly kind: 'append'; readonly batch: EventBatch })
  | PackedCall
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
    return orError({ serial, greeting }, () => {
      const { origin, unpackedBytes } = this.#isOurs ? readCallMeta(reader) : noMeta(reader)
      const message = reader.text(mostOfName)
      if (message === '') return { kind: 'answered', answer: frameOf(serial, [greeting]), problem: undefined }
      const isBatch = message === 'appendBatch'
      if (!isBatch && message !== 'append') throw new AvroRpcError(`No such remote message: ${message}`)
      const append = { serial, greeting, isBatch, ...(origin && { origin }) }
      if (unpackedBytes === undefined) return { kind: 'append', ...append, batch: readBatch(append, reader, arrivedAt) }
      return { kind: 'packed', ...append, bytes: bytes.subarray(reader.at, end), unpackedBytes }
    })
  }
}

/** @param bytes of the call, unpacked; its slab from now on */
export function readUnpacked(call: PackedCall, bytes: Buffer, arrivedAt: number): Exclude<AvroCall, PackedCall> {
  const { serial, greeting, isBatch, origin } = call
  return orError(call, () => {
    const batch = readBatch(call, new AvroReader(bytes, 0, bytes.length), arrivedAt)
    return { kind: 'append', serial, greeting, isBatch, ...(origin && { origin }), batch }
  })
}

function readBatch({ isBatch }: Append, reader: AvroReader, arrivedAt: number): EventBatch {
  return isBatch ? readEvents(reader, arrivedAt) : readEvent(reader, arrivedAt)
}

function noMeta(reader: AvroReader): CallMeta {
  reader.skipMap()
  return {}
}

/** What cannot be read has an answer. */
function orError<C extends AvroCall>(to: Answered, read: () => C): C | Extract<AvroCall, { kind: 'answered' }> {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof AvroRpcError)) throw error
    const answer = errorAnswer(to, `org.apache.avro.AvroRuntimeException: ${error.message}`)
    return { kind: 'answered', answer, problem: error.message }
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
  begin(encoder, handshake, { origin })
  encodeRows(encoder, batch)
  return [sealedFrame(encoder.encoded, serial)]
}

/**
 * The same behind the handshake, for a server that reads packed calls: packed, if it becomes smaller.
 * @param level of zstd
 */
export async function packedBatchRequest(
  serial: number,
  batch: EventBatch,
  level: number,
  origin?: Origin,
  encoder: AvroEncoder = requestEncoder(batch),
): Promise<readonly Uint8Array[]> {
  begin(encoder, 'settled', { origin })
  const at = encoder.length
  encodeRows(encoder, batch)
  const plain = encoder.encoded
  const unpackedBytes = plain.length - at
  const bytes = await packed(plain.subarray(at), level)
  if (!bytes) return [sealedFrame(plain, serial)]
  const head = new AvroEncoder(requestOverhead)
  begin(head, 'settled', { origin, unpackedBytes })
  return [sealedFrame(head.encoded, serial, bytes.length), bytes]
}

/** What is before the rows. */
function begin(encoder: AvroEncoder, handshake: ClientHandshake, meta: CallMeta): void {
  encoder.clear()
  encoder.raw(frameHead)
  if (handshake !== 'settled') encoder.raw(handshakeRequest(handshake.withText, handshake.serverHash))
  encoder.raw(meta.origin || meta.unpackedBytes !== undefined ? callMeta(meta) : emptyMap)
  encoder.string('appendBatch')
}

function encodeRows(encoder: AvroEncoder, batch: EventBatch): void {
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
  /** With the version of the other side, where it has answered a handshake. */
  | { readonly kind: 'status'; readonly status: Status; readonly version: number }
  | { readonly kind: 'error'; readonly message: string }

/** @throws AvroRpcError */
export function readReply({ bytes, start, end }: AvroFrame, isSettled: boolean): AvroReply {
  const reader = new AvroReader(bytes, start, end)
  let version = 0
  if (!isSettled) {
    const response = readHandshakeResponse(reader)
    const { match, serverHash } = response
    version = response.version
    if (match === ('NONE' satisfies Match)) return { kind: 'handshake', serverHash }
  }
  reader.skipMap()
  const isError = reader.fixed(1)[0] !== 0
  if (!isError) return { kind: 'status', status: statuses[reader.long()] ?? 'UNKNOWN', version }
  if (reader.long() !== 0) throw new AvroRpcError('an error of an unknown kind')
  return { kind: 'error', message: reader.text(mostOfError) }
}
