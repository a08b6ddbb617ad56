import type { Bytes } from '../../core/index.ts'
import { AvroEncoder } from '../avro-container-encoder.ts'
import { type AvroReader, AvroRpcError } from './avro-reader.ts'
import { clientMeta, readVersionMeta, serverMeta } from './extension.ts'
import { sourceProtocol, sourceProtocolHash } from './source-protocol.ts'

const hashBytes = 16
/** Hashes of other texts that clients have shown; no more are kept than that. */
const mostKnown = 100

/** Bytes of a protocol's text; Flume's has 1,334. */
const mostOfText = 65_536

/** How far server and client agree on the protocol's text; the order is that of the enum on the wire. */
export const matches = ['BOTH', 'CLIENT', 'NONE'] as const
export type Match = (typeof matches)[number]

/** The hashes of the texts that clients of one server have shown. It always knows that of Flume. */
export class KnownClients {
  readonly #hashes = new Set([sourceProtocolHash.toString('latin1')])

  /** Reads a client's handshake: whether the texts match, the answer, and whether
   * it is one of ours. A text that is no protocol counts as none. */
  greet(reader: AvroReader): { readonly match: Match; readonly answer: Bytes; readonly isOurs: boolean } {
    const clientHash = Buffer.from(reader.fixed(hashBytes)).toString('latin1')
    const protocol = reader.isNull() ? undefined : reader.text(mostOfText)
    const isServerKnown = sourceProtocolHash.equals(reader.fixed(hashBytes))
    const isOurs = readVersionMeta(reader) > 0
    const showsText = protocol !== undefined && isProtocol(protocol)
    if (showsText && this.#hashes.size < mostKnown) this.#hashes.add(clientHash)
    const isClientKnown = showsText || this.#hashes.has(clientHash)
    const match = !isClientKnown ? 'NONE' : isServerKnown ? 'BOTH' : 'CLIENT'
    return { match, answer: (isOurs ? answersToOurs : answers)[match], isOurs }
  }
}

/** A client's handshake. @param withText the protocol's text, for a server that does not know its hash */
export function handshakeRequest(withText: boolean, serverHash: Bytes = sourceProtocolHash): Bytes {
  const encoder = new AvroEncoder(64)
  encoder.raw(sourceProtocolHash)
  if (withText) {
    encoder.long(1)
    encoder.string(sourceProtocol)
  } else encoder.long(0)
  encoder.raw(serverHash)
  // Flume's clients send an empty map here, and its servers read nothing of it.
  encoder.raw(clientMeta)
  return encoder.encoded
}

/** A server's handshake, with the hash of the server's text where it says one. @throws AvroRpcError */
export function readHandshakeResponse(reader: AvroReader): {
  readonly match: Match
  readonly serverHash: Bytes | undefined
  /** See the extension. */
  readonly version: number
} {
  const match = matches[reader.long()]
  if (match === undefined) throw new AvroRpcError('an unknown answer to the handshake')
  if (!reader.isNull()) reader.skipBytes()
  const serverHash = reader.isNull() ? undefined : Buffer.from(reader.fixed(hashBytes))
  return { match, serverHash, version: readVersionMeta(reader) }
}

const noMeta = Buffer.of(0)
const answers = answersWith(noMeta)
const answersToOurs = answersWith(serverMeta)

function answersWith(meta: Bytes): Readonly<Record<Match, Bytes>> {
  return { BOTH: answerOf('BOTH', meta), CLIENT: answerOf('CLIENT', meta), NONE: answerOf('NONE', meta) }
}

function answerOf(match: Match, meta: Bytes): Bytes {
  const encoder = new AvroEncoder(2048)
  encoder.long(matches.indexOf(match))
  if (match === 'BOTH') {
    encoder.long(0)
    encoder.long(0)
  } else {
    encoder.long(1)
    encoder.string(sourceProtocol)
    encoder.long(1)
    encoder.raw(sourceProtocolHash)
  }
  encoder.raw(meta)
  return encoder.encoded
}

function isProtocol(text: string): boolean {
  try {
    const read: unknown = JSON.parse(text)
    return typeof read === 'object' && read !== null && 'protocol' in read
  } catch {
    return false
  }
}
