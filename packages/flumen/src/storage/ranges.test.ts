import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RangeSet } from './ranges.ts'

test('a set of ranges holds what a set of single positions holds', () => {
  let seed = 7
  const random = (below: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed % below
  }
  for (let round = 0; round < 300; round++) {
    const set = new RangeSet()
    const model = new Set<number>()
    for (let step = 0; step < 30; step++) {
      const from = random(60)
      const to = from + random(9)
      let added = 0
      for (let at = from; at < to; at++) {
        if (!model.has(at)) added++
        model.add(at)
      }
      assert.equal(set.add(from, to), added)
      assert.equal(set.total, model.size)
      const low = random(60)
      const high = low + random(12)
      const wanted: number[] = []
      for (let at = low; at < high; at++) if (!model.has(at)) wanted.push(at)
      const missing = set.missing(low, high).flatMap(([a, b]) => Array.from({ length: b - a }, (_, index) => a + index))
      assert.deepEqual(missing, wanted)
      assert.equal(set.covers(low, high), wanted.length === 0)
      let first = low
      while (model.has(first)) first++
      assert.equal(set.firstMissing(low), first)
    }
    for (let index = 1; index < set.ranges.length; index++) {
      assert.ok(set.ranges[index]![0] > set.ranges[index - 1]![1], 'ranges neither touch nor overlap')
    }
  }
})
