import assert from 'node:assert/strict'
import { test } from 'node:test'
import { channelContract } from '../../testing/channel-contract.ts'
import { createForTest, readForTest } from '../../testing/harness.ts'
import memory from './memory.ts'
import pseudoTransaction from './pseudo-transaction-memory.ts'

channelContract({
  name: 'memory',
  make: async (events) => {
    const { instance } = await createForTest(memory, {
      capacity: String(events),
      transactionCapacity: String(events),
      'keep-alive': '0',
    })
    await instance.start()
    return instance
  },
})

channelContract({
  name: 'pseudo-transaction memory',
  make: async (events) => {
    const { instance } = await createForTest(pseudoTransaction, { capacity: String(events), 'keep-alive': '0' })
    await instance.start()
    return instance
  },
})

test('without options it holds 100 events in transactions of 100, waits 3 s, and has a share of the memory', async () => {
  const { instance } = await createForTest(memory)
  assert.deepEqual(instance.limits, { events: 100, transactionEvents: 100, bytes: 64 * 1024 ** 2, keepAliveMs: 3000 })
})

test('a capacity below 100 brings the transaction down with it, where Flume removes the channel', async () => {
  const { instance } = await createForTest(memory, { capacity: '50' })
  assert.equal(instance.limits.transactionEvents, 50)
})

test('a transactionCapacity above the capacity is an error, as in Flume', async () => {
  const { problems } = await readForTest(memory, { capacity: '10', transactionCapacity: '11' })
  assert.deepEqual(
    problems.all.map(({ severity, key }) => [severity, key]),
    [['error', 'transactionCapacity']],
  )
})

test('bad numbers are mended by the defaults with a warning, as Flume does', async () => {
  for (const bad of ['x', '0', '-5', '1.5']) {
    const { read, problems } = await readForTest(memory, { capacity: bad, transactionCapacity: bad, 'keep-alive': 'x' })
    assert.deepEqual([read.capacity, read.transactionCapacity, read['keep-alive']], [100, undefined, 3000])
    assert.deepEqual(
      problems.all.map(({ severity }) => severity),
      ['warning', 'warning', 'warning'],
    )
  }
})

test('byteCapacity leaves its percentage free, and 0 is the default with a warning', async () => {
  const some = await createForTest(memory, { byteCapacity: '1000', byteCapacityBufferPercentage: '30' })
  assert.equal(some.instance.limits.bytes, 700)
  const { problems } = await readForTest(memory, { byteCapacity: '0' })
  assert.equal(problems.all[0]?.severity, 'warning')
  const none = await createForTest(memory, { byteCapacity: '0' })
  assert.equal(none.instance.limits.bytes, 64 * 1024 ** 2)
})
