import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  batchOf,
  type ChannelSelector,
  createEvent,
  EventBatch,
  type Interceptor,
  Part,
  QueueChannel,
  silentLog,
  type TakeTransaction,
} from '../core/index.ts'
import { ManualClock } from '../testing/manual-clock.ts'
import { ChannelProcessor } from './channel-processor.ts'
import { DeadLetters } from './dead-letters.ts'

const never = new AbortController().signal
const toAll: ChannelSelector = { select: () => [{ channel: 0, required: true, rows: null }] }

interface Setup {
  readonly interceptors?: readonly Interceptor[]
  readonly selector?: ChannelSelector
  readonly channels?: readonly QueueChannel[]
}

function setUp({ interceptors = [], selector = toAll, channels = [queue(1000)] }: Setup): {
  processor: ChannelProcessor
  channels: readonly QueueChannel[]
} {
  const clock = new ManualClock()
  const processor = new ChannelProcessor(
    { interceptors, selector },
    {
      source: 'r1',
      channels,
      ordinals: channels.map((_, index) => index),
      clock,
      log: silentLog,
      deadLetters: new DeadLetters(undefined, clock, silentLog),
    },
  )
  return { processor, channels }
}

function queue(events: number, more: { bytes?: number; transactionEvents?: number } = {}): QueueChannel {
  return new QueueChannel({ events, bytes: 1e9, transactionEvents: events, keepAliveMs: 0, ...more }, new ManualClock())
}

function numbered(count: number, size = 1): EventBatch {
  return batchOf(Array.from({ length: count }, (_, index) => createEvent(String(index).padEnd(size, '.'))))
}

/** One byte each. */
function rowsOver(slab: Buffer, rows: number): EventBatch {
  const start = Uint32Array.from({ length: rows }, (_, row) => row)
  return new EventBatch([new Part({ arrivedAt: 1, slab, start, end: start.map((at) => at + 1) })])
}

function contents(channel: QueueChannel): string[] {
  const take = channel
    .consumer()
    .take({ events: 10_000, bytes: Number.POSITIVE_INFINITY, lingerMs: 0 }, 0, never) as TakeTransaction | null
  return take ? Array.from(take.batch, ({ body }) => Buffer.from(body).toString()) : []
}

const isOdd = (batch: EventBatch, row: number): boolean => Number(batch.text(row)) % 2 === 1
const dropOdd: Interceptor = {
  intercept: (batch) =>
    batch.select(
      Uint32Array.from(
        Array(batch.length)
          .keys()
          .filter((row) => !isOdd(batch, row)),
      ),
    ),
}

test('what interceptors drop is booked as filtered when the put is stored', () => {
  const { processor, channels } = setUp({ interceptors: [dropOdd] })
  assert.equal(processor.put(numbered(10), undefined, never), undefined)
  assert.deepEqual(contents(channels[0]!), ['0', '2', '4', '6', '8'])
  const { received, stored, filtered, copies } = processor.account
  assert.deepEqual({ received, stored, filtered, copies }, { received: 10, stored: 5, filtered: 5, copies: 5 })
})

test('what interceptors reject is booked as rejected, and the rest goes on', async () => {
  const rejectThrees: Interceptor = {
    intercept(batch, reject) {
      const kept: number[] = []
      for (let row = 0; row < batch.length; row++) {
        if (batch.text(row) === '3') reject(row, 'three')
        else kept.push(row)
      }
      return batch.select(Uint32Array.from(kept))
    },
  }
  const { processor, channels } = setUp({ interceptors: [rejectThrees] })
  await processor.put(numbered(5), undefined, never)
  assert.deepEqual(contents(channels[0]!), ['0', '1', '2', '4'])
  const { rejected, filtered, stored } = processor.account
  assert.deepEqual({ rejected, filtered, stored }, { rejected: 1, filtered: 0, stored: 4 })
})

test('an interceptor that throws costs only the rows that make it throw', async () => {
  const throwsOnTwo: Interceptor = {
    intercept(batch) {
      for (let row = 0; row < batch.length; row++) if (batch.text(row) === '2') throw new Error('poison')
      return batch
    },
  }
  const { processor, channels } = setUp({ interceptors: [throwsOnTwo] })
  await processor.put(numbered(5), undefined, never)
  assert.deepEqual(contents(channels[0]!), ['0', '1', '3', '4'])
  const { received, stored, rejected } = processor.account
  assert.deepEqual({ received, stored, rejected }, { received: 5, stored: 4, rejected: 1 })
})

test('rows that no route names are unrouted, and a put of none but those succeeds', () => {
  const toNone: ChannelSelector = { select: () => [] }
  const { processor } = setUp({ selector: toNone })
  assert.equal(processor.put(numbered(4), undefined, never), undefined)
  const { received, stored, unrouted } = processor.account
  assert.deepEqual({ received, stored, unrouted }, { received: 4, stored: 0, unrouted: 4 })
})

