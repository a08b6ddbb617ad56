import assert from 'node:assert/strict'
import { test } from 'node:test'
import fastCheck from 'fast-check'
import { createForTest, type DecodedInput, decodeAll, deserializerContract, readForTest } from '../../testing/index.ts'
import csv from './csv.ts'

const sample = Buffer.from('id,name,note\r\n1,Ann,"says ""hi"",\nthen goes"\r\n\r\n2,Bö,\n3,"",x')
deserializerContract(csv, { input: sample, events: 3 })
deserializerContract(csv, { values: { columns: 'a,b,c', body: 'json', headers: '*' }, input: sample, events: 4 })

async function decode(
  text: string,
  values: Readonly<Record<string, string>> = {},
  chunkBytes?: number,
): Promise<DecodedInput> {
  return decodeAll((await createForTest(csv, values)).instance, Buffer.from(text), chunkBytes)
}

const bodiesOf = ({ events }: DecodedInput): string[] =>
  events.map(({ body }) => Buffer.from(body, 'latin1').toString('utf8'))

test('a record is an event, the first one names the columns', async () => {
  const { events } = await decode(String(sample), { headers: 'id,note' })
  assert.deepEqual(
    events.map(({ headers }) => headers),
    [
      { id: '1', note: 'says "hi",\nthen goes' },
      { id: '2', note: '' },
      { id: '3', note: 'x' },
    ],
  )
  assert.equal(events[0]?.body, '1,Ann,"says ""hi"",\nthen goes"')
})

test('the body can be an object of JSON', async () => {
  const decoded = await decode('\uFEFFa;b\n1;"x;y"\n', { delimiter: ';', body: 'json' })
  assert.deepEqual(bodiesOf(decoded), ['{"a":"1","b":"x;y"}'])
  assert.deepEqual(decoded.events[0]?.headers, {})
})

test('a record with too few or too many values, or text behind a quote, is rejected, kept, or the end', async () => {
  const text = 'a,b\n1,2\n3\n"4"x,5\n6,7\n'
  const rejected = await decode(text)
  assert.deepEqual([rejected.events.length, rejected.rejected.map(([event]) => event)], [4, [1, 2]])
  const kept = await decode(text, { onInvalid: 'keep', body: 'json' })
  assert.deepEqual(bodiesOf(kept), ['{"a":"1","b":"2"}', '3', '"4"x,5', '{"a":"6","b":"7"}'])
  const failed = await decode(text, { onInvalid: 'fail' })
  assert.deepEqual([bodiesOf(failed), failed.consumed], [['1,2'], 8])
})

test('a quote that is never closed does not take the memory of the whole file', async () => {
  const { events, problem } = await decode(`a\n1\n"${'x\n'.repeat(100)}`, { maxRecordLength: '64' })
  assert.deepEqual([events.length, problem], [1, 'a record has more than 64 bytes'])
})

test('a first record that does not name columns is a problem', async () => {
  for (const first of ['a,a', 'a,', '"a', 'a,"b"c']) {
    assert.match((await decode(`${first}\n`)).problem ?? '', /does not name the columns/, first)
  }
})

test('what a writer of RFC 4180 writes comes out again, in chunks of any size', async () => {
  const value = fastCheck.string({
    unit: fastCheck.constantFrom('a', 'é', '"', ',', '\n', '\r', ' ', '😀'),
    maxLength: 6,
  })
  const records = fastCheck.array(fastCheck.tuple(value, value), { maxLength: 6 })
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
  const property = fastCheck.asyncProperty(records, fastCheck.integer({ min: 1, max: 40 }), async (rows, chunk) => {
    const text = rows.map((row) => `${row.map(quoted).join(',')}\r\n`).join('')
    const decoded = await decode(text, { columns: 'x,y', body: 'json' }, chunk)
    assert.deepEqual(
      bodiesOf(decoded).map((body) => Object.values(JSON.parse(body) as object)),
      rows,
    )
  })
  await fastCheck.assert(property)
})

test('delimiters and quotes that are none are refused, and so is a character set that hides them', async () => {
  for (const values of [{ delimiter: ',,' }, { quote: ',' }, { columns: 'a,a' }]) {
    assert.equal((await readForTest(csv, values)).problems.hasErrors, true, JSON.stringify(values))
  }
  await assert.rejects(createForTest(csv, {}, { charset: 'UTF-16' }), /does not read UTF-16/)
})
