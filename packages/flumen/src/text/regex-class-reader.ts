import { predefinedClass, propertyClass } from './regex-classes.ts'
import { RegexReader } from './regex-reader.ts'
import { literalSource } from './regex-syntax.ts'

const simpleEscapes: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12, a: 7, e: 27 }
/** How deep groups and classes may be nested. */
export const deepest = 200

/** Reads escapes and character classes; a class becomes one of JavaScript's `v` flag. */
export class ClassReader extends RegexReader {
  protected property(negated: boolean): string {
    const start = this.at
    let name = this.next()
    if (name === '{') {
      const end = this.source.indexOf('}', this.at)
      if (end < 0) this.fail('Unclosed character family', this.source.length - 1, 'close the brace')
      name = this.source.slice(this.at, end)
      this.at = end + 1
      if (name === '') this.fail('Empty character family', this.at - 1, 'name a family, such as \\p{L}')
    }
    const source = propertyClass(name, { unicodeClasses: this.flags.U })
    if (source === undefined) {
      this.fail(
        `Unknown character property name {${name}}`,
        Math.max(start, this.at - 1),
        'for example \\p{L}, \\p{Alpha}, \\p{IsLatin}, \\p{InGreek}',
      )
    }
    return negated ? `[^${source}]` : source
  }

  /** The code point of an escape that means one. */
  protected escapedCode(character: string, start: number): number {
    const simple = simpleEscapes[character]
    if (simple !== undefined) return simple
    if (character === '0') return this.octal()
    if (character === 'x') return this.hexadecimal()
    if (character === 'u') return this.unicode(start)
    if (character === 'c') {
      const next = this.next()
      if (next === '') this.fail('Illegal control escape sequence', this.at, 'write a letter behind \\c')
      return next.charCodeAt(0) ^ 64
    }
    if (/[A-Za-z]/.test(character))
      this.fail(
        'Illegal/unsupported escape sequence',
        start + 1,
        `Java knows no \\${character}; double the backslash if it is meant itself`,
      )
    this.at -= character.length
    return this.nextCodePoint()
  }

  protected octal(): number {
    const match = /^(?:[0-3][0-7]{0,2}|[4-7][0-7]?)/.exec(this.source.slice(this.at, this.at + 3))
    if (!match) this.fail('Illegal octal escape sequence', this.at, 'write \\0 and one to three octal digits')
    this.at += match[0].length
    return Number.parseInt(match[0], 8)
  }

