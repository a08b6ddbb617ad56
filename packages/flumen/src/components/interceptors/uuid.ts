import { randomFillSync } from 'node:crypto'
import { defineInterceptor, field } from '../../component/kit.ts'
import { changeParts, existingHeader } from './add-header.ts'

export default defineInterceptor({
  type: 'uuid',
  className: 'org.apache.flume.sink.solr.morphline.UUIDInterceptor$Builder',
  summary: 'Sets a header to an id of its own for each event, a random UUID.',
  fields: {
    headerName: field.string({ default: 'id', doc: 'Name of the header.' }),
    preserveExisting: field.boolean({
      default: true,
      doc: 'Whether an event that has the header keeps its own value.',
    }),
    prefix: field.string({ default: '', doc: 'Text before each id.' }),
  },
  examples: [
    'a1.sources.r1.interceptors = i1\na1.sources.r1.interceptors.i1.type = uuid\na1.sources.r1.interceptors.i1.headerName = eventId',
  ],
  outputs: ({ headerName, preserveExisting }) => ({ names: [headerName], overwrites: !preserveExisting }),
  create({ headerName, preserveExisting, prefix }) {
    const ids = new RandomIds(prefix)
    return {
      intercept: (batch) =>
        changeParts(batch, (part) => {
          const existing = preserveExisting ? existingHeader(part, headerName) : 'none'
          if (existing === 'all') return part
          const values = new Array<string>(part.length)
          for (let row = 0; row < part.length; row++) {
            values[row] = (existing === 'none' ? undefined : existing[row]) ?? ids.next()
          }
          return part.withHeader(headerName, { kind: 'list', values })
        }),
    }
  },
})

const digits = Buffer.from('0123456789abcdef', 'latin1')
const dash = 0x2d
const idLength = 36

/**
 * UUIDs of version 4 (RFC 9562). Each is written as bytes and decoded once: a string that is put together from pieces
 * takes ten times the memory.
 */
class RandomIds {
  readonly #random = new Uint8Array(16 * 256)
  #used = this.#random.length
  /** The prefix, and room for an id. */
  readonly #text: Buffer
  readonly #prefixLength: number

  constructor(prefix: string) {
    this.#text = Buffer.from(prefix + ' '.repeat(idLength), 'utf8')
    this.#prefixLength = this.#text.length - idLength
  }

  next(): string {
    if (this.#used === this.#random.length) {
      randomFillSync(this.#random)
      this.#used = 0
    }
    const random = this.#random
    const text = this.#text
    let from = this.#used
    this.#used += 16
    random[from + 6] = (random[from + 6]! & 0x0f) | 0x40
    random[from + 8] = (random[from + 8]! & 0x3f) | 0x80
    let to = this.#prefixLength
    for (let index = 0; index < 16; index++) {
      if (index === 4 || index === 6 || index === 8 || index === 10) text[to++] = dash
      const byte = random[from++]!
      text[to++] = digits[byte >> 4]!
      text[to++] = digits[byte & 15]!
    }
    return Buffer.prototype.utf8Slice.call(text, 0, to)
  }
}
