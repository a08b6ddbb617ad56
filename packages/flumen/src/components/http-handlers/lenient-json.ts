import { BadRequestError } from '../../core/index.ts'
import { writeCharacter } from './write-character.ts'

/**
 * Walks over JSON in bytes (UTF-8), as leniently as Gson: single quotes, names and texts without quotes, comments, `;`
 * for a comma, `=` and `=>` for a colon, control characters in texts, missing elements of an array as null. Escapes are
 * undone where they stand (the result is never longer), so a text is always a range of the bytes. Nothing here goes
 * deeper with the input, and no regular expression is used.
 */
export class LenientJson {
  readonly bytes: Buffer
  at = 0
  end: number
  /** The text, the name or the literal that was read last: `bytes[from .. to)`. */
  from = 0
  to = 0
  /** The first backslash from here on; -1: not looked for, `bytes.length`: none. */
  #backslash = -1
  /** Where the text that is being unescaped is read. */
  #read = 0
  readonly #view: DataView

  constructor(bytes: Buffer) {
    this.bytes = bytes
    this.end = bytes.length
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    if (bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.at = 3
  }

  /** The next byte that is neither blank nor comment; it stays to be read. -1: there is none. */
  next(): number {
    const { bytes, end } = this
    let at = this.at
    for (; at < end; at++) {
      const code = bytes[at]!
      if (code > space) {
        if (code !== slash && code !== hash) break
        this.at = at
        at = this.#afterComment(code)
        if (at < 0) return code
      } else if (code !== space && code !== lineFeed && code !== carriageReturn && code !== tab) break
    }
    this.at = at
    return at < end ? bytes[at]! : -1
  }

  /** Reads a text, or a literal as it is written. @returns whether it is null */
  scalar(): boolean {
    const code = this.next()
    if (code === quote || code === apostrophe) {
      this.#quoted(code)
      return false
    }
    if (code === openBrace || code === openBracket) throw this.unexpected('a text, a number, true or false')
    this.#literal()
    const length = this.to - this.from
    if (length === 4 || length === 5) this.#lowerBoolean()
    return this.#isNull()
  }

  /** Whether a null comes next; reads it then. */
  takeNull(): boolean {
    const code = this.next() | 0x20
    if (code !== letterN) return false
    const before = this.at
    this.#literal()
    if (this.#isNull()) return true
    this.at = before
    return false
  }

  /** Reads a name and the colon behind it. */
  name(): void {
    const code = this.next()
    if (code === quote || code === apostrophe) this.#quoted(code)
    else this.#literal()
    const { from, to } = this
    const colonCode = this.next()
    if (colonCode !== colon && colonCode !== equals) throw this.unexpected('a colon')
    this.at++
    if (colonCode === equals && this.at < this.end && this.bytes[this.at] === greater) this.at++
    this.from = from
    this.to = to
  }

  /**
   * Reads a name and its colon that stand here just so: these bytes in double quotes. False: they do not, and nothing but
   * blanks was read. @param expected neither a quote nor a backslash is in it
   */
  takeName(expected: Uint8Array): boolean {
    if (this.next() !== quote) return false
    const { bytes } = this
    const from = this.at + 1
    const { length } = expected
    const to = from + length
    if (to + 2 > this.end || bytes[to] !== quote || bytes[to + 1] !== colon) return false
    for (let index = 0; index < length; index++) if (bytes[from + index] !== expected[index]) return false
    this.from = from
    this.to = to
    this.at = to + 2
    return true
  }

  /** Behind `{` or a member: whether the object has another member. @param isFirst behind the bracket */
  hasMember(isFirst: boolean): boolean {
    const code = this.next()
    if (code === closeBrace) {
      this.at++
      return false
    }
    if (isFirst) return true
    if (code !== comma && code !== semicolon) throw this.unexpected('a comma or }')
    this.at++
    return true
  }

  /** Behind `[` or an element: whether the array has another element, which may be missing. */
  hasElement(isFirst: boolean): boolean {
    const code = this.next()
    if (code === closeBracket) {
      this.at++
      return false
    }
    if (isFirst) return true
    if (code !== comma && code !== semicolon) throw this.unexpected('a comma or ]')
    this.at++
    return true
  }

  /** Whether an element is left out here, which counts as null. */
  isElementMissing(): boolean {
    const code = this.next()
    return code === comma || code === semicolon || code === closeBracket
  }

  /** Reads over a value of any kind. */
  skip(): void {
    const open: number[] = []
    let isFirst = true
    do {
      const inside = open[open.length - 1]
      if (inside === undefined || this.#hasPart(inside, isFirst)) isFirst = this.#enterOrRead(inside, open)
      else {
        open.pop()
        isFirst = false
      }
    } while (open.length > 0)
  }

  /** Whether the bytes of the last text are these. */
  is(expected: Uint8Array): boolean {
    const { bytes, from } = this
    const length = expected.length
    if (this.to - from !== length) return false
    for (let index = 0; index < length; index++) if (bytes[from + index] !== expected[index]) return false
    return true
  }

  unexpected(expected: string): BadRequestError {
    if (this.at >= this.end) return new BadRequestError(`the JSON ends where ${expected} is missing`)
    return new BadRequestError(`the JSON has no ${expected.replace(/^an? /, '')} at byte ${this.at}`)
  }

  #hasPart(inside: number, isFirst: boolean): boolean {
    if (inside === openBracket) return this.hasElement(isFirst)
    if (!this.hasMember(isFirst)) return false
    this.name()
    return true
  }

  /** @returns whether brackets were opened here */
  #enterOrRead(inside: number | undefined, open: number[]): boolean {
    if (inside === openBracket && this.isElementMissing()) return false
    const code = this.next()
    if (code === openBrace || code === openBracket) {
      this.at++
      open.push(code)
      return true
    }
    this.scalar()
    return false
  }

  /** Reads the literal that begins here. */
  #literal(): void {
    const { bytes, end } = this
    let at = this.at
    while (at < end && endsLiteral[bytes[at]!] === 0) at++
    if (at === this.at) throw this.unexpected('a value')
    this.from = this.at
    this.to = at
    this.at = at
  }

