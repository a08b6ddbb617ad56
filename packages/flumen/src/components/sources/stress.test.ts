import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChannelFullError, type PollableSource } from '../../core/index.ts'
import { createForTest, refuse } from '../../testing/harness.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { sourceContract } from '../../testing/source-contract.ts'
import stress from './stress.ts'

sourceContract(stress)

const never = new AbortController().signal

test('bodies have the size that was asked for, each byte of them is 0x7F', async () => {
  const source = await createForTest(stress, { size: '3', batchSize: '2' })
  await source.instance.start()
  await pollable(source.instance).poll(never)
  assert.deepEqual(source.bodies(), ['\x7f\x7f\x7f', '\x7f\x7f\x7f'])
})

test('many large bodies of a put share memory', async () => {
  const source = await createForTest(stress, { size: '1000000', batchSize: '1000' })
  await source.instance.start()
  await pollable(source.instance).poll(never)
  const [batch] = source.observed.puts
  assert.equal(batch?.bodyBytes, 1_000_000_000)
  assert.ok(batch!.retainedBytes <= 16 * 1024 * 1024)
  assert.equal(batch?.body(999).length, 1_000_000)
})

test('events that could not be stored count towards maxTotalEvents, and the last put is shorter', async () => {
  let puts = 0
  const source = await createForTest(
    stress,
    { batchSize: '4', maxTotalEvents: '10' },
    { onPut: () => (puts++ === 0 ? refuse(new ChannelFullError('no room')) : undefined) },
  )
  await source.instance.start()
  const { poll } = pollable(source.instance)
  await assert.rejects(poll(never), { code: 'CHANNEL_FULL' })
  await poll(never)
  await poll(never)
  const over = new AbortController()
  const waiting = poll(over.signal)
  over.abort()
  assert.equal(await waiting, 'backoff')
  assert.deepEqual(
    source.observed.puts.map(({ length }) => length),
    [4, 2],
  )
  assert.ok(source.observed.ended)
})

test('only stored events count towards maxSuccessfulEvents', async () => {
  let puts = 0
  const source = await createForTest(
    stress,
    { batchSize: '4', maxSuccessfulEvents: '5' },
    { onPut: () => (puts++ === 0 ? refuse(new ChannelFullError('no room'), 2) : undefined) },
  )
  await source.instance.start()
  const { poll } = pollable(source.instance)
  await assert.rejects(poll(never), { stored: 2 })
  await poll(never)
  const waiting = poll(never)
  await source.instance.stop(0)
  assert.equal(await waiting, 'backoff')
  assert.deepEqual(
    source.observed.puts.map(({ length }) => length),
    [3],
  )
})

test('a rate is kept, and what a quiet second left over may come at once', async () => {
  const clock = new ManualClock()
  const source = await createForTest(stress, { batchSize: '10', maxEventsPerSecond: '10' }, { clock })
  await source.instance.start()
  const over = new AbortController()
  const polling = pollFor(pollable(source.instance), over.signal)
  await clock.advance(0)
  const stored = (): number => source.bodies().length
  assert.equal(stored(), 10)
  await clock.advance(999)
  assert.equal(stored(), 10)
  await clock.advance(1)
  assert.equal(stored(), 20)
  await clock.advance(3000)
  assert.equal(stored(), 50)
  over.abort()
  await polling
  assert.equal(clock.pending, 0)
})

async function pollFor({ poll }: { readonly poll: PollableSource['poll'] }, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await poll(signal).catch((error: unknown) => assert.ok(signal.aborted, String(error)))
}

function pollable(source: unknown): { readonly poll: PollableSource['poll'] } {
  return { poll: (signal) => (source as PollableSource).poll(signal) }
}
