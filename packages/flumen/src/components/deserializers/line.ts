import { defineEventDeserializer, field } from '../../component/kit.ts'
import { type Bytes, type Decoded, EventBatch, type EventDeserializer } from '../../core/index.ts'
import { javaCharset } from '../../text/java-charset.ts'
import { bufferOf, TextInput } from './text-input.ts'

export default defineEventDeserializer({
  type: 'LINE',
  className: 'org.apache.flume.serialization.LineDeserializer$Builder',
  summary: 'Each line of a text file is an event.',
  description:
    'A line ends with `\\n`; a `\\r` before it stays in the body, as do blank lines and a byte order mark of UTF-8. The ' +
    'last line needs no end. A file without content is one event without content. A line that is too long is cut into ' +
    'several events, between characters.',
  fields: {
    maxLineLength: field.int({
      default: 2048,
      min: 2,
      max: 2 ** 28,
      doc: 'Longest line in UTF-16 units; the rest of a longer one is the next event.',
    }),
    outputCharset: field.string({ default: 'UTF-8', doc: 'Character set of the bodies.' }),
  },
  examples: [
    'a1.sources.r1.type = spooldir\na1.sources.r1.spoolDir = /var/spool/logs\n' +
      'a1.sources.r1.deserializer = LINE\na1.sources.r1.deserializer.maxLineLength = 65536',
  ],
  check({ outputCharset }, section) {
    if (javaCharset(outputCharset)?.encode) return
    section.error('outputCharset', `text cannot be written in ${outputCharset}`, 'write UTF-8 or ISO-8859-1')
  },
  create: ({ maxLineLength, outputCharset }, context) =>
    new LineDeserializer(
      new TextInput(context, outputCharset),
      context.bufferMaxLineLength ?? maxLineLength,
      context.charset,
    ),
})

class LineDeserializer implements EventDeserializer {
  readonly #input: TextInput
  readonly #maxUnits: number
  readonly #charset: string
  readonly seeks: boolean
  /** Nothing has been decoded. */
  #isFresh = true

  constructor(input: TextInput, maxUnits: number, charset: string) {
    this.#input = input
    this.#maxUnits = maxUnits
    this.#charset = charset
    this.seeks = input.seeks
  }

  decode(bytes: Bytes, last: boolean): Decoded {
    const chunk = bufferOf(bytes)
    const mark = this.#input.mark(chunk, last)
    if (mark === undefined) return { batch: EventBatch.empty, ends: [], consumed: 0 }
    const isEmptyFile = this.#isFresh && last && chunk.length === mark
    this.#isFresh = false
    if (mark > 0 && !isEmptyFile) return { batch: EventBatch.empty, ends: [], consumed: mark }
    const rows = isEmptyFile ? { start: [mark], end: [mark], ends: [mark] } : this.#find(chunk, last)
    const { batch, malformed } = this.#input.rows(chunk, rows)
    const { ends } = rows
    if (malformed === undefined) return { batch, ends, consumed: ends.at(-1) ?? 0 }
    const consumed = ends[malformed - 1] ?? 0
    return { batch, ends: ends.slice(0, malformed), consumed, problem: `a line is not in ${this.#charset}` }
  }

  #find(chunk: Buffer, last: boolean): { start: number[]; end: number[]; ends: number[] } {
    const { width } = this.#input
    const found = { start: [] as number[], end: [] as number[], ends: [] as number[] }
    /** Of these it is certain where a piece of the greatest length ends. */
    const certain = this.#maxUnits * 4 + 8
    for (let at = 0; at < chunk.length; ) {
      const newline = this.#input.lineEnd(chunk, at)
      const isWhole = newline >= 0 || last
      const stop = newline >= 0 ? newline : chunk.length
      if (!isWhole && stop - at < certain) break
      const end = stop - at <= this.#maxUnits ? stop : this.#input.pieceEnd(chunk, at, stop, this.#maxUnits)
      found.start.push(at)
      found.end.push(end)
      at = end === newline ? end + width : end
      found.ends.push(at)
    }
    return found
  }
}
