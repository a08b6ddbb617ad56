import type { Bytes } from '../../core/index.ts'
import { damaged } from './key-store-error.ts'

/** Reads what Java's DataOutput writes: big-endian numbers and modified UTF-8. Never reads beyond its bytes. */
export class ByteReader {
  readonly #bytes: Buffer
  #position: number

  constructor(bytes: Bytes, position = 0) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#position = position
  }

  get position(): number {
    return this.#position
  }

  get atEnd(): boolean {
    return this.#position === this.#bytes.length
  }

  /** To where it was before. */
  back(position: number): void {
    this.#position = position
  }

  byte(): number {
    return this.take(1).readUInt8(0)
  }

  short(): number {
    return this.take(2).readUInt16BE(0)
  }

  int(): number {
    return this.take(4).readUInt32BE(0)
  }

  /** A view, no copy. */
  take(length: number): Buffer {
    if (length > this.#bytes.length - this.#position) throw damaged('it ends too early')
    const start = this.#position
    this.#position += length
    return this.#bytes.subarray(start, this.#position)
  }

  /** A length of 4 bytes, then that many. */
  block(): Buffer {
    return this.take(this.int())
  }

  text(): string {
    return decodeModifiedUtf8(this.take(this.short()))
  }
}

/** Java's own UTF-8: U+0000 has two bytes, and each half of a surrogate pair three. */
function decodeModifiedUtf8(bytes: Buffer): string {
  let text = ''
  const next = (index: number): number => {
    const byte = bytes[index]
    if (byte === undefined || (byte & 0xc0) !== 0x80) throw damaged('a text is no UTF-8')
    return byte & 0x3f
  }
  for (let index = 0; index < bytes.length; ) {
    const first = bytes.readUInt8(index)
    if (first < 0x80) {
      text += String.fromCharCode(first)
      index += 1
    } else if ((first & 0xe0) === 0xc0) {
      text += String.fromCharCode(((first & 0x1f) << 6) | next(index + 1))
      index += 2
    } else if ((first & 0xf0) === 0xe0) {
      text += String.fromCharCode(((first & 0x0f) << 12) | (next(index + 1) << 6) | next(index + 2))
      index += 3
    } else throw damaged('a text is no UTF-8')
  }
  return text
}
