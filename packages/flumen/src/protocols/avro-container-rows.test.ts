import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, createEvent, Part } from '../core/index.ts'
import { javaOrderedHeaders } from '../text/java-header-order.ts'
import { AvroEncoder } from './avro-container-encoder.ts'
import { rowWriter } from './avro-container-rows.ts'

const rows = 20
const slab = Buffer.from('0123456789'.repeat(10))
const shape = {
  arrivedAt: 0,
  slab,
  start: Uint32Array.from({ length: rows }, (_, row) => row),
  end: Uint32Array.from({ length: rows }, (_, row) => row + (row % 7)),
}
const list = (values: readonly (string | undefined)[]) => ({ kind: 'list', values }) as const
const constant = (value: string) => ({ kind: 'constant', value }) as const
const numbers = Array.from({ length: rows }, (_, row) => `n${row} €`)

/** Row by row, each header by itself. */
function plainly(part: Part): Buffer {
  const encoder = new AvroEncoder(0)
  for (let row = 0; row < part.length; row++) {
    const pairs = javaOrderedHeaders(part)(row)
    if (pairs.length > 0) encoder.long(pairs.length)
    for (const text of pairs.flat()) encoder.string(text)
    encoder.long(0)
    encoder.bytes(part.slab, part.start[row]!, part.end[row]!)
  }
  return Buffer.from(encoder.encoded)
}

test('rows are written with their headers in the order of Java, whatever their columns are', () => {
  const long = 'x'.repeat(300)
  for (const columns of [
    [],
    [['host', constant('h')]],
    [['timestamp', list(numbers)]],
    [
      ['timestamp', list(numbers)],
      ['host', constant(long)],
      ['zone', list(numbers.toReversed())],
      ['a', constant('ü')],
    ],
    [
      ['holes', list(numbers.map((value, row) => (row % 3 === 0 ? undefined : value)))],
      ['b', constant('c')],
    ],
    Array.from({ length: 50 }, (_, index) => [`header ${index}`, list(numbers)] as const),
  ] as const) {
    const part = new Part({ ...shape, columns })
    const encoder = new AvroEncoder(0)
    const write = rowWriter(part)
    for (let row = 0; row < rows; row++) write(encoder, row)
    assert.deepEqual(Buffer.from(encoder.encoded), plainly(part))
  }
})

test('rare headers and single rows are written too', () => {
  const rare = Array.from({ length: rows }, (_, row) => (row === 4 ? new Map([['odd', 'one']]) : undefined))
  for (const part of [
    new Part({ ...shape, columns: [['host', constant('h')]], rare }),
    ...batchOf([createEvent('body', { k: 'v', l: 'w' }), createEvent('')]).parts,
  ]) {
    const encoder = new AvroEncoder(0)
    const write = rowWriter(part)
    for (let row = 0; row < part.length; row++) write(encoder, row)
    assert.deepEqual(Buffer.from(encoder.encoded), plainly(part))
  }
})
