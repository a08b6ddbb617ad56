import { JavaRegexError } from './java-regex-error.ts'

/** The flags of java.util.regex.Pattern that can be set inside a pattern. */
export interface RegexFlags {
  caseInsensitive: boolean
  multiline: boolean
  dotAll: boolean
  unicodeCase: boolean
  comments: boolean
  unixLines: boolean
  unicodeClasses: boolean
}

const backslash = 0x5c

/**
 * The pattern as a row of code points with `\Q...\E` resolved, and a cursor. Two zeros follow the last code point.
 * In comments mode `peek`, `next` and `read` skip blanks and comments as Java does (also inside character classes).
 */
export class PatternScanner {
  readonly codePoints: number[]
  readonly length: number
  /** True when the pattern itself has a surrogate or a code point above U+FFFF. */
  readonly supplementary: boolean
  flags: RegexFlags = {
    caseInsensitive: false,
    multiline: false,
    dotAll: false,
    unicodeCase: false,
    comments: false,
    unixLines: false,
    unicodeClasses: false,
  }
  cursor = 0
  readonly #origins: number[]

  constructor(source: string) {
    const plain = codePointsOf(source)
    this.supplementary = plain.codePoints.some(isSupplementary)
    const { codePoints, origins } = withoutQuoting(plain)
    this.length = codePoints.length
    this.codePoints = [...codePoints, 0, 0]
    this.#origins = [...origins, source.length]
  }

  get atEnd(): boolean {
    return this.cursor >= this.length
  }

  at(index: number): number {
    return this.codePoints[index] ?? 0
  }

  /** The code point at the cursor. */
  peek(): number {
    if (this.flags.comments) this.#skipComments()
    return this.at(this.cursor)
  }

  /** Steps forward, then peeks. */
  next(): number {
    this.cursor++
    return this.peek()
  }

  /** Steps forward without skipping comments. */
  nextRaw(): number {
    return this.at(++this.cursor)
  }

  /** The code point at the cursor, which then moves past it. */
  read(): number {
    if (this.flags.comments) this.#skipComments()
    return this.at(this.cursor++)
  }

  /** The code point after the cursor, which then moves past both. */
  skip(): number {
    this.cursor += 2
    return this.at(this.cursor - 1)
  }

  /** The error for what has just been read. */
  error(description: string, hint?: string): JavaRegexError {
    const index = Math.min(Math.max(this.cursor - 1, 0), this.#origins.length - 1)
    return new JavaRegexError(description, this.#origins[index]!, hint)
  }

  hasSupplementaryFrom(start: number): boolean {
    return this.codePoints.slice(start, this.length).some(isSupplementary)
  }

  #skipComments(): void {
    for (let c = this.at(this.cursor); isSpace(c) || c === 0x23; c = this.at(this.cursor)) {
      if (c !== 0x23) this.cursor++
      else this.#skipLine()
    }
  }

  #skipLine(): void {
    while (this.cursor < this.length && !this.#endsLine(this.at(this.cursor))) this.cursor++
  }

  #endsLine(c: number): boolean {
    if (this.flags.unixLines) return c === 0x0a
    return c === 0x0a || c === 0x0d || c === 0x85 || c === 0x2028 || c === 0x2029
  }
}

/** Surrogates count as supplementary, as they do in Java. */
export function isSupplementary(codePoint: number): boolean {
  return codePoint > 0xffff || (codePoint >= 0xd800 && codePoint <= 0xdfff)
}

function isSpace(c: number): boolean {
  return c === 0x20 || (c >= 0x09 && c <= 0x0d)
}

interface PlacedCodePoints {
  readonly codePoints: number[]
  readonly origins: number[]
}

function codePointsOf(source: string): PlacedCodePoints {
  const placed: PlacedCodePoints = { codePoints: [], origins: [] }
  let offset = 0
  for (const character of source) {
    placed.codePoints.push(character.codePointAt(0)!)
    placed.origins.push(offset)
    offset += character.length
  }
  return placed
}

/** `\Q...\E` becomes escaped characters. The first digit becomes `\x3n`, lest it prolong an escape before the quote. */
function withoutQuoting({ codePoints, origins }: PlacedCodePoints): PlacedCodePoints {
  const result: PlacedCodePoints = { codePoints: [], origins: [] }
  const add = (origin: number, ...added: number[]) => {
    for (const one of added) {
      result.codePoints.push(one)
      result.origins.push(origins[origin]!)
    }
  }
  let quoted = false
  for (let i = 0; i < codePoints.length; i++) {
    const c = codePoints[i]!
    const following = codePoints[i + 1]
    if (c === backslash && following === (quoted ? 0x45 : 0x51)) {
      quoted = !quoted
      if (quoted && isDigit(codePoints[i + 2])) add(i, backslash, 0x78, 0x33)
      if (quoted && isDigit(codePoints[i + 2])) add(i + 2, codePoints[i + 2]!)
      i += quoted && isDigit(codePoints[i + 2]) ? 2 : 1
    } else if (quoted) {
      if (needsEscape(c)) add(i, backslash)
      add(i, c)
    } else {
      add(i, c)
      if (c === backslash && following !== undefined) add(++i, following)
    }
  }
  return result
}

function isDigit(c: number | undefined): boolean {
  return c !== undefined && c >= 0x30 && c <= 0x39
}

function needsEscape(c: number): boolean {
  const letter = (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a)
  return c < 0x80 && !letter && !isDigit(c)
}
