import { defineEventDeserializer, field } from '../../component/kit.ts'
import {
  type Bytes,
  type Decoded,
  type DeserializerContext,
  EventBatch,
  type EventDeserializer,
} from '../../core/index.ts'
import { JsonScanner } from '../interceptors/json-scanner.ts'
import { allFields, type BadRow, type InvalidPolicy, invalidPolicies, RowsParser } from './parsed-rows.ts'
import { bufferOf, TextInput } from './text-input.ts'

export default defineEventDeserializer({
  type: 'json_lines',
  aliases: ['jsonl', 'ndjson'],
  summary: 'Each line of a text file is a value of JSON and an event.',
  description:
    'The body is the line in UTF-8, as it is written, without white space around it and without a byte order mark. ' +
    'Blank lines are no events. Members of the value can become headers.',
  fields: {
    headers: field.list({
      default: [],
      defaultText: 'none',
      doc: 'Names of members that become headers of those names; a.b is the member b of the member a.',
    }),
    onInvalid: field.enum({
      values: invalidPolicies,
      default: 'reject',
      doc: 'A line that is no JSON goes to the dead letters, is kept as an event, or the file is put aside.',
    }),
    maxLineLength: field.size({
      default: 16 * 1024 ** 2,
      min: 64,
      max: 2 ** 30,
      doc: 'Longest line in bytes; a file with a longer one is put aside.',
    }),
  },
  examples: [
    'a1.sources.r1.type = spooldir\na1.sources.r1.spoolDir = /var/spool/orders\n' +
      'a1.sources.r1.deserializer = json_lines\na1.sources.r1.deserializer.headers = type user.id',
  ],
  create: (options, context) => new JsonLinesDeserializer(options, context),
})

interface JsonLinesOptions {
  readonly headers: readonly string[]
  readonly onInvalid: InvalidPolicy
  readonly maxLineLength: number
}

const byteOrderMark = Buffer.from('\uFEFF')

class JsonLinesDeserializer implements EventDeserializer {
  readonly #options: JsonLinesOptions
  readonly #input: TextInput
  readonly #charset: string
  readonly #parser: RowsParser | undefined
  readonly seeks: boolean

  constructor(options: JsonLinesOptions, context: DeserializerContext) {
    this.#options = options
    this.#input = new TextInput(context)
    this.#charset = context.charset
    this.seeks = this.#input.seeks
    const rules = { separator: '.', maxDepth: 100, arrays: 'text' } as const
    const { headers } = options
    if (headers.length > 0)
      this.#parser = new RowsParser({ ...allFields, fields: headers }, () => new JsonScanner(rules))
  }

  decode(bytes: Bytes, last: boolean): Decoded {
    const chunk = bufferOf(bytes)
    const mark = this.#input.mark(chunk, last)
    if (mark === undefined || mark > 0) return { batch: EventBatch.empty, ends: [], consumed: mark ?? 0 }
    const { start, end, ends, consumed, problem } = this.#find(chunk, last)
    const { batch, malformed } = this.#input.rows(chunk, { start, end })
    const decoded = { batch, ends: ends.slice(0, batch.length), consumed, ...(problem !== undefined && { problem }) }
    if (malformed === undefined) return this.#parsed(decoded)
    return this.#parsed({
      ...decoded,
      consumed: ends[malformed - 1] ?? 0,
      problem: `a line is not in ${this.#charset}`,
    })
  }

  #find(chunk: Buffer, last: boolean) {
    const start: number[] = []
    const end: number[] = []
    const ends: number[] = []
    const { width } = this.#input
    let at = 0
    let problem: string | undefined
    while (at < chunk.length) {
      const newline = this.#input.lineEnd(chunk, at)
      const stop = newline >= 0 ? newline : chunk.length
      if (stop - at > this.#options.maxLineLength) {
        problem = `a line has more than ${this.#options.maxLineLength} bytes`
        break
      }
      if (newline < 0 && !last) break
      const [from, to] = width === 1 ? trimmed(chunk, at, stop) : [at, stop]
      at = newline >= 0 ? newline + width : stop
      if (from === to) continue
      start.push(from)
      end.push(to)
      ends.push(at)
    }
    return { start, end, ends, consumed: at, problem }
  }

  #parsed(decoded: Decoded): Decoded {
    const { batch, bad } = this.#parser?.parse(decoded.batch) ?? checked(decoded.batch)
    const [first] = bad
    if (!first || this.#options.onInvalid === 'keep') return { ...decoded, batch }
    if (this.#options.onInvalid === 'reject') return { ...decoded, batch, rejected: bad }
    const ends = Array.from(decoded.ends).slice(0, first.row)
    const problem = `a line is no JSON: ${first.reason}`
    return { batch: batch.slice(0, first.row), ends, consumed: ends.at(-1) ?? 0, problem }
  }
}

function checked(batch: EventBatch): { readonly batch: EventBatch; readonly bad: readonly BadRow[] } {
  const bad: BadRow[] = []
  for (let row = 0; row < batch.length; row++) {
    try {
      JSON.parse(batch.text(row))
    } catch (error) {
      bad.push({ row, reason: (error as Error).message })
    }
  }
  return { batch, bad }
}

/** Without a byte order mark, and without white space around. */
function trimmed(bytes: Buffer, start: number, end: number): readonly [from: number, to: number] {
  let from = start
  let to = end
  if (byteOrderMark.equals(bytes.subarray(from, Math.min(from + 3, to)))) from += byteOrderMark.length
  while (from < to && isBlank(bytes[from])) from++
  while (to > from && isBlank(bytes[to - 1])) to--
  return [from, to]
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d
}
