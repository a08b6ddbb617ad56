import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEvent, type EventBatch } from '../../core/index.ts'
import { batchOfOnePart, createForTest, interceptorContract } from '../../testing/index.ts'
import removeHeader from './remove-header.ts'

interceptorContract(removeHeader, { values: { withName: 'host', fromList: 'key, id', matching: 'é.*' } })
interceptorContract(removeHeader)

const never = (): void => assert.fail('no row is rejected')
const names = { a: '1', b: '2', ab: '3', A: '4', '': '5' }

test('remove_header removes one name, those of a list, and those that match as a whole', async () => {
  assert.deepEqual(await left({ withName: 'a' }), ['b', 'ab', 'A', ''])
  assert.deepEqual(await left({ fromList: 'a , b' }), ['ab', 'A', ''])
  assert.deepEqual(await left({ matching: 'a' }), ['b', 'ab', 'A', ''])
  assert.deepEqual(await left({ withName: 'A', fromList: 'b', matching: 'a.*' }), [''])
})

test('remove_header splits its list as Java does', async () => {
  assert.deepEqual(await left({ fromList: ',a' }), ['b', 'ab', 'A'], 'an empty name at the start counts')
  assert.deepEqual(await left({ fromList: 'a,,' }), ['b', 'ab', 'A', ''], 'empty names at the end do not')
  assert.deepEqual(await left({ fromList: 'ab', fromListSeparator: '' }), ['ab', 'A', ''], 'each character is a name')
  assert.deepEqual(await left({ fromList: 'ab', fromListSeparator: '(?=b)' }), ['ab', 'A', ''], 'a match of nothing')
  assert.deepEqual(await left({ fromList: '' }), ['a', 'b', 'ab', 'A'], 'a list without a separator is one name')
  assert.deepEqual(await left({ fromList: ',', fromListSeparator: ',' }), ['a', 'b', 'ab', 'A', ''])
})

test('remove_header takes the header from all rows, wherever it lies', async () => {
  const { instance } = await createForTest(removeHeader, { withName: 'a' })
  const rare = batchOfOnePart([
    createEvent('x', { a: '1' }),
    createEvent('y', { b: '2' }),
    createEvent('z'),
    createEvent('z'),
  ])
  const column = batchOfOnePart([createEvent('x', { a: '1', b: '1' }), createEvent('y', { a: '2' })])
  assert.deepEqual(headersOf(instance.intercept(rare.concat(column), never)), [[], ['b'], [], [], ['b'], []])
})

test('remove_header gives the batch itself where no event has the header', async () => {
  const { instance } = await createForTest(removeHeader, { matching: 'x.*' })
  const batch = batchOfOnePart([createEvent('x', { a: '1' }), createEvent('y'), createEvent('z')])
  assert.equal(instance.intercept(batch, never), batch)
})

test('remove_header answers rightly for more names than it remembers', async () => {
  const { instance } = await createForTest(removeHeader, { matching: '.*7' })
  const batch = batchOfOnePart(Array.from({ length: 2500 }, (_, row) => createEvent('x', { [`name${row}`]: '' })))
  const after = headersOf(instance.intercept(batch, never)).flat()
  assert.equal(after.length, 2250)
  assert.ok(!after.some((name) => name.endsWith('7')))
})

async function left(values: Record<string, string>): Promise<string[]> {
  const { instance } = await createForTest(removeHeader, values)
  return headersOf(instance.intercept(batchOfOnePart([createEvent('body', names)]), never))[0]!
}

function headersOf(batch: EventBatch): string[][] {
  return Array.from(batch, ({ headers }) => [...headers.keys()])
}
