import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fastCheck from 'fast-check'
import { containerBlock, containerHeader } from '../avro-container.ts'
import { containerCodecs, loadCompress } from '../avro-container-codec.ts'
import { AvroEncoder } from '../avro-container-encoder.ts'
import {
  AvroDataError,
  AvroInput,
  formatSpoolMeta,
  isContainer,
  loadDecompress,
  parseAvroSchema,
  parseSpoolMeta,
  plainDatum,
  readContainerBlock,
  readContainerHeader,
  schemaFingerprint,
  skipDatum,
} from './index.ts'

const golden = join(import.meta.dirname, '../../../../../test/golden/positions/flumespool-main.meta')
const sync = Buffer.from('0123456789abcdef')

test('the tracker of a stopped Flume says its file and the last offset', () => {
  const bytes = readFileSync(golden)
  assert.deepEqual(parseSpoolMeta(bytes), { file: '/data/flume/agent/spool/in.txt', offset: 501 })
  assert.equal(parseSpoolMeta(bytes.subarray(0, -1))?.offset, 331, 'the last record is torn')
  assert.throws(() => parseSpoolMeta(Buffer.from('{}')), /no Avro container/)
  assert.throws(() => parseSpoolMeta(bytes.subarray(0, 100)), AvroDataError)
})

test('a tracker that is written has the header of Flume, and says what was written', () => {
  const theirs = readFileSync(golden)
  const ours = formatSpoolMeta({ file: '/data/flume/agent/spool/in.txt', offset: 2 ** 40 + 1 })
  const { length } = readContainerHeader(theirs)
  assert.deepEqual(Buffer.from(ours).subarray(0, length - 16), theirs.subarray(0, length - 16))
  assert.deepEqual(parseSpoolMeta(ours), { file: '/data/flume/agent/spool/in.txt', offset: 2 ** 40 + 1 })
})

test('damaged trackers are read or refused, and never anything else', () => {
  const bytes = readFileSync(golden)
  const edits = fastCheck.array(fastCheck.tuple(fastCheck.nat(bytes.length - 1), fastCheck.nat(255)), { maxLength: 4 })
  fastCheck.assert(
    fastCheck.property(edits, fastCheck.nat(bytes.length), (each, length) => {
      const damaged = Buffer.from(bytes)
      for (const [at, byte] of each) damaged[at] = byte
      try {
        parseSpoolMeta(damaged.subarray(0, length))
      } catch (error) {
        assert.ok(error instanceof AvroDataError, String(error))
      }
    }),
    { numRuns: 3000 },
  )
})

test('numbers are read as they are written, and those that are not exact are refused', () => {
  fastCheck.assert(
    fastCheck.property(fastCheck.maxSafeInteger(), (value) => {
      assert.equal(new AvroInput(encodedLong(BigInt(value))).long(), value)
    }),
  )
  assert.throws(() => new AvroInput(encodedLong(2n ** 60n)).long(), /out of range/)
  assert.throws(() => new AvroInput(Buffer.alloc(11, 0xff)).long(), /more than 10 bytes/)
  assert.throws(() => new AvroInput(Buffer.from([0x80])).long(), { isCut: true })
})

