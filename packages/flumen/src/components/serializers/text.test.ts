import assert from 'node:assert/strict'
import { test } from 'node:test'
import fastCheck from 'fast-check'
import { type Bytes, batchOfRows, EventBatch, type EventSerializer } from '../../core/index.ts'
import { createForTest, serialized, serializerContract } from '../../testing/index.ts'
import text from './text.ts'

serializerContract(text)
serializerContract(text, { values: { appendNewline: 'false' } })

async function make(appendNewline = true): Promise<EventSerializer> {
  return (await createForTest(text, { appendNewline: String(appendNewline) })).instance
}

/** Rows as a source finds them in a chunk: what stands between newlines; the last one may have none. */
function lines(slab: Bytes): EventBatch {
  const start: number[] = []
  const end: number[] = []
  for (let from = 0; from < slab.length; ) {
    const newline = slab.indexOf(10, from)
    start.push(from)
    end.push(newline < 0 ? slab.length : newline)
    from = end.at(-1)! + 1
  }
  return start.length === 0 ? EventBatch.empty : batchOfRows(slab, start, end)
}

test('text gives the lines of a chunk as one view on that chunk, newlines and all', async () => {
  const slab = Buffer.from('an ordinary line of a log\n'.repeat(5000))
  const pieces: Bytes[] = []
  const serializer = await make()
  serializer.write(lines(slab), (bytes) => pieces.push(bytes))
  assert.deepEqual(
    pieces.map(({ buffer, byteOffset, length }) => [buffer === slab.buffer, byteOffset, length]),
    [[true, slab.byteOffset, slab.length]],
  )
})

test('text adds the newline that a last line does not have in its chunk', async () => {
  assert.equal(String(await serialized(await make(), lines(Buffer.from('one\ntwo')))), 'one\ntwo\n')
})

test('text does not take a byte after a body for its newline unless it is one', async () => {
  const slab = Buffer.from('one;two;three')
  assert.equal(String(await serialized(await make(), batchOfRows(slab, [0, 4, 8], [3, 7, 13]))), 'one\ntwo\nthree\n')
})

test('text writes rows that were left out, overlap or repeat as they are asked for', async () => {
  const slab = Buffer.from('one\ntwo\nthree\nfour\n')
  const batch = batchOfRows(slab, [8, 0, 0, 4, 14, 0], [13, 3, 7, 7, 18, 0])
  assert.equal(String(await serialized(await make(), batch)), 'three\none\none\ntwo\ntwo\nfour\n\n')
})

test('text writes small bodies in few pieces, and large ones without a copy', async () => {
  const slab = Buffer.concat([Buffer.from('a;b;c;'), Buffer.alloc(100_000, 'x'), Buffer.from(';d')])
  const pieces: Bytes[] = []
  const serializer = await make()
  serializer.write(batchOfRows(slab, [0, 2, 4, 6, 100_007], [1, 3, 5, 100_006, 100_008]), (bytes) => pieces.push(bytes))
  assert.deepEqual(
    pieces.map(({ buffer, length }) => [buffer === slab.buffer, length]),
    [
      [false, 6],
      [true, 100_000],
      [false, 3],
    ],
  )
})

test('text equals one write a body for any rows of any slab', async () => {
  const rows = fastCheck.array(fastCheck.tuple(fastCheck.nat(40), fastCheck.nat(40)), { minLength: 1, maxLength: 30 })
  const slabs = fastCheck.array(fastCheck.constantFrom(10, 13, 65), { minLength: 41, maxLength: 41 })
  for (const appendNewline of [true, false]) {
    const serializer = await make(appendNewline)
    await fastCheck.assert(
      fastCheck.asyncProperty(slabs, rows, async (bytes, pairs) => {
        const slab = Uint8Array.from(bytes)
        const ordered = pairs.map(([one, other]) => [Math.min(one, other), Math.max(one, other)] as const)
        const batch = batchOfRows(
          slab,
          ordered.map(([from]) => from),
          ordered.map(([, to]) => to),
        )
        const expected = ordered.flatMap(([from, to]) => [
          slab.subarray(from, to),
          Buffer.from(appendNewline ? '\n' : ''),
        ])
        assert.deepEqual(await serialized(serializer, batch), Buffer.concat(expected))
      }),
    )
  }
})
