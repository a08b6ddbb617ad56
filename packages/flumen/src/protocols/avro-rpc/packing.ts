import { promisify } from 'node:util'
import {
  constants,
  type Zlib,
  type ZstdOptions,
  zstdCompress,
  zstdCompressSync,
  zstdDecompress,
  zstdDecompressSync,
} from 'node:zlib'
import type { Bytes } from '../../core/index.ts'
import { isBomb, usualInflationRatio } from '../inflation.ts'
import { AvroRpcError } from './avro-reader.ts'

/** Part of a call, as it came. */
export interface Packed {
  /** A view. */
  readonly bytes: Bytes
  /** What they become, as the client says. */
  readonly unpackedBytes: number
}

/** Fewer are not worth the work. */
const leastPacked = 512
/** So many take less time at once than on another thread. */
const mostAtOnce = 65_536
/** What does not shrink by an eighth is sent as it is. */
const worthwhile = 7 / 8
/** A receiver needs no more memory than 2^20 bytes beside what a call becomes. */
const windowLog = 20
/** Larger than Buffer's pool gives: what is unpacked becomes a slab. */
const smallestChunk = 8192

const pack = promisify<Bytes, ZstdOptions, Buffer>(zstdCompress)
const unpack = promisify<Bytes, ZstdOptions & { readonly info: true }, unknown>(zstdDecompress)

/** One frame of zstd; undefined: it is to be sent as it is. @param level 0 is 1 */
export async function packed(bytes: Bytes, level: number): Promise<Bytes | undefined> {
  const { length } = bytes
  if (length < leastPacked) return undefined
  const params = { [constants.ZSTD_c_compressionLevel]: Math.max(1, level), [constants.ZSTD_c_windowLog]: windowLog }
  const options = { pledgedSrcSize: length, params }
  const frame = length <= mostAtOnce ? zstdCompressSync(bytes, options) : await pack(bytes, options)
  return frame.length < length * worthwhile && !isBomb(frame.length, length, usualInflationRatio) ? frame : undefined
}

/** Bounds of what a call may become. */
export interface UnpackingBounds {
  readonly maxRequestSize: number
  /** Of a call that becomes large; see {@link isBomb}. */
  readonly maxInflationRatio: number
}

/** Before anything is made for it. @throws AvroRpcError */
export function checkPacked({ bytes, unpackedBytes }: Packed, bounds: UnpackingBounds): void {
  const { maxRequestSize: mostBytes, maxInflationRatio: ratio } = bounds
  if (unpackedBytes < 0) throw new AvroRpcError(`a packed call of ${unpackedBytes} bytes`)
  if (unpackedBytes > mostBytes) throw new AvroRpcError(`a packed call becomes more than ${mostBytes} bytes`)
  if (isBomb(bytes.length, unpackedBytes, ratio)) {
    throw new AvroRpcError(`a packed call becomes more than ${ratio} times as large, which is maxInflationRatio`)
  }
}

/** Whether it is unpacked at once; any other is unpacked on another thread. */
export function isSmall({ unpackedBytes }: Packed): boolean {
  return unpackedBytes <= mostAtOnce
}

/** @throws AvroRpcError unless it becomes as long as it says */
export function unpackedAtOnce(call: Packed): Buffer {
  try {
    return checked(call, zstdDecompressSync(call.bytes, optionsOf(call)))
  } catch (error) {
    throw unreadable(error)
  }
}

/** @throws AvroRpcError unless it becomes as long as it says */
export async function unpacked(call: Packed): Promise<Buffer> {
  try {
    return checked(call, await unpack(call.bytes, optionsOf(call)))
  } catch (error) {
    throw unreadable(error)
  }
}

/** All of it is one chunk with room for a byte more, so that it is not copied and no second one is made. */
function optionsOf({ unpackedBytes }: Packed): ZstdOptions & { readonly info: true } {
  return {
    info: true,
    chunkSize: Math.max(smallestChunk, unpackedBytes + 1),
    maxOutputLength: Math.max(1, unpackedBytes),
    params: { [constants.ZSTD_d_windowLogMax]: windowLog },
  }
}

/** Of `info: true`, which the types of Node.js do not know. */
function checked({ bytes, unpackedBytes }: Packed, result: unknown): Buffer {
  const { buffer, engine } = result as { readonly buffer: Buffer; readonly engine: Zlib }
  if (buffer.length !== unpackedBytes) {
    throw new AvroRpcError(`a packed call of ${unpackedBytes} bytes becomes ${buffer.length}`)
  }
  if (engine.bytesWritten !== bytes.length) throw new AvroRpcError('there is more behind a packed call')
  return buffer
}

function unreadable(error: unknown): unknown {
  if (error instanceof AvroRpcError) return error
  return new AvroRpcError('a packed call cannot be unpacked', { cause: error })
}