/** From the specification of Avro and from what Java's SchemaNormalization answers. */
test('a canonical form is that of the specification, and a fingerprint that of Java', () => {
  const cases: readonly (readonly [schema: string, canonical: string, print: string | undefined])[] = [
    ['"int"', '"int"', '8f5c393f1ad57572'],
    ['{"type":"string"}', '"string"', 'c70345637248018f'],
    ['"null"', '"null"', '8a8f25cce724dd63'],
    [
      '{"type":"record","name":"foo","fields":[{"name":"f1","type":"boolean","doc":"x","default":true}]}',
      '{"name":"foo","type":"record","fields":[{"name":"f1","type":"boolean"}]}',
      undefined,
    ],
    [
      '{"type":"record","name":"A","namespace":"x.y","doc":"d","fields":[{"name":"next","type":["null","A"]},' +
        '{"name":"e","type":{"type":"enum","name":"z.E","symbols":["P","Q"]}},{"name":"again","type":"z.E"},' +
        '{"name":"f","type":{"type":"fixed","size":"16","name":"md5","logicalType":"u"}},' +
        '{"name":"m","type":{"type":"map","values":{"type":"array","items":"long"}}}]}',
      '{"name":"x.y.A","type":"record","fields":[{"name":"next","type":["null","x.y.A"]},' +
        '{"name":"e","type":{"name":"z.E","type":"enum","symbols":["P","Q"]}},{"name":"again","type":"z.E"},' +
        '{"name":"f","type":{"name":"x.y.md5","type":"fixed","size":16}},' +
        '{"name":"m","type":{"type":"map","values":{"type":"array","items":"long"}}}]}',
      undefined,
    ],
  ]
  for (const [schema, canonical, print] of cases) {
    const parsed = parseAvroSchema(schema)
    assert.equal(parsed.canonical, canonical)
    if (print !== undefined) assert.equal(schemaFingerprint(parsed), print)
  }
})

test('a schema that is none is refused', () => {
  const cases = ['', '12', '"text"', '{"type":"record","fields":[]}', '{"type":"enum","name":"e"}', 'null']
  const nested = `${'{"type":"array","items":'.repeat(300)}"int"${'}'.repeat(300)}`
  const twice = '[{"type":"fixed","name":"f","size":1},{"type":"fixed","name":"f","size":2}]'
  for (const each of [...cases, nested, twice, '"constructor"', '"__proto__"']) {
    assert.throws(() => parseAvroSchema(each), AvroDataError, each)
  }
})

const everything = parseAvroSchema(
  '{"type":"record","name":"R","fields":[{"name":"n","type":"null"},{"name":"b","type":"boolean"},' +
    '{"name":"i","type":"int"},{"name":"f","type":"float"},{"name":"d","type":"double"},{"name":"s","type":"string"},' +
    '{"name":"x","type":{"type":"fixed","name":"F","size":3}},{"name":"e","type":{"type":"enum","name":"E",' +
    '"symbols":["A","B"]}},{"name":"a","type":{"type":"array","items":"string"}},' +
    '{"name":"m","type":{"type":"map","values":"R"}},{"name":"u","type":["null","R"]}]}',
).type

function leaf(): AvroEncoder {
  const encoder = new AvroEncoder(64)
  encoder.raw(Buffer.from([1]))
  encoder.long(150)
  encoder.raw(Buffer.alloc(12, 7))
  encoder.string('text')
  encoder.raw(Buffer.from('xyz'))
  encoder.long(1)
  return encoder
}

test('a datum is passed whatever its type, and one in several blocks is written as one block', () => {
  const end = (encoder: AvroEncoder): Uint8Array => {
    encoder.raw(Buffer.from([0, 0, 0]))
    return encoder.encoded
  }
  const inner = end(leaf())
  const plain = leaf()
  plain.long(3)
  for (const item of ['a', 'b', 'c']) plain.string(item)
  plain.long(0)
  plain.long(1)
  plain.string('key')
  plain.raw(inner)
  plain.long(0)
  plain.long(1)
  plain.raw(inner)
  const blocked = leaf()
  blocked.raw(Buffer.from([3, 8]))
  for (const item of ['a', 'b']) blocked.string(item)
  blocked.long(1)
  blocked.string('c')
  blocked.long(0)
  blocked.raw(Buffer.from([1, 2 * (4 + inner.length)]))
  blocked.string('key')
  blocked.raw(inner)
  blocked.long(0)
  blocked.long(1)
  blocked.raw(inner)
  const input = new AvroInput(Buffer.concat([plain.encoded, blocked.encoded]))
  assert.equal(skipDatum(everything, input), false)
  assert.equal(input.at, plain.length)
  assert.equal(skipDatum(everything, input), true)
  assert.equal(input.at, input.end)
  assert.deepEqual(Buffer.from(plainDatum(everything, new AvroInput(blocked.encoded))), Buffer.from(plain.encoded))
})

