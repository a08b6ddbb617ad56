import type { Bytes } from '../../core/index.ts'
import { AvroEncoder } from '../avro-container-encoder.ts'
import { AvroReader, AvroRpcError } from '../avro-rpc/avro-reader.ts'
import { type LegacyEvent, mostFields, priorities } from '../legacy-events/legacy-event.ts'
import { textIn } from '../rpc-events/slab-text.ts'
import { hasKnownLayout, legacyProtocol, legacyProtocolHash } from './legacy-protocol.ts'

const hashBytes = 16
/** Hashes of other texts that clients have shown; no more are kept than that. */
const mostKnown = 100
const mostOfText = 65_536
const mostOfName = 1000
/** Bytes of a long that a number holds exactly. */
const exactBytes = 7
const noMeta = Buffer.from([0])

/** What a client asks for; each answer begins with that to its handshake. */
export type LegacyCall =
  | { readonly kind: 'append'; readonly event: LegacyEvent; readonly greeting: Bytes }
  | { readonly kind: 'answered'; readonly answer: readonly Bytes[]; readonly problem: string | undefined }

type Match = 'BOTH' | 'CLIENT' | 'NONE'
const matches: readonly Match[] = ['BOTH', 'CLIENT', 'NONE']

/** Reads the calls of all clients of one server: over HTTP each has its own handshake. */
export class LegacyCallReader {
  readonly #known = new Set([legacyProtocolHash.toString('latin1')])

  /**
   * @param message bytes that nobody writes any more
   * @throws AvroRpcError for a handshake that cannot be read; for anything behind it there is an answer
   */
  read(message: Buffer): LegacyCall {
    const reader = new AvroReader(message, 0, message.length)
    const { match, problem } = this.#greet(reader)
    const greeting = greetings[match]
    if (match === 'NONE') return { kind: 'answered', answer: [greeting], problem: undefined }
    try {
      if (problem !== undefined) throw new AvroRpcError(problem)
      reader.skipMap()
      const name = reader.text(mostOfName)
      if (name === '') return { kind: 'answered', answer: [greeting], problem: undefined }
      if (name !== 'append') throw new AvroRpcError(`No such remote message: ${name}`)
      return { kind: 'append', event: readEvent(reader), greeting }
    } catch (error) {
      if (!(error instanceof AvroRpcError)) throw error
      return { kind: 'answered', answer: errorAnswer(greeting, error.message), problem: error.message }
    }
  }

  #greet(reader: AvroReader): { readonly match: Match; readonly problem: string | undefined } {
    const hash = Buffer.from(reader.fixed(hashBytes)).toString('latin1')
    const layout = reader.isNull() ? undefined : hasKnownLayout(reader.text(mostOfText))
    const isServerKnown = legacyProtocolHash.equals(reader.fixed(hashBytes))
    if (!reader.isNull()) reader.skipMap()
    if (layout === true && this.#known.size < mostKnown) this.#known.add(hash)
    const isKnown = layout !== undefined || this.#known.has(hash)
    const match = !isKnown ? 'NONE' : isServerKnown ? 'BOTH' : 'CLIENT'
    return { match, problem: layout === false ? 'the events of this protocol are not those of Flume 0.9' : undefined }
  }
}

/** `append` has no result. */
export function storedAnswer(greeting: Bytes): readonly Bytes[] {
  return [greeting, noMeta, Buffer.from([0])]
}

/** The implicit error of every protocol: a text. */
export function errorAnswer(greeting: Bytes, message: string): readonly Bytes[] {
  const encoder = new AvroEncoder(message.length + 16)
  encoder.raw(Buffer.from([1]))
  encoder.long(0)
  encoder.string(message)
  return [greeting, noMeta, encoder.encoded]
}

const greetings: Readonly<Record<Match, Bytes>> = {
  BOTH: greetingOf('BOTH'),
  CLIENT: greetingOf('CLIENT'),
  NONE: greetingOf('NONE'),
}

function greetingOf(match: Match): Bytes {
  const encoder = new AvroEncoder(2048)
  encoder.long(matches.indexOf(match))
  if (match === 'BOTH') encoder.raw(Buffer.from([0, 0]))
  else {
    encoder.long(1)
    encoder.string(legacyProtocol)
    encoder.long(1)
    encoder.raw(legacyProtocolHash)
  }
  encoder.long(0)
  return encoder.encoded
}

function readEvent(reader: AvroReader): LegacyEvent {
  const timestamp = longText(reader)
  const number = reader.long()
  const priority = priorities[number]
  if (priority === undefined) throw new AvroRpcError(`there is no priority ${number}`)
  const body = reader.fixed(reader.length())
  const nanos = longText(reader)
  const host = text(reader)
  const fields = readFields(reader)
  if (reader.left > 0) throw new AvroRpcError('there is more than the event')
  return { timestamp, priority, body, nanos, host, fields }
}

function readFields(reader: AvroReader): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  let read = 0
  for (let count = reader.block(2); count > 0; count = reader.block(2)) {
    read += count
    if (read > mostFields) throw new AvroRpcError(`an event has over ${mostFields} fields`)
    for (; count > 0; count--) {
      const name = text(reader)
      fields.set(name, text(reader))
    }
  }
  return fields
}

function text(reader: AvroReader): string {
  const length = reader.length()
  reader.at += length
  return textIn(reader.bytes, reader.at - length, reader.at)
}

/** Decimal text of a long, exact. */
function longText(reader: AvroReader): string {
  const from = reader.at
  const value = reader.long()
  if (reader.at - from <= exactBytes) return String(value)
  let exact = 0n
  for (let at = reader.at - 1; at >= from; at--) exact = (exact << 7n) | BigInt((reader.bytes[at] ?? 0) & 127)
  exact = BigInt.asUintN(64, exact)
  return String((exact >> 1n) ^ -(exact & 1n))
}
