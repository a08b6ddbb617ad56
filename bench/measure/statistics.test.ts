import assert from 'node:assert/strict'
import { test } from 'node:test'
import { medianOf, percentile, ratioOf, summarize } from './statistics.ts'

test('a summary has the median, the extremes and the spread', () => {
  assert.deepEqual(summarize([30, 10, 20]), { median: 20, min: 10, max: 30, spread: 1, count: 3 })
  assert.equal(medianOf([1, 2, 3, 10]), 2.5)
  assert.throws(() => summarize([]), RangeError)
})

test('percentiles lie on the line between the values next to them', () => {
  const values = Array.from({ length: 101 }, (_, index) => index)
  assert.equal(percentile(values, 0), 0)
  assert.equal(percentile(values, 99), 99)
  assert.equal(percentile(values, 100), 100)
  assert.equal(percentile([1, 2], 25), 1.25)
  assert.equal(percentile([7], 99), 7)
})

test('a ratio compares round with round, so that a slow round of the machine does not count', () => {
  assert.equal(ratioOf([100, 10, 120], [200, 20, 240]), 0.5)
})
