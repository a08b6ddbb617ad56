import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '../testing/disk/random.ts'
import { RangeSet } from './ranges.ts'

test('a set of ranges holds what a set of single positions holds', () => {
  const random = new Random(7)
  for (let round = 0; round < 300; round++) {
    const set = new RangeSet()
    const model = new Set<number>()
    for (let step = 0; step < 30; step++) {
      const from = random.below(60)
      const to = from + random.below(9)
      const added = between(from, to).filter((at) => !model.has(at))
      assert.equal(set.add(from, to), added.length)
      for (const at of added) model.add(at)
      assert.equal(set.total, model.size)
      const low = random.below(60)
      compare(set, model, low, low + random.below(12))
    }
    for (let index = 1; index < set.ranges.length; index++) {
      assert.ok(set.ranges[index]![0] > set.ranges[index - 1]![1], 'ranges neither touch nor overlap')
    }
  }
})

function compare(set: RangeSet, model: ReadonlySet<number>, low: number, high: number): void {
  const wanted = between(low, high).filter((at) => !model.has(at))
  assert.deepEqual(
    set.missing(low, high).flatMap(([from, to]) => between(from, to)),
    wanted,
  )
  assert.equal(set.covers(low, high), wanted.length === 0)
  const first = between(low, 100).find((at) => !model.has(at))
  assert.equal(set.firstMissing(low), first)
}

function between(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}