  protected hexadecimal(): number {
    const match = /^(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]+)\})/.exec(this.source.slice(this.at, this.at + 12))
    const code = match ? Number.parseInt(match[1] ?? match[2]!, 16) : -1
    if (!match || code > 0x10ffff) this.fail('Illegal hexadecimal escape sequence', this.at, 'write \\xhh or \\x{h…}')
    this.at += match[0].length
    return code
  }

  protected unicode(start: number): number {
    const unit = (at: number): number => {
      const digits = this.source.slice(at, at + 4)
      return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : -1
    }
    const high = unit(this.at)
    if (high < 0)
      this.fail(
        'Illegal Unicode escape sequence',
        Math.max(start + 2, this.at),
        'write \\u and four hexadecimal digits',
      )
    this.at += 4
    if (high >= 0xd800 && high < 0xdc00 && this.source.startsWith('\\u', this.at)) {
      const low = unit(this.at + 2)
      if (low >= 0xdc00 && low < 0xe000) {
        this.at += 6
        return (high - 0xd800) * 0x400 + (low - 0xdc00) + 0x10000
      }
    }
    return high
  }

  /** With (?iu) the engine's own folding of case. */
  protected folded(source: string): string {
    return this.flags.i && this.flags.u ? `(?i:${source})` : source
  }

  /** Behind the opening bracket; a class of JavaScript's `v` flag. */
  protected characterClass(): string {
    if (++this.depth > deepest) this.fail('Classes are nested too deep', this.at, 'write a simpler class')
    const start = this.at - 1
    const negated = this.peek() === '^'
    if (negated) this.at++
    const operands: string[] = []
    let items = ''
    for (let first = true; !this.#isClassEnd(first && operands.length === 0); first = false) {
      if (this.quoting || !this.source.startsWith('&&', this.at)) items += this.classItem()
      else {
        this.#skipIntersection(items === '' && operands.length === 0)
        if (items !== '') operands.push(`[${items}]`)
        items = ''
      }
    }
    this.at++
    this.depth--
    if (items !== '') operands.push(`[${items}]`)
    if (operands.length === 0) this.fail('Bad class syntax', start, 'a class is not empty')
    const source = operands.length === 1 ? operands[0]! : `[${operands.join('&&')}]`
    return negated ? `[^${source}]` : source
  }

  /** A bracket that comes first is an item. */
  #isClassEnd(isFirst: boolean): boolean {
    this.skipComments()
    const next = this.peek()
    if (next === '') this.fail('Unclosed character class', this.source.length - 1, 'close the bracket, or write \\[')
    return next === ']' && !this.quoting && !isFirst
  }

  #skipIntersection(nothingBefore: boolean): void {
    while (this.peek() === '&') this.at++
    if (!nothingBefore || this.peek() !== ']') return
    this.fail('Bad class syntax', this.at - 1, 'write something on both sides of &&')
  }

  protected classItem(): string {
    const character = this.peek()
    if (!this.quoting && character === '[') {
      this.at++
      return this.characterClass()
    }
    if (!this.quoting && character === '\\') {
      const family = this.classEscape()
      if (family !== undefined) return family
    }
    const start = this.at
    const first = this.classCode()
    if (first === undefined) return ''
    if (this.quoting || this.peek() !== '-' || !this.isRangeEnd()) return this.expanded(first, first)
    this.at++
    if (this.peek() === '\\' && this.classEscape() !== undefined)
      this.fail('Illegal character range', this.at - 1, 'a range ends with one character')
    const last = this.classCode()
    if (last === undefined) return `${this.expanded(first, first)}\\-`
    if (last < first)
      this.fail('Illegal character range', start + 2, 'the first character of a range comes before the last')
    return this.expanded(first, last)
  }

  protected isRangeEnd(): boolean {
    const end = this.source[this.at + 1]
    return end !== undefined && end !== ']' && end !== '[' && !(end === '&' && this.source[this.at + 2] === '&')
  }

  /** A family (`\d`, `\p{…}`), or nothing when the escape is one character or begins a quotation. */
  protected classEscape(): string | undefined {
    const start = this.at
    const letter = this.source[start + 1] ?? ''
    const predefined = predefinedClass(letter, { unicodeClasses: this.flags.U })
    if (predefined) {
      this.at += 2
      return predefined
    }
    if (letter === 'p' || letter === 'P') {
      this.at += 2
      return this.property(letter === 'P')
    }
    return undefined
  }

  /** One character of a class; undefined at the border of a quotation. */
  protected classCode(): number | undefined {
    if (this.source.startsWith(this.quoting ? '\\E' : '\\Q', this.at)) {
      this.quoting = !this.quoting
      this.at += 2
      return undefined
    }
    if (this.quoting || this.peek() !== '\\') return this.nextCodePoint()
    const start = this.at++
    const character = this.next()
    if (character === 'E') return undefined
    if ('AzZGbBRXNk'.includes(character) || character === '' || (character >= '1' && character <= '9')) {
      this.fail('Illegal/unsupported escape sequence', start + 1, 'this escape means nothing in a class')
    }
    return this.escapedCode(character, start)
  }

  /** A range, with the letters of the other case where case does not count. */
  protected expanded(first: number, last: number): string {
    let source = first === last ? literalSource(first) : `${literalSource(first)}-${literalSource(last)}`
    if (!this.flags.i || this.flags.u) return source
    for (const [low, high, shift] of [
      [0x41, 0x5a, 32],
      [0x61, 0x7a, -32],
    ] as const) {
      const from = Math.max(first, low)
      const to = Math.min(last, high)
      if (from <= to) source += `${literalSource(from + shift)}-${literalSource(to + shift)}`
    }
    return source
  }
}
