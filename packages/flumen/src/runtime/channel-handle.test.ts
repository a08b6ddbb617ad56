import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEvent, QueueChannel } from '../core/index.ts'
import { ManualClock, settle } from '../testing/manual-clock.ts'
import { ChannelHandle } from './channel-handle.ts'

function handleOf(events = 100): {
  readonly handle: ChannelHandle
  readonly channel: QueueChannel
  readonly clock: ManualClock
} {
  const clock = new ManualClock()
  const channel = new QueueChannel({ events, transactionEvents: events, bytes: 1e6, keepAliveMs: 3000 }, clock)
  return { handle: new ChannelHandle(channel, clock), channel, clock }
}

test('texts, bytes and events are put, one or many, and come out in order', async () => {
  const { handle, channel } = handleOf()
  await handle.put('one')
  await handle.put(['two', Buffer.from('three'), createEvent('four', { host: 'web1' })])
  const seen: string[] = []
  for await (const { headers, body } of handle) {
    seen.push(`${Buffer.from(body)} ${headers.get('host') ?? ''}`.trim())
    if (seen.length === 4) break
  }
  assert.deepEqual(seen, ['one', 'two', 'three', 'four web1'])
  assert.equal(channel.account.buffered, 1, 'the one at which the loop was left went back')
})

test('a batch is acknowledged when the next one is asked for, and given back by an error of the loop', async () => {
  const { handle, channel } = handleOf()
  await handle.put(['a', 'b', 'c', 'd'])
  const failing = (async () => {
    for await (const batch of handle.batches({ events: 2 })) if (batch.text(0) === 'c') throw new Error('no')
  })()
  await assert.rejects(failing, /no/)
  assert.equal(channel.account.acknowledged, 2)
  const texts: string[] = []
  await handle.take((batch) => {
    for (let row = 0; row < batch.length; row++) texts.push(batch.text(row))
  })
  assert.deepEqual(texts, ['c', 'd'])
})

test("a put waits for room for the channel's keep-alive, or for as long as it says", async () => {
  const { handle, clock } = handleOf(1)
  await handle.put('x')
  const full = assert.rejects(handle.put('y'), { code: 'CHANNEL_FULL' })
  await clock.advance(3000)
  await full
  await assert.rejects(handle.put('y', { timeoutMs: 0 }), { code: 'CHANNEL_FULL' })
  const patient = handle.put('z', { timeoutMs: 60_000 })
  await settle()
  assert.equal(await handle.take(() => undefined), true)
  await patient
})

test('an error of the work puts a take back; nothing there in time is false', async () => {
  const { handle, channel, clock } = handleOf()
  await handle.put('x')
  await assert.rejects(
    handle.take(() => Promise.reject(new Error('no'))),
    /no/,
  )
  assert.equal(channel.account.buffered, 1)
  assert.equal(await handle.take(() => undefined), true)
  const none = handle.take(() => undefined, { timeoutMs: 50 })
  await clock.advance(50)
  assert.equal(await none, false)
})

test('the loop ends when the channel stops', async () => {
  const { handle, channel } = handleOf()
  const seen: string[] = []
  const loop = (async () => {
    for await (const batch of handle.batches()) seen.push(batch.text(0))
  })()
  await handle.put('x')
  await settle()
  await channel.stop()
  await loop
  assert.deepEqual(seen, ['x'])
})
