import type { Transform } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ZstdFrames } from './zstd-frames.ts'

export type ReadPacking = 'gzip' | 'zstd'

/** How a file is packed; `other`: in a way that is known and not read. */
export type Packing = ReadPacking | 'other'

const magics: readonly (readonly [hex: string, packing: Packing])[] = [
  ['1f8b08', 'gzip'],
  ['28b52ffd', 'zstd'],
  // bzip2 and xz
  ['425a68', 'other'],
  ['fd377a585a', 'other'],
]

/** Undefined: the first bytes are not those of an archive. */
export function packingOf(first: Uint8Array): Packing | undefined {
  const hex = Buffer.from(first.subarray(0, 8)).toString('hex')
  return magics.find(([magic]) => hex.startsWith(magic))?.[1]
}

/** Unpacks what is written to it; it fails with an {@link isUnpackingError} where the archive is damaged or not whole. */
export function unpackingOf(packing: ReadPacking, chunkSize: number): Transform {
  return packing === 'gzip' ? createGunzip({ chunkSize }) : new ZstdFrames()
}

/** What is there cannot be unpacked, as it is not whole or damaged; others come of reading the file. */
export function isUnpackingError(error: unknown): boolean {
  return /^Z_|^ZSTD_/.test(String((error as NodeJS.ErrnoException).code))
}
