import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEvent, EventBatch } from '../../core/index.ts'
import { batchOfOnePart, createForTest, interceptorContract } from '../../testing/index.ts'
import constant from './static.ts'

interceptorContract(constant)
interceptorContract(constant, { values: { key: 'id', preserveExisting: 'false' } })

const never = (): void => assert.fail('no row is rejected')

test('static sets its header to its value', async () => {
  const { instance } = await createForTest(constant, { key: 'datacenter', value: 'PRG1' })
  const after = instance.intercept(batchOfOnePart([createEvent('a', { k: 'v' })]), never)
  assert.deepEqual(
    [...after.headers(0)],
    [
      ['k', 'v'],
      ['datacenter', 'PRG1'],
    ],
  )
})

test('static keeps what events have, be it empty, unless it is told otherwise', async () => {
  const own = batchOfOnePart([createEvent('a', { key: '' }), createEvent('b')])
  const constantOwn = batchOfOnePart([createEvent('a', { key: 'x' }), createEvent('b', { key: 'x' })])
  const rare = batchOfOnePart([createEvent('a', { key: 'x' }), createEvent('b'), createEvent('c')])
  const batch = EventBatch.join([own, constantOwn, rare])
  const keys = async (values: Record<string, string>): Promise<unknown> => {
    const { instance } = await createForTest(constant, values)
    return Array.from(instance.intercept(batch, never), ({ headers }) => headers.get('key'))
  }
  assert.deepEqual(await keys({}), ['', 'value', 'x', 'x', 'x', 'value', 'value'])
  assert.deepEqual(await keys({ preserveExisting: 'false' }), new Array(7).fill('value'))
})

test('static gives the batch itself where all events have the header', async () => {
  const { instance } = await createForTest(constant)
  const full = batchOfOnePart([createEvent('a', { key: '1' }), createEvent('b', { key: '2' })])
  assert.equal(instance.intercept(full, never), full)
})
