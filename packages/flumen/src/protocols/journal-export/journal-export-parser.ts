/** What a parser finds, in the order of the stream. */
export interface JournalSink {
  /** `slab[start .. end)` is the value of a field. @param isCut the value goes on, and the rest was left out */
  field(name: string, slab: Buffer, start: number, end: number, isCut: boolean): void
  /** All fields of an entry have come. */
  entry(): void
}

/** The stream is not in the journal's export format; nothing after this place can be understood. */
export class JournalFormatError extends Error {
  override readonly name = 'JournalFormatError'
}

type State = 'line' | 'length' | 'value' | 'end'

const lineFeed = 10
const equals = 61
/** Of a field's name, as the journal bounds it. */
const longestName = 64
const lengthBytes = 8
/** A buffer for a field that grew larger than this is not kept. */
const keptBytes = 64 * 1024

/**
 * Reads systemd's Journal Export Format, a chunk at a time, and finds the same however the stream is chunked: a field is
 * `NAME=value` and a line feed, or `NAME`, a line feed, 64 bits of length (little-endian), the value and a line feed; an
 * empty line ends an entry. A value in one chunk stays in it. Holds less than one field of the greatest size.
 */
export class JournalExportParser {
  readonly #sink: JournalSink
  readonly #mostBytes: number
  #state: State = 'line'
  #held = Buffer.alloc(0)
  #heldBytes = 0
  /** The field that is held is longer than what is held of it. */
  #isCut = false
  #name = ''
  /** Bytes of a value of known length that have not come. */
  #left = 0
  #hasFields = false

  /** @param mostBytes of a value; a longer one is cut */
  constructor(mostBytes: number, sink: JournalSink) {
    this.#mostBytes = mostBytes
    this.#sink = sink
  }

  /** An entry has begun and not ended. */
  get isInside(): boolean {
    return this.#hasFields || this.#state !== 'line' || this.#heldBytes > 0
  }

  /** The chunk belongs to whoever gets its values. @throws JournalFormatError */
  split(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#state === 'line') at = this.#line(chunk, at)
      else if (this.#state === 'length') at = this.#length(chunk, at)
      else if (this.#state === 'value') at = this.#value(chunk, at)
      else at = this.#end(chunk, at)
    }
  }

  #line(chunk: Buffer, from: number): number {
    const end = chunk.indexOf(lineFeed, from)
    if (end < 0) {
      this.#hold(chunk, from, chunk.length, longestName + 1 + this.#mostBytes)
      if (this.#heldBytes > longestName) nameEnd(this.#held, 0, this.#heldBytes)
      return chunk.length
    }
    if (this.#heldBytes === 0) this.#readLine(chunk, from, end, false)
    else {
      this.#hold(chunk, from, end, longestName + 1 + this.#mostBytes)
      const isCut = this.#isCut
      const line = this.#takeHeld()
      this.#readLine(line, 0, line.length, isCut)
    }
    return end + 1
  }

  #readLine(slab: Buffer, start: number, end: number, isCut: boolean): void {
    if (start === end) {
      if (this.#hasFields) this.#sink.entry()
      this.#hasFields = false
      return
    }
    const stop = nameEnd(slab, start, end)
    const name = slab.toString('latin1', start, stop)
    this.#hasFields = true
    if (stop === end) {
      this.#name = name
      this.#state = 'length'
      return
    }
    const last = Math.min(end, stop + 1 + this.#mostBytes)
    this.#sink.field(name, slab, stop + 1, last, isCut || last < end)
  }

  #length(chunk: Buffer, from: number): number {
    const to = Math.min(chunk.length, from + lengthBytes - this.#heldBytes)
    this.#hold(chunk, from, to, lengthBytes)
    if (this.#heldBytes < lengthBytes) return to
    const length = this.#held.readBigUInt64LE(0)
    this.#heldBytes = 0
    if (length > BigInt(Number.MAX_SAFE_INTEGER))
      throw new JournalFormatError(`a value of ${length} bytes is announced`)
    this.#left = Number(length)
    this.#state = 'value'
    if (this.#left === 0) this.#emit(chunk, to, to)
    return to
  }

  #value(chunk: Buffer, from: number): number {
    const to = Math.min(chunk.length, from + this.#left)
    this.#left -= to - from
    if (this.#left === 0 && this.#heldBytes === 0) {
      const last = Math.min(to, from + this.#mostBytes)
      this.#isCut = last < to
      this.#emit(chunk, from, last)
      return to
    }
    this.#hold(chunk, from, to, this.#mostBytes)
    if (this.#left === 0) {
      const isCut = this.#isCut
      const value = this.#takeHeld()
      this.#isCut = isCut
      this.#emit(value, 0, value.length)
    }
    return to
  }

  #emit(slab: Buffer, start: number, end: number): void {
    this.#state = 'end'
    this.#sink.field(this.#name, slab, start, end, this.#isCut)
    this.#isCut = false
  }

  #end(chunk: Buffer, at: number): number {
    if (chunk[at] !== lineFeed) throw new JournalFormatError(`the value of ${this.#name} does not end where it should`)
    this.#state = 'line'
    return at + 1
  }

  #hold(bytes: Buffer, from: number, to: number, most: number): void {
    const end = Math.min(to, from + most - this.#heldBytes)
    if (end < to) this.#isCut = true
    const length = this.#heldBytes + end - from
    if (length > this.#held.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(256, 2 ** Math.ceil(Math.log2(length))))
      this.#held.copy(larger, 0, 0, this.#heldBytes)
      this.#held = larger
    }
    bytes.copy(this.#held, this.#heldBytes, from, end)
    this.#heldBytes = length
  }

  /** In memory of its own. */
  #takeHeld(): Buffer {
    const bytes = Buffer.allocUnsafeSlow(this.#heldBytes)
    this.#held.copy(bytes, 0, 0, this.#heldBytes)
    this.#heldBytes = 0
    this.#isCut = false
    if (this.#held.length > keptBytes) this.#held = Buffer.alloc(0)
    return bytes
  }
}

/** Where a name ends, at an `=` or at the end of the line. @throws JournalFormatError where there is none */
function nameEnd(slab: Buffer, start: number, end: number): number {
  const last = Math.min(end, start + longestName + 1)
  for (let at = start; at < last; at++) {
    const byte = slab[at]!
    if (byte === equals && at > start) return at
    if (!isOfName(byte)) throw new JournalFormatError('a field has no name that the journal knows')
  }
  if (last < end) throw new JournalFormatError(`a name is longer than ${longestName} bytes`)
  return end
}

/** `[A-Z0-9_]` */
function isOfName(byte: number): boolean {
  return (byte >= 65 && byte <= 90) || byte === 95 || (byte >= 48 && byte <= 57)
}
