import { defineEventDeserializer, field } from '../../component/kit.ts'
import {
  type Bytes,
  type Decoded,
  type DeserializerContext,
  EventBatch,
  type EventDeserializer,
} from '../../core/index.ts'
import { CsvScanner } from '../interceptors/csv-scanner.ts'
import { separatorText } from '../interceptors/separator-text.ts'
import { CsvRecords } from './csv-records.ts'
import { allFields, type InvalidPolicy, invalidPolicies, RowsParser } from './parsed-rows.ts'
import { batchOfBodies, bufferOf, TextInput } from './text-input.ts'

export default defineEventDeserializer({
  type: 'csv',
  summary: 'Each record of a CSV file is an event.',
  description:
    'Records as in RFC 4180: a value in quotes may hold delimiters, line ends and doubled quotes. The first record ' +
    'names the columns and is no event, unless `columns` does. Blank lines are no events. The body is the record as ' +
    'it is written, or an object of JSON with a text for each column. The character set must be one that writes ' +
    'delimiters, quotes and line ends as ASCII does, so none of UTF-16 and UTF-32.',
  fields: {
    columns: field.list({
      default: [],
      separator: /,/,
      separatorText: 'commas',
      defaultText: 'the first record',
      doc: 'Names of the columns in their order; the first record is an event then.',
    }),
    delimiter: field.string({ default: ',', doc: 'One character between values; \\t is a tab.' }),
    quote: field.string({ default: '"', doc: 'One character around values that hold others; none: no quotes.' }),
    trim: field.boolean({ default: false, doc: 'Whether blanks around values are left out.' }),
    body: field.enum({
      values: ['record', 'json'],
      default: 'record',
      doc: 'What the body is: the record as it is written, or an object of JSON.',
    }),
    headers: field.list({
      default: [],
      separator: /,/,
      separatorText: 'commas',
      defaultText: 'none',
      doc: 'Columns whose values become headers of their names; * means all.',
    }),
    onInvalid: field.enum({
      values: invalidPolicies,
      default: 'reject',
      doc: 'A record that is wrong goes to the dead letters, is kept as it is written, or the file is put aside.',
    }),
    maxRecordLength: field.size({
      default: 1024 ** 2,
      min: 64,
      max: 2 ** 30,
      doc: 'Longest record in bytes; a file with a longer one is put aside.',
    }),
  },
  examples: [
    'a1.sources.r1.type = spooldir\na1.sources.r1.spoolDir = /var/spool/orders\n' +
      'a1.sources.r1.deserializer = csv\na1.sources.r1.deserializer.delimiter = ;\n' +
      'a1.sources.r1.deserializer.body = json\na1.sources.r1.deserializer.headers = country',
  ],
  check({ delimiter, quote, columns }, section) {
    const separator = separatorText(delimiter)
    if (!isOneByte(separator)) {
      section.error('delimiter', `"${delimiter}" is not one character of ASCII`, 'write a character like , or ; or \\t')
    }
    if (quote !== 'none' && (!isOneByte(quote) || quote === separator)) {
      section.error('quote', `"${quote}" cannot be the quote`, 'write one character that is not the delimiter, or none')
    }
    if (new Set(columns).size < columns.length)
      section.error('columns', 'a name is there twice', 'write each name once')
  },
  create: (options, context) =>
    new CsvDeserializer(
      {
        ...options,
        delimiter: separatorText(options.delimiter),
        quote: options.quote === 'none' ? '' : options.quote,
      },
      context,
    ),
})

interface CsvOptions {
  readonly columns: readonly string[]
  readonly delimiter: string
  readonly quote: string
  readonly trim: boolean
  readonly body: 'record' | 'json'
  readonly headers: readonly string[]
  readonly onInvalid: InvalidPolicy
  readonly maxRecordLength: number
}

const nothing: Decoded = { batch: EventBatch.empty, ends: [], consumed: 0 }

class CsvDeserializer implements EventDeserializer {
  readonly #options: CsvOptions
  readonly #input: TextInput
  readonly #context: DeserializerContext
  readonly #records: CsvRecords
  /** The first record names them where the options do not. */
  readonly seeks: boolean
  #columns: readonly string[] | undefined
  #parser: RowsParser | undefined

