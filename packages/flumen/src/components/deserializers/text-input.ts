import { isUtf8 } from 'node:buffer'
import { type Bytes, batchOfRows, type DeserializerContext, EventBatch } from '../../core/index.ts'
import { type Charset, javaCharset } from '../../text/java-charset.ts'

/** Rows over a chunk as they were found, and in what follows them. */
export interface FoundRows {
  readonly start: number[]
  readonly end: number[]
}

/** Rows as bodies. `malformed`: the number of the first row that is no text and must be; the rows before it are in. */
export interface TextRows {
  readonly batch: EventBatch
  readonly malformed?: number
}

const lineFeed = 10
const replacement = '\uFFFD'
const replacementBytes = Buffer.from(replacement)

/** Text in a character set: where its lines end, and its rows in the character set of the bodies. */
export class TextInput {
  /** Bytes of a line end. */
  readonly width: number
  #input: Charset
  readonly #output: Charset
  readonly #context: DeserializerContext
  #newline: Buffer
  /** A mark at the start says the order of bytes, and has not been seen. */
  #awaitsMark: boolean

  /** @param outputCharset of one that text can be encoded into */
  constructor(context: DeserializerContext, outputCharset = 'UTF-8') {
    this.#context = context
    this.#input = charsetOf(context.charset)
    this.#output = charsetOf(outputCharset)
    this.width = this.#input.name.startsWith('UTF-16') ? 2 : this.#input.name.startsWith('UTF-32') ? 4 : 1
    this.#awaitsMark = this.#input.name === 'UTF-16' || this.#input.name === 'UTF-32'
    this.#newline = newlineOf(this.#input.name, this.width)
  }

  /** Whether a line is read without what stands before it. */
  get seeks(): boolean {
    return !this.#awaitsMark
  }

