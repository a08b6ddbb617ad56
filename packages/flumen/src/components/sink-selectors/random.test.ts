import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOfOne } from '../../core/index.ts'
import { componentContract, createForTest } from '../../testing/index.ts'
import random from './random.ts'

const batch = batchOfOne(Buffer.from('event'))

componentContract(random)

test('random gives all sinks, each once, and leaves the list as it was', async () => {
  const { instance } = await createForTest(random)
  const usable = ['a', 'b', 'c', 'd']
  for (let draw = 0; draw < 100; draw++) assert.deepEqual([...instance.order(batch, usable)].sort(), usable)
  assert.deepEqual(usable, ['a', 'b', 'c', 'd'])
})

test('random gives every order about as often as any other', async () => {
  const { instance } = await createForTest(random)
  const counts = new Map<string, number>()
  for (let draw = 0; draw < 6000; draw++) {
    const order = instance.order(batch, ['a', 'b', 'c']).join('')
    counts.set(order, (counts.get(order) ?? 0) + 1)
  }
  assert.equal(counts.size, 6)
  // The standard deviation of each is 29, so 300 off never happens.
  for (const count of counts.values()) assert.ok(Math.abs(count - 1000) < 300)
})
