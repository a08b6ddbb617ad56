const textEncoder = new TextEncoder()

/** What is shorter is done faster in a loop than by a call of the engine's. */
const worthACall = 32

/** Little-endian bytes into memory that grows. Offsets are the caller's to remember; `alignTo8` keeps numbers aligned. */
export class ByteWriter {
  #bytes: Uint8Array
  #view: DataView
  #length = 0

  /** @param buffer to write into first; replaced by a larger one when it is full */
  constructor(buffer: ArrayBuffer = new ArrayBuffer(1024)) {
    this.#bytes = new Uint8Array(buffer)
    this.#view = new DataView(buffer)
  }

  get length(): number {
    return this.#length
  }

  /** The memory as it is now, longer than what was written; it changes when more is written. */
  get buffer(): ArrayBuffer {
    return this.#bytes.buffer as ArrayBuffer
  }

  /** A view on what was written, valid until more is. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Forgets what was written from there on. */
  rewind(length: number): void {
    this.#length = length
  }

  ensure(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }

  u8(value: number): void {
    this.ensure(1)
    this.#bytes[this.#length++] = value
  }

  u16(value: number): void {
    this.ensure(2)
    this.#view.setUint16(this.#length, value, true)
    this.#length += 2
  }

  u32(value: number): void {
    this.ensure(4)
    this.#view.setUint32(this.#length, value, true)
    this.#length += 4
  }

  /** An integer from 0 to 2^53 - 1 in eight bytes. */
  u64(value: number): void {
    this.ensure(8)
    this.#view.setUint32(this.#length, value % 0x100000000, true)
    this.#view.setUint32(this.#length + 4, Math.floor(value / 0x100000000), true)
    this.#length += 8
  }

  f64(value: number): void {
    this.ensure(8)
    this.#view.setFloat64(this.#length, value, true)
    this.#length += 8
  }

  bytes(value: Uint8Array): void {
    this.ensure(value.length)
    this.#bytes.set(value, this.#length)
    this.#length += value.length
  }

  /** Length in bytes as u32, then UTF-8. A lone surrogate becomes U+FFFD. */
  text(value: string): void {
    this.ensure(4 + value.length * 3)
    const at = this.#length + 4
    const { written } = textEncoder.encodeInto(value, this.#bytes.subarray(at, at + value.length * 3))
    this.#view.setUint32(this.#length, written, true)
    this.#length = at + written
  }

  /** Each number less `base`; the length so far must be a multiple of 4. */
  u32List(values: ArrayLike<number>, base: number): void {
    const { length } = values
    this.ensure(length * 4)
    if (length < worthACall) {
      for (let at = 0; at < length; at++) this.#view.setUint32(this.#length + at * 4, values[at]! - base, true)
    } else {
      const list = new Uint32Array(this.#bytes.buffer, this.#length, length)
      list.set(values)
      if (base > 0) for (let at = 0; at < length; at++) list[at]! -= base
    }
    this.#length += length * 4
  }

  /** Zeros. */
  skip(count: number): void {
    this.ensure(count)
    const end = this.#length + count
    if (count < worthACall) for (let at = this.#length; at < end; at++) this.#bytes[at] = 0
    else this.#bytes.fill(0, this.#length, end)
    this.#length = end
  }

  alignTo8(): void {
    this.skip(-this.#length & 7)
  }

  putU32(offset: number, value: number): void {
    this.#view.setUint32(offset, value, true)
  }
}
