import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOfOne, ConfigurationError } from '../../core/index.ts'
import { createForTest, readForTest, selectorContract } from '../../testing/index.ts'
import replicating from './replicating.ts'

const batch = batchOfOne(Buffer.from('event'))

selectorContract(replicating, { values: { optional: 'c2' } })

test('replicating routes whole batches to every channel, the optional ones last', async () => {
  const { instance } = await createForTest(replicating, { optional: 'c1  c3' }, { channels: ['c1', 'c2', 'c3'] })
  assert.deepEqual(instance.select(batch), [
    { channel: 1, required: true, rows: null },
    { channel: 0, required: false, rows: null },
    { channel: 2, required: false, rows: null },
  ])
})

test('replicating requires every channel by default', async () => {
  const { instance } = await createForTest(replicating, {}, { channels: ['c1', 'c2'] })
  assert.deepEqual(
    instance.select(batch).map(({ required }) => required),
    [true, true],
  )
})

test('replicating names its optional channels for the check, and refuses one that the source does not have', async () => {
  const { read } = await readForTest(replicating, { optional: 'c1 c9' })
  assert.deepEqual(replicating.namesChannels?.(read), [
    { key: 'optional', channel: 'c1', isOptional: true },
    { key: 'optional', channel: 'c9', isOptional: true },
  ])
  await assert.rejects(createForTest(replicating, { optional: 'c9' }), ConfigurationError)
})
