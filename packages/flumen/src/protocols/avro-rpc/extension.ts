import type { Bytes, Origin } from '../../core/index.ts'
import { AvroEncoder } from '../avro-container-encoder.ts'
import type { AvroReader } from './avro-reader.ts'

/*
 * What two of ours agree on beyond Flume's protocol, in the maps of metadata that every handshake and call has and that
 * Flume reads over:
 *
 *   handshake, both ways:  "flumen.tiers": the version of what this side reads, one byte: 1 origins, 2 packed calls too
 *   call:                  "flumen.origin": long first, long last, string producer, as Avro encodes them
 *                          "flumen.zstd": long length; what is behind the name of the message is one frame of RFC 8878
 *                          then, which becomes so many bytes
 *
 * A client whose server answered the version sends the origin of its rows with each call, and with the first one, before
 * it knows. The server stores rows that it has already no second time. Packed are only calls behind the handshake, by
 * a client that was answered version 2; answers never are, so that clients say 1. A greater version is one of those to
 * come, and reads what is before it.
 */
const versionKey = 'flumen.tiers'
const originKey = 'flumen.origin'
const packedKey = 'flumen.zstd'

/** From which version on the other side reads what. */
export const readsOrigins = 1
export const readsPacked = 2

/** Keys beyond are none of ours. */
const mostOfKey = 64
const mostOfProducer = 256

/** For handshakes of clients and of servers: a map in the branch of a union with null. */
export const clientMeta = versionMeta(readsOrigins)
export const serverMeta = versionMeta(readsPacked)

/** Reads the metadata of a handshake: the version of the other side; 0: it is none of ours. */
export function readVersionMeta(reader: AvroReader): number {
  let version = 0
  if (reader.isNull()) return version
  forEachEntry(reader, (key, value) => {
    if (key === versionKey) version = value.end - value.at === 1 ? value.fixed(1)[0]! : 0
  })
  return version
}

/** What the metadata of a call says. */
export interface CallMeta {
  readonly origin?: Origin | undefined
  /** Where what the call carries is packed: so many bytes it becomes, as it says. */
  readonly unpackedBytes?: number | undefined
}

export function callMeta({ origin, unpackedBytes }: CallMeta): Bytes {
  return encoded((encoder) => {
    if (origin) {
      const { first, last, producer } = origin
      entry(encoder, originKey, (value) => {
        value.long(first)
        value.long(last)
        value.string(producer)
      })
    }
    if (unpackedBytes !== undefined) entry(encoder, packedKey, (value) => value.long(unpackedBytes))
    encoder.long(0)
  })
}

/** Reads the metadata of a call. An origin that cannot be one counts as none. */
export function readCallMeta(reader: AvroReader): CallMeta {
  let origin: Origin | undefined
  let unpackedBytes: number | undefined
  forEachEntry(reader, (key, value) => {
    if (key === packedKey) unpackedBytes = value.long()
    if (key !== originKey) return
    const [first, last] = [value.long(), value.long()]
    origin = { first, last, producer: value.text(mostOfProducer) }
  })
  return { origin, unpackedBytes }
}

function versionMeta(version: number): Bytes {
  return encoded((encoder) => {
    encoder.long(1)
    entry(encoder, versionKey, (value) => value.raw(Buffer.of(version)))
    encoder.long(0)
  })
}

/** A block of one. */
function entry(encoder: AvroEncoder, key: string, write: (value: AvroEncoder) => void): void {
  const value = encoded(write)
  encoder.long(1)
  encoder.string(key)
  encoder.bytes(value, 0, value.length)
}

function encoded(write: (encoder: AvroEncoder) => void): Bytes {
  const encoder = new AvroEncoder(64)
  write(encoder)
  return encoder.encoded
}

/** @param visit gets a reader of the value alone; where it throws an AvroRpcError the call cannot be read */
function forEachEntry(reader: AvroReader, visit: (key: string, value: AvroReader) => void): void {
  for (let count = reader.block(2); count > 0; count = reader.block(2)) {
    for (; count > 0; count--) {
      const length = reader.length()
      const key = length <= mostOfKey ? Buffer.from(reader.fixed(length)).toString('latin1') : ''
      if (length > mostOfKey) reader.at += length
      const size = reader.length()
      const at = reader.at
      reader.at += size
      visit(key, reader.within(at, at + size))
    }
  }
}
