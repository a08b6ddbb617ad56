import { JavaRegexError } from './regex-syntax.ts'

/** Groups and classes may be nested so deep. */
export const deepest = 200

/** The flags of java.util.regex that a pattern can set. */
export interface RegexFlags {
  readonly i: boolean
  readonly m: boolean
  readonly s: boolean
  readonly x: boolean
  readonly u: boolean
  readonly d: boolean
  readonly U: boolean
}

const noFlags: RegexFlags = { i: false, m: false, s: false, x: false, u: false, d: false, U: false }

/** A pattern, and how far it has been read. */
export class PatternReader {
  readonly source: string
  at = 0
  depth = 0
  flags: RegexFlags = noFlags
  /** `\Q` is open: everything up to `\E` is literal. */
  quoting = false

  constructor(source: string) {
    this.source = source
  }

  skipComments(): void {
    if (!this.flags.x || this.quoting) return
    for (;;) {
      const character = this.peek()
      if (/^[ \t\n\v\f\r]$/.test(character)) this.at++
      else if (character === '#') {
        const end = this.flags.d ? /\n/ : /[\n\r\u0085\u2028\u2029]/
        while (this.at < this.source.length && !end.test(this.peek())) this.at++
      } else return
    }
  }

  peek(): string {
    return this.source[this.at] ?? ''
  }

  next(): string {
    return this.source[this.at++] ?? ''
  }

  nextCodePoint(): number {
    const code = this.source.codePointAt(this.at)!
    this.at += code > 0xffff ? 2 : 1
    return code
  }

  fail(message: string, index: number, hint: string): never {
    throw new JavaRegexError(message, index, hint)
  }
}
