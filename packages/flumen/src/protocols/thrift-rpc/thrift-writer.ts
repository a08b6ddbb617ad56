import type { Bytes } from '../../core/index.ts'
import { encodable } from '../../text/java-utf8.ts'
import { compactId } from './compact-reader.ts'
import { type ThriftProtocol, thriftType } from './thrift-types.ts'

const smallest = 256
/** Most bytes of a length or of an integer. */
const mostOfInteger = 5
/** So many bytes are a piece of their own, not copied. */
const manyBytes = 16 * 1024

/** The types of TCompactProtocol that are written here. */
const compactTypes: ReadonlyMap<number, number> = new Map<number, number>([
  [thriftType.i32, 5],
  [thriftType.string, 8],
  [thriftType.list, 9],
  [thriftType.map, 11],
  [thriftType.struct, 12],
])

/** Writes one message with the length of its frame before it. */
export class ThriftWriter {
  readonly #isBinary: boolean
  readonly #pieces: Bytes[] = []
  #buffer: Buffer
  /** What of the buffer is in the pieces already. */
  #cut = 0
  #at = 4
  #cutBytes = 0

  /** @param expected about how many bytes will come */
  constructor(protocol: ThriftProtocol, expected: number) {
    this.#isBinary = protocol === 'binary'
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(expected, smallest))
  }

  messageHead(method: string, type: number, sequence: number): void {
    this.#room(8)
    if (this.#isBinary) {
      this.#at = this.#buffer.writeUInt32BE(0x80010000 + type, this.#at)
      this.text(method)
      this.#i32(sequence)
    } else {
      this.byte(compactId)
      this.byte((type << 5) | 1)
      this.#varint(sequence)
      this.text(method)
    }
  }

  /** @param delta how much more its number is than that of the field before; 0: it is the field 0 */
  field(type: number, id: number, delta: number): void {
    this.#room(3)
    const buffer = this.#buffer
    if (this.#isBinary) {
      buffer[this.#at++] = type
      buffer[this.#at++] = id >> 8
      buffer[this.#at++] = id & 0xff
      return
    }
    buffer[this.#at++] = (delta << 4) | compactTypes.get(type)!
    if (delta === 0) buffer[this.#at++] = id
  }

  /** Ends a struct. */
  stop(): void {
    this.byte(thriftType.stop)
  }

  structList(size: number): void {
    if (this.#isBinary) {
      this.byte(thriftType.struct)
      this.#i32(size)
    } else if (size < 15) this.byte((size << 4) | 12)
    else {
      this.byte(0xfc)
      this.#varint(size)
    }
  }

  textMap(size: number): void {
    if (this.#isBinary) {
      this.byte(thriftType.string)
      this.byte(thriftType.string)
      this.#i32(size)
    } else {
      this.#varint(size)
      if (size > 0) this.byte(0x88)
    }
  }

  i32(value: number): void {
    if (this.#isBinary) this.#i32(value)
    else this.#varint((value << 1) ^ (value >> 31))
  }

  text(text: string): void {
    this.#room(mostOfInteger + text.length * 3)
    const before = this.#at
    if (this.#ascii(text)) return
    this.#at = before
    const encoded = encodable(text)
    this.#length(Buffer.byteLength(encoded))
    this.#at += this.#buffer.write(encoded, this.#at)
  }

  body(slab: Bytes, start: number, end: number): void {
    const length = end - start
    this.#room(mostOfInteger)
    this.#length(length)
    this.stored(slab, start, end)
  }

  /** Bytes that stay as they are until the frame is sent: many are a piece of their own, not copied. */
  stored(slab: Bytes, start: number, end: number): void {
    const length = end - start
    if (length >= manyBytes) {
      this.#cutOff()
      this.#pieces.push(slab.subarray(start, end))
      this.#cutBytes += length
      return
    }
    this.#room(length)
    Buffer.prototype.copy.call(slab, this.#buffer, this.#at, start, end)
    this.#at += length
  }

  /** How many bytes there are so far; a mark for `since`. */
  get length(): number {
    return this.#cutBytes + this.#at - this.#cut
  }

  /** A copy of what was written since then; no body may be in it. */
  since(mark: number): Bytes {
    return Uint8Array.prototype.slice.call(this.#buffer, this.#at - (this.length - mark), this.#at)
  }

  raw(bytes: Bytes): void {
    this.#room(bytes.length)
    this.#buffer.set(bytes, this.#at)
    this.#at += bytes.length
  }

  byte(value: number): void {
    this.#room(1)
    this.#buffer[this.#at++] = value
  }

  /** The frame: bodies that are large are pieces of the batch's slabs. */
  finish(): readonly Bytes[] {
    this.#cutOff()
    const length = this.#cutBytes - 4
    const first = this.#pieces[0]!
    for (let index = 0; index < 4; index++) first[index] = length >>> (24 - 8 * index)
    return this.#pieces
  }

  #cutOff(): void {
    if (this.#at === this.#cut) return
    this.#pieces.push(this.#buffer.subarray(this.#cut, this.#at))
    this.#cutBytes += this.#at - this.#cut
    this.#cut = this.#at
  }

  /** Writes it with its length; false: it is not ASCII. There is room. */
  #ascii(text: string): boolean {
    const { length } = text
    this.#length(length)
    const buffer = this.#buffer
    let at = this.#at
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index)
      if (code > 127) return false
      buffer[at++] = code
    }
    this.#at = at
    return true
  }

  #length(length: number): void {
    if (this.#isBinary) this.#i32(length)
    else this.#varint(length)
  }

  #i32(value: number): void {
    this.#room(4)
    this.#at = this.#buffer.writeInt32BE(value, this.#at)
  }

  /** 32 bits, taken as unsigned. */
  #varint(value: number): void {
    this.#room(mostOfInteger)
    let rest = value >>> 0
    while (rest > 127) {
      this.#buffer[this.#at++] = (rest & 127) | 128
      rest >>>= 7
    }
    this.#buffer[this.#at++] = rest
  }

  #room(bytes: number): void {
    const needed = this.#at + bytes
    if (needed <= this.#buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2))
    // What is in the pieces stays where it is.
    this.#buffer.copy(larger, this.#cut, this.#cut, this.#at)
    this.#buffer = larger
  }
}
