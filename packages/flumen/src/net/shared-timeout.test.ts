import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../testing/manual-clock.ts'
import { SharedTimeout } from './shared-timeout.ts'

function make(delayMs: number): { clock: ManualClock; timeout: SharedTimeout<string>; expired: string[] } {
  const clock = new ManualClock()
  const expired: string[] = []
  return { clock, expired, timeout: new SharedTimeout(clock, delayMs, (item: string) => expired.push(item)) }
}

test('each item expires its delay after its own start, with one timer for all', async () => {
  const { clock, timeout, expired } = make(100)
  timeout.start('a')
  await clock.advance(60)
  timeout.start('b')
  assert.equal(clock.pending, 1)
  await clock.advance(40)
  assert.deepEqual(expired, ['a'])
  await clock.advance(59)
  assert.deepEqual(expired, ['a'])
  await clock.advance(1)
  assert.deepEqual(expired, ['a', 'b'])
  assert.equal(clock.pending, 0)
})

test('a second start begins the delay again', async () => {
  const { clock, timeout, expired } = make(100)
  timeout.start('a')
  timeout.start('b')
  await clock.advance(60)
  timeout.start('a')
  await clock.advance(99)
  assert.deepEqual(expired, ['b'])
  await clock.advance(1)
  assert.deepEqual(expired, ['b', 'a'])
})

test('what was cancelled never expires, and a timer that finds nothing sets no other', async () => {
  const { clock, timeout, expired } = make(100)
  timeout.start('a')
  assert.ok(timeout.has('a'))
  timeout.cancel('a')
  assert.ok(!timeout.has('a'))
  await clock.advance(100)
  assert.deepEqual(expired, [])
  assert.equal(clock.pending, 0)
})

test('clear leaves no timer, and a delay of 0 is none', async () => {
  const { clock, timeout, expired } = make(100)
  timeout.start('a')
  timeout.clear()
  assert.equal(clock.pending, 0)
  const never = make(0)
  never.timeout.start('a')
  assert.equal(never.clock.pending, 0)
  await clock.advance(1000)
  assert.deepEqual(expired, [])
})

test('an item may be started while another one expires', async () => {
  const clock = new ManualClock()
  const expired: string[] = []
  const timeout = new SharedTimeout<string>(clock, 100, (item) => {
    expired.push(item)
    if (expired.length < 3) timeout.start(`after ${item}`)
  })
  timeout.start('a')
  await clock.advance(300)
  assert.deepEqual(expired, ['a', 'after a', 'after after a'])
  assert.equal(clock.pending, 0)
})
