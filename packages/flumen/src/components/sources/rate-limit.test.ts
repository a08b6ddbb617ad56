import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock, settle } from '../../testing/manual-clock.ts'
import { RateLimit } from './rate-limit.ts'

const never = new AbortController().signal

async function takes(limit: RateLimit, clock: ManualClock, events: number): Promise<boolean> {
  let isDone = false
  const taking = limit.take(events, never).then(() => {
    isDone = true
  })
  await settle()
  const atOnce = isDone
  while (!isDone) await clock.advance(1)
  await taking
  return atOnce
}

test('who takes much is let through, and the next one waits for it', async () => {
  const clock = new ManualClock()
  const limit = new RateLimit(100, clock)
  assert.equal(await takes(limit, clock, 500), true)
  const before = clock.monotonic()
  assert.equal(await takes(limit, clock, 1), false)
  assert.equal(clock.monotonic() - before, 5000)
})

test('what was not used is kept for one second at most', async () => {
  const clock = new ManualClock()
  const limit = new RateLimit(100, clock)
  await clock.advance(60_000)
  assert.equal(await takes(limit, clock, 100), true)
  assert.equal(await takes(limit, clock, 50), true)
  assert.equal(await takes(limit, clock, 1), false)
})

test('without a limit nothing waits', async () => {
  const clock = new ManualClock()
  const limit = new RateLimit(0, clock)
  for (let round = 0; round < 10; round++) assert.equal(await takes(limit, clock, 1_000_000), true)
})

test('a wait ends when its signal is aborted', async () => {
  const clock = new ManualClock()
  const limit = new RateLimit(1, clock)
  await limit.take(10, never)
  const over = new AbortController()
  const waiting = limit.take(1, over.signal)
  over.abort()
  await assert.rejects(waiting, { code: 'STOPPED' })
  assert.equal(clock.pending, 0)
})
