import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ManualClock, settle } from '../testing/manual-clock.ts'
import { batchOf } from './batch-builder.ts'
import type { PutTransaction, TakeTransaction } from './channel.ts'
import { BatchTooLargeError, ChannelFullError, TransactionError } from './errors.ts'
import { createEvent } from './event.ts'
import type { EventBatch } from './event-batch.ts'
import { QueueChannel } from './queue-channel.ts'

const never = new AbortController().signal
const now = { deadlineMs: 0, signal: never }
const whole = { events: 1000, bytes: Number.POSITIVE_INFINITY, lingerMs: 0 }

function channelOf(
  events: number,
  options: { bytes?: number; transactionEvents?: number; clock?: ManualClock } = {},
): QueueChannel {
  const { bytes = 1e9, transactionEvents = events, clock = new ManualClock() } = options
  return new QueueChannel({ events, bytes, transactionEvents, keepAliveMs: 0 }, clock)
}

function numbered(from: number, count: number): EventBatch {
  return batchOf(Array.from({ length: count }, (_, index) => createEvent(String(from + index))))
}

function put(channel: QueueChannel, batch: EventBatch): void {
  const transaction = channel.reserve({ events: batch.length, bytes: batch.retainedBytes }, now) as PutTransaction
  void transaction.commit(batch)
}

function take(channel: QueueChannel, events: number): TakeTransaction | null {
  return channel.consumer().take({ ...whole, events }, 0, never) as TakeTransaction | null
}

function numbers(batch: EventBatch): number[] {
  return Array.from(batch, ({ body }) => Number(Buffer.from(body).toString()))
}

/** A queue as a plain array: what is in it, and what is taken, by position. */
class Model {
  readonly positions = new Map<number, 'here' | 'taken'>()
  next = 0

  put(count: number): void {
    for (let index = 0; index < count; index++) this.positions.set(this.next++, 'here')
  }

  take(most: number): number[] {
    const here = [...this.positions]
      .filter(([, state]) => state === 'here')
      .map(([position]) => position)
      .sort((a, b) => a - b)
    const taken: number[] = []
    for (const position of here) {
      if (taken.length === most || (taken.length > 0 && position !== taken.at(-1)! + 1)) break
      taken.push(position)
    }
    for (const position of taken) this.positions.set(position, 'taken')
    return taken
  }

  settle(taken: readonly number[], keep: ReadonlySet<number>): void {
    for (const [row, position] of taken.entries()) {
      if (keep.has(row)) this.positions.set(position, 'here')
      else this.positions.delete(position)
    }
  }
}

test('random puts, takes, partial commits and rollbacks in any order agree with a plain array', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('put' as const), count: fc.integer({ min: 1, max: 7 }) }),
    fc.record({ kind: fc.constant('give up' as const), count: fc.integer({ min: 1, max: 7 }) }),
    fc.record({ kind: fc.constant('take' as const), count: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ kind: fc.constant('commit' as const), which: fc.nat(5), keep: fc.array(fc.nat(8), { maxLength: 4 }) }),
    fc.record({ kind: fc.constant('rollback' as const), which: fc.nat(5) }),
  )
  fc.assert(
    // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: the model and the channel, step by step, side by side.
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const capacity = 12
      const channel = channelOf(capacity)
      const model = new Model()
      const open: { taken: number[]; transaction: TakeTransaction }[] = []
      for (const each of steps) {
        if (each.kind === 'put' || each.kind === 'give up') {
          const demand = { events: each.count, bytes: 10 }
          if (model.positions.size + each.count > capacity) {
            assert.throws(() => channel.reserve(demand, now), ChannelFullError)
            continue
          }
          const transaction = channel.reserve(demand, now) as PutTransaction
          if (each.kind === 'give up') transaction.rollback()
          else {
            void transaction.commit(numbered(model.next, each.count))
            model.put(each.count)
          }
        } else if (each.kind === 'take') {
          const taken = model.take(each.count)
          const transaction = take(channel, each.count)
          assert.deepEqual(transaction ? numbers(transaction.batch) : [], taken)
          if (transaction) open.push({ taken, transaction })
        } else if (open.length > 0) {
          const [{ taken, transaction }] = open.splice(each.which % open.length, 1) as [(typeof open)[0]]
          const keep = new Set(each.kind === 'rollback' ? taken.keys() : each.keep.filter((row) => row < taken.length))
          if (each.kind === 'rollback') transaction.rollback()
          else void transaction.commit(Uint32Array.from([...keep].sort((a, b) => a - b)))
          model.settle(taken, keep)
        }
        const { put: stored, acknowledged, buffered } = channel.account
        assert.equal(buffered, model.positions.size)
        assert.equal(stored, acknowledged + buffered)
      }
      for (const { transaction } of open) transaction.rollback()
      const rest = [...model.positions.keys()].sort((a, b) => a - b)
      const left: number[] = []
      for (let next = take(channel, 1000); next; next = take(channel, 1000)) {
        left.push(...numbers(next.batch))
        void next.commit()
      }
      assert.deepEqual(left, rest)
      assert.equal(channel.account.bytes, 0)
    }),
    { numRuns: 1000 },
  )
})

