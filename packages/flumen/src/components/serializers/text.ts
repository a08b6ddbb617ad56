import { defineEventSerializer, field } from '../../component/kit.ts'
import type { Bytes, EventBatch, EventSerializer, Part } from '../../core/index.ts'
import { ByteGatherer } from './byte-gatherer.ts'

export default defineEventSerializer({
  type: 'text',
  className: 'org.apache.flume.serialization.BodyTextEventSerializer$Builder',
  summary: 'Writes the body of each event, and a newline after it.',
  description: 'Bodies are written byte for byte; a newline inside a body is not escaped. Headers are not written.',
  fields: {
    appendNewline: field.boolean({ default: true, doc: 'Write a newline after each body.' }),
  },
  examples: [
    'a1.sinks.k1.type = file_roll\na1.sinks.k1.sink.directory = /var/log/flumen\n' +
      'a1.sinks.k1.sink.serializer = text\na1.sinks.k1.sink.serializer.appendNewline = false',
  ],
  create: ({ appendNewline }) => new TextSerializer(appendNewline ? writeLines : writeBodies),
})

const newline = 10

class TextSerializer implements EventSerializer {
  readonly reopenable = true
  readonly #writePart: (part: Part, out: ByteGatherer) => void

  constructor(writePart: (part: Part, out: ByteGatherer) => void) {
    this.#writePart = writePart
  }

  begin(): undefined {}

  write(batch: EventBatch, out: (bytes: Bytes) => void): void {
    const gatherer = new ByteGatherer(out, batch.bodyBytes + batch.length)
    for (const part of batch.parts) this.#writePart(part, gatherer)
    gatherer.flush()
  }

  flush(): undefined {}

  end(): undefined {}
}

/** Rows that stand in their slab as lines one after the other are written as one piece, with the newlines of the slab. */
function writeLines({ slab, start, end, length }: Part, out: ByteGatherer): void {
  for (let row = 0; row < length; ) {
    const from = start[row]!
    let to = end[row]!
    row++
    while (row < length && start[row] === to + 1 && slab[to] === newline) to = end[row++]!
    if (slab[to] === newline) out.add(slab, from, to + 1)
    else {
      out.add(slab, from, to)
      out.byte(newline)
    }
  }
}

function writeBodies({ slab, start, end, length }: Part, out: ByteGatherer): void {
  for (let row = 0; row < length; ) {
    const from = start[row]!
    let to = end[row++]!
    while (row < length && start[row] === to) to = end[row++]!
    out.add(slab, from, to)
  }
}