  /** `TRUE` is true, and its text is `true`. */
  #lowerBoolean(): void {
    const { bytes, from, to } = this
    const word = to - from === 4 ? trueBytes : falseBytes
    for (let index = 0; index < word.length; index++) if ((bytes[from + index]! | 0x20) !== word[index]) return
    bytes.set(word, from)
  }

  #isNull(): boolean {
    const { bytes, from, to } = this
    if (to - from !== 4) return false
    for (let index = 0; index < 4; index++) if ((bytes[from + index]! | 0x20) !== nullBytes[index]) return false
    return true
  }

  #quoted(close: number): void {
    const { bytes, end } = this
    const from = this.at + 1
    const near = Math.min(from + fewBytes, end)
    let at = from
    while (at < near && bytes[at] !== close && bytes[at] !== backslash) at++
    if (at === near) at = this.#farEnd(close, at)
    if (at >= end) throw new BadRequestError(`the text at byte ${from - 1} of the JSON is not closed`)
    this.from = from
    if (bytes[at] === close) {
      this.to = at
      this.at = at + 1
    } else this.#escaped(close, at)
  }

  /** Of a long text: its end, or its first backslash. */
  #farEnd(close: number, from: number): number {
    const { bytes, end } = this
    if (this.#backslash < from) {
      const found = bytes.indexOf(backslash, from)
      this.#backslash = found < 0 ? bytes.length : found
    }
    const to = bytes.indexOf(close, from)
    const nearest = to < 0 ? this.#backslash : Math.min(to, this.#backslash)
    return Math.min(nearest, end)
  }

  /** The rest of a text, from its first backslash on. */
  #escaped(close: number, first: number): void {
    const { bytes, end } = this
    let write = first
    this.#read = first
    while (this.#read < end) {
      write = this.#copyPlain(close, write)
      if (this.#read >= end) break
      if (bytes[this.#read] === close) {
        this.to = write
        this.at = this.#read + 1
        return
      }
      write = this.#copyEscape(write)
    }
    throw new BadRequestError(`the text at byte ${this.from - 1} of the JSON is not closed`)
  }

  /** Up to the next backslash, or the close. @returns where to write on */
  #copyPlain(close: number, to: number): number {
    const { bytes, end } = this
    const view = this.#view
    const closes = close * everyByte
    let read = this.#read
    let write = to
    for (; read + 4 <= end; read += 4, write += 4) {
      const four = view.getInt32(read, true)
      if (hasByte(four, backslashes) || hasByte(four, closes)) break
      view.setInt32(write, four, true)
    }
    while (read < end && bytes[read] !== backslash && bytes[read] !== close) bytes[write++] = bytes[read++]!
    this.#read = read
    return write
  }

  /** @returns where to write on */
  #copyEscape(write: number): number {
    const { bytes, end } = this
    const read = this.#read
    const letter = read + 1 < end ? bytes[read + 1]! : 0
    if (letter !== letterU) {
      bytes[write] = this.#unescaped(letter, read)
      this.#read = read + 2
      return write + 1
    }
    const unit = this.#unit(read)
    const low = isHighSurrogate(unit) && this.#isLowSurrogate(read + 6) ? this.#unit(read + 6) : 0
    this.#read = read + (low > 0 ? 12 : 6)
    return writeCharacter(bytes, write, low > 0 ? 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00) : unit)
  }

  #unescaped(letter: number, at: number): number {
    const code = escapes[letter]!
    if (code === 0) throw new BadRequestError(`the JSON has an escape that there is not at byte ${at}`)
    return code
  }

  /** The four digits of `\uXXXX`. */
  #unit(at: number): number {
    let unit = 0
    for (let index = at + 2; index < at + 6; index++) {
      const digit = index < this.end ? digits[this.bytes[index]!]! : -1
      if (digit < 0) throw new BadRequestError(`the JSON has an escape without four digits at byte ${at}`)
      unit = unit * 16 + digit
    }
    return unit
  }

  #isLowSurrogate(at: number): boolean {
    const { bytes, end } = this
    if (at + 6 > end || bytes[at] !== backslash || bytes[at + 1] !== letterU) return false
    const unit = this.#unit(at)
    return unit >= 0xdc00 && unit <= 0xdfff
  }

  /** Where the comment that begins here ends, less one; -1: it is none. */
  #afterComment(code: number): number {
    const { bytes, end, at } = this
    if (code === slash) {
      const second = at + 1 < end ? bytes[at + 1] : 0
      if (second === asterisk) {
        const close = bytes.indexOf('*/', at + 2)
        if (close < 0 || close + 2 > end)
          throw new BadRequestError(`the comment at byte ${at} of the JSON does not end`)
        return close + 1
      }
      if (second !== slash) return -1
    }
    let to = at
    while (to < end && bytes[to] !== lineFeed && bytes[to] !== carriageReturn) to++
    return to
  }
}

