import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '../../testing/disk/random.ts'
import { interceptorContract, readForTest } from '../../testing/index.ts'
import { parseLines } from '../../testing/parse-lines.ts'
import csv from './csv.ts'

interceptorContract(csv)
interceptorContract(csv, { values: { columns: 'a,b', strictColumns: 'false', trim: 'true', delimiter: '\\t' } })
interceptorContract(csv, { values: { columns: 'a,b', onFailure: 'reject' } })

test('csv names values by its columns, or by their numbers', async () => {
  const lines = ['2026-11-21,anna,"says ""hi"", twice"\r\n', 'x,,']
  assert.deepEqual((await parseLines(csv, { columns: 'day, user name, text' }))(lines).headers, [
    { day: '2026-11-21', 'user name': 'anna', text: 'says "hi", twice' },
    { day: 'x', 'user name': '', text: '' },
  ])
  assert.deepEqual((await parseLines(csv, { skipEmpty: 'true' }))(lines).headers, [
    { column1: '2026-11-21', column2: 'anna', column3: 'says "hi", twice' },
    { column1: 'x' },
  ])
})

test('csv takes delimiter, quote and blanks from its configuration', async () => {
  const semicolons = await parseLines(csv, { delimiter: ';', quote: "'", trim: 'true' })
  assert.deepEqual(semicolons([" a ;' b;''c ' ;\td"]).headers, [{ column1: 'a', column2: " b;'c ", column3: 'd' }])
  const tabs = await parseLines(csv, { delimiter: '\\t', quote: 'none', trim: 'true' })
  assert.deepEqual(tabs(['"a\t\t b ']).headers, [{ column1: '"a', column2: '', column3: 'b' }])
})

test('csv says why a record does not parse', async () => {
  const parse = await parseLines(csv, { columns: 'a,b', onFailure: 'reject' })
  const lines = ['1', '1,2,3', '"open,2', '"a"b,2', '1,2\n3,4', '', '1,2']
  assert.deepEqual(parse(lines).rejected, [
    [0, 'csv: there are 1 values for 2 columns'],
    [1, 'csv: there are 3 values for 2 columns'],
    [2, 'csv: a quote is not closed'],
    [3, 'csv: text stands behind a closing quote at 3'],
    [4, 'csv: there is more than one record: a line ends at 3'],
    [5, 'csv: there are 1 values for 2 columns'],
  ])
})

test('csv takes fewer and more values than columns where it is told so', async () => {
  const parse = await parseLines(csv, { columns: 'a,b', strictColumns: 'false' })
  assert.deepEqual(parse(['1', '1,2,3']).headers, [{ a: '1' }, { a: '1', b: '2', column3: '3' }])
})

test('csv reads again what was written after RFC 4180', async () => {
  const random = new Random(4180)
  const parse = await parseLines(csv)
  const pieces = ['', 'a', 'long enough to be cut out', '"', '""', ',', '\n', '\r\n', ' ', '日本', '😀']
  for (let round = 0; round < 1000; round++) {
    const values = Array.from({ length: 1 + random.below(6) }, () =>
      Array.from({ length: random.below(4) }, () => pieces[random.below(pieces.length)]).join(''),
    )
    const line = values
      .map((value) => (/[",\r\n]/.test(value) || random.chance(0.2) ? `"${value.replaceAll('"', '""')}"` : value))
      .join(',')
    const expected = Object.fromEntries(values.map((value, index) => [`column${index + 1}`, value]))
    assert.deepEqual(parse([line]).headers, [expected], JSON.stringify(line))
  }
})

test('csv bears any bytes', async () => {
  const random = new Random(5)
  for (const values of [{}, { columns: 'a,b', trim: 'true' }]) {
    const parse = await parseLines(csv, values)
    for (let round = 0; round < 200; round++) {
      const lines = Array.from({ length: 20 }, () =>
        Buffer.from(
          Array.from({ length: random.below(30) }, () =>
            random.chance(0.2) ? random.below(256) : Buffer.from('a",\r\n "')[random.below(7)]!,
          ),
        ),
      )
      assert.equal(parse(lines).headers.length, 20)
    }
  }
})

test('csv refuses delimiters and quotes that are none, and names that are no columns', async () => {
  const problems = async (values: Record<string, string>): Promise<string[]> =>
    (await readForTest(csv, values)).problems.all.map(({ key, fix }) => `${key}: ${fix}`)
  assert.deepEqual(await problems({ delimiter: ';;' }), ['delimiter: write a character like , or ; or \\t'])
  assert.deepEqual(await problems({ delimiter: '"' }), [
    'quote: write one character that is not the delimiter, or none',
  ])
  assert.deepEqual(await problems({ columns: 'time,user', timestampField: 'tmie' }), [
    'timestampField: did you mean time?',
  ])
})
