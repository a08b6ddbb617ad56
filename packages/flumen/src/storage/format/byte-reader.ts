/** Bytes do not have the form that they should have. Says nothing of where they are from: the caller does. */
export class FormatError extends Error {
  override readonly name = 'FormatError'
}

/** Little-endian bytes with every read checked against their end; nothing is allocated for a length that is not there. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at: number

  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#at = offset
  }

  get offset(): number {
    return this.#at
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1))
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true)
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true)
  }

  u64(): number {
    const at = this.#advance(8)
    const high = this.#view.getUint32(at + 4, true)
    if (high >= 0x200000) throw new FormatError('a number is larger than 2^53')
    return high * 0x100000000 + this.#view.getUint32(at, true)
  }

  f64(): number {
    return this.#view.getFloat64(this.#advance(8), true)
  }

  /** A view, not a copy. */
  bytes(length: number): Uint8Array {
    const at = this.#advance(length)
    return this.#bytes.subarray(at, at + length)
  }

  text(): string {
    const length = this.u32()
    const at = this.#advance(length)
    return Buffer.prototype.utf8Slice.call(this.#bytes, at, at + length)
  }

  /** A view on so many unsigned 32-bit numbers; the bytes must be aligned to 4. */
  u32List(count: number): Uint32Array {
    const at = this.#advance(count * 4)
    return new Uint32Array(this.#bytes.buffer, this.#bytes.byteOffset + at, count)
  }

  /** A count of things that take at least so many bytes each: more than there can be is an error. */
  count(bytesEach: number): number {
    const count = this.u32()
    if (count * bytesEach > this.left) throw new FormatError(`a count of ${count} is more than there is room for`)
    return count
  }

  alignTo8(): void {
    this.#advance(-this.#at & 7)
  }

  #advance(length: number): number {
    const at = this.#at
    if (length > this.#bytes.length - at) throw new FormatError(`ends at ${this.#bytes.length}, needs ${at + length}`)
    this.#at = at + length
    return at
  }
}
