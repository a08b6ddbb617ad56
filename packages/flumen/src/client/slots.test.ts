import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { StoppedError } from '../core/index.ts'
import { ManualClock, settle } from '../testing/manual-clock.ts'
import { Slots } from './slots.ts'

test('a slot is free again however the work ended, and who stopped waiting does not get one', async () => {
  const slots = new Slots(1, 10, new ManualClock())
  const never = new AbortController().signal
  const { promise, reject } = Promise.withResolvers<void>()
  const first = slots.use(never, () => promise)
  const order: string[] = []
  const giveUp = new AbortController()
  const stopped = slots.use(giveUp.signal, async () => void order.push('stopped'))
  const second = slots.use(never, async () => void order.push('second'))
  const third = slots.use(never, async () => void order.push('third'))
  giveUp.abort()
  await assert.rejects(stopped, StoppedError)
  await settle()
  assert.equal(order.length, 0)
  reject(new Error('failed'))
  await assert.rejects(first, /failed/)
  await Promise.all([second, third])
  assert.deepEqual(order, ['second', 'third'])
  await slots.use(never, async () => void order.push('fourth'))
  assert.deepEqual(order.at(-1), 'fourth')
  assert.ok(getEventListeners(never, 'abort').length <= 1)
})