test('rows are routed by overlapping routes and counted once', () => {
  const selector: ChannelSelector = {
    select: () => [
      { channel: 0, required: true, rows: Uint32Array.of(0, 1) },
      { channel: 1, required: true, rows: Uint32Array.of(1, 2) },
    ],
  }
  const { processor, channels } = setUp({ selector, channels: [queue(10), queue(10)] })
  void processor.put(numbered(4), undefined, never)
  assert.deepEqual(channels.map(contents), [
    ['0', '1'],
    ['1', '2'],
  ])
  const { stored, unrouted, copies } = processor.account
  assert.deepEqual({ stored, unrouted, copies }, { stored: 3, unrouted: 1, copies: 4 })
})

test('an atomic put is never split: larger than transactionCapacity it is refused as a whole', () => {
  const { processor, channels } = setUp({ channels: [queue(100, { transactionEvents: 10 })] })
  assert.throws(() => processor.put(numbered(11), { atomic: true }, never), {
    code: 'BATCH_TOO_LARGE',
    verdict: 'reject',
    stored: 0,
  })
  assert.deepEqual(contents(channels[0]!), [])
  assert.equal(processor.account.refused, 11)
})

test('a put that is larger than a transaction is divided where one slab ends and the next begins', () => {
  const { processor, channels } = setUp({ channels: [queue(1000, { transactionEvents: 10 })] })
  const slabs = [8, 4, 5, 12, 1].map((rows, index) => rowsOver(Buffer.alloc(rows, String(index)), rows))
  assert.equal(processor.put(EventBatch.join(slabs), undefined, never), undefined)
  // 8; 4 and 5; 10 of 12, which is too large for one; the other 2 and 1.
  assert.equal(processor.counts.puts, 4)
  const takes = [1, 2, 3].map(() => contents(channels[0]!).join(''))
  assert.deepEqual(takes, ['0000000011', '1122222333', '3333333334'])
})

test('a put with more bytes than the channel holds is stored in smaller pieces while there is room', async () => {
  const { processor, channels } = setUp({ channels: [queue(1000, { bytes: 2500 })] })
  await assert.rejects(async () => processor.put(numbered(100, 100), undefined, never), { code: 'CHANNEL_FULL' })
  const stored = contents(channels[0]!).length
  assert.ok(stored > 0 && stored <= 25, String(stored))
  assert.equal(processor.account.stored, stored)
  assert.equal(processor.account.refused, 100 - stored)
})

test('a row that never fits fails the put with reject and says how many rows before it are in', async () => {
  const { processor, channels } = setUp({ channels: [queue(1000, { bytes: 500 })] })
  const batch = batchOf([createEvent('a'), createEvent('b'), createEvent('x'.repeat(600)), createEvent('c')])
  await assert.rejects(async () => processor.put(batch, undefined, never), {
    code: 'BATCH_TOO_LARGE',
    verdict: 'reject',
    stored: 2,
  })
  assert.deepEqual(contents(channels[0]!), ['a', 'b'])
})

test('an optional channel that is full is passed over, counted, and does not fail the put', () => {
  const selector: ChannelSelector = {
    select: () => [
      { channel: 0, required: true, rows: null },
      { channel: 1, required: false, rows: null },
    ],
  }
  const { processor, channels } = setUp({ selector, channels: [queue(100), queue(2, { transactionEvents: 100 })] })
  void processor.put(numbered(2), undefined, never)
  void processor.put(numbered(2), undefined, never)
  assert.equal(contents(channels[0]!).length, 4)
  assert.equal(contents(channels[1]!).length, 2)
  assert.equal(processor.counts.optionalMissed, 2)
  assert.equal(processor.account.copies, 6)
})

test('an empty put is nothing', () => {
  const { processor } = setUp({})
  assert.equal(processor.put(EventBatch.empty, undefined, never), undefined)
  assert.equal(processor.account.received, 0)
})

test('slow interceptors get few rows at a time, and the event loop breathes in between', async () => {
  const sizes: number[] = []
  const slow: Interceptor = {
    intercept(batch) {
      sizes.push(batch.length)
      const until = performance.now() + batch.length * 2
      while (performance.now() < until);
      return batch
    },
  }
  const { processor, channels } = setUp({ interceptors: [slow] })
  let breaths = 0
  const breathing = setInterval(() => breaths++, 1)
  await processor.put(numbered(100), undefined, never)
  await processor.put(numbered(60), undefined, never)
  clearInterval(breathing)
  assert.equal(sizes[0], 100)
  assert.ok(
    sizes.slice(1).every((size) => size < 60),
    String(sizes),
  )
  assert.ok(breaths >= 3, String(breaths))
  assert.equal(contents(channels[0]!).length, 160)
  assert.equal(processor.account.stored, 160)
})
