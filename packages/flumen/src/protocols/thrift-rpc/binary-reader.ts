import { malformed, ThriftError, truncated } from './thrift-error.ts'
import { ThriftReader } from './thrift-reader.ts'
import { binaryVersion, scalarBytes, thriftType } from './thrift-types.ts'

/** The least that a value takes. */
const widths: ReadonlyMap<number, number> = new Map<number, number>([
  ...scalarBytes,
  [thriftType.string, 4],
  [thriftType.struct, 1],
  [thriftType.map, 6],
  [thriftType.set, 5],
  [thriftType.list, 5],
  [thriftType.uuid, 16],
])

/** TBinaryProtocol: heads with the version ("strict") and without it. */
export class BinaryReader extends ThriftReader {
  messageHead(): void {
    const first = this.i32()
    if (first < 0) {
      if (first >>> 16 !== binaryVersion) throw new ThriftError('the message has a version that is not known', 'close')
      this.messageType = first & 0xff
      this.name = this.string()
    } else {
      this.setText(first)
      this.name = Buffer.prototype.utf8Slice.call(this.bytes, this.textStart, this.textEnd)
      this.messageType = this.bytes[this.take(1)]!
    }
    this.sequence = this.i32()
  }

  enterStruct(): number {
    return 0
  }

  leaveStruct(): void {}

  nextField(): boolean {
    const { bytes, at } = this
    if (at >= this.end) throw truncated()
    this.fieldType = bytes[at]!
    if (this.fieldType === thriftType.stop) {
      this.at = at + 1
      return false
    }
    if (at + 3 > this.end) throw truncated()
    this.fieldId = ((bytes[at + 1]! << 24) >> 16) | bytes[at + 2]!
    this.at = at + 3
    return true
  }

  listHead(): void {
    this.elementType = this.bytes[this.take(1)]!
    this.size = this.i32()
    this.checkSize(thriftType.stop)
  }

  mapHead(): void {
    this.keyType = this.bytes[this.take(1)]!
    this.elementType = this.bytes[this.take(1)]!
    this.size = this.i32()
    this.checkSize(this.keyType)
  }

  text(): void {
    this.setText(this.i32())
  }

  i32(): number {
    const from = this.take(4)
    const { bytes } = this
    return (bytes[from]! << 24) | (bytes[from + 1]! << 16) | (bytes[from + 2]! << 8) | bytes[from + 3]!
  }

  protected skipScalar(type: number): void {
    this.take(this.leastBytes(type))
  }

  protected leastBytes(type: number): number {
    const width = widths.get(type)
    if (width === undefined) throw malformed(`Unrecognized type ${type}`)
    return width
  }
}
