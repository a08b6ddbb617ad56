import type { Bytes, Origin } from '../../core/index.ts'
import { AvroEncoder } from '../avro-container-encoder.ts'
import type { AvroReader } from './avro-reader.ts'

/*
 * What two of ours agree on beyond Flume's protocol, in the maps of metadata that every handshake and call has and that
 * Flume reads over:
 *
 *   handshake, both ways:  "flumen.tiers": the version, one byte, 1
 *   call:                  "flumen.origin": long first, long last, string producer, as Avro encodes them
 *
 * A client whose server answered the version sends the origin of its rows with each call, and with the first one, before
 * it knows. The server stores rows that it has already no second time.
 */
const versionKey = 'flumen.tiers'
const originKey = 'flumen.origin'
const version = 1

/** Keys beyond are none of ours. */
const mostOfKey = 64
const mostOfProducer = 256

/** For a handshake: a map in the branch of a union with null. */
export const versionMeta: Bytes = encoded((encoder) => {
  encoder.long(1)
  entry(encoder, versionKey, Buffer.of(version))
})

/** Reads the metadata of a handshake: whether the other side is one of ours. */
export function readVersionMeta(reader: AvroReader): boolean {
  let speaks = false
  if (reader.isNull()) return false
  forEachEntry(reader, (key, value) => {
    if (key === versionKey) speaks = value.end - value.at === 1 && value.fixed(1)[0]! >= version
  })
  return speaks
}

/** Metadata of a call. */
export function originMeta({ producer, first, last }: Origin): Bytes {
  const value = encoded((encoder) => {
    encoder.long(first)
    encoder.long(last)
    encoder.string(producer)
  })
  return encoded((encoder) => entry(encoder, originKey, value))
}

/** Reads the metadata of a call. An origin that cannot be one counts as none. */
export function readOriginMeta(reader: AvroReader): Origin | undefined {
  let origin: Origin | undefined
  forEachEntry(reader, (key, value) => {
    if (key !== originKey) return
    const [first, last] = [value.long(), value.long()]
    origin = { first, last, producer: value.text(mostOfProducer) }
  })
  return origin
}

function entry(encoder: AvroEncoder, key: string, value: Bytes): void {
  encoder.long(1)
  encoder.string(key)
  encoder.bytes(value, 0, value.length)
  encoder.long(0)
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
