import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, createEvent, type PollableSource, QueueChannel, type Source, silentLog } from '../core/index.ts'
import { ManualClock, settle } from '../testing/manual-clock.ts'
import { SourceRunner } from './source-runner.ts'
import { Supervised } from './supervisor.ts'

const mebibyte = 1024 ** 2
const never = new AbortController().signal

interface Flow {
  readonly clock: ManualClock
  readonly channel: QueueChannel
  readonly runner: SourceRunner
  polls(): number
}

/** A source that puts a mebibyte each time it is asked, until the channel has so many, and from then on none. */
async function flowOf(isPaced: boolean, mebibytes: number): Promise<Flow> {
  const clock = new ManualClock()
  const channel = new QueueChannel({ events: 1000, transactionEvents: 10, bytes: 1e9, keepAliveMs: 0 }, clock)
  let polls = 0
  const source: PollableSource = {
    kind: 'pollable',
    isPaced,
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    async poll() {
      if (polls === mebibytes) return 'backoff'
      polls++
      const batch = batchOf([createEvent(Buffer.alloc(mebibyte))])
      const open = await channel.reserve({ events: 1, bytes: mebibyte }, { deadlineMs: 0, signal: never })
      await open.commit(batch)
      return 'ready'
    },
  }
  const component = new Supervised<Source>({
    kind: 'source',
    name: 'r1',
    clock,
    log: silentLog,
    restartDelayMs: 1000,
    create: () => Promise.resolve(source),
    onFailure: () => 'stop',
  })
  await component.start()
  const retry = { backoffSleepIncrement: 1000, maxBackoffSleep: 5000 }
  const runner = new SourceRunner({ component, channels: [channel], retry, clock, log: silentLog })
  runner.start()
  await settle()
  return { clock, channel, runner, polls: () => polls }
}

test('a paced source goes on when sinks have taken most, or after a while when they stand still', async () => {
  const { clock, channel, polls, runner } = await flowOf(true, 100)
  assert.equal(polls(), 3, 'two mebibytes are little, and one comes on top')
  const taken = await channel.consumer().take({ events: 2, bytes: 1e9, lingerMs: 0 }, 0, never)
  await settle()
  assert.equal(polls(), 5)
  await clock.advance(19)
  assert.equal(polls(), 5)
  await clock.advance(81)
  assert.equal(polls(), 10, 'one each 20 ms')
  taken?.rollback()
  await runner.stop()
  assert.equal(clock.pending, 0)
})

test('another one is asked on at once', async () => {
  const { polls, runner } = await flowOf(false, 10)
  for (let turn = 0; turn < 10; turn++) await settle()
  assert.equal(polls(), 10)
  await runner.stop()
})
