import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Part } from '../../core/index.ts'
import { textsOf } from './texts.ts'

test('the texts of a part are the texts of its rows, whatever bytes they are and wherever they lie', () => {
  const ascii = fc
    .string({ unit: fc.constantFrom('a', 'b', '\n', '\0', '~'), maxLength: 80 })
    .map((text) => Buffer.from(text))
  const slabs = fc.oneof(
    ascii,
    fc.uint8Array({ maxLength: 80 }),
    fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => Buffer.from(text)),
  )
  const rows = fc.array(fc.tuple(fc.nat(80), fc.nat(80)), { minLength: 1, maxLength: 10 })
  fc.assert(
    fc.property(slabs, rows, (slab, ends) => {
      const within = ends.map(
        ([one, other]) => [Math.min(one, other, slab.length), Math.min(Math.max(one, other), slab.length)] as const,
      )
      const part = new Part({
        arrivedAt: 0,
        slab,
        start: within.map(([start]) => start),
        end: within.map(([, end]) => end),
      })
      assert.deepEqual(
        textsOf(part),
        within.map((_, row) => part.text(row)),
      )
    }),
  )
})

test('a few rows of a large slab are decoded without the rest of it', () => {
  const slab = Buffer.alloc(1024 * 1024, 'x')
  const start = [0, 1000, 500_000, 1_000_000]
  const part = new Part({ arrivedAt: 0, slab, start, end: start.map((from) => from + 3) })
  assert.deepEqual(textsOf(part), ['xxx', 'xxx', 'xxx', 'xxx'])
})
