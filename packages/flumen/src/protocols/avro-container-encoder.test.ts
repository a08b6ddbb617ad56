import assert from 'node:assert/strict'
import { test } from 'node:test'
import fastCheck from 'fast-check'
import { AvroEncoder, longLength, putLong } from './avro-container-encoder.ts'

/** Zigzag and variable length by the letter of the specification, in big integers. */
function encodedLong(value: number): number[] {
  const bytes: number[] = []
  let rest = BigInt(value) << 1n
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return [...bytes, Number(rest)]
}

test('a long is written as Avro specifies it, whatever its size', () => {
  const value = fastCheck.oneof(
    fastCheck.nat(300),
    fastCheck.nat(2 ** 31 - 1),
    fastCheck.integer({ min: 2 ** 31 - 2, max: 2 ** 50 }),
  )
  fastCheck.assert(
    fastCheck.property(value, (number) => {
      const target = new Uint8Array(12)
      const end = putLong(target, 1, number)
      assert.deepEqual([...target.subarray(1, end)], encodedLong(number))
      assert.equal(longLength(number), end - 1)
    }),
  )
})

test('a string is written as its length in UTF-8 and its bytes, in memory that grows', () => {
  fastCheck.assert(
    fastCheck.property(fastCheck.array(fastCheck.string({ unit: 'binary', maxLength: 400 })), (texts) => {
      const encoder = new AvroEncoder(0)
      for (const text of texts) encoder.string(text)
      const expected = texts.flatMap((text) => [Buffer.from(encodedLong(Buffer.byteLength(text))), Buffer.from(text)])
      assert.deepEqual(Buffer.from(encoder.encoded), Buffer.concat(expected))
      assert.equal(encoder.length, encoder.encoded.length)
    }),
  )
})

test('half of a surrogate pair is written as a question mark, as in Java', () => {
  const encoder = new AvroEncoder(0)
  encoder.string('\ud83d')
  assert.deepEqual([...encoder.encoded], [2, 63])
})

test('bytes are written with their length, raw ones without, and what was written can be written over', () => {
  const encoder = new AvroEncoder(0)
  encoder.bytes(Uint8Array.of(9, 8, 7, 6), 1, 3)
  encoder.raw(Uint8Array.of(5))
  encoder.bytes(new Uint8Array(1000), 0, 1000)
  assert.deepEqual([...encoder.encoded.subarray(0, 6)], [4, 8, 7, 5, 0xd0, 0x0f])
  assert.equal(encoder.length, 6 + 1000)
  const { capacity } = encoder
  encoder.clear()
  encoder.raw(new Uint8Array(1000).fill(3))
  assert.deepEqual([encoder.length, encoder.encoded[999], encoder.capacity], [1000, 3, capacity])
})
