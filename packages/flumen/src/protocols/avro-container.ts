import type { Bytes } from '../core/index.ts'
import { AvroEncoder, longLength, putLong } from './avro-container-encoder.ts'

/**
 * Avro's object container files (Avro 1.11 specification, "Object Container Files"): a header with the schema, the
 * codec and 16 random bytes, then blocks, each a count of records, a length, the records as the codec leaves them, and
 * the 16 bytes again.
 */
const magic = Buffer.from('Obj\u0001', 'latin1')

/** Length of the sync marker, bytes. */
export const syncLength = 16

/** The schema of Flume's `avro_event` files; the record of its RPC has another name. */
export const eventSchema =
  '{"type":"record","name":"Event","fields":[{"name":"headers","type":{"type":"map","values":"string"}},' +
  '{"name":"body","type":"bytes"}]}'

/** What stands first in a container. The metadata are in the order in which Java writes them. */
export function containerHeader(schema: string, codec: string, sync: Bytes): Bytes {
  const encoder = new AvroEncoder(magic.length + schema.length + 64)
  encoder.raw(magic)
  encoder.long(2)
  encoder.string('avro.schema')
  encoder.string(schema)
  encoder.string('avro.codec')
  encoder.string(codec)
  encoder.long(0)
  encoder.raw(sync)
  return encoder.encoded
}

/** One block. @param data the records as the codec leaves them */
export function containerBlock(count: number, data: Bytes, sync: Bytes): Bytes {
  const head = longLength(count) + longLength(data.length)
  const block = Buffer.allocUnsafeSlow(head + data.length + syncLength)
  const start = putLong(block, putLong(block, 0, count), data.length)
  block.set(data, start)
  block.set(sync, start + data.length)
  return block
}
