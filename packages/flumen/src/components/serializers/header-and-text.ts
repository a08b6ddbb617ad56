import { defineEventSerializer, field } from '../../component/kit.ts'
import type { Bytes, EventBatch, EventSerializer, Part } from '../../core/index.ts'
import { type HeaderPair, javaMapText, javaOrderedHeaders } from '../../text/java-header-order.ts'
import { encodable } from '../../text/java-utf8.ts'
import { ByteGatherer } from './byte-gatherer.ts'

export default defineEventSerializer({
  type: 'header_and_text',
  className: 'org.apache.flume.serialization.HeaderAndBodyTextEventSerializer$Builder',
  summary: 'Writes the headers of each event as {k=v, k2=v2}, a space, its body, and a newline.',
  description: 'Headers stand in the order in which Java walks the map of them, so that files equal those of Flume.',
  fields: {
    appendNewline: field.boolean({ default: true, doc: 'Write a newline after each body.' }),
  },
  examples: [
    'a1.sinks.k1.type = file_roll\na1.sinks.k1.sink.directory = /var/log/flumen\n' +
      'a1.sinks.k1.sink.serializer = header_and_text',
  ],
  create: ({ appendNewline }) => new HeaderAndTextSerializer(appendNewline),
})

const newline = 10

class HeaderAndTextSerializer implements EventSerializer {
  readonly reopenable = true
  readonly #appendNewline: boolean

  constructor(appendNewline: boolean) {
    this.#appendNewline = appendNewline
  }

  begin(): undefined {}

  write(batch: EventBatch, out: (bytes: Bytes) => void): void {
    const gatherer = new ByteGatherer(out, batch.bodyBytes + batch.length * 64)
    for (const part of batch.parts) this.#writePart(part, gatherer)
    gatherer.flush()
  }

  flush(): undefined {}

  end(): undefined {}

  #writePart(part: Part, out: ByteGatherer): void {
    const headersOf = javaOrderedHeaders(part)
    let pairs: readonly HeaderPair[] | undefined
    let prefix = ''
    for (let row = 0; row < part.length; row++) {
      const own = headersOf(row)
      if (own !== pairs) {
        pairs = own
        prefix = encodable(`${javaMapText(own)} `)
      }
      out.text(prefix)
      out.add(part.slab, part.start[row]!, part.end[row]!)
      if (this.#appendNewline) out.byte(newline)
    }
  }
}
