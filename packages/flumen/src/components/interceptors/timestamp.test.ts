import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEvent } from '../../core/index.ts'
import { batchOfOnePart, createForTest, interceptorContract, ManualClock, readForTest } from '../../testing/index.ts'
import timestamp from './timestamp.ts'

interceptorContract(timestamp)
interceptorContract(timestamp, { values: { preserveExisting: 'true' } })

const batch = batchOfOnePart([createEvent('a'), createEvent('b', { timestamp: '1' })])
const never = (): void => assert.fail('no row is rejected')

test('timestamp gives the time in ms to all events of a batch as one value', async () => {
  const clock = new ManualClock(1_795_225_939_280)
  const { instance } = await createForTest(timestamp, {}, { clock })
  const [part] = instance.intercept(batch, never).parts
  assert.deepEqual(part!.columns, [['timestamp', { kind: 'constant', value: '1795225939280' }]])
  await clock.advance(5)
  assert.equal(instance.intercept(batch, never).header(1, 'timestamp'), '1795225939285')
})

test('timestamp reads the clock once for a batch', async () => {
  const clock = new ManualClock()
  let readings = 0
  clock.now = () => ++readings
  const { instance } = await createForTest(timestamp, { preserveExisting: 'true' }, { clock })
  instance.intercept(batch, never)
  assert.equal(readings, 1)
})

test('timestamp keeps the times that events have, if it is told to', async () => {
  const { instance } = await createForTest(timestamp, { preserveExisting: 'true' }, { clock: new ManualClock(5000) })
  const after = instance.intercept(batch, never)
  assert.deepEqual([after.header(0, 'timestamp'), after.header(1, 'timestamp')], ['5000', '1'])
})

test('timestamp takes the name of its header from headerName or header', async () => {
  assert.equal((await readForTest(timestamp, { headerName: 'ts' })).read.headerName, 'ts')
  assert.equal((await readForTest(timestamp, { header: 'ts' })).read.headerName, 'ts')
})
