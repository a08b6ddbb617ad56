import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOfOne } from '../../core/index.ts'
import { componentContract, createForTest } from '../../testing/index.ts'
import roundRobin from './round-robin.ts'

const batch = batchOfOne(Buffer.from('event'))

componentContract(roundRobin)

test('round_robin begins with another sink each time', async () => {
  const { instance } = await createForTest(roundRobin)
  const orders = Array.from({ length: 4 }, () => instance.order(batch, ['a', 'b', 'c']).join(''))
  assert.deepEqual(orders, ['abc', 'bca', 'cab', 'abc'])
})

test('round_robin goes on evenly over fewer sinks', async () => {
  const { instance } = await createForTest(roundRobin)
  instance.order(batch, ['a', 'b', 'c'])
  instance.order(batch, ['a', 'b', 'c'])
  const orders = Array.from({ length: 4 }, () => instance.order(batch, ['a', 'c']).join(''))
  assert.deepEqual(orders, ['ac', 'ca', 'ac', 'ca'])
})

test('round_robin begins anew after the last of few sinks, even when one more comes back', async () => {
  const { instance } = await createForTest(roundRobin)
  instance.order(batch, ['a', 'b'])
  instance.order(batch, ['a', 'b'])
  assert.equal(instance.order(batch, ['a', 'b', 'c']).join(''), 'abc')
})
