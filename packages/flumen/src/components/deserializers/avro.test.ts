import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { containerBlock, containerHeader, eventSchema } from '../../protocols/avro-container.ts'
import { type ContainerCodec, containerCodecs, loadCompress } from '../../protocols/avro-container-codec.ts'
import { AvroEncoder } from '../../protocols/avro-container-encoder.ts'
import { createForTest, type DecodedInput, decodeAll, deserializerContract } from '../../testing/index.ts'
import avro from './avro.ts'

const sync = Buffer.from('fedcba9876543210')
const golden = join(import.meta.dirname, '../../../../../test/golden/shared-file-roll')

/** A container of strings, in blocks. */
async function container(blocks: readonly (readonly string[])[], codec: ContainerCodec = 'null'): Promise<Buffer> {
  const compress = await loadCompress(codec)
  const pieces = [containerHeader('"string"', codec, sync)]
  for (const texts of blocks) {
    const encoder = new AvroEncoder(64)
    for (const text of texts) encoder.string(text)
    pieces.push(containerBlock(texts.length, compress ? await compress(encoder.encoded) : encoder.encoded, sync))
  }
  return Buffer.concat(pieces)
}

const three = [['one', 'two'], [], ['three'], ['four', 'five', 'six']]
deserializerContract(avro, { input: await container(three), events: 6 })
deserializerContract(avro, { values: { schemaType: 'literal' }, input: await container(three, 'deflate'), events: 6 })

async function decode(input: Uint8Array, values: Readonly<Record<string, string>> = {}): Promise<DecodedInput> {
  return decodeAll((await createForTest(avro, values)).instance, input)
}

const textsOf = ({ events }: DecodedInput): string[] => events.map(({ body }) => body.slice(1))

test('each record is an event of any codec, its place is the end of its block', async () => {
  for (const codec of containerCodecs) {
    const input = await container(three, codec)
    const { events } = await decode(input)
    assert.deepEqual(
      events.map(({ body }) => body.slice(1)),
      three.flat(),
      codec,
    )
    assert.deepEqual(
      events.map(({ end }) => end === undefined),
      [true, false, false, true, true, false],
    )
    assert.equal(events.at(-1)?.end, input.length)
  }
})

test('a header says the schema: its fingerprint as Java has it, or all of it', async () => {
  const input = await container(three)
  assert.deepEqual((await decode(input)).events[0]?.headers, { 'flume.avro.schema.hash': 'c70345637248018f' })
  const literal = await decode(input, { schemaType: 'LITERAL' })
  assert.deepEqual(literal.events[0]?.headers, { 'flume.avro.schema.literal': '"string"' })
})

test('files that Flume wrote are read, plain and compressed', async () => {
  const written = readFileSync(join(golden, 'events.jsonl'), 'utf8').trimEnd().split('\n')
  const bodies = async (name: string): Promise<string[]> =>
    (await decode(readFileSync(join(golden, name)))).events.map(({ body }) => body)
  const plain = await bodies('avro.out')
  assert.ok(plain.length >= written.length)
  for (const [index, line] of written.entries()) {
    const { body, body_b64: coded } = JSON.parse(line) as { readonly body: string; readonly body_b64?: string }
    const expected = coded === undefined ? Buffer.from(body) : Buffer.from(coded, 'base64')
    assert.ok(plain[index]?.endsWith(expected.toString('latin1')), line.slice(0, 80))
  }
  assert.equal((await bodies('avrod.out')).length, plain.length)
  assert.equal((await bodies('avros.out')).length, plain.length)
})

test('what is no container, is cut off or damaged is a problem, after the blocks before it', async () => {
  const input = await container(three)
  assert.match((await decode(Buffer.from('no container'))).problem ?? '', /no Avro container/)
  assert.match((await decode(Buffer.alloc(0))).problem ?? '', /end within/)
  const cut = await decode(input.subarray(0, -1))
  assert.deepEqual([textsOf(cut), cut.problem], [['one', 'two', 'three'], 'the file ends within a block'])
  const damaged = Buffer.from(input)
  damaged[input.length - 1] = 0
  assert.deepEqual(textsOf(await decode(damaged)), ['one', 'two', 'three'])
  const flume = Buffer.concat([containerHeader(eventSchema, 'xz', sync)])
  assert.equal((await decode(flume)).problem, 'there is no codec xz here')
})

test('a block that is larger than allowed, or says more records than it has, is a problem', async () => {
  const input = await container([['x'.repeat(5000)]])
  assert.match((await decode(input, { maxBlockLength: '2000' })).problem ?? '', /2000 are the most/)
  const packed = await container([['x'.repeat(50_000)]], 'deflate')
  assert.notEqual((await decode(packed, { maxBlockLength: '2000' })).problem, undefined)
  const none = Buffer.concat([containerHeader('"null"', 'null', sync), containerBlock(2 ** 40, Buffer.alloc(0), sync)])
  assert.match((await decode(none)).problem ?? '', /have no bytes/)
  const few = Buffer.concat([containerHeader('"null"', 'null', sync), containerBlock(3, Buffer.alloc(0), sync)])
  assert.deepEqual(
    (await decode(few)).events.map(({ body }) => body),
    ['', '', ''],
  )
})
