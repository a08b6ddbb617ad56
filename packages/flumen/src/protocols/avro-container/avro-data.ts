import type { Bytes } from '../../core/index.ts'

/** Bytes are not what Avro's specification says. `isCut`: they may be the beginning of something that is. */
export class AvroDataError extends Error {
  readonly isCut: boolean

  constructor(message: string, isCut = false) {
    super(message)
    this.isCut = isCut
  }
}

/** Most bytes of a variable-length integer of 64 bits. */
const mostOfLong = 10

/** Reads Avro's binary encoding. Every length is checked against what is there before anything is made of it. */
export class AvroInput {
  readonly bytes: Bytes
  readonly end: number
  at: number

  constructor(bytes: Bytes, at = 0, end = bytes.length) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  /** A long that JavaScript holds exactly. */
  long(): number {
    const { bytes } = this
    let at = this.at
    let value = 0
    // The lowest bit is the sign.
    let scale = 0.5
    let isNegative = false
    for (let index = 0; index < mostOfLong; index++) {
      if (at >= this.end) throw cut('a number')
      const byte = bytes[at++]!
      if (index === 0) isNegative = (byte & 1) === 1
      value += (index === 0 ? byte & 126 : byte & 127) * scale
      if (byte < 128) {
        if (value > Number.MAX_SAFE_INTEGER) throw new AvroDataError(`a number at ${this.at} is out of range`)
        this.at = at
        return isNegative ? -value - 1 : value
      }
      scale *= 128
    }
    throw new AvroDataError(`a number at ${this.at} has more than ${mostOfLong} bytes`)
  }

  /** Passes any number of 64 bits. */
  skipLong(): void {
    for (let index = 0; index < mostOfLong; index++) {
      if (this.at >= this.end) throw cut('a number')
      if (this.bytes[this.at++]! < 128) return
    }
    throw new AvroDataError(`a number has more than ${mostOfLong} bytes`)
  }

  /** A length in bytes, of which no more are there. */
  length(): number {
    const from = this.at
    const length = this.long()
    if (length < 0) throw new AvroDataError(`the length at ${from} is ${length}`)
    if (length > this.end - this.at) throw cut(`${length} bytes`)
    return length
  }

  skip(bytes: number): void {
    if (bytes > this.end - this.at) throw cut(`${bytes} bytes`)
    this.at += bytes
  }

  /** A view. */
  take(bytes: number): Bytes {
    this.skip(bytes)
    return this.bytes.subarray(this.at - bytes, this.at)
  }

  string(): string {
    const length = this.length()
    this.at += length
    return Buffer.prototype.utf8Slice.call(this.bytes, this.at - length, this.at)
  }
}

function cut(what: string): AvroDataError {
  return new AvroDataError(`the data end within ${what}`, true)
}
