import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { crc32, inflateRawSync, zstdDecompressSync } from 'node:zlib'
import { uncompressSync } from 'snappy'
import type { Declaration } from '../../component/kit.ts'
import { batchOf, createEvent, type EventBatch } from '../../core/index.ts'
import { loadBzip2 } from '../../protocols/avro-container-bzip2.ts'
import { containerCodecs } from '../../protocols/avro-container-codec.ts'
import { catalogueOf, createForTest, sampleBatches, serialized } from '../../testing/index.ts'
import avroEvent from './avro-event.ts'
import headerAndText from './header-and-text.ts'
import text from './text.ts'

interface GoldenEvent {
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly body_b64?: string
}

interface GoldenCase {
  readonly case: string
  readonly config: Readonly<Record<string, string>>
  readonly input: { readonly batches: readonly { readonly made?: string; readonly events: readonly GoldenEvent[] }[] }
  readonly output: { readonly configure_throws?: string; readonly bytes_b64?: string }
}

const golden = new URL('../../../../../test/golden/', import.meta.url)
const bzip2 = await loadBzip2()
const catalogue = catalogueOf(text, headerAndText, avroEvent)

function readLines<T>(path: string): T[] {
  const lines = readFileSync(new URL(path, golden), 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T)
}

function batchOfGolden(events: readonly GoldenEvent[]): EventBatch {
  return batchOf(
    events.map(({ headers, body = '', body_b64 }) =>
      createEvent(body_b64 === undefined ? body : Buffer.from(body_b64, 'base64'), headers),
    ),
  )
}

async function fileOf(
  declaration: Declaration,
  values: Readonly<Record<string, string>>,
  batches: readonly EventBatch[],
): Promise<Buffer> {
  const { instance } = await createForTest(declaration as Declaration<'serializer'>, values)
  const written = [instance.begin() ?? Buffer.alloc(0)]
  for (const batch of batches) written.push(await serialized(instance, batch))
  written.push(instance.end() ?? Buffer.alloc(0))
  return Buffer.concat(written)
}

/** One block's records, decompressed, with their count. */
interface Block {
  readonly count: number
  readonly data: Buffer
}

interface Container {
  readonly metadata: Map<string, string>
  readonly blocks: readonly Block[]
}

