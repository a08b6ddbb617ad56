import { promisify } from 'node:util'
import { deflateRaw, zstdCompress } from 'node:zlib'
import type { Bytes } from '../core/index.ts'

/** Turns the records of a block into what stands in the file. */
export type Compress = (data: Bytes) => Bytes | Promise<Bytes>

/** Codecs by the names that Avro gives them; `null` leaves records as they are. */
export const containerCodecs = ['null', 'deflate', 'snappy', 'bzip2', 'zstandard'] as const
export type ContainerCodec = (typeof containerCodecs)[number]

/** Loads what a codec needs, the first time it is asked for. `undefined`: nothing is to be done. */
export async function loadCompress(codec: ContainerCodec): Promise<Compress | undefined> {
  if (codec === 'deflate') return promisify<Bytes, Buffer>(deflateRaw)
  if (codec === 'zstandard') return promisify<Bytes, Buffer>(zstdCompress)
  if (codec === 'snappy') return (await import('./avro-container-snappy.ts')).compressSnappy
  if (codec === 'bzip2') return (await (await import('./avro-container-bzip2.ts')).loadBzip2()).compress
  return undefined
}
