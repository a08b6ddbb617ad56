import { malformed, ThriftError } from '../thrift-rpc/thrift-error.ts'
import { binaryVersion, mostDepth, scalarBytes, thriftType } from '../thrift-rpc/thrift-types.ts'

/** What a small token of the message is. */
type Token = 'version' | 'nameLength' | 'oldType' | 'sequence' | 'fieldType' | 'fieldId' | 'length' | 'list' | 'map'

const tokenBytes: Readonly<Record<Token, number>> = {
  version: 4,
  nameLength: 4,
  oldType: 1,
  sequence: 4,
  fieldType: 1,
  fieldId: 2,
  length: 4,
  list: 5,
  map: 6,
}

/** A struct, list, set or map that is open. */
interface Level {
  readonly isStruct: boolean
  /** Values that are still to come; those of a map alternate between two types. */
  left: number
  readonly even: number
  readonly odd: number
}

/**
 * Finds where a message in TBinaryProtocol ends that has no frame around it: walks over its values, and goes on where it
 * was when more bytes have come, so that bytes that come one by one are looked at once. A message is refused as soon as
 * what it declares is more than it may have.
 */
export class MessageScanner {
  readonly #mostBytes: number
  readonly #token = Buffer.alloc(6)
  #expected: Token = 'version'
  #tokenFilled = 0
  /** Bytes of a text that are still to come, and what comes then. */
  #skip = 0
  /** Of the message. */
  #bytes = 0
  #isOldHead = false
  #isInHead = true
  #fieldType = 0
  readonly #levels: Level[] = []

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /**
   * Reads on.
   * @returns where the message ends; -1: behind these bytes
   * @throws ThriftError where nobody knows what comes next
   */
  scan(chunk: Buffer, from: number): number {
    let at = from
    for (;;) {
      if (this.#skip > 0) {
        const some = Math.min(this.#skip, chunk.length - at)
        this.#skip -= some
        at += some
        if (this.#skip > 0) return -1
        if (this.#isAtEnd()) return at
      }
      const wanted = tokenBytes[this.#expected]
      while (this.#tokenFilled < wanted) {
        if (at === chunk.length) return -1
        this.#token[this.#tokenFilled++] = chunk[at++]!
      }
      this.#tokenFilled = 0
      this.#count(wanted)
      this.#take(this.#expected)
      if (this.#skip === 0 && this.#isAtEnd()) return at
    }
  }

  #take(token: Token): void {
    if (this.#isInHead) this.#takeOfHead(token)
    else if (token === 'fieldType') this.#takeFieldType(this.#token.readUInt8(0))
    else if (token === 'fieldId') this.#value(this.#fieldType)
    else if (token === 'length') this.#text(this.#token.readInt32BE(0))
    else if (token === 'list') this.#open(this.#token.readInt32BE(1), this.#token.readUInt8(0))
    else this.#open(this.#token.readInt32BE(2), this.#token.readUInt8(0), this.#token.readUInt8(1))
  }

  #takeOfHead(token: Token): void {
    if (token === 'version') {
      const first = this.#token.readInt32BE(0)
      this.#isOldHead = first >= 0
      if (first < 0 && first >>> 16 !== binaryVersion)
        throw new ThriftError('the message has no version that is known', 'close')
      if (this.#isOldHead) this.#headText(first)
      else this.#expected = 'nameLength'
    } else if (token === 'nameLength') this.#headText(this.#token.readInt32BE(0))
    else if (token === 'oldType') this.#expected = 'sequence'
    else {
      this.#isInHead = false
      this.#push({ isStruct: true, left: 0, even: 0, odd: 0 })
      this.#expected = 'fieldType'
    }
  }

  #headText(length: number): void {
    this.#text(length)
    this.#expected = this.#isOldHead ? 'oldType' : 'sequence'
  }

  #takeFieldType(type: number): void {
    this.#fieldType = type
    if (type === thriftType.stop) this.#levels.pop()
    this.#expected = type === thriftType.stop ? 'fieldType' : 'fieldId'
    if (type === thriftType.stop) this.#next()
  }

  /** A value of this type comes. */
  #value(type: number): void {
    const bytes = scalarBytes.get(type)
    if (bytes !== undefined) {
      this.#pass(bytes)
      this.#next()
    } else if (type === thriftType.string) this.#expected = 'length'
    else if (type === thriftType.list || type === thriftType.set) this.#expected = 'list'
    else if (type === thriftType.map) this.#expected = 'map'
    else if (type === thriftType.struct) {
      this.#push({ isStruct: true, left: 0, even: 0, odd: 0 })
      this.#expected = 'fieldType'
    } else throw malformed(`Unrecognized type ${type}`)
  }

  #open(size: number, even: number, odd?: number): void {
    const values = odd === undefined ? size : 2 * size
    if (size < 0) throw malformed(`Negative length: ${size}`)
    // Each value has a byte at least.
    if (values > this.#mostBytes - this.#bytes) throw this.#tooLarge()
    this.#push({ isStruct: false, left: values, even, odd: odd ?? even })
    this.#next()
  }

  /** A value is over: what comes next in what holds it, and in what holds that. */
  #next(): void {
    for (let level = this.#levels.at(-1); level; level = this.#levels.at(-1)) {
      if (level.isStruct) {
        this.#expected = 'fieldType'
        return
      }
      const bytes = this.#scalars(level)
      if (bytes > 0) this.#pass(bytes)
      else if (level.left > 0) {
        const type = level.left % 2 === 0 ? level.even : level.odd
        level.left--
        this.#value(type)
        return
      }
      if (level.left === 0) this.#levels.pop()
    }
  }

  /** Bytes of all that is left of a level, where these are known; then nothing is left. */
  #scalars(level: Level): number {
    const even = scalarBytes.get(level.even)
    const odd = scalarBytes.get(level.odd)
    if (even === undefined || odd === undefined) return 0
    const bytes = level.even === level.odd ? level.left * even : (level.left / 2) * (even + odd)
    level.left = 0
    return bytes
  }

  #text(length: number): void {
    if (length < 0) throw malformed(`Negative length: ${length}`)
    this.#pass(length)
    if (!this.#isInHead) this.#next()
  }

  #pass(bytes: number): void {
    this.#count(bytes)
    this.#skip += bytes
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > this.#mostBytes) throw this.#tooLarge()
  }

  #push(level: Level): void {
    if (this.#levels.length > mostDepth) throw malformed(`values within values are deeper than ${mostDepth}`)
    this.#levels.push(level)
  }

  /** Whether the message is over; then the next one begins. */
  #isAtEnd(): boolean {
    if (this.#isInHead || this.#levels.length > 0) return false
    this.#isInHead = true
    this.#expected = 'version'
    this.#bytes = 0
    return true
  }

  #tooLarge(): ThriftError {
    return new ThriftError(`a message is larger than ${this.#mostBytes} bytes`, 'close')
  }
}