/** Reads a container without a schema: enough to compare two of them. */
function readContainer(file: Buffer): Container {
  let at = 4
  const long = (): number => {
    let value = 0
    for (let shift = 1; ; shift *= 128) {
      const byte = file[at++]!
      value += (byte & 127) * shift
      if (byte < 128) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
  }
  const bytes = (length: number): Buffer => {
    at += length
    return file.subarray(at - length, at)
  }
  assert.equal(file.toString('latin1', 0, 4), 'Obj\u0001')
  const metadata = new Map<string, string>()
  for (let count = long(); count > 0; count = long()) {
    for (; count > 0; count--) metadata.set(String(bytes(long())), String(bytes(long())))
  }
  const sync = bytes(16)
  const blocks: Block[] = []
  while (at < file.length) {
    const count = long()
    blocks.push({ count, data: decompressed(metadata.get('avro.codec') ?? 'null', bytes(long())) })
    assert.deepEqual(bytes(16), sync)
  }
  return { metadata, blocks }
}

function decompressed(codec: string, data: Buffer): Buffer {
  if (codec === 'deflate') return inflateRawSync(data)
  if (codec === 'zstandard') return zstdDecompressSync(data)
  if (codec === 'bzip2') return Buffer.from(bzip2.decompress(data, 2 ** 20))
  if (codec !== 'snappy') return data
  const plain = uncompressSync(data.subarray(0, -4)) as Buffer
  assert.equal(data.readUInt32BE(data.length - 4), crc32(plain))
  return plain
}

/** The bytes of a compressor may differ from Java's, what they stand for may not. */
function assertSameContainer(ours: Buffer, theirs: Buffer, asSame: (bytes: Buffer) => Buffer): void {
  const [one, other] = [readContainer(ours), readContainer(theirs)]
  const same = ({ count, data }: Block): Block => ({ count, data: asSame(data) })
  assert.deepEqual(one.blocks.map(same), other.blocks.map(same))
  // Where Flume falls back to no compression it does not name the codec.
  assert.deepEqual([...one.metadata], [...other.metadata.set('avro.codec', other.metadata.get('avro.codec') ?? 'null')])
}

/** Headers that Flume copied into a map of just their size are in another order than those that were put one by one. */
function anyOrder(bytes: Buffer): Buffer {
  return Buffer.from(bytes).sort()
}

function hasOneHeader({ headers }: GoldenEvent): boolean {
  return Object.keys(headers).length < 2
}

for (const { case: name, config, input, output } of readLines<GoldenCase>('serializers.jsonl')) {
  const { type = '', ...written } = config
  // Readers of configurations trim.
  const values = Object.fromEntries(Object.entries(written).map(([key, value]) => [key, value.trim()]))
  const declaration = (await catalogue.find('serializer', type.trim(), '/')) as { declaration?: Declaration }
  // Flume refuses a name that ends in a space, xz is not here, and codecs are known here in any case.
  if (output.configure_throws !== undefined || ['xz', 'DEFLATE', 'deflate '].includes(config.compressionCodec ?? ''))
    continue

  test(`the file of ${name} equals that of Flume`, async () => {
    const batches = input.batches.map(({ events }) => batchOfGolden(events))
    const ours = await fileOf(declaration.declaration!, values, batches)
    const theirs = Buffer.from(output.bytes_b64!, 'base64')
    const isOrdered = input.batches.every(({ made, events }) => made === 'puts' || events.every(hasOneHeader))
    const asSame = isOrdered ? (bytes: Buffer) => bytes : anyOrder
    if (declaration.declaration === avroEvent) assertSameContainer(ours, theirs, asSame)
    else assert.equal(String(asSame(ours)), String(asSame(theirs)))
  })
}

/** What the command-line client sent after the events of the list. */
const fromClient = ['cli line 1', 'cli line 2', '', 'last no newline'].map((body) => ({
  headers: { hk: 'hv', k2: 'v 2' },
  body,
}))

const shared: readonly (readonly [file: string, declaration: Declaration, values: Readonly<Record<string, string>>])[] =
  [
    ['text.out', text, {}],
    ['textnl.out', text, { appendNewline: 'false' }],
    ['hat.out', headerAndText, {}],
    ['hatn.out', headerAndText, { appendNewline: 'false' }],
    ['avro.out', avroEvent, {}],
    ['avrod.out', avroEvent, { compressionCodec: 'deflate' }],
    ['avros.out', avroEvent, { compressionCodec: 'snappy' }],
  ]

for (const [file, declaration, values] of shared) {
  test(`the file ${file} of a Flume agent is written here as it was there`, async () => {
    const theirs = readFileSync(new URL(`shared-file-roll/${file}`, golden))
    const batch = batchOfGolden([...readLines<GoldenEvent>('shared-file-roll/events.jsonl'), ...fromClient])
    if (declaration === avroEvent) {
      const batches = sliced(batch, readContainer(theirs).blocks)
      assertSameContainer(await fileOf(declaration, values, batches), theirs, (bytes) => bytes)
    } else assert.equal(String(await fileOf(declaration, values, [batch])), String(theirs))
  })
}

/** A Flume agent flushed, and so ended a block, where its channel happened to be empty. */
function sliced(batch: EventBatch, blocks: readonly Block[]): EventBatch[] {
  let row = 0
  return blocks.map(({ count }) => {
    row += count
    return batch.slice(row - count, row)
  })
}

test('every codec gives back what was written, in the blocks that the batches made', async () => {
  const plain = readContainer(await fileOf(avroEvent, {}, sampleBatches())).blocks
  assert.deepEqual(
    plain.map(({ count }) => count),
    sampleBatches().flatMap(({ length }) => (length === 0 ? [] : [length])),
  )
  for (const compressionCodec of containerCodecs) {
    const { metadata, blocks } = readContainer(await fileOf(avroEvent, { compressionCodec }, sampleBatches()))
    assert.equal(metadata.get('avro.codec'), compressionCodec)
    assert.deepEqual(blocks, plain)
  }
})
