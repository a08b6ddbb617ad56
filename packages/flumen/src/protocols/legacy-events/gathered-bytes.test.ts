import assert from 'node:assert/strict'
import { test } from 'node:test'
import { numbersFrom } from './damage-for-test.ts'
import { GatheredBytes } from './gathered-bytes.ts'

test('pieces of any sizes come out as one, and hold little more than their bytes', () => {
  const number = numbersFrom(7)
  const gathered = new GatheredBytes()
  for (let round = 0; round < 200; round++) {
    const sizes = Array.from({ length: number(30) }, () => number(number(4) === 0 ? 40_000 : 300))
    const pieces = sizes.map((size) => Buffer.alloc(size, number(256)))
    for (const piece of pieces) gathered.add(piece)
    const bytes = sizes.reduce((sum, size) => sum + size, 0)
    assert.equal(gathered.length, bytes)
    assert.ok(gathered.held >= bytes && gathered.held <= 3 * bytes + 256 + 16_384, `${gathered.held} for ${bytes}`)
    assert.ok(gathered.take().equals(Buffer.concat(pieces)))
    assert.deepEqual([gathered.length, gathered.held], [0, 0])
  }
})

test('bytes that come one by one are held in blocks that grow', () => {
  const gathered = new GatheredBytes()
  for (let index = 0; index < 3000; index++) gathered.add(Buffer.from([index & 255]))
  assert.ok(gathered.held < 8000, `${gathered.held}`)
  const whole = gathered.take()
  assert.ok(whole.every((byte, index) => byte === (index & 255)))
  assert.equal(whole.buffer.byteLength, 3000)
})
