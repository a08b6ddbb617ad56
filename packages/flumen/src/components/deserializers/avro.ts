import { defineEventDeserializer, field } from '../../component/kit.ts'
import { BatchBuilder, type Bytes, type Decoded, EventBatch, type EventDeserializer } from '../../core/index.ts'
import {
  AvroDataError,
  AvroInput,
  type AvroSchema,
  type ContainerBlock,
  type ContainerHeader,
  type Decompress,
  loadDecompress,
  parseAvroSchema,
  plainDatum,
  readContainerBlock,
  readContainerHeader,
  schemaFingerprint,
  skipDatum,
} from '../../protocols/avro-container/index.ts'
import { syncLength } from '../../protocols/avro-container.ts'

export default defineEventDeserializer({
  type: 'AVRO',
  className: 'org.apache.flume.serialization.AvroEventDeserializer$Builder',
  summary: 'Each record of an Avro container file is an event.',
  description:
    'The body is the record in binary Avro, by the schema of its file; a header says the schema: ' +
    '`flume.avro.schema.hash` its CRC-64-AVRO fingerprint, 16 hexadecimal digits, or `flume.avro.schema.literal` its ' +
    'JSON. Blocks may be compressed with deflate, snappy, bzip2 or zstandard.',
  fields: {
    schemaType: field.enum({
      values: ['HASH', 'LITERAL'],
      default: 'HASH',
      doc: 'What a header says of the schema: its fingerprint, or all of it.',
    }),
    maxBlockLength: field.size({
      default: 100_000_000,
      min: 1024,
      max: 2 ** 31,
      doc: 'The largest block in bytes, compressed or not; a file with a larger one is not read on.',
    }),
  },
  examples: [
    'a1.sources.r1.type = spooldir\na1.sources.r1.spoolDir = /var/spool/records\n' +
      'a1.sources.r1.deserializer = AVRO\na1.sources.r1.deserializer.schemaType = LITERAL',
  ],
  create: ({ schemaType, maxBlockLength }, { clock }) =>
    new AvroDeserializer(schemaType, maxBlockLength, () => clock.now()),
})

interface Container {
  readonly header: ContainerHeader
  readonly schema: AvroSchema
  readonly headers: ReadonlyMap<string, string>
  readonly decompress: Decompress | undefined
}

/** A header of a file is not larger; beyond it the file is none. */
const longestHeader = 16 * 1024 ** 2
/** Records of so many bytes are enough for one batch. */
const enoughBytes = 1024 ** 2
/** What a record without bytes could be said to be there of. */
const mostEmptyRecords = 1000

class AvroDeserializer implements EventDeserializer {
  /** The header of the file says what its blocks are. */
  readonly seeks = false
  /** The marker before a block, which Flume looks for. */
  readonly flumeLead = syncLength
  readonly #schemaType: 'HASH' | 'LITERAL'
  readonly #maxBytes: number
  readonly #now: () => number
  #container: Container | undefined
  /** Bytes of records of this chunk. */
  #decoded = 0

  constructor(schemaType: 'HASH' | 'LITERAL', maxBytes: number, now: () => number) {
    this.#schemaType = schemaType
    this.#maxBytes = maxBytes
    this.#now = now
  }

  async decode(chunk: Bytes, last: boolean): Promise<Decoded> {
    try {
      if (!this.#container) return await this.#begin(chunk, last)
      return await this.#blocks(this.#container, chunk, last)
    } catch (error) {
      return { ...nothing, problem: (error as Error).message }
    }
  }

  async #begin(chunk: Bytes, last: boolean): Promise<Decoded> {
    let header: ContainerHeader
    try {
      header = readContainerHeader(chunk)
    } catch (error) {
      if (error instanceof AvroDataError && error.isCut && !last && chunk.length < longestHeader) return nothing
      throw error
    }
    const decompress = await loadDecompress(header.codec)
    if (!decompress && header.codec !== 'null') throw new AvroDataError(`there is no codec ${header.codec} here`)
    const schema = parseAvroSchema(header.schema)
    const isHash = this.#schemaType === 'HASH'
    const headers = new Map([
      isHash ? ['flume.avro.schema.hash', schemaFingerprint(schema)] : ['flume.avro.schema.literal', header.schema],
    ])
    this.#container = { header, schema, headers, decompress }
    return { ...nothing, consumed: header.length }
  }

  async #blocks(container: Container, chunk: Bytes, last: boolean): Promise<Decoded> {
    const builder = new BatchBuilder(this.#now())
    const ends: number[] = []
    let consumed = 0
    let problem: string | undefined
    this.#decoded = 0
    try {
      while (consumed < chunk.length && this.#decoded < enoughBytes) {
        const block = readContainerBlock(chunk, consumed, container.header.sync, this.#maxBytes)
        if (!block && last) throw new AvroDataError('the file ends within a block')
        if (!block) break
        await this.#records(container, chunk, block, builder)
        for (let row = ends.length; row < builder.length; row++) ends.push(-1)
        if (block.count > 0) ends[ends.length - 1] = block.next
        consumed = block.next
      }
    } catch (error) {
      problem = (error as Error).message
    }
    const batch = builder.build(container.headers).slice(0, ends.length)
    return problem === undefined ? { batch, ends, consumed } : { batch, ends, consumed, problem }
  }

  async #records(
    { schema, decompress }: Container,
    chunk: Bytes,
    { start, end, count }: ContainerBlock,
    builder: BatchBuilder,
  ): Promise<void> {
    const stored = chunk.subarray(start, end)
    const records = decompress ? ownSlab(await decompress(stored, this.#maxBytes)) : chunk
    this.#decoded += decompress ? records.length : end - start
    const input = decompress ? new AvroInput(records) : new AvroInput(chunk, start, end)
    if (input.at === input.end && count > mostEmptyRecords) throw new AvroDataError(`${count} records have no bytes`)
    for (let record = 0; record < count; record++) {
      const from = input.at
      if (skipDatum(schema.type, input)) {
        const plain = plainDatum(schema.type, new AvroInput(records, from, input.at))
        builder.row(plain, 0, plain.length)
      } else builder.row(records, from, input.at)
    }
    if (input.at !== input.end) throw new AvroDataError(`${input.end - input.at} bytes follow the records of a block`)
  }
}

const nothing: Decoded = { batch: EventBatch.empty, ends: [], consumed: 0 }

/** Bytes that share their memory with nobody. */
function ownSlab(bytes: Bytes): Bytes {
  return bytes.buffer.byteLength === bytes.length ? bytes : Uint8Array.from(bytes)
}