  constructor(options: CsvOptions, context: DeserializerContext) {
    this.#options = options
    this.#context = context
    this.#input = new TextInput(context)
    if (this.#input.width > 1) throw new Error(`csv does not read ${context.charset}`)
    this.#records = new CsvRecords(options)
    this.seeks = options.columns.length > 0
    if (this.seeks) this.#begin(options.columns)
  }

  decode(bytes: Bytes, last: boolean): Decoded {
    const chunk = bufferOf(bytes)
    const isFirst = this.#columns === undefined
    const found = this.#records.find(chunk, last, isFirst ? 1 : Number.POSITIVE_INFINITY)
    const { ends, consumed, problem } = found
    const { batch, malformed } = this.#input.rows(chunk, found)
    const decoded = { batch, ends: ends.slice(0, batch.length), consumed, ...(problem !== undefined && { problem }) }
    if (malformed !== undefined) {
      const wrong = `a record is not in ${this.#context.charset}`
      return this.#parsed({ ...decoded, consumed: ends[malformed - 1] ?? 0, problem: wrong })
    }
    return isFirst && batch.length > 0 ? this.#first(decoded) : this.#parsed(decoded)
  }

  #begin(columns: readonly string[]): void {
    this.#columns = columns
    this.#parser = new RowsParser(allFields, () => this.#scanner(columns, true))
  }

  #scanner(columns: readonly string[], strictColumns: boolean): CsvScanner {
    const { delimiter, quote, trim } = this.#options
    return new CsvScanner({ columns, delimiter, quote, trim, skipEmpty: false, strictColumns })
  }

  /** Takes the names of the columns. */
  #first({ batch, consumed }: Decoded): Decoded {
    const { batch: named, bad } = new RowsParser(allFields, () => this.#scanner([], false)).parse(batch)
    const columns = [...named.headers(0).values()].map((name) => name.replace(/^\uFEFF/, ''))
    const isGood = bad.length === 0 && new Set(columns).size === columns.length && !columns.includes('')
    if (!isGood)
      return {
        ...nothing,
        problem: `the first record does not name the columns: ${bad[0]?.reason ?? 'a name is missing or there twice'}`,
      }
    this.#begin(columns)
    return { ...nothing, consumed }
  }

  #parsed(decoded: Decoded): Decoded {
    if (!this.#parser || decoded.batch.length === 0) return decoded
    const { batch, bad } = this.#parser.parse(decoded.batch)
    const [first] = bad
    const shaped = this.#shaped(batch, new Set(bad.map(({ row }) => row)))
    if (!first || this.#options.onInvalid === 'keep') return { ...decoded, batch: shaped }
    if (this.#options.onInvalid === 'reject') return { ...decoded, batch: shaped, rejected: bad }
    const ends = Array.from(decoded.ends).slice(0, first.row)
    const problem = `a record is wrong: ${first.reason}`
    return { batch: shaped.slice(0, first.row), ends, consumed: ends.at(-1) ?? 0, problem }
  }

  /** The batch with the bodies and headers that the options ask for; so far all columns are headers. */
  #shaped(batch: EventBatch, bad: ReadonlySet<number>): EventBatch {
    const { body, headers } = this.#options
    const columns = this.#columns ?? []
    let shaped = batch
    if (body === 'json') {
      const bodies = Array.from({ length: batch.length }, (_, row) => {
        if (bad.has(row)) return batch.body(row)
        const values = columns.map((name) => [name, batch.header(row, name) ?? ''] as const)
        return Buffer.from(JSON.stringify(Object.fromEntries(values)))
      })
      shaped = withBodies(batch, bodies, this.#context.clock.now())
    }
    if (headers.includes('*')) return shaped
    for (const name of columns) if (!headers.includes(name)) shaped = shaped.withoutHeader(name)
    return shaped
  }
}

/** The same headers over bodies in memory of their own. */
function withBodies(batch: EventBatch, bodies: readonly Uint8Array[], now: number): EventBatch {
  const [part] = batch.parts
  const [fresh] = batchOfBodies(bodies, now).parts
  if (!part || !fresh || batch.parts.length > 1) return batch.withBodies(bodies)
  return new EventBatch([part.with({ slab: fresh.slab, start: fresh.start, end: fresh.end })])
}

function isOneByte(text: string): boolean {
  return text.length === 1 && text.charCodeAt(0) < 128 && !/[\r\n]/.test(text)
}
