import type { Bytes } from '../../core/index.ts'

/** Bytes that are not what they should be; the message says what. */
export class AvroRpcError extends Error {
  override readonly name = 'AvroRpcError'
}

/** Most bytes of a long: seven bits a byte. */
const mostOfLong = 10

/** Reads Avro's binary encoding from a range of bytes. Nothing declared is believed before the bytes for it are there. */
export class AvroReader {
  readonly bytes: Buffer
  readonly end: number
  at: number

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes
    this.at = start
    this.end = end
  }

  /** Of a part of the same bytes. */
  within(start: number, end: number): AvroReader {
    return new AvroReader(this.bytes, start, end)
  }

  get left(): number {
    return this.end - this.at
  }

  /** A long of zigzag and variable length. Beyond 2^53 it is not exact, but never too small for a comparison. */
  long(): number {
    const { bytes, end } = this
    let at = this.at
    if (at < end && bytes[at]! < 128) {
      this.at = at + 1
      const byte = bytes[at]!
      return byte & 1 ? -(byte + 1) / 2 : byte / 2
    }
    let value = 0
    let scale = 1
    for (let length = 0; length < mostOfLong && at < end; length++) {
      const byte = bytes[at++]!
      value += (byte & 127) * scale
      if (byte < 128) {
        this.at = at
        return value % 2 === 1 ? -(value + 1) / 2 : value / 2
      }
      scale *= 128
    }
    throw new AvroRpcError(at < end ? 'a number has more than 64 bits' : 'a number is cut off')
  }

  /** The length of what follows: not negative, and all of it is there. */
  length(): number {
    const length = this.long()
    if (length < 0 || length > this.left)
      throw new AvroRpcError(`${length} bytes are announced, ${this.left} are there`)
    return length
  }

  /** Goes over a value of bytes or text. */
  skipBytes(): void {
    const length = this.length()
    this.at += length
  }

  /** @param most bytes that it may have */
  text(most: number): string {
    const length = this.length()
    if (length > most) throw new AvroRpcError(`a text has ${length} bytes, ${most} are the most here`)
    this.at += length
    return Buffer.prototype.utf8Slice.call(this.bytes, this.at - length, this.at)
  }

  /** A view. */
  fixed(length: number): Bytes {
    if (length > this.left) throw new AvroRpcError('a fixed value is cut off')
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  /** The branch of a union of null and something else. */
  isNull(): boolean {
    const branch = this.long()
    if (branch !== 0 && branch !== 1) throw new AvroRpcError(`a union of two has no branch ${branch}`)
    return branch === 0
  }

  /**
   * Begins a block of a map or an array. A negative count has the size of the block in bytes behind it, which only those
   * need who skip it.
   * @param smallest bytes that an element takes at least
   * @returns how many elements follow; 0: the end
   */
  block(smallest: number): number {
    let count = this.long()
    if (count < 0) {
      count = -count
      this.length()
    }
    if (count * smallest > this.left) {
      throw new AvroRpcError(`${count} elements are announced, ${this.left} bytes are there`)
    }
    return count
  }

  /** Goes over a map of bytes. */
  skipMap(): void {
    for (let count = this.block(2); count > 0; count = this.block(2)) {
      for (; count > 0; count--) {
        this.skipBytes()
        this.skipBytes()
      }
    }
  }
}
