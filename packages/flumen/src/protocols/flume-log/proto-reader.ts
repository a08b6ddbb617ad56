import type { Bytes } from '../../core/index.ts'
import { DamagedBytes } from './flume-log-error.ts'

/** Wire types of protobuf that Flume's messages use. */
export const wire = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const

/** Walks the fields of one protobuf message. Nothing is read outside of its range. */
export class ProtoReader {
  readonly bytes: Bytes
  position: number
  readonly end: number
  /** Number and wire type of the field that `next` found. */
  field = 0
  type = 0
  /** Where the value of a delimited field lies. */
  start = 0
  stop = 0
  readonly #view: DataView

  constructor(bytes: Bytes, start: number, end: number) {
    this.bytes = bytes
    this.position = start
    this.end = end
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** The message that follows here after its own length. */
  static delimited(bytes: Bytes, start: number, end: number): ProtoReader {
    const outer = new ProtoReader(bytes, start, end)
    outer.delimited()
    return outer.message()
  }

  /** Goes on to the next field; false: the message ends here. The value must be read or skipped. */
  next(): boolean {
    if (this.position === this.end) return false
    const tag = this.#varint()
    this.field = Math.floor(tag / 8)
    this.type = tag % 8
    if (this.field === 0) throw new DamagedBytes('record', 'a protobuf field has number 0')
    return true
  }

  is(field: number, type: number): boolean {
    return this.field === field && this.type === type
  }

  fixed32(): number {
    const at = this.#take(4)
    return this.#view.getInt32(at, true)
  }

  fixed64(): bigint {
    const at = this.#take(8)
    return this.#view.getBigInt64(at, true)
  }

  /** Sets `start` and `stop` to the value of a delimited field. */
  delimited(): void {
    const length = this.#varint()
    this.start = this.#take(length)
    this.stop = this.position
  }

  /** A reader of the delimited field that was read last. */
  message(): ProtoReader {
    return new ProtoReader(this.bytes, this.start, this.stop)
  }

  text(): string {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + this.start, this.stop - this.start).toString('utf8')
  }

  /** Passes over a field that is not known. */
  skip(): void {
    switch (this.type) {
      case wire.varint:
        this.#varint()
        return
      case wire.fixed64:
        this.#take(8)
        return
      case wire.delimited:
        this.delimited()
        return
      case wire.fixed32:
        this.#take(4)
        return
      default:
        throw new DamagedBytes('record', `a protobuf field has wire type ${this.type}`)
    }
  }

  #take(length: number): number {
    const at = this.position
    if (length > this.end - at) throw new DamagedBytes('record', `a protobuf field of ${length} bytes passes its end`)
    this.position = at + length
    return at
  }

  /** Of at most 64 bits; beyond 2^53 it is not exact, which no length or tag of ours may be. */
  #varint(): number {
    let value = 0
    for (let shift = 0, scale = 1; shift < 10; shift++, scale *= 128) {
      const byte = this.bytes[this.#take(1)]!
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
    throw new DamagedBytes('record', 'a protobuf varint does not end')
  }
}
