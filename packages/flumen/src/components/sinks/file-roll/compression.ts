import { promisify } from 'node:util'
import { gzip, zstdCompress } from 'node:zlib'
import type { Bytes } from '../../../core/index.ts'

export interface Compression {
  /** What names end with, with the dot. */
  readonly extension: string
  /**
   * Compresses what is written together into a member (gzip) or a frame (zstd) of its own: the tools read a file of
   * several as one, and whatever is cut off at the end, the members before it are whole.
   */
  compress(bytes: Bytes): Promise<Bytes>
}

export const compressions: Readonly<Record<'none' | 'gzip' | 'zstd', Compression | undefined>> = {
  none: undefined,
  gzip: { extension: '.gz', compress: promisify<Bytes, Buffer>(gzip) },
  zstd: { extension: '.zst', compress: promisify<Bytes, Buffer>(zstdCompress) },
}
