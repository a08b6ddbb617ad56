import { EventBatch } from '../../core/index.ts'
import { type FieldRules, FoundFields, NotParsed } from '../interceptors/found-fields.ts'
import type { RowParser } from '../interceptors/parsing-interceptor.ts'

/** A row that does not parse, and why. */
export interface BadRow {
  readonly row: number
  readonly reason: string
}

/** What becomes of input that is not in its format. */
export const invalidPolicies = ['reject', 'keep', 'fail'] as const
export type InvalidPolicy = (typeof invalidPolicies)[number]

/** Values become headers of their names, whole. */
export const allFields: FieldRules = {
  prefix: '',
  fields: [],
  excludeFields: [],
  rename: new Map(),
  preserveExisting: false,
  maxFields: 10_000,
  maxValueLength: 2 ** 28,
}

/** Sets headers to what the parser finds in the bodies; rows that do not parse have none. */
export class RowsParser {
  readonly #found: FoundFields
  readonly #parser: RowParser

  constructor(rules: FieldRules, makeParser: (found: FoundFields) => RowParser) {
    this.#found = new FoundFields(rules, undefined)
    this.#parser = makeParser(this.#found)
  }

  parse(batch: EventBatch): { readonly batch: EventBatch; readonly bad: readonly BadRow[] } {
    const bad: BadRow[] = []
    const found = this.#found
    let first = 0
    const parts = batch.parts.map((part) => {
      found.beginPart(part)
      for (let row = 0; row < part.length; row++) {
        const text = part.text(row)
        found.beginRow(row, text, true)
        try {
          this.#parser.parse(text, row, found)
        } catch (error) {
          if (!(error instanceof NotParsed)) throw error
          found.dropRow()
          bad.push({ row: first + row, reason: error.message })
        }
      }
      first += part.length
      return found.endPart()
    })
    return { batch: new EventBatch(parts), bad }
  }
}
