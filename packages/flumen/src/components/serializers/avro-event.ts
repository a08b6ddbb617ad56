import { randomBytes } from 'node:crypto'
import { defineEventSerializer, field } from '../../component/kit.ts'
import type { Bytes, EventBatch, EventSerializer } from '../../core/index.ts'
import { containerBlock, containerHeader, eventSchema, syncLength } from '../../protocols/avro-container.ts'
import {
  type Compress,
  type ContainerCodec,
  containerCodecs,
  loadCompress,
} from '../../protocols/avro-container-codec.ts'
import { type EventBlock, EventBlockEncoder } from '../../protocols/avro-container-events.ts'

export default defineEventSerializer({
  type: 'avro_event',
  className: 'org.apache.flume.serialization.FlumeEventAvroEventSerializer$Builder',
  summary: 'Writes an Avro container file of records Event {headers: map of strings, body: bytes}.',
  description:
    'A block ends with each batch, and within one at syncIntervalBytes. deflate, snappy and zstandard compress beside ' +
    'the main thread; bzip2 compresses in it, about 8 MB a second.',
  fields: {
    syncIntervalBytes: field.int({
      default: 2048000,
      min: 32,
      max: 2 ** 30,
      doc: 'A block of a large batch ends once it holds so many bytes before compression.',
    }),
    compressionCodec: field.enum({
      values: [...containerCodecs, 'xz'],
      default: 'null',
      onInvalid: 'default',
      doc: 'How blocks are compressed; null leaves them as they are. xz is known by name only: it is refused.',
    }),
  },
  examples: [
    'a1.sinks.k1.type = file_roll\na1.sinks.k1.sink.directory = /var/log/flumen\n' +
      'a1.sinks.k1.sink.serializer = avro_event\na1.sinks.k1.sink.serializer.compressionCodec = snappy',
  ],
  check({ compressionCodec }, section) {
    if (compressionCodec !== 'xz') return
    section.error(
      'compressionCodec',
      'xz is not available here',
      'use zstandard, which is as small and faster, or bzip2',
    )
  },
  create: async ({ syncIntervalBytes, compressionCodec }) => {
    if (compressionCodec === 'xz') throw new Error('xz is not available here')
    return new AvroEventSerializer(compressionCodec, await loadCompress(compressionCodec), syncIntervalBytes)
  },
})

class AvroEventSerializer implements EventSerializer {
  readonly reopenable = false
  readonly #codec: ContainerCodec
  readonly #compress: Compress | undefined
  readonly #encoder: EventBlockEncoder
  readonly #sync: Bytes = randomBytes(syncLength)
  /** Blocks that a flush is to compress. */
  #waiting: EventBlock[] = []

  constructor(codec: ContainerCodec, compress: Compress | undefined, syncInterval: number) {
    this.#codec = codec
    this.#compress = compress
    this.#encoder = new EventBlockEncoder(syncInterval)
  }

  begin(): Bytes {
    return containerHeader(eventSchema, this.#codec, this.#sync)
  }

  write(batch: EventBatch, out: (bytes: Bytes) => void): void {
    this.#encoder.append(batch, (block) => {
      if (this.#compress) this.#waiting.push(block)
      else out(containerBlock(block.count, block.data, this.#sync))
    })
  }

  flush(): Bytes | undefined | Promise<Bytes | undefined> {
    const last = this.#encoder.end()
    if (!this.#compress) return last && containerBlock(last.count, last.data, this.#sync)
    if (last) this.#waiting.push(last)
    const blocks = this.#waiting
    this.#waiting = []
    return blocks.length === 0 ? undefined : compressed(blocks, this.#compress, this.#sync)
  }

  end(): undefined {}
}

async function compressed(blocks: readonly EventBlock[], compress: Compress, sync: Bytes): Promise<Bytes> {
  const written: Bytes[] = []
  for (const { count, data } of blocks) written.push(containerBlock(count, await compress(data), sync))
  return written.length === 1 ? written[0]! : Buffer.concat(written)
}
