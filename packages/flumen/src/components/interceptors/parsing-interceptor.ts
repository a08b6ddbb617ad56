import { EventBatch, type Interceptor, type Part } from '../../core/index.ts'
import { FoundFields, NotParsed } from './found-fields.ts'
import { KeptRows } from './kept-rows.ts'
import type { ParsingOptions, TimeRule } from './parsing-fields.ts'
import { textsOf } from './texts.ts'

/** What a format does. */
export interface RowParser {
  /** The texts of all rows that follow, for one that works on all at once; a row without a text has an empty one. */
  begin?(texts: readonly string[]): void
  /**
   * Sets the fields of a row.
   * @param row of `begin`'s texts
   * @throws NotParsed with the reason
   */
  parse(text: string, row: number, found: FoundFields): void
}

export interface Parsing {
  /** Of the interceptor, for the reasons. */
  readonly type: string
  readonly options: ParsingOptions
  readonly time: TimeRule | undefined
  /** Set where a row's time depends on what stands in it: see {@link Interceptor.isUneven}. */
  readonly isUneven?: true
  makeParser(found: FoundFields): RowParser
}

/** Parses bodies, or a header, into headers; a row that does not parse is kept, rejected or dropped as a whole. */
export class ParsingInterceptor implements Interceptor {
  readonly isUneven: boolean
  readonly #type: string
  readonly #options: ParsingOptions
  readonly #time: TimeRule | undefined
  readonly #found: FoundFields
  readonly #parser: RowParser

  constructor({ type, options, time, isUneven, makeParser }: Parsing) {
    this.isUneven = isUneven ?? false
    this.#type = type
    this.#options = options
    this.#time = time
    this.#found = new FoundFields(options, time?.field)
    this.#parser = makeParser(this.#found)
  }

  intercept(batch: EventBatch, reject: (row: number, reason: string) => void): EventBatch {
    const kept = new KeptRows(batch)
    let first = 0
    const parts = batch.parts.map((part) => {
      const next = this.#parsePart(part, (row, reason) => {
        kept.leaveOut(first + row)
        if (this.#options.onFailure === 'reject') reject(first + row, reason)
      })
      first += part.length
      return next
    })
    return kept.batch(parts.every((part, index) => part === batch.parts[index]) ? batch : new EventBatch(parts))
  }

  #parsePart(part: Part, leaveOut: (row: number, reason: string) => void): Part {
    const { fromHeader, onFailure, failureHeader } = this.#options
    const found = this.#found
    const isBody = fromHeader === undefined
    const texts = isBody ? textsOf(part) : headersOf(part, fromHeader)
    found.beginPart(part)
    try {
      this.#parser.begin?.(texts.map((text) => text ?? ''))
      for (let row = 0; row < part.length; row++) {
        const text = texts[row]
        found.beginRow(row, text ?? '', isBody)
        const failure = text === undefined ? `there is no header ${fromHeader}` : this.#failureOf(text, row)
        if (failure === undefined) continue
        found.dropRow()
        const reason = `${this.#type}: ${failure}`
        if (onFailure === 'keep') found.mark(failureHeader, reason)
        else leaveOut(row, reason)
      }
      return found.endPart()
    } catch (error) {
      found.endPart()
      throw error
    }
  }

  #failureOf(text: string, row: number): string | undefined {
    const found = this.#found
    try {
      this.#parser.parse(text, row, found)
    } catch (error) {
      if (error instanceof NotParsed) return error.message
      throw error
    }
    const rule = this.#time
    if (!rule || found.time === undefined) return undefined
    const time = rule.read(found.time)
    if (Number.isNaN(time)) return `${rule.field} is no time`
    found.mark(rule.header, String(time))
    return undefined
  }
}

function headersOf(part: Part, name: string): readonly (string | undefined)[] {
  return Array.from({ length: part.length }, (_, row) => part.header(row, name))
}
