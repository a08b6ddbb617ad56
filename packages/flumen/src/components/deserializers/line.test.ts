import assert from 'node:assert/strict'
import { test } from 'node:test'
import fastCheck from 'fast-check'
import {
  createForTest,
  type DecodedInput,
  decodeAll,
  deserializerContract,
  type HarnessOptions,
  readForTest,
} from '../../testing/index.ts'
import line from './line.ts'

const sample = Buffer.from('one\r\n\n\uFEFFhéllo 日本 😀\nlast without an end')
deserializerContract(line, { input: sample, events: 4 })
deserializerContract(line, { values: { maxLineLength: '5' }, input: sample, events: 9 })
deserializerContract(line, {
  harness: { charset: 'UTF-16' },
  input: Buffer.from('\uFEFFone\ntwo\nĊ三\n', 'utf16le'),
  events: 3,
})

async function decode(
  input: Uint8Array,
  values: Readonly<Record<string, string>> = {},
  options: HarnessOptions = {},
  chunkBytes?: number,
): Promise<DecodedInput> {
  return decodeAll((await createForTest(line, values, options)).instance, input, chunkBytes)
}

const bodiesOf = ({ events }: DecodedInput): string[] =>
  events.map(({ body }) => Buffer.from(body, 'latin1').toString('utf8'))

test('a carriage return, a byte order mark and blank lines stay, as in Flume', async () => {
  assert.deepEqual(bodiesOf(await decode(sample)), ['one\r', '', '\uFEFFhéllo 日本 😀', 'last without an end'])
})

test('a file without content is one event without content, the end of one that has some is none', async () => {
  assert.deepEqual(bodiesOf(await decode(Buffer.alloc(0))), [''])
  assert.deepEqual(bodiesOf(await decode(Buffer.from('a\n'))), ['a'])
  assert.deepEqual(bodiesOf(await decode(Buffer.from('\n'))), [''])
})

test('a line that is too long is cut, one of just the greatest length is one event', async () => {
  const cut = async (text: string): Promise<string[]> =>
    bodiesOf(await decode(Buffer.from(text), { maxLineLength: '4' }))
  assert.deepEqual(await cut('1234\n123456789\n12345678\nend'), ['1234', '1234', '5678', '9', '1234', '5678', 'end'])
  assert.deepEqual(await cut('12345678'), ['1234', '5678'])
  assert.deepEqual(await cut('日本日本日\n'), ['日本日本', '日'])
  assert.deepEqual(await cut('123😀5\n'), ['123', '😀5'])
})

test('the pieces of a long line make the line, whatever it is and however it is read', async () => {
  const text = fastCheck
    .string({ unit: 'binary', maxLength: 60 })
    .map((each) => each.toWellFormed().replaceAll('\n', ' '))
  const property = fastCheck.asyncProperty(text, fastCheck.integer({ min: 2, max: 20 }), async (long, units) => {
    const input = Buffer.from(`${long}\nnext\n`)
    const pieces = bodiesOf(await decode(input, { maxLineLength: String(units) }, {}, 9))
    assert.ok(pieces.every(({ length }) => length <= units))
    assert.equal(pieces.join(''), `${long}next`)
  })
  await fastCheck.assert(property)
})

test('bytes that the character set does not have are a problem, U+FFFD, or left out', async () => {
  const input = Buffer.from([...Buffer.from('good\n'), 0x61, 0xc3, 0x28, 0xef, 0xbf, 0xbd, 0x0a, 0x62, 0x0a])
  const failed = await decode(input)
  assert.deepEqual(bodiesOf(failed), ['good'])
  assert.deepEqual([failed.consumed, failed.problem], [5, 'a line is not in UTF-8'])
  assert.deepEqual(bodiesOf(await decode(input, {}, { onMalformed: 'REPLACE' })), ['good', 'a\uFFFD(\uFFFD', 'b'])
  assert.deepEqual(bodiesOf(await decode(input, {}, { onMalformed: 'IGNORE' })), ['good', 'a(\uFFFD', 'b'])
})

test('half of a surrogate pair is one malformed character, as for Java', async () => {
  const input = Buffer.from([0x61, 0xed, 0xa0, 0x80, 0x62, 0xed, 0x9f, 0xbf, 0xed, 0xbf, 0xbf, 0xed, 0x0a])
  const [body] = bodiesOf(await decode(input, {}, { onMalformed: 'REPLACE' }))
  assert.equal(body, 'a\uFFFDb\uD7FF\uFFFD\uFFFD')
})

test('a file ends within a character: that is malformed too', async () => {
  assert.equal((await decode(Buffer.from([0x61, 0xc3]))).problem, 'a line is not in UTF-8')
})

test('bodies are in the output character set, from any input that ends its lines in its own way', async () => {
  const text = 'Ċ größe\nzwei\n'
  for (const [charset, input] of [
    ['UTF-16LE', Buffer.from(text, 'utf16le')],
    ['UTF-16BE', Buffer.from(text, 'utf16le').swap16()],
    ['UTF-16', Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()],
  ] as const) {
    assert.deepEqual(bodiesOf(await decode(input, {}, { charset }, 5)), ['Ċ größe', 'zwei'], charset)
  }
  const latin = await decode(Buffer.from('größe\n', 'latin1'), {}, { charset: 'ISO-8859-1' })
  assert.deepEqual(bodiesOf(latin), ['größe'])
  const back = await decode(Buffer.from('größe\n'), { outputCharset: 'ISO-8859-1' })
  assert.equal(back.events[0]?.body, 'größe')
  const shift = await decode(Buffer.from([0x93, 0xfa, 0x96, 0x7b, 0x0a]), {}, { charset: 'Shift_JIS' })
  assert.deepEqual(bodiesOf(shift), ['日本'])
})

test('an output character set that text cannot be written in is refused', async () => {
  const { problems } = await readForTest(line, { outputCharset: 'klingon' })
  assert.match(problems.all[0]?.message ?? '', /cannot be written in klingon/)
})

test('a line of many megabytes is read in pieces, without being held as a whole', async () => {
  const { instance } = await createForTest(line)
  const { consumed, batch } = await instance.decode(Buffer.alloc(1_000_000, 'x'), false)
  assert.ok(consumed > 980_000 && batch.length > 480)
})
