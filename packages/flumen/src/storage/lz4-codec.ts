import { createRequire } from 'node:module'
import { FormatError } from './format/byte-reader.ts'
import type { BlockCodec } from './payload.ts'

/** What one byte of a block can stand for at most, about. */
const mostExpansion = 255
/** The library puts the length of what it packs before the block, u32 little-endian; the log has it in its records. */
const lengthBytes = 4

let loaded: BlockCodec | undefined

/** The LZ4 block format as it is, without a frame. Loads the library at the first call, so that only who packs pays. */
export function lz4Codec(): BlockCodec {
  loaded ??= load()
  return loaded
}

function load(): BlockCodec {
  const require = createRequire(import.meta.url)
  const { compressSync, uncompressSync } = require('lz4-napi') as typeof import('lz4-napi')
  return {
    compress(plain) {
      return compressSync(asBuffer(plain)).subarray(lengthBytes)
    },
    decompress(stored, plainBytes) {
      if (plainBytes > (stored.length + 1) * mostExpansion) {
        throw new FormatError(`${stored.length} bytes cannot hold ${plainBytes}`)
      }
      const block = Buffer.allocUnsafe(lengthBytes + stored.length)
      block.writeUInt32LE(plainBytes)
      block.set(stored, lengthBytes)
      return uncompressSync(block)
    },
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