test('two open takes that roll back in any order come again in their own order', () => {
  const channel = channelOf(100)
  put(channel, numbered(1, 20))
  const first = take(channel, 10)!
  const second = take(channel, 10)!
  first.rollback()
  second.rollback()
  const again = take(channel, 100)!
  assert.deepEqual(numbers(again.batch), numbers(numbered(1, 20)))
  assert.equal(again.redelivered, true)
})

test('a put waits while the channel is full and is served in order of arrival', async () => {
  const channel = channelOf(10)
  put(channel, numbered(0, 10))
  const order: string[] = []
  const wait = { deadlineMs: Number.POSITIVE_INFINITY, signal: never }
  const large = Promise.resolve(channel.reserve({ events: 8, bytes: 1 }, wait)).then((granted) => {
    order.push('large')
    return granted.commit(numbered(10, 8))
  })
  const small = Promise.resolve(channel.reserve({ events: 1, bytes: 1 }, wait)).then((granted) => {
    order.push('small')
    return granted.commit(numbered(18, 1))
  })
  void take(channel, 2)!.commit()
  await settle()
  assert.deepEqual(order, [], 'the small one does not overtake')
  void take(channel, 8)!.commit()
  await Promise.all([large, small])
  assert.deepEqual(order, ['large', 'small'])
})

test('a newcomer that would fit does not overtake who waits for more room', async () => {
  const clock = new ManualClock()
  const channel = channelOf(10, { clock })
  put(channel, numbered(0, 9))
  const wait = { deadlineMs: 1000, signal: never }
  const large = channel.reserve({ events: 5, bytes: 1 }, wait)
  assert.throws(() => channel.reserve({ events: 1, bytes: 1 }, now), ChannelFullError)
  void take(channel, 9)!.commit()
  ;(await large).rollback()
  assert.equal(clock.pending, 0, 'the deadline of a granted wait is gone')
})

test('what goes back to the channel wakes a take that waits', async () => {
  const channel = channelOf(10)
  put(channel, numbered(0, 3))
  const open = take(channel, 3)!
  const waiting = channel.consumer().take(whole, Number.POSITIVE_INFINITY, never)
  void open.commit(Uint32Array.of(2))
  assert.deepEqual(numbers((await waiting)!.batch), [2])
})

test('rows that were kept still take their room', () => {
  const channel = channelOf(3)
  put(channel, numbered(0, 3))
  void take(channel, 3)!.commit(Uint32Array.of(0, 1))
  assert.throws(() => channel.reserve({ events: 2, bytes: 1 }, now), ChannelFullError)
})

