import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BatchBuilder, batchOf, batchOfRows, createEvent, EventBatch } from '../../core/index.ts'
import { originOf, readBatch, writeBatch } from './batch.ts'
import { FormatError } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'

function written(batch: EventBatch, origin?: { producer: string; first: number; last: number }): Uint8Array {
  const writer = new ByteWriter(new ArrayBuffer(8))
  writeBatch(writer, batch, origin)
  return writer.written.slice()
}

function shown(batch: EventBatch): unknown[] {
  return [...batch].map(({ headers, body }) => [[...headers].sort(), Buffer.from(body).toString('latin1')])
}

test('a batch of several parts with every kind of header is read as it was written', () => {
  const slab = Buffer.from('alpha\nbeta\n\ngamma\n')
  const rows = batchOfRows(slab, [0, 6, 11, 12], [5, 10, 11, 17], 17).withHeader('k', { kind: 'constant', value: 'é' })
  const builder = new BatchBuilder(18)
  builder.event(
    'x',
    new Map([
      ['a', '1'],
      ['', ''],
    ]),
  )
  builder.event(Uint8Array.of(0, 255, 10), new Map([['a', '2']]))
  for (let row = 0; row < 9; row++) builder.row(slab, row, row + 2, row === 3 ? new Map([['rare', '日本']]) : undefined)
  const batch = EventBatch.join([rows, builder.build(), batchOf([createEvent('one')], 19)])
  const { batch: read, origin } = readBatch(written(batch, { producer: 'c1/é', first: 7, last: 2 ** 53 - 1 }))
  assert.deepEqual(shown(read), shown(batch))
  assert.deepEqual(
    read.parts.map((part) => part.arrivedAt),
    batch.parts.map((part) => part.arrivedAt),
  )
  assert.deepEqual(origin, { producer: 'c1/é', first: 7, last: 2 ** 53 - 1 })
  assert.deepEqual(originOf(written(batch, origin)), origin)
  assert.equal(originOf(written(batch)), undefined)
})

test('a few rows of a large slab are written without the rest of it', () => {
  const slab = new Uint8Array(100_000)
  const batch = batchOfRows(slab, [0, 99_000], [10, 99_010])
  assert.ok(written(batch).length < 400)
  assert.deepEqual(shown(readBatch(written(batch)).batch), shown(batch))
})

test('bytes that are no batch are a FormatError, whatever they are', () => {
  const batch = batchOfRows(Buffer.from('alpha\nbeta\n'), [0, 6], [5, 10]).withHeader('k', {
    kind: 'list',
    values: ['1'],
  })
  const good = written(batch, { producer: 'p', first: 1, last: 2 })
  let seed = 3
  for (let round = 0; round < 20_000; round++) {
    seed = (seed * 1103515245 + 12345) % 2147483648
    const bad = good.slice(0, round % 3 === 0 ? seed % good.length : good.length)
    if (bad.length > 0) bad[seed % bad.length] = (seed >> 8) & 255
    try {
      readBatch(bad)
    } catch (error) {
      assert.ok(error instanceof FormatError, String(error))
    }
  }
})
