import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import avroEvent from '../../packages/flumen/src/components/serializers/avro-event.ts'
import { type Bytes, batchOf, createEvent, type EventBatch } from '../../packages/flumen/src/core/index.ts'
import { containerCodecs } from '../../packages/flumen/src/protocols/avro-container-codec.ts'
import { createForTest, sampleBatches, serialized } from '../../packages/flumen/src/testing/index.ts'
import { flume, flumeClassPath, smallJava } from '../../servers/flume.ts'
import { skipUnless, temporaryDirectory } from '../../servers/server.ts'

/** What Java read of one file. */
interface Container {
  readonly codec: string
  readonly schema: string
  readonly blocks: readonly (readonly object[])[]
}

const run = promisify(execFile)
const reader = join(import.meta.dirname, 'java', 'AvroContainers.java')

/** Many small events, and one that is larger than a block. */
const batches: readonly EventBatch[] = [
  ...sampleBatches(),
  batchOf(
    Array.from({ length: 1000 }, (_, index) => createEvent(`event ${index}`, { index: String(index), ünï: '日本' })),
  ),
  batchOf([createEvent(Buffer.alloc(3_000_000, 'a large body '))]),
]

async function fileOf(values: Readonly<Record<string, string>>): Promise<Buffer> {
  const { instance } = await createForTest(avroEvent, values)
  const pieces: Bytes[] = [instance.begin()!]
  for (const batch of batches) pieces.push(await serialized(instance, batch))
  return Buffer.concat(pieces)
}

async function readWithJava(files: readonly string[]): Promise<readonly Container[]> {
  const java = ['-cp', await flumeClassPath(), reader, ...files]
  const { stdout } = await run('java', [...smallJava, '-Dfile.encoding=UTF-8', ...java], { maxBuffer: 2 ** 28 })
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Container)
}

const events = batches.flatMap((batch) =>
  Array.from(batch, ({ headers, body }) => ({
    headers: Object.fromEntries([...headers].sort(([one], [other]) => (one < other ? -1 : 1))),
    body_b64: Buffer.from(body).toString('base64'),
  })),
)

test("Avro's own reader reads the files of every codec, event by event", async (t) => {
  if (!(await skipUnless(t, flume))) return
  using home = temporaryDirectory('avro')
  const cases = containerCodecs.flatMap((compressionCodec) => [
    { compressionCodec, syncIntervalBytes: '2048000' },
    { compressionCodec, syncIntervalBytes: '1000' },
  ])
  const paths = cases.map((_, index) => join(home.path, `${index}.avro`))
  for (const [index, values] of cases.entries()) writeFileSync(paths[index]!, await fileOf(values))
  const containers = await readWithJava(paths)
  for (const [index, { codec, schema, blocks }] of containers.entries()) {
    const { compressionCodec, syncIntervalBytes } = cases[index]!
    assert.equal(codec, compressionCodec)
    assert.equal((JSON.parse(schema) as { name: string }).name, 'Event')
    assert.deepEqual(blocks.flat(), events)
    const isWhole = syncIntervalBytes === '2048000'
    assert.ok(isWhole ? blocks.length === batches.filter(({ length }) => length > 0).length : blocks.length > 30)
  }
  assert.equal(containers.length, cases.length)
})
