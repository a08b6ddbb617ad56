import type { Transform } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ZstdFrames } from './zstd-frames.ts'

export type ReadPacking = 'gzip' | 'zstd'

/** How a file is packed; `other`: in a way that is known and not read. */
export type Packing = ReadPacking | 'other'

const magics: readonly (readonly [first: readonly number[], packing: Packing])[] = [
  [[0x1f, 0x8b, 0x08], 'gzip'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'zstd'],
  // bzip2 and xz
  [[0x42, 0x5a, 0x68], 'other'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'other'],
]

/** Undefined: the first bytes are not those of an archive. */
export function packingOf(first: Uint8Array): Packing | undefined {
  return magics.find(([magic]) => magic.every((byte, at) => byte === first[at]))?.[1]
}

/** Unpacks what is written to it; it fails with an {@link isUnpackingError} where the archive is damaged or not whole. */
export function unpackingOf(packing: ReadPacking, chunkSize: number): Transform {
  return packing === 'gzip' ? createGunzip({ chunkSize }) : new ZstdFrames()
}

/** What is there cannot be unpacked, as it is not whole or damaged; others come of reading the file. */
export function isUnpackingError(error: unknown): boolean {
  return /^Z_|^ZSTD_/.test(String((error as NodeJS.ErrnoException).code))
}
