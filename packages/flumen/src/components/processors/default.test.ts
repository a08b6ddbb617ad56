import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOfOne, ConfigurationError } from '../../core/index.ts'
import { createForTest, processorContract } from '../../testing/index.ts'
import standard from './default.ts'

processorContract(standard, { harness: { sinks: ['k1'] } })

test('default gives every batch to its sink, again and again, and leaves the pauses to the runner', async () => {
  const { instance } = await createForTest(standard, {}, { sinks: ['k1'] })
  const batch = batchOfOne(Buffer.from('event'))
  assert.equal(instance.pick(batch, new Set()), 'k1')
  assert.deepEqual(instance.pick(batch, new Set(['k1'])), { waitMs: 0 })
  assert.equal(instance.pick(batch, new Set()), 'k1')
})

test('default is for exactly one sink', async () => {
  assert.deepEqual(standard.groupSize, { min: 1, max: 1 })
  for (const sinks of [[], ['k1', 'k2']])
    await assert.rejects(createForTest(standard, {}, { sinks }), ConfigurationError)
})