/** Texts up to this length are looked through byte by byte; longer ones with the engine's search. */
const fewBytes = 24

const tab = 0x09
const lineFeed = 0x0a
const carriageReturn = 0x0d
const space = 0x20
const quote = 0x22
const hash = 0x23
const apostrophe = 0x27
const asterisk = 0x2a
const comma = 0x2c
const slash = 0x2f
const colon = 0x3a
const semicolon = 0x3b
const equals = 0x3d
const greater = 0x3e
export const openBracket = 0x5b
const backslash = 0x5c
const closeBracket = 0x5d
const letterN = 0x6e
const letterU = 0x75
export const openBrace = 0x7b
const closeBrace = 0x7d

const trueBytes = Buffer.from('true')
const falseBytes = Buffer.from('false')
const nullBytes = Buffer.from('null')

/** Gson's ends of a literal. */
const endsLiteral = new Uint8Array(256)
for (const character of '/\\;#={}[]:, \t\f\r\n') endsLiteral[character.charCodeAt(0)] = 1

const escapes = new Uint8Array(256)
for (const [letter, character] of Object.entries({
  t: '\t',
  b: '\b',
  n: '\n',
  r: '\r',
  f: '\f',
  '\n': '\n',
  "'": "'",
  '"': '"',
  '\\': '\\',
  '/': '/',
})) {
  escapes[letter.charCodeAt(0)] = character.charCodeAt(0)
}

const digits = new Int8Array(256).fill(-1)
for (let digit = 0; digit < 16; digit++) {
  const text = digit.toString(16)
  digits[text.charCodeAt(0)] = digit
  digits[text.toUpperCase().charCodeAt(0)] = digit
}

const everyByte = 0x01010101
const backslashes = backslash * everyByte

/** Whether one of four bytes is that of a pattern, which has it four times. */
function hasByte(four: number, pattern: number): boolean {
  const zeroed = four ^ pattern
  return ((zeroed - everyByte) & ~zeroed & 0x80808080) !== 0
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}
