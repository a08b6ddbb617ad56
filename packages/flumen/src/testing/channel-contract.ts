import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, type Channel, createEvent, type EventBatch, type TakeTransaction } from '../core/index.ts'
import { settle } from './manual-clock.ts'

export interface ChannelContract {
  /** For the titles. */
  readonly name: string
  /** A started channel that holds `events` events, in transactions of up to as many, and does not wait for room longer than a put says. */
  make(events: number): Promise<Channel>
}

const never = new AbortController().signal
const now = { deadlineMs: 0, signal: never }

/** What every channel promises; registers one test a promise. */
export function channelContract({ name, make }: ChannelContract): void {
  const contract = (title: string, events: number, check: (channel: Channel) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => {
      const channel = await make(events)
      try {
        await check(channel)
      } finally {
        await channel.stop(1000)
      }
    })
  }

  contract('events come out in the order of their commits', 100, async (channel) => {
    await put(channel, 0, 5)
    await put(channel, 5, 1)
    await put(channel, 6, 10)
    assert.deepEqual(await drain(channel, 4), sequence(0, 16))
  })

  contract('a put that was rolled back leaves nothing, not even its reservation', 10, async (channel) => {
    const transaction = await channel.reserve({ events: 10, bytes: 10 }, now)
    transaction.rollback()
    await put(channel, 0, 10)
    assert.deepEqual(await drain(channel, 100), sequence(0, 10))
  })

  contract('a take that was rolled back comes again, before what is behind it', 100, async (channel) => {
    await put(channel, 0, 10)
    const first = await take(channel, 4)
    first!.rollback()
    assert.deepEqual(await drain(channel, 100), sequence(0, 10))
  })

  contract('a take acknowledged in part gives back just the rest, at its own places', 100, async (channel) => {
    await put(channel, 0, 10)
    const first = await take(channel, 6)
    await first!.commit(Uint32Array.of(1, 2, 5))
    assert.deepEqual(await drain(channel, 100), [1, 2, 5, 6, 7, 8, 9])
  })

  contract("a take never holds more than the channel's transaction", 10, async (channel) => {
    await put(channel, 0, channel.limits.transactionEvents)
    const all = await take(channel, 1_000_000)
    assert.equal(all!.batch.length, channel.limits.transactionEvents)
    all!.rollback()
  })

  contract('more than a transaction is refused at once, and never as a retry', 10, async (channel) => {
    const demand = { events: channel.limits.transactionEvents + 1, bytes: 1 }
    await assert.rejects(async () => channel.reserve(demand, now), { code: 'BATCH_TOO_LARGE', verdict: 'reject' })
  })

  contract('a full channel refuses a put that may not wait, with a retry', 10, async (channel) => {
    await put(channel, 0, 10)
    await assert.rejects(async () => channel.reserve({ events: 1, bytes: 1 }, now), {
      code: 'CHANNEL_FULL',
      verdict: 'retry',
    })
    assert.deepEqual(await drain(channel, 100), sequence(0, 10))
  })

  contract('room comes back with the acknowledgement, not with the take', 10, async (channel) => {
    await put(channel, 0, 10)
    const open = await take(channel, 10)
    await assert.rejects(async () => channel.reserve({ events: 1, bytes: 1 }, now), { code: 'CHANNEL_FULL' })
    const waiting = Promise.resolve(
      channel.reserve({ events: 1, bytes: 1 }, { deadlineMs: Number.POSITIVE_INFINITY, signal: never }),
    )
    await open!.commit()
    ;(await waiting).rollback()
  })

  contract('who stops waiting for room leaves no trace', 10, async (channel) => {
    await put(channel, 0, 10)
    const abort = new AbortController()
    const waiting = Promise.resolve(
      channel.reserve({ events: 1, bytes: 1 }, { deadlineMs: Number.POSITIVE_INFINITY, signal: abort.signal }),
    )
    const stopped = assert.rejects(waiting, { code: 'STOPPED' })
    abort.abort()
    await stopped
    assert.deepEqual(await drain(channel, 100), sequence(0, 10))
    await put(channel, 10, 10)
  })

  contract(
    'an empty channel gives null to a take that may not wait, and a waiting one what comes',
    10,
    async (channel) => {
      assert.equal(await take(channel, 10), null)
      const limit = { events: 10, bytes: Number.POSITIVE_INFINITY, lingerMs: 0 }
      const waiting = Promise.resolve(channel.consumer().take(limit, Number.POSITIVE_INFINITY, never))
      await put(channel, 0, 1)
      const taken = await waiting
      assert.deepEqual(numbers(taken!.batch), [0])
      await taken!.commit()
    },
  )

  contract('a second settlement is an error, a rollback after one is nothing', 10, async (channel) => {
    await put(channel, 0, 1)
    const taken = await take(channel, 1)
    await taken!.commit()
    taken!.rollback()
    await assert.rejects(async () => taken!.commit(), { code: 'TRANSACTION', verdict: 'fatal' })
    assert.equal(channel.account.buffered, 0)
  })

  contract('competing writers each keep their order, and nothing is lost or doubled', 50, async (channel) => {
    const writers = ['a', 'b', 'c', 'd']
    const write = async (writer: string): Promise<void> => {
      for (let index = 0; index < 100; index++) {
        const transaction = await channel.reserve(
          { events: 1, bytes: 10 },
          { deadlineMs: Number.POSITIVE_INFINITY, signal: never },
        )
        await transaction.commit(batchOf([createEvent(`${writer}${index}`)]))
        if (index % 7 === 0) await settle()
      }
    }
    const seen: string[] = []
    const read = async (): Promise<void> => {
      const limit = { events: 9, bytes: Number.POSITIVE_INFINITY, lingerMs: 0 }
      while (seen.length < 400) {
        const taken = await channel.consumer().take(limit, Number.POSITIVE_INFINITY, never)
        seen.push(...texts(taken!.batch))
        await taken!.commit()
      }
    }
    await Promise.all([read(), ...writers.map(write)])
    for (const writer of writers) {
      const own = seen.filter((text) => text.startsWith(writer))
      assert.deepEqual(
        own,
        sequence(0, 100).map((index) => `${writer}${index}`),
      )
    }
  })

  contract('headers and bodies come back byte for byte', 10, async (channel) => {
    const body = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    const headers = new Map([
      ['é', '日本'],
      ['', ''],
      ['__proto__', 'x'],
    ])
    const transaction = await channel.reserve({ events: 1, bytes: 512 }, now)
    await transaction.commit(batchOf([{ headers, body }]))
    const taken = await take(channel, 1)
    assert.deepEqual([...taken!.batch.body(0)], [...body])
    assert.deepEqual([...taken!.batch.headers(0)].sort(), [...headers].sort())
    await taken!.commit()
  })

  contract('the account closes at every step', 100, async (channel) => {
    const check = (): void => {
      const { put: stored, recovered, acknowledged, buffered, discarded } = channel.account
      assert.equal(stored + recovered, acknowledged + buffered + discarded)
    }
    check()
    await put(channel, 0, 10)
    check()
    const taken = await take(channel, 5)
    check()
    await taken!.commit(Uint32Array.of(0))
    check()
    assert.equal(channel.account.buffered, 6)
  })

  test(`${name}: stop is idempotent and wakes all who wait`, async () => {
    const channel = await make(10)
    const limit = { events: 10, bytes: Number.POSITIVE_INFINITY, lingerMs: 0 }
    const waiting = Promise.resolve(channel.consumer().take(limit, Number.POSITIVE_INFINITY, never))
    await channel.stop(1000)
    await channel.stop(1000)
    assert.equal(await waiting, null)
  })
}

async function put(channel: Channel, from: number, count: number): Promise<void> {
  const batch = batchOf(sequence(from, count).map((number) => createEvent(String(number))))
  const transaction = await channel.reserve({ events: count, bytes: batch.retainedBytes }, now)
  await transaction.commit(batch)
}

async function take(channel: Channel, events: number): Promise<TakeTransaction | null> {
  return channel.consumer().take({ events, bytes: Number.POSITIVE_INFINITY, lingerMs: 0 }, 0, never)
}

async function drain(channel: Channel, events: number): Promise<number[]> {
  const all: number[] = []
  for (let taken = await take(channel, events); taken; taken = await take(channel, events)) {
    all.push(...numbers(taken.batch))
    await taken.commit()
  }
  return all
}

function sequence(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => from + index)
}

function texts(batch: EventBatch): string[] {
  return Array.from({ length: batch.length }, (_, row) => batch.text(row))
}

function numbers(batch: EventBatch): number[] {
  return texts(batch).map(Number)
}
