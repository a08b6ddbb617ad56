import type { Bytes } from '../core/index.ts'
import { encodable } from '../text/java-utf8.ts'

const smallest = 256
/** So many are copied faster one by one. */
const fewBytes = 48
/** Most bytes of a variable-length integer of 64 bits. */
const mostOfLong = 10

/** Avro's binary encoding into memory that grows. Lengths and counts only: longs that are not negative. */
export class AvroEncoder {
  #buffer: Buffer
  #length = 0

  /** @param expected about how many bytes will come */
  constructor(expected: number) {
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(expected, smallest))
  }

  get length(): number {
    return this.#length
  }

  /** Bytes of its memory. */
  get capacity(): number {
    return this.#buffer.length
  }

  long(value: number): void {
    this.#room(mostOfLong)
    this.#length = putLong(this.#buffer, this.#length, value)
  }

  bytes(slab: Bytes, start: number, end: number): void {
    const length = end - start
    this.#room(mostOfLong + length)
    this.#length = putLong(this.#buffer, this.#length, length)
    this.#buffer.set(slab.subarray(start, end), this.#length)
    this.#length += length
  }

  string(text: string): void {
    this.#room(mostOfLong + text.length * 3)
    if (!this.#ascii(text)) {
      const encoded = encodable(text)
      this.#length = putLong(this.#buffer, this.#length, Buffer.byteLength(encoded))
      this.#length += this.#buffer.write(encoded, this.#length)
    }
  }

  /** Bytes without their length. */
  raw(bytes: Bytes): void {
    const { length } = bytes
    this.#room(length)
    if (length > fewBytes) this.#buffer.set(bytes, this.#length)
    else for (let index = 0; index < length; index++) this.#buffer[this.#length + index] = bytes[index]!
    this.#length += length
  }

  /** Forgets what was encoded, and writes over it. */
  clear(): void {
    this.#length = 0
  }

  /** What was encoded, as a view on the encoder's own memory. */
  get encoded(): Bytes {
    return this.#buffer.subarray(0, this.#length)
  }

  /** false: it is not ASCII, nothing was written. */
  #ascii(text: string): boolean {
    const buffer = this.#buffer
    let at = putLong(buffer, this.#length, text.length)
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (code > 127) return false
      buffer[at++] = code
    }
    this.#length = at
    return true
  }

  #room(bytes: number): void {
    const needed = this.#length + bytes
    if (needed <= this.#buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2))
    larger.set(this.#buffer.subarray(0, this.#length))
    this.#buffer = larger
  }
}

/** Writes a long that is not negative and under 2^52, zigzag and variable-length; returns the offset after it. */
export function putLong(target: Bytes, at: number, value: number): number {
  let rest = value * 2
  let offset = at
  while (rest > 0x7fffffff) {
    target[offset++] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  while (rest > 127) {
    target[offset++] = (rest & 127) | 128
    rest >>>= 7
  }
  target[offset++] = rest
  return offset
}

/** Bytes that `putLong` writes. */
export function longLength(value: number): number {
  let length = 1
  for (let rest = value * 2; rest > 127; rest = Math.floor(rest / 128)) length++
  return length
}
