import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { forecast } from './forecast.ts'
import { RateWindow } from './rate-window.ts'

const empty = { size: 0, capacity: 1000, bytes: 0, byteCapacity: 1_000_000 }

test('the founding example: 100 in and 50 out a second fill a channel for 1,000 events in 20 s', () => {
  const input = new RateWindow()
  const output = new RateWindow()
  for (let second = 0; second < 3; second++) {
    input.sample(second * 1000, second * 100)
    output.sample(second * 1000, second * 50)
  }
  const rates: [number, number] = [input.perSecond(2000, 200), output.perSecond(2000, 100)]
  assert.deepEqual(rates, [100, 50])
  const { growthPerSecond, secondsUntilFull, secondsUntilEmpty } = forecast(empty, ...rates)
  assert.deepEqual(
    { growthPerSecond, secondsUntilFull, secondsUntilEmpty },
    {
      growthPerSecond: 50,
      secondsUntilFull: 20,
      secondsUntilEmpty: null,
    },
  )
})

test('a channel that bytes fill first is full when they are', () => {
  const found = forecast({ size: 100, capacity: 1000, bytes: 500_000, byteCapacity: 1_000_000 }, 10, 0)
  assert.equal(found.fill, 0.5)
  assert.equal(found.secondsUntilFull, 10)
})

test('a channel that shrinks says when it is empty, a steady or a full one nothing', () => {
  assert.equal(forecast({ ...empty, size: 500 }, 0, 50).secondsUntilEmpty, 10)
  const steady = forecast({ ...empty, size: 500 }, 1000, 999)
  assert.deepEqual([steady.secondsUntilFull, steady.secondsUntilEmpty], [null, null])
  assert.equal(forecast({ ...empty, size: 1000 }, 10, 0).secondsUntilFull, null)
})

test('a forecast is never negative or no number, whatever it is made from', () => {
  const amount = fc.oneof(fc.nat(), fc.constant(0), fc.constant(Number.POSITIVE_INFINITY))
  fc.assert(
    fc.property(fc.nat(), amount, fc.nat(), amount, fc.nat(), fc.nat(), (size, capacity, bytes, byteCapacity, i, o) => {
      const { fill, secondsUntilFull, secondsUntilEmpty } = forecast({ size, capacity, bytes, byteCapacity }, i, o)
      assert.ok(fill >= 0 && fill <= 1, `${fill}`)
      for (const seconds of [secondsUntilFull, secondsUntilEmpty]) {
        assert.ok(seconds === null || seconds >= 0, `${seconds}`)
      }
      assert.ok(secondsUntilFull === null || secondsUntilEmpty === null)
    }),
  )
})

test('a rate looks back five seconds, and knows nothing before there is something to compare with', () => {
  const window = new RateWindow()
  assert.equal(window.perSecond(0, 10), 0)
  window.sample(0, 0)
  assert.equal(window.perSecond(50, 10), 0)
  for (let second = 1; second <= 20; second++) window.sample(second * 1000, second <= 10 ? second * 100 : 1000)
  assert.equal(window.perSecond(20_000, 1000), 0)
})
