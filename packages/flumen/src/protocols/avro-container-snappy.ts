import { crc32 } from 'node:zlib'
import { compress } from 'snappy'
import type { Bytes } from '../core/index.ts'

/** A raw Snappy block, then the CRC-32 of the data before compression, big-endian, as Avro's specification says. */
export async function compressSnappy(data: Bytes): Promise<Bytes> {
  const compressed = await compress(data)
  const block = Buffer.allocUnsafeSlow(compressed.length + 4)
  block.set(compressed)
  block.writeUInt32BE(crc32(data), compressed.length)
  return block
}
