import type { Transform } from 'node:stream'
import { constants, createDeflate, createInflate, createZstdCompress, createZstdDecompress } from 'node:zlib'
import type { Section } from '../../component/kit.ts'
import type { Bytes } from '../../core/index.ts'

/** Values of `compression-type`; Flume has the first two. */
export const compressionTypes = ['none', 'deflate', 'zstd'] as const
export type CompressionType = (typeof compressionTypes)[number]

/** Of Thrift, which has none in Flume. */
export const thriftCompressionTypes = ['none', 'zstd'] as const

/** Of what goes over a connection, both ways: one stream of RFC 1950, or one frame of RFC 8878, flushed after each write. */
export interface Compression {
  readonly type: Exclude<CompressionType, 'none'>
  readonly level: number
  /** What is sent are answers of some bytes. */
  readonly isForAnswers?: boolean
}

const usualLevels = { deflate: 6, zstd: 3 } as const

/** Larger than Buffer's pool gives: what is unpacked becomes slabs. */
const chunkSize = 65_536
/** A receiver keeps 2^17 bytes of what was before for each connection, and takes no frame that wants more. */
const windowLog = 17
/** Who has many clients needs next to no memory for what each is sent. */
const smallestLog = 10

/** undefined: none. @param level the usual one unless it is given */
export function compressionOf(type: CompressionType, level?: number): Compression | undefined {
  return type === 'none' ? undefined : { type, level: level ?? usualLevels[type] }
}

/** Of each batch, between two of ours. */
export const batchCompressions = ['none', 'zstd'] as const

/** undefined: batches are sent as they are. */
export function packLevelOf(type: (typeof batchCompressions)[number], level?: number): number | undefined {
  return type === 'none' ? undefined : (level ?? usualLevels[type])
}

/** As Flume's server compresses its answers, with deflate. */
export function answersWith(type: CompressionType): Compression | undefined {
  return type === 'none' ? undefined : { type, level: type === 'deflate' ? 6 : 1, isForAnswers: true }
}

export function packer({ type, level, isForAnswers = false }: Compression): Transform {
  if (type === 'deflate') return createDeflate({ level, chunkSize, flush: constants.Z_SYNC_FLUSH })
  const params = {
    [constants.ZSTD_c_compressionLevel]: Math.max(1, level),
    [constants.ZSTD_c_windowLog]: isForAnswers ? smallestLog : windowLog,
    ...(isForAnswers && { [constants.ZSTD_c_hashLog]: smallestLog, [constants.ZSTD_c_chainLog]: smallestLog }),
  }
  return createZstdCompress({ chunkSize, flush: constants.ZSTD_e_flush, params })
}

/** What ends in the middle is no error: connections do. */
export function unpacker({ type }: Compression): Transform {
  if (type === 'deflate') return createInflate({ chunkSize, finishFlush: constants.Z_SYNC_FLUSH })
  const params = { [constants.ZSTD_d_windowLogMax]: windowLog }
  return createZstdDecompress({ chunkSize, finishFlush: constants.ZSTD_e_flush, params })
}

/** What no single field can see. @param side that can be no Flume then */
export function checkCompression(type: CompressionType, side: 'sender' | 'receiver', section: Section): void {
  if (type !== 'zstd') return
  const others = side === 'sender' ? 'no client of Flume can send it' : 'no source of Flume can read it'
  section.note('compression-type', `zstd is spoken between agents of Flumen only: ${others}`, `set it at both ends`)
}

/** For a connection on which nothing was ever answered. */
export function sameNeeded(own: CompressionType): string {
  return `compression-type is ${own} here, and the other side needs the same`
}

/** So many bytes tell what a connection begins with. */
const tellingBytes = 6
const zstdMagic = Buffer.of(0x28, 0xb5, 0x2f, 0xfd)

/** The first bytes of a connection, by which one is known that was set up otherwise than the other side. */
export class Beginning {
  readonly #own: CompressionType
  readonly #bytes = Buffer.alloc(tellingBytes)
  #length = 0

  constructor(own: CompressionType) {
    this.#own = own
  }

  get isWhole(): boolean {
    return this.#length === tellingBytes
  }

  add(chunk: Bytes): void {
    const more = chunk.subarray(0, tellingBytes - this.#length)
    this.#bytes.set(more, this.#length)
    this.#length += more.length
  }

  /** Packed, while nothing should be. As a request it would have 65,536 buffers and more. */
  get isPacked(): boolean {
    return this.isWhole && this.#seen() !== 'none' && this.#bytes.readUInt16BE(4) !== 0
  }

  /** How the two sides differ, as far as can be told. */
  get mismatch(): string | undefined {
    if (this.#length < 4) return undefined
    const seen = this.#seen()
    if (seen === this.#own) return undefined
    const other = seen === 'none' ? 'another' : seen
    return `compression-type is ${this.#own} here and seems to be ${other} on the other side: set both the same`
  }

  #seen(): CompressionType {
    if (this.#bytes.subarray(0, 4).equals(zstdMagic)) return 'zstd'
    return this.#bytes[0] === 0x78 && this.#bytes.readUInt16BE(0) % 31 === 0 ? 'deflate' : 'none'
  }
}