  /** Bytes at the start that say the order of bytes. Undefined: more is needed to tell. */
  mark(chunk: Bytes, last: boolean): number | undefined {
    if (!this.#awaitsMark) return 0
    if (chunk.length < this.width && !last) return undefined
    this.#awaitsMark = false
    const little = this.width === 2 ? [0xff, 0xfe] : [0xff, 0xfe, 0, 0]
    const begins = (mark: readonly number[]): boolean => mark.every((byte, index) => chunk[index] === byte)
    const isLittle = begins(little)
    this.#input = charsetOf(`${this.#input.name}${isLittle ? 'LE' : 'BE'}`)
    this.#newline = newlineOf(this.#input.name, this.width)
    return isLittle || begins(little.toReversed()) ? this.width : 0
  }

  /** Offset of the next line end; -1: there is none. */
  lineEnd(chunk: Buffer, from: number): number {
    if (this.width === 1) return chunk.indexOf(lineFeed, from)
    let at = chunk.indexOf(this.#newline, from)
    while (at >= 0 && at % this.width !== 0) at = chunk.indexOf(this.#newline, at + 1)
    return at
  }

  /**
   * Where a piece of at most so many UTF-16 units ends, not within a character; `end` where all of it fits. Past it
   * stands a whole character or the end.
   */
  pieceEnd(chunk: Buffer, start: number, end: number, units: number): number {
    if (end - start <= units * 4 && this.#units(chunk, start, end) <= units) return end
    let low = Math.min(units, end - start)
    let high = Math.min(units * 4, end - start)
    if (this.#units(chunk, start, start + low) === units) high = Math.min(high, low + 3)
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (this.#units(chunk, start, start + middle) <= units) low = middle
      else high = middle - 1
    }
    low -= low % this.width
    const whole = this.#input.decode(chunk.subarray(start, Math.min(start + low + 8, end)))
    const smallest = Math.max(low - 7, this.width)
    for (let length = low; length >= smallest; length -= this.width) {
      const piece = this.#input.decode(chunk.subarray(start, start + length))
      if (whole.startsWith(piece) && !splitsPair(whole, piece.length)) return start + length
    }
    return start + Math.max(low, this.width)
  }

  /** The rows as bodies: views on the chunk where it is what bodies are in, or in memory of their own. */
  rows(chunk: Buffer, { start, end }: FoundRows): TextRows {
    if (start.length === 0) return { batch: EventBatch.empty }
    const now = this.#context.clock.now()
    const isSame = this.#input.isUtf8 && this.#output.isUtf8
    if (isSame && isUtf8(chunk.subarray(start[0], end.at(-1)))) return { batch: batchOfRows(chunk, start, end, now) }
    const bodies: Uint8Array[] = []
    let malformed: number | undefined
    for (let row = 0; row < start.length && malformed === undefined; row++) {
      const body = this.#body(chunk.subarray(start[row], end[row]), isSame)
      if (body) bodies.push(body)
      else malformed = row
    }
    const batch = bodies.length === 0 ? EventBatch.empty : batchOfBodies(bodies, now)
    return malformed === undefined ? { batch } : { batch, malformed }
  }

  /** Undefined: it is malformed and must not be. */
  #body(bytes: Buffer, isSame: boolean): Uint8Array | undefined {
    if (isSame && isUtf8(bytes)) return bytes
    let text = this.#input.decode(bytes)
    if (text.includes(replacement) && !this.#isWellFormed(bytes)) {
      if (this.#context.onMalformed === 'FAIL') return undefined
      if (this.#context.onMalformed === 'IGNORE') text = this.#withoutMalformed(bytes)
      else if (this.#input.isUtf8) text = this.#input.decode(withoutSurrogates(bytes))
    }
    return this.#output.encode?.(text) ?? Buffer.from(text)
  }

  #isWellFormed(bytes: Buffer): boolean {
    try {
      this.#input.strictDecoder().decode(bytes, false)
      return true
    } catch {
      return false
    }
  }

  /** A U+FFFD that was written stays, in UTF-8. */
  #withoutMalformed(bytes: Buffer): string {
    const drop = (piece: Buffer): string => this.#input.decode(piece).replaceAll(replacement, '')
    if (!this.#input.isUtf8) return drop(bytes)
    const pieces: string[] = []
    let from = 0
    for (let at = bytes.indexOf(replacementBytes); at >= 0; at = bytes.indexOf(replacementBytes, from)) {
      pieces.push(drop(bytes.subarray(from, at)))
      from = at + replacementBytes.length
    }
    pieces.push(drop(bytes.subarray(from)))
    return pieces.join(replacement)
  }

  #units(chunk: Buffer, start: number, end: number): number {
    return this.#input.decode(chunk.subarray(start, end)).length
  }
}

/** A chunk as the methods of Buffer take it. */
export function bufferOf(bytes: Bytes): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** Half of a surrogate pair in three bytes is one malformed character for Java, and three for the platform. */
function withoutSurrogates(bytes: Buffer): Buffer {
  const isSurrogate = (at: number): boolean =>
    ((bytes[at + 1] ?? 0) & 0xe0) === 0xa0 && ((bytes[at + 2] ?? 0) & 0xc0) === 0x80
  const pieces: Buffer[] = []
  let from = 0
  for (let at = bytes.indexOf(0xed); at >= 0; at = bytes.indexOf(0xed, at + 1)) {
    if (!isSurrogate(at)) continue
    pieces.push(bytes.subarray(from, at), replacementBytes)
    from = at + 3
  }
  return from === 0 ? bytes : Buffer.concat([...pieces, bytes.subarray(from)])
}

function charsetOf(name: string): Charset {
  const charset = javaCharset(name)
  if (!charset) throw new Error(`there is no character set ${name}`)
  return charset
}

function newlineOf(charset: string, width: number): Buffer {
  const newline = Buffer.alloc(width)
  newline[charset.endsWith('LE') ? 0 : width - 1] = lineFeed
  return newline
}

function splitsPair(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1)
  const after = text.charCodeAt(at)
  return before >= 0xd800 && before < 0xdc00 && after >= 0xdc00 && after < 0xe000
}

/** Bodies in one slab that is theirs alone. */
export function batchOfBodies(bodies: readonly Uint8Array[], arrivedAt: number): EventBatch {
  const slab = Buffer.allocUnsafeSlow(bodies.reduce((sum, { length }) => sum + length, 0))
  const start: number[] = []
  const end: number[] = []
  let at = 0
  for (const body of bodies) {
    slab.set(body, at)
    start.push(at)
    at += body.length
    end.push(at)
  }
  return batchOfRows(slab, start, end, arrivedAt)
}
