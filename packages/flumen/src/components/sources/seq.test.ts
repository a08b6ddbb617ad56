import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BatchTooLargeError, ChannelFullError, type PollableSource, TransactionError } from '../../core/index.ts'
import { createForTest, refuse } from '../../testing/harness.ts'
import { sourceContract } from '../../testing/source-contract.ts'
import seq from './seq.ts'

sourceContract(seq)

const never = new AbortController().signal

test('bodies count from 0, so many a put, and the last put may be shorter', async () => {
  const source = await createForTest(seq, { batchSize: '4', totalEvents: '10' })
  const { poll } = pollable(source.instance)
  for (let round = 0; round < 3; round++) assert.equal(await poll(never), 'ready')
  assert.deepEqual(source.bodies(), ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
  assert.deepEqual(
    source.observed.puts.map(({ length }) => length),
    [4, 4, 2],
  )
})

test('numbers of different lengths stand in one batch', async () => {
  const source = await createForTest(seq, { batchSize: '12', totalEvents: '12' })
  await pollable(source.instance).poll(never)
  assert.deepEqual(source.bodies().slice(8), ['8', '9', '10', '11'])
})

test('at its end it says so once, and then waits without polling until it is stopped', async () => {
  const source = await createForTest(seq, { totalEvents: '0' })
  let ends = 0
  Object.defineProperty(source.observed, 'ended', { set: () => ends++ })
  const { poll } = pollable(source.instance)
  const over = new AbortController()
  const waiting = poll(over.signal)
  over.abort()
  assert.equal(await waiting, 'backoff')
  const again = poll(never)
  await source.instance.stop(0)
  assert.equal(await again, 'backoff')
  assert.equal(ends, 1)
})

test('the counter goes on by what is stored, so that nothing is left out', async () => {
  let puts = 0
  const source = await createForTest(
    seq,
    { batchSize: '5' },
    { onPut: () => (puts++ === 0 ? refuse(new ChannelFullError('no room'), 2) : undefined) },
  )
  const { poll } = pollable(source.instance)
  await assert.rejects(poll(never), { code: 'CHANNEL_FULL', stored: 2 })
  await poll(never)
  assert.deepEqual(source.bodies(), ['2', '3', '4', '5', '6'])
})

test('a row that never fits goes to the dead letters, a fatal failure to the runner', async () => {
  let puts = 0
  const source = await createForTest(
    seq,
    { batchSize: '3' },
    {
      onPut: () => {
        if (puts++ === 0) refuse(new BatchTooLargeError('too large'), 1)
        if (puts === 2) refuse(new TransactionError('broken'))
      },
    },
  )
  const { poll } = pollable(source.instance)
  assert.equal(await poll(never), 'ready')
  assert.deepEqual(
    source.observed.rejected.map(({ batch, reason }) => [batch.text(0), batch.length, reason]),
    [['1', 1, 'too large']],
  )
  await assert.rejects(poll(never), { verdict: 'fatal' })
  await poll(never)
  assert.deepEqual(source.bodies(), ['2', '3', '4'])
})

function pollable(source: unknown): { readonly poll: PollableSource['poll'] } {
  return { poll: (signal) => (source as PollableSource).poll(signal) }
}