test("a put that finds no room by its deadline fails with Flume's words and leaves nothing behind", async () => {
  const clock = new ManualClock()
  const channel = channelOf(1, { clock })
  put(channel, numbered(0, 1))
  const full = Promise.resolve(channel.reserve({ events: 1, bytes: 1 }, { deadlineMs: 3000, signal: never }))
  const failed = assert.rejects(full, {
    code: 'CHANNEL_FULL',
    verdict: 'retry',
    message: /^Space for commit to queue couldn't be acquired/,
  })
  await clock.advance(3000)
  await failed
  assert.equal(clock.pending, 0)
  void take(channel, 1)!.commit()
  put(channel, numbered(1, 1))
})

test('what can never fit is refused at once', () => {
  const channel = channelOf(10, { transactionEvents: 5, bytes: 100 })
  assert.throws(() => channel.reserve({ events: 6, bytes: 1 }, now), BatchTooLargeError)
  assert.throws(() => channel.reserve({ events: 1, bytes: 101 }, now), BatchTooLargeError)
})

test('bytes are bounded too, and come back when the last row of a put is acknowledged', () => {
  const channel = channelOf(100, { bytes: 100 })
  const batch = batchOf([createEvent('x'.repeat(40)), createEvent('y'.repeat(40))])
  put(channel, batch)
  assert.throws(() => channel.reserve({ events: 1, bytes: 30 }, now), ChannelFullError)
  void take(channel, 1)!.commit()
  assert.throws(() => channel.reserve({ events: 1, bytes: 30 }, now), ChannelFullError)
  void take(channel, 1)!.commit()
  assert.equal(channel.account.bytes, 0)
})

test('a sleeping take is woken by the commit that feeds it', async () => {
  const channel = channelOf(10)
  const taken = channel.consumer().take(whole, Number.POSITIVE_INFINITY, never)
  assert.ok(taken instanceof Promise)
  put(channel, numbered(7, 2))
  assert.deepEqual(numbers((await taken)!.batch), [7, 8])
})

test('a take lingers for a full batch, but no longer than it says', async () => {
  const clock = new ManualClock()
  const channel = channelOf(100, { clock })
  const limit = { events: 3, bytes: Number.POSITIVE_INFINITY, lingerMs: 50 }
  const short = Promise.resolve(channel.consumer().take(limit, Number.POSITIVE_INFINITY, never))
  put(channel, numbered(0, 1))
  await clock.advance(49)
  assert.equal(channel.account.acknowledged, 0)
  await clock.advance(1)
  const first = await short
  assert.deepEqual(numbers(first!.batch), [0])
  const full = Promise.resolve(channel.consumer().take(limit, Number.POSITIVE_INFINITY, never))
  put(channel, numbered(1, 2))
  put(channel, numbered(3, 1))
  assert.deepEqual(numbers((await full)!.batch), [1, 2, 3])
  assert.equal(clock.pending, 0)
})

test('a take that waits ends with null when it is stopped, when its time is up, and when the channel stops', async () => {
  const clock = new ManualClock()
  const channel = channelOf(10, { clock })
  const abort = new AbortController()
  const stopped = channel.consumer().take(whole, Number.POSITIVE_INFINITY, abort.signal)
  abort.abort()
  assert.equal(await stopped, null)
  const timed = channel.consumer().take(whole, 100, never)
  await clock.advance(100)
  assert.equal(await timed, null)
  const last = channel.consumer().take(whole, Number.POSITIVE_INFINITY, never)
  await channel.stop()
  assert.equal(await last, null)
  assert.equal(clock.pending, 0)
})

test('one event larger than the byte limit of a take comes alone', () => {
  const channel = channelOf(10)
  put(channel, batchOf([createEvent('long body'), createEvent('x'), createEvent('y')]))
  const limit = { events: 10, bytes: 2, lingerMs: 0 }
  const sizes: number[] = []
  for (;;) {
    const next = channel.consumer().take(limit, 0, never) as TakeTransaction | null
    if (!next) break
    sizes.push(next.batch.length)
    void next.commit()
  }
  assert.deepEqual(sizes, [1, 2])
})

