import { malformed, ThriftError, truncated } from './thrift-error.ts'
import { ThriftReader } from './thrift-reader.ts'
import { thriftType } from './thrift-types.ts'

export const compactId = 0x82
const version1 = 1
/** Bytes of a variable-length integer of 64 bits. */
const mostOfVarint = 10

/** By the numbers of TCompactProtocol; a boolean's value is its type. */
const types: readonly number[] = [
  thriftType.stop,
  thriftType.boolean,
  thriftType.boolean,
  thriftType.byte,
  thriftType.i16,
  thriftType.i32,
  thriftType.i64,
  thriftType.double,
  thriftType.string,
  thriftType.list,
  thriftType.set,
  thriftType.map,
  thriftType.struct,
  thriftType.uuid,
]

/** TCompactProtocol. */
export class CompactReader extends ThriftReader {
  #lastField = 0
  /** The field that was read last is a boolean, and its head was all of it. */
  #isBooleanField = false

  messageHead(): void {
    const from = this.take(2)
    const [id, versionAndType] = [this.bytes[from]!, this.bytes[from + 1]!]
    if (id !== compactId || (versionAndType & 0x1f) !== version1) {
      throw new ThriftError('the message is not of the compact protocol', 'close')
    }
    this.messageType = versionAndType >> 5
    this.sequence = this.#varint()
    this.name = this.string()
  }

  enterStruct(): number {
    const outer = this.#lastField
    this.#lastField = 0
    this.#isBooleanField = false
    return outer
  }

  leaveStruct(outer: number): void {
    this.#lastField = outer
  }

  nextField(): boolean {
    if (this.at >= this.end) throw truncated()
    const head = this.bytes[this.at++]!
    if (head === 0) {
      this.fieldType = thriftType.stop
      this.#isBooleanField = false
      return false
    }
    this.fieldType = typeOf(head & 0x0f)
    this.#isBooleanField = this.fieldType === thriftType.boolean
    const delta = head >> 4
    this.fieldId = delta === 0 ? (this.i32() << 16) >> 16 : this.#lastField + delta
    this.#lastField = this.fieldId
    return true
  }

  listHead(): void {
    this.#isBooleanField = false
    const head = this.bytes[this.take(1)]!
    this.elementType = typeOf(head & 0x0f)
    this.size = head >> 4
    if (this.size === 15) this.size = this.#varint()
    this.checkSize(thriftType.stop)
  }

  mapHead(): void {
    this.#isBooleanField = false
    this.size = this.#varint()
    if (this.size === 0) return
    const both = this.bytes[this.take(1)]!
    this.keyType = typeOf(both >> 4)
    this.elementType = typeOf(both & 0x0f)
    this.checkSize(this.keyType)
  }

  text(): void {
    this.setText(this.#varint())
  }

  i32(): number {
    const zigzag = this.#varint()
    return (zigzag >>> 1) ^ -(zigzag & 1)
  }

  /** 32 bits; more are thrown away, as in Java. */
  #varint(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      if (this.at >= this.end) throw truncated()
      const byte = this.bytes[this.at++]!
      if (shift < 32) value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value | 0
      if (shift >= 7 * (mostOfVarint - 1)) throw malformed('an integer is longer than 10 bytes')
    }
  }

  protected skipScalar(type: number): void {
    const isHeadOnly = this.#isBooleanField
    this.#isBooleanField = false
    if (type === thriftType.i16 || type === thriftType.i32 || type === thriftType.i64) this.#varint()
    else if (!isHeadOnly) this.take(this.leastBytes(type))
  }

  protected leastBytes(type: number): number {
    if (type === thriftType.double) return 8
    if (type === thriftType.uuid) return 16
    if (type === thriftType.stop) throw malformed('elements have no type')
    return 1
  }
}

function typeOf(compact: number): number {
  const type = types[compact]
  if (type === undefined) throw malformed(`Unrecognized type ${compact}`)
  return type
}
