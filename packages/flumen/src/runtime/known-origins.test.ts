import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import {
  batchOf,
  type Channel,
  ChannelFullError,
  type ChannelSelector,
  createEvent,
  type Demand,
  type EventBatch,
  type Interceptor,
  type Origin,
  type PutTransaction,
  QueueChannel,
  type Route,
  silentLog,
  type TakeTransaction,
  type Wait,
} from '../core/index.ts'
import { Random } from '../testing/disk/random.ts'
import { ManualClock } from '../testing/manual-clock.ts'
import { ChannelProcessor } from './channel-processor.ts'
import { DeadLetters } from './dead-letters.ts'
import { isUsable, nextSpan } from './known-origins.ts'

const never = new AbortController().signal
const limits = { events: 100_000, bytes: 1e9, transactionEvents: 20, keepAliveMs: 0 }

function processorOf(
  channels: readonly Channel[],
  selector: ChannelSelector = { select: () => channels.map((_, channel) => ({ channel, required: true, rows: null })) },
  interceptors: readonly Interceptor[] = [],
): ChannelProcessor {
  const clock = new ManualClock()
  return new ChannelProcessor(
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
}

/** Rows of which each says its position. */
function rows(first: number, last: number): EventBatch {
  return batchOf(Array.from({ length: last - first + 1 }, (_, index) => createEvent(String(first + index))))
}

function send(processor: ChannelProcessor, producer: string, first: number, last: number): Promise<void> {
  return Promise.resolve(processor.put(rows(first, last), { atomic: true, origin: { producer, first, last } }, never))
}

function contents(channel: Channel): string[] {
  const bodies: string[] = []
  for (;;) {
    const limit = { events: 1000, bytes: Number.POSITIVE_INFINITY, lingerMs: 0 }
    const take = channel.consumer().take(limit, 0, never) as TakeTransaction | null
    if (!take) return bodies
    bodies.push(...Array.from(take.batch, ({ body }) => Buffer.from(body).toString()))
    void take.commit()
  }
}

const numbers = (first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, index) => String(first + index))

/** Commits later, and sometimes not at all. */
class SlowChannel extends QueueChannel {
  readonly #random: Random
  override readonly commitCanFail = true as never

  constructor(random: Random) {
    super(limits, new ManualClock())
    this.#random = random
  }

  override reserve(demand: Demand, wait: Wait): PutTransaction {
    const put = super.reserve(demand, wait) as PutTransaction
    return {
      rollback: () => put.rollback(),
      commit: async (batch: EventBatch, origin?: Origin) => {
        for (let turns = this.#random.below(4); turns > 0; turns--) await turn()
        if (this.#random.chance(0.2)) {
          put.rollback()
          throw new ChannelFullError('not now')
        }
        await put.commit(batch, origin)
      },
    }
  }
}

/** Each row goes to one channel, to another one each time. */
class ByChance implements ChannelSelector {
  readonly isArbitrary = true
  readonly #random: Random
  readonly #channels: number

  constructor(random: Random, channels: number) {
    this.#random = random
    this.#channels = channels
  }

