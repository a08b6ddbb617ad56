import { JavaRegexError } from './regex-syntax.ts'

/** The flags that a pattern can set inside of itself. */
export interface Flags {
  readonly i: boolean
  readonly m: boolean
  readonly s: boolean
  readonly x: boolean
  readonly u: boolean
  readonly d: boolean
  readonly U: boolean
}

export const noFlags: Flags = { i: false, m: false, s: false, x: false, u: false, d: false, U: false }

/** A position in a pattern, with the flags that hold there. */
export class RegexReader {
  protected readonly source: string
  protected at = 0
  protected flags = noFlags
  protected depth = 0
  /** `\Q` is open: everything up to `\E` is literal. */
  protected quoting = false

  constructor(source: string) {
    this.source = source
  }

  protected skipComments(): void {
    if (!this.flags.x || this.quoting) return
    for (;;) {
      const character = this.peek()
      if (/^[ \t\n\v\f\r]$/.test(character)) this.at++
      else if (character === '#') {
        while (this.at < this.source.length && !/[\n\r\u0085\u2028\u2029]/.test(this.peek())) this.at++
      } else return
    }
  }

  protected peek(): string {
    return this.source[this.at] ?? ''
  }

  protected next(): string {
    return this.source[this.at++] ?? ''
  }

  protected nextCodePoint(): number {
    const code = this.source.codePointAt(this.at)!
    this.at += code > 0xffff ? 2 : 1
    return code
  }

  protected fail(message: string, index: number, hint: string): never {
    throw new JavaRegexError(message, index, hint)
  }
}
