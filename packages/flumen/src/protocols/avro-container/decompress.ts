import { promisify } from 'node:util'
import { crc32, inflateRaw, zstdDecompress } from 'node:zlib'
import type { Bytes } from '../../core/index.ts'
import type { Bzip2 } from '../avro-container-bzip2.ts'
import { AvroDataError, AvroInput } from './avro-data.ts'

/** Turns what stands in a block into its records. @param mostBytes that they may be */
export type Decompress = (data: Bytes, mostBytes: number) => Promise<Bytes>

/** Undefined for a codec that there is not; `null` leaves blocks as they are and needs none. */
export async function loadDecompress(codec: string): Promise<Decompress | undefined> {
  switch (codec) {
    case 'deflate': {
      const inflate = promisify<Bytes, object, Buffer>(inflateRaw)
      return (data, mostBytes) => inflate(data, { maxOutputLength: mostBytes })
    }
    case 'zstandard': {
      const decompress = promisify<Bytes, object, Buffer>(zstdDecompress)
      return (data, mostBytes) => decompress(data, { maxOutputLength: mostBytes })
    }
    case 'bzip2': {
      const bzip2 = await (await import('../avro-container-bzip2.ts')).loadBzip2()
      return async (data, mostBytes) => unpackBzip2(bzip2, data, mostBytes)
    }
    case 'snappy': {
      const { uncompress } = await import('snappy')
      return async (data, mostBytes) => {
        const block = Buffer.from(data.buffer, data.byteOffset, Math.max(data.length - 4, 0))
        const length = snappyLength(block)
        if (length > mostBytes) throw new AvroDataError(`a block of ${length} bytes; ${mostBytes} are the most`)
        const records = (await uncompress(block)) as Buffer
        if (data.length < 4 || crc32(records) !== Buffer.from(data).readUInt32BE(block.length)) {
          throw new AvroDataError('the checksum of a block is wrong')
        }
        return records
      }
    }
    default:
      return undefined
  }
}

/** The length is not said anywhere; memory is asked for as it proves to be needed. */
function unpackBzip2(bzip2: Bzip2, data: Bytes, mostBytes: number): Bytes {
  for (let room = Math.max(data.length * 8, 2 ** 16); ; room *= 4) {
    try {
      return bzip2.decompress(data, Math.min(room, mostBytes))
    } catch (error) {
      if (room >= mostBytes || !(error as Error).message.endsWith(outputFull)) throw error
    }
  }
}

/** How libbzip2 says that the target is too small. */
const outputFull = 'code -8'

/** What a Snappy block says of itself: a number of 7 bits a byte, the lowest first. */
function snappyLength(block: Bytes): number {
  const input = new AvroInput(block)
  let length = 0
  for (let scale = 1; ; scale *= 128) {
    const byte = input.take(1)[0] ?? 0
    length += (byte & 127) * scale
    if (byte < 128 || scale > 2 ** 28) return length
  }
}