test('bytes that are no datum are refused in little time, whatever they promise', () => {
  const nulls = parseAvroSchema('{"type":"array","items":"null"}').type
  assert.throws(() => skipDatum(nulls, new AvroInput(encodedLong(2n ** 40n))), /have no bytes/)
  const deep = parseAvroSchema('{"type":"record","name":"D","fields":[{"name":"u","type":["null","D"]}]}').type
  assert.throws(() => skipDatum(deep, new AvroInput(Buffer.alloc(10_000, 2))), /nested deeper/)
  const doubled = (level: number): object =>
    level === 0
      ? { type: 'record', name: 'L0', fields: [{ name: 'n', type: 'null' }] }
      : {
          type: 'record',
          name: `L${level}`,
          fields: [
            { name: 'a', type: doubled(level - 1) },
            { name: 'b', type: `L${level - 1}` },
          ],
        }
  const bomb = parseAvroSchema(JSON.stringify(doubled(40))).type
  assert.throws(() => skipDatum(bomb, new AvroInput(Buffer.alloc(0))), /too many members/)
  fastCheck.assert(
    fastCheck.property(fastCheck.uint8Array({ maxLength: 80 }), (bytes) => {
      for (const work of [skipDatum, plainDatum]) {
        try {
          work(everything, new AvroInput(bytes))
        } catch (error) {
          assert.ok(error instanceof AvroDataError, String(error))
        }
      }
    }),
    { numRuns: 5000 },
  )
})

test('a container is read block by block, with any metadata', () => {
  const file = Buffer.concat([
    containerHeader('"int"', 'deflate', sync),
    containerBlock(2, Buffer.from('abc'), sync),
    containerBlock(0, Buffer.alloc(0), sync),
  ])
  assert.ok(isContainer(file) && !isContainer(Buffer.from('Obj\u0002')))
  const header = readContainerHeader(file)
  assert.deepEqual([header.schema, header.codec, Buffer.from(header.sync)], ['"int"', 'deflate', sync])
  const first = readContainerBlock(file, header.length, sync, 100)
  assert.deepEqual(first && [first.count, String(file.subarray(first.start, first.end))], [2, 'abc'])
  assert.equal(readContainerBlock(file, first?.next ?? 0, sync, 100)?.next, file.length)
  for (let length = 0; length < header.length; length++) {
    assert.throws(() => readContainerHeader(file.subarray(0, length)), { isCut: true })
  }
  for (let length = header.length; length < (first?.next ?? 0); length++) {
    assert.equal(readContainerBlock(file.subarray(0, length), header.length, sync, 100), undefined)
  }
  assert.throws(() => readContainerBlock(file, header.length, sync, 2), /2 are the most/)
  assert.throws(() => readContainerBlock(file, header.length, Buffer.alloc(16), 100), /does not end with the marker/)
})

test('every codec gives back what it was given, and not more than is allowed', async () => {
  const data = Buffer.from('to be compressed '.repeat(10_000))
  for (const codec of containerCodecs) {
    const compress = await loadCompress(codec)
    const decompress = await loadDecompress(codec)
    assert.equal(compress === undefined, decompress === undefined, codec)
    if (!compress || !decompress) continue
    const block = await compress(data)
    assert.ok(data.equals(await decompress(block, data.length)), codec)
    await assert.rejects(decompress(block, data.length - 1), codec)
    await assert.rejects(decompress(block.subarray(0, -5), data.length), codec)
    await assert.rejects(decompress(Buffer.alloc(0), data.length), codec)
  }
  assert.equal(await loadDecompress('xz'), undefined)
})

function encodedLong(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return Buffer.from([...bytes, Number(rest)])
}