  select({ length }: EventBatch): readonly Route[] {
    const rows: number[][] = Array.from({ length: this.#channels }, () => [])
    for (let row = 0; row < length; row++) rows[this.#random.below(this.#channels)]!.push(row)
    return rows.flatMap((each, channel) =>
      each.length === 0 ? [] : [{ channel, required: true, rows: Uint32Array.from(each) }],
    )
  }
}

/** Its first commit takes until a promise is kept. */
class HeldChannel extends QueueChannel {
  #held: Promise<void> | undefined

  constructor(held: Promise<void>) {
    super(limits, new ManualClock())
    this.#held = held
  }

  override reserve(demand: Demand, wait: Wait): PutTransaction {
    const put = super.reserve(demand, wait) as PutTransaction
    const held = this.#held
    this.#held = undefined
    const commit = async (batch: EventBatch, origin?: Origin): Promise<void> => {
      await held
      await put.commit(batch, origin)
    }
    return { commit, rollback: () => put.rollback() }
  }
}

test('rows that come again, in other batches and out of order, are stored once', async () => {
  const channel = new QueueChannel(limits, new ManualClock())
  const processor = processorOf([channel])
  await send(processor, 'p', 10, 19)
  await send(processor, 'p', 5, 14)
  await send(processor, 'p', 0, 29)
  await send(processor, 'q', 0, 3)
  await send(processor, 'p', 12, 13)
  assert.deepEqual(contents(channel), [
    ...numbers(10, 19),
    ...numbers(5, 9),
    ...numbers(0, 4),
    ...numbers(20, 29),
    '0',
    '1',
    '2',
    '3',
  ])
  const { received, stored, repeated, copies } = processor.account
  assert.deepEqual({ received, stored, repeated, copies }, { received: 56, stored: 34, repeated: 22, copies: 34 })
  assert.deepEqual(channel.stored('p'), [[0, 30]])
})

test('a channel that has the rows gets none, and the one that failed gets them', async () => {
  const random = new Random(3)
  const [sure, unsure] = [new QueueChannel(limits, new ManualClock()), new SlowChannel(random)]
  const processor = processorOf([sure, unsure])
  for (let tries = 0, failures = 0; failures < 5 || tries < 20; tries++) {
    const first = tries * 5
    for (;;) {
      try {
        await send(processor, 'p', first, first + 4)
        break
      } catch {
        failures++
      }
    }
  }
  assert.deepEqual(contents(sure), contents(unsure))
})

test('the same rows that come over a second connection while the first put is under way wait for it', async () => {
  const held = Promise.withResolvers<void>()
  const channel = new HeldChannel(held.promise)
  const [one, other] = [processorOf([channel]), processorOf([channel])]
  const first = send(one, 'p', 0, 9)
  await turn()
  const second = send(other, 'p', 5, 14)
  const elsewhere = send(other, 'p', 20, 21)
  await elsewhere
  assert.deepEqual(channel.stored('p'), [[20, 22]])
  held.resolve()
  await Promise.all([first, second])
  assert.deepEqual(contents(channel), [...numbers(20, 21), ...numbers(0, 9), ...numbers(10, 14)])
})

test('whatever is sent again by chance, to one channel or to two, each row is in each channel once', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = new Random(seed)
    const channels = Array.from({ length: 1 + (seed % 2) }, () => new SlowChannel(random))
    const processors = [processorOf(channels), processorOf(channels)]
    const end = 200
    const sends: Promise<void>[] = []
    for (let count = 0; count < 120; count++) {
      const first = random.below(end)
      const last = Math.min(end - 1, first + random.below(50))
      sends.push(send(processors[random.below(2)]!, 'p', first, last).catch(() => undefined))
      if (random.chance(0.3)) await turn()
    }
    await Promise.all(sends)
    for (let isDone = false; !isDone; ) {
      isDone = await send(processors[0]!, 'p', 0, end - 1).then(
        () => true,
        () => false,
      )
    }
    for (const channel of channels) {
      assert.deepEqual(
        contents(channel).toSorted((a, b) => Number(a) - Number(b)),
        numbers(0, end - 1),
        `seed ${seed}`,
      )
    }
    for (const { account } of processors) {
      const { received, stored, filtered, rejected, unrouted, refused, repeated } = account
      assert.equal(received, stored + filtered + rejected + unrouted + refused + repeated)
    }
  }
})

test('whatever is sent again by chance to channels that share the load, each row is in one of them once', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = new Random(seed)
    const channels = Array.from({ length: 2 + (seed % 2) }, () => new SlowChannel(random))
    const processors = [1, 2].map(() => processorOf(channels, new ByChance(random, channels.length)))
    const acknowledged = new Set<string>()
    for (let count = 0; count < 120; count++) {
      const first = random.below(200)
      const last = Math.min(199, first + random.below(50))
      const sent = send(processors[random.below(2)]!, 'p', first, last)
      const isStored = await sent.then(
        () => true,
        () => false,
      )
      if (isStored) for (const row of numbers(first, last)) acknowledged.add(row)
    }
    const stored = channels.map((channel) => contents(channel))
    const all = stored.flat()
    assert.equal(new Set(all).size, all.length, `seed ${seed}: none is there twice`)
    const missing = [...acknowledged].filter((row) => !all.includes(row))
    assert.deepEqual(missing, [], `seed ${seed}: none is missing`)
    assert.ok(
      stored.every(({ length }) => length > 0),
      'all have some',
    )
  }
})

test('positions that cannot be kept are not, and the rows are stored as they come', async () => {
  const channel = new QueueChannel(limits, new ManualClock())
  const processor = processorOf([channel])
  const odd: readonly Origin[] = [
    { producer: 'p', first: 0, last: 5 },
    { producer: 'p', first: -1, last: 0 },
    { producer: 'p', first: 0.5, last: 1.5 },
    { producer: 'p', first: 2 ** 53, last: 2 ** 53 + 1 },
    { producer: '', first: 0, last: 1 },
    { producer: 'p'.repeat(257), first: 0, last: 1 },
  ]
  for (const origin of odd) {
    assert.equal(isUsable(origin, 2, [channel]), false)
    await processor.put(rows(0, 1), { origin }, never)
  }
  assert.equal(contents(channel).length, 12)
  assert.equal(channel.producers, 0)
})

test('more producers, or more gaps, than tiers of one network have are not kept', async () => {
  const channel = new QueueChannel({ ...limits, events: 1e6 }, new ManualClock())
  const processor = processorOf([channel])
  for (let gap = 0; gap < 10_001; gap++) await send(processor, 'gaps', gap * 2, gap * 2)
  assert.equal(channel.stored('gaps').length, 10_000)
  for (let producer = 0; producer < 10_001; producer++) await send(processor, `p${producer}`, 0, 0)
  assert.equal(channel.producers, 10_000)
  assert.equal(contents(channel).length, 20_002)
})

test('a span ends where a channel begins or ends to have the rows', async () => {
  const [one, other] = [new QueueChannel(limits, new ManualClock()), new QueueChannel(limits, new ManualClock())]
  await send(processorOf([one]), 'p', 5, 9)
  await send(processorOf([other]), 'p', 8, 12)
  const spans: unknown[] = []
  for (let first = 0; first <= 20; ) {
    const span = await nextSpan([one, other], { producer: 'p', first, last: 20 }, 6)
    spans.push([span.first, span.last, span.have.has(one), span.have.has(other)])
    span.end()
    first = span.last + 1
  }
  assert.deepEqual(spans, [
    [0, 4, false, false],
    [5, 7, true, false],
    [8, 9, true, true],
    [10, 12, false, true],
    [13, 18, false, false],
    [19, 20, false, false],
  ])
})
