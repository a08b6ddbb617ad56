import { type FoundFields, NotParsed } from './found-fields.ts'
import type { RowParser } from './parsing-interceptor.ts'

export interface PairRules {
  /** Between a key and its value. */
  readonly keySeparator: string
  /** Between pairs; undefined: white space. */
  readonly pairSeparator: string | undefined
  /** Characters that may stand around a key or a value. */
  readonly quotes: string
  /** A word without a value. */
  readonly bareKeys: 'ignore' | 'true' | 'fail'
  /** What a backslash in quotes does: `quote`: it stands before a quote or a backslash only. `json`: as in JSON. */
  readonly escapes: 'quote' | 'json'
}

/** Reads `key=value` pairs in one pass. */
export class PairScanner implements RowParser {
  readonly #rules: PairRules
  readonly #keyFirst: number
  readonly #pairFirst: number
  #text = ''
  #at = 0

  constructor(rules: PairRules) {
    this.#rules = rules
    this.#keyFirst = rules.keySeparator.charCodeAt(0)
    this.#pairFirst = rules.pairSeparator?.charCodeAt(0) ?? -1
  }

  parse(text: string, _row: number, found: FoundFields): void {
    this.#text = text
    this.#at = 0
    let pairs = 0
    for (this.#skipBlanks(); this.#at < text.length; this.#next()) if (this.#pair(found)) pairs++
    if (pairs === 0) throw new NotParsed(`there is no key${this.#rules.keySeparator}value`)
  }

  /** Whether what stands here is a pair; the position is behind it. */
  #pair(found: FoundFields): boolean {
    const { keySeparator, bareKeys } = this.#rules
    const key = this.#isQuote() ? this.#unescaped(this.#quoted()) : this.#plainKey()
    if (!this.#text.startsWith(keySeparator, this.#at)) {
      if (bareKeys === 'fail') throw new NotParsed(`a word without ${keySeparator} stands before ${this.#at}`)
      const field = bareKeys === 'true' && key !== '' ? found.field(key) : undefined
      if (field) found.set(field, 'true')
      return false
    }
    this.#at += keySeparator.length
    const isNameless = key === ''
    if (isNameless && bareKeys !== 'ignore') throw new NotParsed(`a value without a key stands at ${this.#at}`)
    if (this.#rules.pairSeparator !== undefined) this.#skipBlanks()
    if (this.#isQuote()) this.#quotedValue(isNameless ? undefined : key, found)
    else this.#plainValue(isNameless ? undefined : key, found)
    return !isNameless
  }

  #plainKey(): string {
    const from = this.#at
    const text = this.#text
    let at = from
    while (at < text.length && !this.#isKeyEnd(at)) at++
    this.#at = at
    return this.#rules.pairSeparator === undefined ? text.slice(from, at) : text.slice(from, at).trimEnd()
  }

  #isKeyEnd(at: number): boolean {
    const code = this.#text.charCodeAt(at)
    if (code === this.#keyFirst && this.#text.startsWith(this.#rules.keySeparator, at)) return true
    return this.#isPairEnd(code, at)
  }

  #isPairEnd(code: number, at: number): boolean {
    const { pairSeparator } = this.#rules
    if (pairSeparator === undefined) return isBlank(code)
    return code === this.#pairFirst && this.#text.startsWith(pairSeparator, at)
  }

  #plainValue(key: string | undefined, found: FoundFields): void {
    const from = this.#at
    const text = this.#text
    let at = from
    while (at < text.length && !this.#isPairEnd(text.charCodeAt(at), at)) at++
    this.#at = at
    if (key === undefined) return
    let end = at
    while (end > from && isBlank(text.charCodeAt(end - 1))) end--
    const field = found.field(key)
    if (field) found.slice(field, from, end)
  }

  #quotedValue(key: string | undefined, found: FoundFields): void {
    const from = this.#at + 1
    const quoted = this.#quoted()
    if (this.#rules.pairSeparator !== undefined) this.#skipBlanks()
    if (this.#at < this.#text.length && !this.#isPairEnd(this.#text.charCodeAt(this.#at), this.#at)) {
      throw new NotParsed(`text stands behind a closing quote at ${this.#at}`)
    }
    const field = key === undefined ? undefined : found.field(key)
    if (!field) return
    if (quoted.includes('\\')) found.set(field, this.#unescaped(quoted))
    else found.slice(field, from, from + quoted.length)
  }

  #isQuote(): boolean {
    const character = this.#text[this.#at]
    return character !== undefined && this.#rules.quotes.includes(character)
  }

  /** What stands in quotes, with its escapes; the position is behind the closing one. */
  #quoted(): string {
    const text = this.#text
    const from = this.#at + 1
    const code = text.charCodeAt(from - 1)
    for (let at = from; at < text.length; at++) {
      const here = text.charCodeAt(at)
      if (here === backslash) at++
      else if (here === code) {
        this.#at = at + 1
        return text.slice(from, at)
      }
    }
    throw new NotParsed('a quote is not closed')
  }

  #unescaped(quoted: string): string {
    if (!quoted.includes('\\')) return quoted
    const { escapes, quotes } = this.#rules
    const replaced = quoted.replace(escaped, (whole, digits: string | undefined, letter: string | undefined) => {
      if (letter !== undefined && (letter === '\\' || quotes.includes(letter))) return letter
      if (escapes === 'quote') return whole
      if (digits !== undefined) return String.fromCharCode(Number.parseInt(digits, 16))
      return letters.get(letter ?? '') ?? whole
    })
    return replaced.toWellFormed()
  }

  #skipBlanks(): void {
    while (isBlank(this.#text.charCodeAt(this.#at))) this.#at++
  }

  /** To the beginning of the next pair. */
  #next(): void {
    const { pairSeparator } = this.#rules
    this.#skipBlanks()
    if (pairSeparator === undefined) return
    while (this.#text.startsWith(pairSeparator, this.#at)) {
      this.#at += pairSeparator.length
      this.#skipBlanks()
    }
  }
}

const backslash = 0x5c
const escaped = /\\(?:u([0-9a-fA-F]{4})|(.))/gs
const letters = new Map([
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
])

/** Space, and what ASCII has of lines and tabs. */
function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d)
}
