import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ChannelSelector, createEvent, EventBatch } from '../../core/index.ts'
import { batchOfOnePart, createForTest, readForTest, selectorContract } from '../../testing/index.ts'
import loadBalancing from './load-balancing.ts'

const channels = ['c1', 'c2', 'c3']

selectorContract(loadBalancing, { stateful: true })
selectorContract(loadBalancing, { stateful: true, values: { policy: 'RANDOM' } })

test('load_balancing gives each event to the next channel and goes on with the next batch', async () => {
  const { instance } = await createForTest(loadBalancing, {}, { channels })
  assert.deepEqual(rowsOf(instance, 4), { 0: [0, 3], 1: [1], 2: [2] })
  assert.deepEqual(rowsOf(instance, 1), { 1: [0] })
  assert.deepEqual(rowsOf(instance, 3), { 2: [0], 0: [1], 1: [2] })
})

test('load_balancing gives every event to exactly one channel, which is required', async () => {
  for (const policy of ['round_robin', 'random']) {
    const { instance } = await createForTest(loadBalancing, { policy }, { channels })
    const routes = instance.select(events(1000))
    assert.ok(routes.every(({ required }) => required))
    const rows = routes.flatMap(({ rows }) => [...rows!]).sort((one, other) => one - other)
    assert.deepEqual(
      rows,
      Array.from({ length: 1000 }, (_, row) => row),
    )
  }
})

test('load_balancing says that any channel will do for a row, so that one that comes again is not stored in another', async () => {
  const { instance } = await createForTest(loadBalancing, {}, { channels })
  assert.equal(instance.isArbitrary, true)
})

test('load_balancing at random gives every channel about its share', async () => {
  const { instance } = await createForTest(loadBalancing, { policy: 'random' }, { channels })
  // 9,000 draws of one in three: the standard deviation is 45, so 500 off never happens.
  for (const { rows } of instance.select(events(9000))) assert.ok(Math.abs(rows!.length - 3000) < 500)
})

test('load_balancing routes nothing of an empty batch and everything to a single channel', async () => {
  const { instance } = await createForTest(loadBalancing, {}, { channels: ['c1'] })
  assert.deepEqual(instance.select(EventBatch.empty), [])
  assert.deepEqual(instance.select(events(5)), [{ channel: 0, required: true, rows: null }])
})

test('load_balancing refuses a policy that there is not', async () => {
  const { problems } = await readForTest(loadBalancing, { policy: 'round-robin' })
  assert.deepEqual(
    problems.all.map(({ fix }) => fix),
    ['did you mean round_robin?'],
  )
})

function events(count: number): EventBatch {
  return batchOfOnePart(Array.from({ length: count }, (_, row) => createEvent(`event ${row}`)))
}

function rowsOf(selector: ChannelSelector, count: number): Record<number, number[]> {
  return Object.fromEntries(selector.select(events(count)).map(({ channel, rows }) => [channel, [...(rows ?? [0])]]))
}
