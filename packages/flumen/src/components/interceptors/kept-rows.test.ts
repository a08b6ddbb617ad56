import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createEvent } from '../../core/index.ts'
import { batchOfOnePart } from '../../testing/index.ts'
import { KeptRows } from './kept-rows.ts'

test('what is left of a batch are the rows that were not left out, in their order', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean()), (keep) => {
      const batch = batchOfOnePart(keep.map((_, row) => createEvent(String(row))))
      const rows = new KeptRows(batch)
      for (const [row, kept] of keep.entries()) if (!kept) rows.leaveOut(row)
      const expected = keep.flatMap((kept, row) => (kept ? [String(row)] : []))
      assert.deepEqual(
        Array.from(rows.batch(), ({ body }) => Buffer.from(body).toString()),
        expected,
      )
    }),
  )
})

test('a batch from which nothing is left out is given as it is', () => {
  const batch = batchOfOnePart([createEvent('a')])
  assert.equal(new KeptRows(batch).batch(), batch)
})
