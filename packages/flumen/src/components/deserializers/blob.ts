import { defineEventDeserializer, field } from '../../component/kit.ts'
import { type Bytes, batchOfOne, type Decoded, EventBatch, type EventDeserializer } from '../../core/index.ts'

export default defineEventDeserializer({
  type: 'BLOB',
  className: 'org.apache.flume.sink.solr.morphline.BlobDeserializer$Builder',
  summary: 'Each file is one event.',
  description:
    'The body is the file, byte for byte; it is in memory as a whole. What is larger than maxBlobLength follows as ' +
    'further events. A file without content is one event without content.',
  fields: {
    maxBlobLength: field.size({
      default: 100_000_000,
      min: 1,
      max: 2 ** 31,
      doc: 'The largest body in bytes; the rest of a larger file is the next event.',
    }),
  },
  examples: [
    'a1.sources.r1.type = spooldir\na1.sources.r1.spoolDir = /var/spool/images\n' +
      'a1.sources.r1.deserializer = org.apache.flume.sink.solr.morphline.BlobDeserializer$Builder\n' +
      'a1.sources.r1.deserializer.maxBlobLength = 10MB',
  ],
  create: ({ maxBlobLength }, { clock }) => new BlobDeserializer(maxBlobLength, () => clock.now()),
})

class BlobDeserializer implements EventDeserializer {
  readonly seeks = true
  readonly takesCompressed = true
  readonly #maxBytes: number
  readonly #now: () => number
  #isFresh = true

  constructor(maxBytes: number, now: () => number) {
    this.#maxBytes = maxBytes
    this.#now = now
  }

  decode(chunk: Bytes, last: boolean): Decoded {
    const isWhole = chunk.length >= this.#maxBytes || (last && (chunk.length > 0 || this.#isFresh))
    if (!isWhole) return { batch: EventBatch.empty, ends: [], consumed: 0 }
    this.#isFresh = false
    const length = Math.min(chunk.length, this.#maxBytes)
    return { batch: batchOfOne(chunk.subarray(0, length), undefined, this.#now()), ends: [length], consumed: length }
  }
}
