import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  batchOf,
  type Channel,
  createEvent,
  type EventBatch,
  QueueChannel,
  type TakeTransaction,
} from '../core/index.ts'
import { ManualClock, settle } from '../testing/manual-clock.ts'
import { commitAll, type Share } from './fan-out.ts'

const never = new AbortController().signal

function queue(clock: ManualClock, events: number): QueueChannel {
  return new QueueChannel({ events, bytes: 1e9, transactionEvents: events, keepAliveMs: 3000 }, clock)
}

function sharesOf(
  channels: readonly Channel[],
  ordinals: readonly number[],
  text: string,
  clock: ManualClock,
): Share[] {
  const batch = batchOf([createEvent(text)])
  return channels.map((channel, index) => ({
    channel,
    ordinal: ordinals[index]!,
    batch,
    demand: { events: 1, bytes: batch.retainedBytes },
    deadlineMs: clock.monotonic() + 3000,
  }))
}

function takeAll(channel: QueueChannel, events = 1000): string[] {
  const texts: string[] = []
  const limit = { events, bytes: Number.POSITIVE_INFINITY, lingerMs: 0 }
  for (;;) {
    const take = channel.consumer().take(limit, 0, never) as TakeTransaction | null
    if (!take) return texts
    texts.push(...textsOf(take.batch))
    void take.commit()
  }
}

function textsOf(batch: EventBatch): string[] {
  return Array.from(batch, ({ body }) => Buffer.from(body).toString())
}

test('rivals over two channels in opposite orders never deadlock, and each puts into both or none', async () => {
  const clock = new ManualClock()
  const a = queue(clock, 2)
  const b = queue(clock, 2)
  let running = true
  const stored: string[] = []
  const writer = async (name: string, forward: boolean): Promise<void> => {
    for (let index = 0; index < 200; index++) {
      const text = `${name}${index}`
      const [channels, ordinals] = forward
        ? [
            [a, b],
            [0, 1],
          ]
        : [
            [b, a],
            [1, 0],
          ]
      await commitAll(sharesOf(channels, ordinals, text, clock), never)
      stored.push(text)
    }
  }
  const fromA: string[] = []
  const fromB: string[] = []
  const drain = async (): Promise<void> => {
    for (let turn = 0; running; turn++) {
      if (turn % 2 === 0) fromA.push(...takeAll(a))
      if (turn % 3 === 0) fromB.push(...takeAll(b))
      await settle()
    }
  }
  const draining = drain()
  await Promise.all([writer('x', true), writer('y', false), writer('z', true)])
  running = false
  await draining
  fromA.push(...takeAll(a))
  fromB.push(...takeAll(b))
  assert.deepEqual(fromA.toSorted(), stored.toSorted())
  assert.deepEqual(fromB.toSorted(), stored.toSorted())
  for (const name of ['x', 'y', 'z']) {
    for (const all of [fromA, fromB]) {
      const own = all.filter((text) => text.startsWith(name))
      assert.deepEqual(
        own,
        own.toSorted((one, other) => Number(one.slice(1)) - Number(other.slice(1))),
        'order of one writer',
      )
    }
  }
})

test('a dead channel does not block the healthy ones: who waits for it holds nothing', async () => {
  const clock = new ManualClock()
  const healthy = queue(clock, 1)
  const dead = queue(clock, 1)
  void commitAll(sharesOf([dead], [1], 'fills it', clock), never)
  const both = Promise.resolve(commitAll(sharesOf([healthy, dead], [0, 1], 'both', clock), never))
  const failed = assert.rejects(both, { code: 'CHANNEL_FULL' })
  await settle()
  for (let index = 0; index < 10; index++) {
    assert.equal(commitAll(sharesOf([healthy], [0], String(index), clock), never), undefined, 'at once')
    assert.deepEqual(takeAll(healthy), [String(index)])
  }
  await clock.advance(3000)
  await failed
  assert.deepEqual(takeAll(healthy), [])
  assert.equal(healthy.account.bytes, 0, 'no reservation is left')
})

test('rival sources over channels in opposite orders, one of them dead, all fail in time and starve nobody', async () => {
  const clock = new ManualClock()
  const [a, b, dead] = [queue(clock, 1), queue(clock, 1), queue(clock, 1)]
  void commitAll(sharesOf([dead], [2], 'x', clock), never)
  const waiting = [
    Promise.resolve(commitAll(sharesOf([a, b, dead], [0, 1, 2], 'p', clock), never)),
    Promise.resolve(commitAll(sharesOf([dead, b, a], [2, 1, 0], 'q', clock), never)),
  ]
  const failures = waiting.map((each) => assert.rejects(each, { code: 'CHANNEL_FULL' }))
  let passed = 0
  for (let round = 0; round < 20; round++) {
    await commitAll(sharesOf([b, a], [1, 0], `${round}`, clock), never)
    passed++
    assert.deepEqual([...takeAll(a), ...takeAll(b)], [`${round}`, `${round}`])
    await clock.advance(100)
  }
  assert.equal(passed, 20)
  await clock.advance(3000)
  await Promise.all(failures)
})

test('channels whose commit can fail commit first, and a failure leaves nothing in memory channels', async () => {
  const clock = new ManualClock()
  const memory = queue(clock, 10)
  const broken = queue(clock, 10)
  const failing: Channel = Object.assign(Object.create(broken) as Channel, {
    limits: broken.limits,
    commitCanFail: true,
    reserve: () => ({ commit: () => Promise.reject(new Error('disk gone')), rollback: () => undefined }),
  })
  await assert.rejects(async () => commitAll(sharesOf([memory, failing], [0, 1], 'x', clock), never), /disk gone/)
  assert.deepEqual(
    { ...memory.account },
    { put: 0, recovered: 0, acknowledged: 0, buffered: 0, discarded: 0, bytes: 0 },
  )
})
