import { malformed, ThriftError, truncated } from './thrift-error.ts'
import { mostDepth, thriftType } from './thrift-types.ts'

/**
 * Reads the values of one message, one after the other. Nothing is allocated by a size that the message declares: each
 * is compared with the bytes that are left first. What was read last stands in the fields of the reader.
 */
export abstract class ThriftReader {
  bytes: Buffer
  at: number
  end: number
  fieldId = 0
  fieldType: number = thriftType.stop
  /** Elements of the list, set or map. */
  size = 0
  keyType: number = thriftType.stop
  /** Of a map's values, or of a list's elements. */
  elementType: number = thriftType.stop
  /** Where the last text or bytes are. */
  textStart = 0
  textEnd = 0
  /** Of the message. */
  messageType = 0
  sequence = 0
  name = ''

  constructor(bytes: Buffer) {
    this.bytes = bytes
    this.at = 0
    this.end = bytes.length
  }

  /** Sets `name`, `messageType` and `sequence`. */
  abstract messageHead(): void
  /** @returns what `leaveStruct` wants */
  abstract enterStruct(): number
  abstract leaveStruct(outer: number): void
  /** The next field of the struct; false at its end. */
  abstract nextField(): boolean
  abstract listHead(): void
  abstract mapHead(): void
  /** Sets `textStart` and `textEnd`. */
  abstract text(): void
  abstract i32(): number
  protected abstract skipScalar(type: number): void
  /** Fewest bytes that an element of a type takes. @throws ThriftError for a type that there is not */
  protected abstract leastBytes(type: number): number

  /** The last text, decoded. */
  string(): string {
    this.text()
    return Buffer.prototype.utf8Slice.call(this.bytes, this.textStart, this.textEnd)
  }

  skip(type: number, depth = 0): void {
    if (depth > mostDepth) throw malformed(`values within values are deeper than ${mostDepth}`)
    if (type === thriftType.struct) this.#skipStruct(depth)
    else if (type === thriftType.list || type === thriftType.set) this.#skipList(depth)
    else if (type === thriftType.map) this.#skipMap(depth)
    else if (type === thriftType.string) this.text()
    else this.skipScalar(type)
  }

  #skipStruct(depth: number): void {
    const outer = this.enterStruct()
    while (this.nextField()) this.skip(this.fieldType, depth + 1)
    this.leaveStruct(outer)
  }

  #skipList(depth: number): void {
    this.listHead()
    const { size, elementType } = this
    for (let index = 0; index < size; index++) this.skip(elementType, depth + 1)
  }

  #skipMap(depth: number): void {
    this.mapHead()
    const { size, keyType, elementType } = this
    for (let index = 0; index < size; index++) {
      this.skip(keyType, depth + 1)
      this.skip(elementType, depth + 1)
    }
  }

  /** The offset of so many bytes, which are read with it. */
  protected take(bytes: number): number {
    const from = this.at
    if (bytes > this.end - from) throw truncated()
    this.at = from + bytes
    return from
  }

  protected setText(length: number): void {
    if (length < 0) throw malformed(`Negative length: ${length}`)
    this.textStart = this.take(length)
    this.textEnd = this.at
  }

  /** `size` elements, each of a key (0: none) and a value, must have room in what is left. */
  protected checkSize(keyType: number): void {
    if (this.size < 0) throw malformed(`Negative length: ${this.size}`)
    if (this.size === 0) return
    const least = this.leastBytes(this.elementType) + (keyType === thriftType.stop ? 0 : this.leastBytes(keyType))
    if (this.size * least > this.end - this.at) {
      throw new ThriftError(`${this.size} elements are declared and ${this.end - this.at} bytes are left`, 'close')
    }
  }
}
