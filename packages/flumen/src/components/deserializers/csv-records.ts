/** What tells where a record of CSV ends. */
export interface CsvRecordRules {
  /** One character of ASCII. */
  readonly delimiter: string
  /** One character of ASCII, or empty: there are no quotes. */
  readonly quote: string
  /** Blanks may stand before a quote. */
  readonly trim: boolean
  /** Bytes. */
  readonly maxRecordLength: number
}

export interface FoundRecords {
  readonly start: number[]
  readonly end: number[]
  /** After the line end of each. */
  readonly ends: number[]
  readonly consumed: number
  readonly problem: string | undefined
}

const lineFeed = 10
const carriageReturn = 13

/** Finds records of CSV in bytes: a line end in quotes does not end one. */
export class CsvRecords {
  readonly #delimiter: number
  readonly #quote: number
  readonly #trim: boolean
  readonly #maxBytes: number

  constructor({ delimiter, quote, trim, maxRecordLength }: CsvRecordRules) {
    this.#delimiter = delimiter.charCodeAt(0)
    this.#quote = quote === '' ? -1 : quote.charCodeAt(0)
    this.#trim = trim
    this.#maxBytes = maxRecordLength
  }

  /** @param last the chunk's end ends a record @param most records */
  find(chunk: Buffer, last: boolean, most: number): FoundRecords {
    const found = { start: [] as number[], end: [] as number[], ends: [] as number[] }
    let at = 0
    let problem: string | undefined
    while (at < chunk.length && found.start.length < most) {
      const newline = this.#recordEnd(chunk, at)
      const stop = newline < 0 ? chunk.length : newline
      if (stop - at > this.#maxBytes) {
        problem = `a record has more than ${this.#maxBytes} bytes`
        break
      }
      if (newline < 0 && !last) break
      const end = stop > at && chunk[stop - 1] === carriageReturn ? stop - 1 : stop
      const next = newline < 0 ? stop : stop + 1
      if (end > at) {
        found.start.push(at)
        found.end.push(end)
        found.ends.push(next)
      }
      at = next
    }
    return { ...found, consumed: at, problem }
  }

  /** Of the line end that ends the record; -1: it is not there. */
  #recordEnd(chunk: Buffer, start: number): number {
    if (this.#quote < 0) return chunk.indexOf(lineFeed, start)
    const newline = chunk.indexOf(lineFeed, start)
    const quote = chunk.indexOf(this.#quote, start)
    if (quote < 0 || (newline >= 0 && quote > newline)) return newline
    const limit = Math.min(chunk.length, start + this.#maxBytes + 2)
    for (let at = start; at < limit; at++) {
      if (this.#trim) at = this.#afterBlanks(chunk, at)
      if (chunk[at] === this.#quote) at = this.#closingQuote(chunk, at + 1)
      while (at < limit && chunk[at] !== this.#delimiter && chunk[at] !== lineFeed) at++
      if (at < limit && chunk[at] === lineFeed) return at
    }
    return -1
  }

  /** After the quote that closes a value; the end where there is none. */
  #closingQuote(chunk: Buffer, from: number): number {
    for (let at = chunk.indexOf(this.#quote, from); at >= 0; at = chunk.indexOf(this.#quote, at + 2)) {
      if (chunk[at + 1] !== this.#quote) return at + 1
    }
    return chunk.length
  }

  #afterBlanks(chunk: Buffer, from: number): number {
    let at = from
    while (chunk[at] !== this.#delimiter && (chunk[at] === 0x20 || chunk[at] === 0x09)) at++
    return at
  }
}
