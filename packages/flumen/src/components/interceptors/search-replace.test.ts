import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOfRows, createEvent } from '../../core/index.ts'
import { batchOfOnePart, createForTest, interceptorContract, readForTest } from '../../testing/index.ts'
import searchReplace from './search-replace.ts'

interceptorContract(searchReplace, { values: { searchPattern: '[a-m]+', replaceString: '<$0>' } })
interceptorContract(searchReplace, { values: { searchPattern: 'x', charset: 'ISO-8859-1' } })

const never = (): void => assert.fail('no row is rejected')

test('search_replace replaces every match, with what groups found', async () => {
  const values = { searchPattern: '(\\w)=(?<v>\\w)', replaceString: '${v}:$1 \\$' }
  assert.deepEqual(await replaced(values, ['a=1 b=2', 'none']), ['1:a $ 2:b $', 'none'])
})

test('search_replace removes what matches by default', async () => {
  assert.deepEqual(await replaced({ searchPattern: '\\s+' }, ['a b\n', '']), ['ab', ''])
})

test('search_replace keeps headers and order', async () => {
  const { instance } = await createForTest(searchReplace, { searchPattern: 'a', replaceString: 'b' })
  const after = instance.intercept(batchOfOnePart([createEvent('a', { k: '1' }), createEvent('x', { k: '2' })]), never)
  assert.deepEqual(
    Array.from(after, ({ headers, body }) => [headers.get('k'), Buffer.from(body).toString()]),
    [
      ['1', 'b'],
      ['2', 'x'],
    ],
  )
})

test('search_replace gives the batch itself where nothing changes', async () => {
  const { instance } = await createForTest(searchReplace, { searchPattern: 'zzz' })
  const batch = batchOfRows(Buffer.from('one\nnaïve'), [0, 4], [3, 10])
  assert.equal(instance.intercept(batch, never), batch)
})

test('search_replace writes bytes that are not UTF-8 as U+FFFD, even without a match, as Flume', async () => {
  const { instance } = await createForTest(searchReplace, { searchPattern: 'zzz' })
  const after = instance.intercept(batchOfOnePart([createEvent(Buffer.from([0x61, 0xff])), createEvent('a')]), never)
  assert.deepEqual(
    Array.from(after, ({ body }) => Buffer.from(body).toString('hex')),
    ['61efbfbd', '61'],
  )
})

test('search_replace reads and writes in its character set', async () => {
  const { instance } = await createForTest(searchReplace, { searchPattern: 'é', replaceString: 'è', charset: 'latin1' })
  const after = instance.intercept(batchOfOnePart([createEvent(Buffer.from([0xe9, 0x61, 0xff]))]), never)
  assert.deepEqual([...after.body(0)], [0xe8, 0x61, 0xff])
})

test('search_replace writes a body in UTF-16 with its mark, even without a match, as Flume', async () => {
  const { instance } = await createForTest(searchReplace, { searchPattern: 'zzz', charset: 'UTF-16' })
  const after = instance.intercept(batchOfOnePart([createEvent(Buffer.from([0, 0x61])), createEvent('')]), never)
  assert.deepEqual(
    Array.from(after, ({ body }) => Buffer.from(body).toString('hex')),
    ['feff0061', ''],
  )
})

test('search_replace rejects an event on which the expression takes too long, and goes on', async () => {
  const { instance } = await createForTest(searchReplace, { searchPattern: '^(?=(a+)+$)', replaceString: '-' })
  const rejected: unknown[] = []
  const batch = batchOfOnePart([createEvent('aa'), createEvent(`${'a'.repeat(5000)}!`), createEvent('b')])
  const after = instance.intercept(batch, (row, reason) => rejected.push([row, reason]))
  assert.deepEqual(
    Array.from(after, ({ body }) => Buffer.from(body).toString()),
    ['-aa', 'b'],
  )
  assert.deepEqual(rejected, [[1, 'the regular expression took too long on this event and was cut off']])
})

test('search_replace refuses what cannot work, each at its key', async () => {
  const keys = async (values: Record<string, string>): Promise<string[]> => {
    const { problems } = await readForTest(searchReplace, values)
    return problems.all.map(({ severity, key }) => `${severity} ${key}`)
  }
  assert.deepEqual(await keys({ searchPattern: 'a' }), [])
  assert.deepEqual(await keys({}), ['error searchPattern'])
  assert.deepEqual(await keys({ searchPattern: '' }), ['error searchPattern'])
  assert.deepEqual(await keys({ searchPattern: '(' }), ['error searchPattern'])
  assert.deepEqual(await keys({ searchPattern: '(a)', replaceString: '$2' }), ['error replaceString'])
  assert.deepEqual(await keys({ searchPattern: 'a', replaceString: 'costs $' }), ['error replaceString'])
  assert.deepEqual(await keys({ searchPattern: 'a', charset: 'utf-9' }), ['error charset'])
})

async function replaced(values: Record<string, string>, bodies: readonly string[]): Promise<string[]> {
  const { instance } = await createForTest(searchReplace, values)
  const after = instance.intercept(batchOfOnePart(bodies.map((body) => createEvent(body))), never)
  return Array.from(after, ({ body }) => Buffer.from(body).toString())
}
