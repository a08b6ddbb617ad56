import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PointerQueue } from './pointer-queue.ts'

function listOf(queue: PointerQueue): string[] {
  return Array.from({ length: queue.size }, (_, index) => `${queue.fileAt(index)}:${queue.offsetAt(index)}`)
}

test('pointers stand in the order in which they came, each once, without those taken out', () => {
  const pointer = fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 3 }), fc.nat(40))
  fc.assert(
    fc.property(fc.array(pointer, { maxLength: 300 }), (steps) => {
      const queue = new PointerQueue()
      const model = new Set<string>()
      for (const [isAdded, file, offset] of steps) {
        const name = `${file}:${offset}`
        if (isAdded) assert.equal(queue.add(file, offset), !model.has(name))
        else assert.equal(queue.remove(file, offset), model.delete(name))
        if (isAdded) model.add(name)
        assert.equal(queue.size, model.size)
        assert.equal(queue.has(file, offset), isAdded)
      }
      queue.freeze()
      assert.deepEqual(listOf(queue), [...model])
    }),
  )
})

test('the ends of the range of logs and offsets are pointers as others', () => {
  const queue = new PointerQueue()
  queue.add(2 ** 31 - 1, 2 ** 31 - 1)
  queue.add(1, 0)
  queue.freeze()
  assert.deepEqual(listOf(queue), ['2147483647:2147483647', '1:0'])
})

test('a million pointers through a short queue leave only the last ones', () => {
  const queue = new PointerQueue()
  for (let offset = 0; offset < 1_000_000; offset++) {
    queue.add(1, offset)
    if (offset >= 100) queue.remove(1, offset - 100)
  }
  queue.freeze()
  assert.deepEqual([queue.size, queue.offsetAt(0), queue.offsetAt(99)], [100, 999_900, 999_999])
})

test('a pointer takes 8 bytes, and no more than 20 while single ones can be taken out', () => {
  const memory = (): number => process.memoryUsage().arrayBuffers
  const before = memory()
  const queue = new PointerQueue()
  for (let offset = 0; offset < 1_000_000; offset++) queue.add(offset & 7, offset)
  assert.ok(memory() - before < 40_000_000)
  queue.freeze()
  assert.equal(queue.size, 1_000_000)
})