test('a settled transaction cannot be settled again', () => {
  const channel = channelOf(10)
  const transaction = channel.reserve({ events: 1, bytes: 1 }, now) as PutTransaction
  void transaction.commit(numbered(0, 1))
  assert.throws(() => transaction.commit(numbered(1, 1)), TransactionError)
  transaction.rollback()
  const taken = take(channel, 1)!
  void taken.commit()
  assert.throws(() => taken.commit(), TransactionError)
  taken.rollback()
  assert.deepEqual(channel.account, { put: 1, recovered: 0, acknowledged: 1, buffered: 0, discarded: 0, bytes: 0 })
})

test('competing takers share a queue and each event is taken once', async () => {
  const channel = channelOf(1000)
  const seen: number[] = []
  const taker = async (): Promise<void> => {
    for (;;) {
      const next = await channel.consumer().take({ ...whole, events: 3 }, Number.POSITIVE_INFINITY, never)
      if (!next) return
      seen.push(...numbers(next.batch))
      await next.commit()
    }
  }
  const takers = [taker(), taker(), taker()]
  for (let from = 0; from < 500; from += 5) {
    put(channel, numbered(from, 5))
    if (from % 50 === 0) await settle()
  }
  await settle()
  await channel.stop()
  await Promise.all(takers)
  assert.deepEqual(
    seen.sort((a, b) => a - b),
    numbers(numbered(0, 500)),
  )
})

test('watchers hear of a put that waits while only open takes fill the channel', async () => {
  const channel = channelOf(2)
  let heard = 0
  channel.onPressure(() => heard++)
  put(channel, numbered(0, 2))
  const wait = { deadlineMs: Number.POSITIVE_INFINITY, signal: never }
  const waiting = channel.reserve({ events: 1, bytes: 1 }, wait)
  assert.equal(heard, 0, 'something is left to take')
  const open = take(channel, 2)!
  void channel.consumer().take(whole, Number.POSITIVE_INFINITY, never)
  assert.equal(heard, 1)
  void open.commit()
  ;(await waiting).rollback()
})

test('who waits until little is left waits until sinks have taken it or ask for more, and no longer than told', async () => {
  const clock = new ManualClock()
  const channel = channelOf(100, { clock })
  const large = (): EventBatch => batchOf(Array.from({ length: 4 }, () => createEvent(Buffer.alloc(1024 ** 2))))
  const isOver = async (wait: void | Promise<void>): Promise<boolean> => {
    let over = false
    void (wait ?? Promise.resolve()).then(() => {
      over = true
    })
    await settle()
    return over
  }
  assert.equal(channel.whenLow(20, never), undefined, 'nothing is there')
  put(channel, large())
  const timed = channel.whenLow(20, never)
  await clock.advance(19)
  assert.equal(await isOver(timed), false)
  await clock.advance(1)
  assert.equal(await isOver(timed), true)
  const taken = channel.whenLow(20, never)
  take(channel, 1)
  assert.equal(await isOver(taken), false, 'three mebibytes are left')
  take(channel, 1)
  assert.equal(await isOver(taken), true, 'what is taken does not wait')
  put(channel, large())
  const lingering = channel.whenLow(20, never)
  const full = channel.consumer().take({ ...whole, lingerMs: 1000 }, Number.POSITIVE_INFINITY, never)
  assert.equal(await isOver(lingering), true, 'one waits for more')
  assert.equal(channel.whenLow(20, never), undefined)
  await clock.advance(1000)
  void ((await full) as TakeTransaction).rollback()
  const abort = new AbortController()
  const aborted = channel.whenLow(20, abort.signal)
  abort.abort()
  assert.equal(await isOver(aborted), true)
  const stopped = channel.whenLow(20, never)
  await channel.stop()
  assert.equal(await isOver(stopped), true)
  assert.equal(clock.pending, 0)
})
