import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { quantile, since } from './histogram.ts'

const bounds = [1, 2, 4]

test('a percentile lies inside the bucket of its rank, in proportion', () => {
  const counts = [0, 10, 10, 0]
  assert.equal(quantile({ bounds, counts }, 0.25), 1.5)
  assert.equal(quantile({ bounds, counts }, 0.5), 2)
  assert.equal(quantile({ bounds, counts }, 0.75), 3)
})

test('there is no percentile of nothing, and what is above all bounds counts as the last one', () => {
  assert.equal(quantile({ bounds, counts: [0, 0, 0, 0] }, 0.5), null)
  assert.equal(quantile({ bounds: [], counts: [] }, 0.5), null)
  assert.equal(quantile({ bounds, counts: [0, 0, 0, 5] }, 0.5), 4)
})

test('what came since is the difference, and all of it after a restart or with other buckets', () => {
  const later = { bounds, counts: [3, 4, 5, 6] }
  assert.deepEqual(since(later, { bounds, counts: [1, 1, 1, 1] }).counts, [2, 3, 4, 5])
  assert.deepEqual(since(later, { bounds, counts: [9, 1, 1, 1] }), later)
  assert.deepEqual(since(later, { bounds: [1], counts: [1, 1] }), later)
  assert.deepEqual(since(later, undefined), later)
})

test('percentiles grow with the share and stay within the bounds', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000), { minLength: 4, maxLength: 4 }), (counts) => {
      const [low, high] = [quantile({ bounds, counts }, 0.5), quantile({ bounds, counts }, 0.99)]
      if (low === null || high === null) assert.equal(Math.max(...counts), 0)
      else assert.ok(0 <= low && low <= high && high <= 4)
    }),
  )
})
