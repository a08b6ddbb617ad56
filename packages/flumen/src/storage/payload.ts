import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { FormatError } from './format/byte-reader.ts'
import { ByteWriter } from './format/byte-writer.ts'
import { type Compression, compressions, type RecordHeader } from './format/record.ts'
import type { SegmentKey } from './format/segment-header.ts'

/** Seals and opens the payloads of one segment. */
export interface RecordCipher {
  seal(plain: Uint8Array, associated: Uint8Array): Uint8Array
  /** @throws where the bytes or what they are associated with were changed */
  open(sealed: Uint8Array, associated: Uint8Array): Uint8Array
}

/** Where ciphers come from. */
export interface Ciphers {
  /** For a new segment. */
  create(): { readonly key: SegmentKey; readonly cipher: RecordCipher }
  /** @throws where its key is not there */
  open(key: SegmentKey): RecordCipher
}

/** Which block codec packs LZ4; loaded where it is configured or met. */
export interface BlockCodec {
  compress(plain: Uint8Array): Uint8Array
  decompress(stored: Uint8Array, plainBytes: number): Uint8Array
}

export interface StoredPayload {
  readonly bytes: Uint8Array
  readonly compression: number
  readonly enciphered: boolean
}

/** What a payload is bound to: it cannot be opened in any other place. */
export interface PayloadPlace {
  readonly channelId: Uint8Array
  readonly segment: number
  readonly offset: number
  readonly position: number
  readonly sequence: number
}

const fastest = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }
/** A payload that does not shrink by an eighth is stored as it is. */
const worthwhile = 7 / 8

export function storePayload(
  plain: Uint8Array,
  compression: Compression,
  lz4: BlockCodec | undefined,
  cipher: RecordCipher | undefined,
  place: PayloadPlace,
): StoredPayload {
  let bytes = plain
  let kind = 0
  if (compression !== 'none') {
    const packed = compression === 'zstd' ? zstdCompressSync(plain, fastest) : lz4!.compress(plain)
    if (packed.length < plain.length * worthwhile) {
      bytes = packed
      kind = compressions.indexOf(compression)
    }
  }
  if (cipher) bytes = cipher.seal(bytes, associated(place))
  return { bytes, compression: kind, enciphered: cipher !== undefined }
}

/**
 * The payload itself, aligned to 8.
 * @throws where it cannot be opened or unpacked
 */
export function plainPayload(
  stored: Uint8Array,
  header: RecordHeader,
  cipher: RecordCipher | undefined,
  lz4: () => BlockCodec,
  place: PayloadPlace,
): Uint8Array {
  let bytes = stored
  if (header.enciphered) {
    if (!cipher) throw new FormatError('it is enciphered and its segment names no key')
    bytes = cipher.open(bytes, associated(place))
  }
  if (header.compression === 1) bytes = zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, header.plainBytes) })
  else if (header.compression === 2) bytes = lz4().decompress(bytes, header.plainBytes)
  else if (header.compression !== 0) throw new FormatError(`compression ${header.compression} is not known`)
  if (bytes.length !== header.plainBytes) {
    throw new FormatError(`${bytes.length} bytes instead of ${header.plainBytes} came out of it`)
  }
  // What a codec made may lie in a pool of memory, which cannot be given to another thread.
  if (bytes === stored || bytes.buffer.byteLength === bytes.length) return bytes
  const own = new Uint8Array(bytes.length)
  own.set(bytes)
  return own
}

function associated({ channelId, segment, offset, position, sequence }: PayloadPlace): Uint8Array {
  const writer = new ByteWriter(new ArrayBuffer(48))
  writer.bytes(channelId)
  writer.u64(segment)
  writer.u64(offset)
  writer.u64(position)
  writer.u64(sequence)
  return writer.written
}
