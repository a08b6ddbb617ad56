import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOfRows } from '../../core/index.ts'
import { createForTest, deliveryForTest, readForTest, sinkContract } from '../../testing/index.ts'
import nullSink from './null.ts'

sinkContract(nullSink)
sinkContract(nullSink, { values: { batchSize: '7', logEveryNEvents: '0' } })

const three = batchOfRows(new Uint8Array(3), [0, 1, 2], [1, 2, 3])

async function linesAfter(batches: number, logEveryNEvents: string): Promise<readonly unknown[]> {
  const { instance, observed } = await createForTest(nullSink, { logEveryNEvents })
  for (let count = 0; count < batches; count++) await instance.deliver(three, deliveryForTest())
  return observed.lines.map(({ level, facts }) => [level, facts])
}

test('null tells how many events it has taken, each time that so many more have been', async () => {
  assert.deepEqual(await linesAfter(5, '6'), [
    ['info', { events: 6 }],
    ['info', { events: 12 }],
  ])
})

test('null tells once a batch, however many steps the batch passes', async () => {
  assert.deepEqual(await linesAfter(2, '1'), [
    ['info', { events: 3 }],
    ['info', { events: 6 }],
  ])
})

test('null tells nothing when the step is 0', async () => {
  assert.deepEqual(await linesAfter(100, '0'), [])
})

test('null refuses the batch sizes that Flume refuses', async () => {
  for (const batchSize of ['0', '-1', 'x']) {
    assert.ok((await readForTest(nullSink, { batchSize })).problems.hasErrors)
  }
})
