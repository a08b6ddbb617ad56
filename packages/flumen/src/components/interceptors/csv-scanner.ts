import { type FoundFields, NotParsed } from './found-fields.ts'
import { NamedFields } from './named-fields.ts'
import type { RowParser } from './parsing-interceptor.ts'

export interface CsvRules {
  /** Names of the values in their order; none: all are numbered. */
  readonly columns: readonly string[]
  /** One character. */
  readonly delimiter: string
  /** One character; empty: there are no quotes. */
  readonly quote: string
  readonly trim: boolean
  readonly skipEmpty: boolean
  /** There are exactly as many values as names. */
  readonly strictColumns: boolean
}

/** Reads one record of CSV (RFC 4180); it may hold line ends in quotes. */
export class CsvScanner implements RowParser {
  readonly #rules: CsvRules
  readonly #named: NamedFields
  #text = ''
  #at = 0
  #end = 0

  constructor(rules: CsvRules) {
    this.#rules = rules
    this.#named = new NamedFields(rules.columns)
  }

  parse(text: string, _row: number, found: FoundFields): void {
    const { delimiter, columns, strictColumns } = this.#rules
    this.#text = text
    this.#at = 0
    this.#end = text.endsWith('\r\n') ? text.length - 2 : text.length - (/[\r\n]$/.test(text) ? 1 : 0)
    let count = 0
    for (;;) {
      this.#value(count++, found)
      if (this.#at === this.#end) break
      if (text[this.#at] !== delimiter) throw new NotParsed(`there is more than one record: a line ends at ${this.#at}`)
      this.#at++
    }
    if (strictColumns && columns.length > 0 && count !== columns.length) {
      throw new NotParsed(`there are ${count} values for ${columns.length} columns`)
    }
  }

  #value(index: number, found: FoundFields): void {
    const { trim, quote } = this.#rules
    if (trim) this.#skipBlanks()
    if (quote !== '' && this.#text[this.#at] === quote) this.#quoted(index, found)
    else this.#plain(index, found)
  }

  #plain(index: number, found: FoundFields): void {
    const delimiter = this.#rules.delimiter.charCodeAt(0)
    const text = this.#text
    const from = this.#at
    let at = from
    while (at < this.#end) {
      const code = text.charCodeAt(at)
      if (code === delimiter || code === 0x0a || code === 0x0d) break
      at++
    }
    this.#at = at
    let end = at
    if (this.#rules.trim) while (end > from && isBlank(text.charCodeAt(end - 1))) end--
    this.#found(index, found, from, end)
  }

  #quoted(index: number, found: FoundFields): void {
    const { quote, trim, delimiter } = this.#rules
    const text = this.#text
    const from = this.#at + 1
    let hasQuotes = false
    let close = text.indexOf(quote, from)
    while (close >= 0 && text[close + 1] === quote) {
      hasQuotes = true
      close = text.indexOf(quote, close + 2)
    }
    if (close < 0 || close >= this.#end) throw new NotParsed('a quote is not closed')
    this.#at = close + 1
    if (trim) this.#skipBlanks()
    const next = text[this.#at]
    if (this.#at < this.#end && next !== delimiter && next !== '\n' && next !== '\r') {
      throw new NotParsed(`text stands behind a closing quote at ${this.#at}`)
    }
    this.#found(index, found, from, close, hasQuotes)
  }

  #found(index: number, found: FoundFields, from: number, to: number, hasQuotes = false): void {
    const { skipEmpty, quote, columns } = this.#rules
    if (skipEmpty && from === to) return
    const field = index < columns.length ? this.#named.in(found)[index] : found.field(`column${index + 1}`)
    if (!field) return
    if (hasQuotes) found.set(field, this.#text.slice(from, to).replaceAll(quote + quote, quote))
    else found.slice(field, from, to)
  }

  #skipBlanks(): void {
    const delimiter = this.#rules.delimiter.charCodeAt(0)
    for (; this.#at < this.#end; this.#at++) {
      const code = this.#text.charCodeAt(this.#at)
      if (!isBlank(code) || code === delimiter) break
    }
  }
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
