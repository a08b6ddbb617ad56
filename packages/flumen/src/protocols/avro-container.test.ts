import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, batchOfRows, createEvent } from '../core/index.ts'
import { containerBlock, containerHeader, eventSchema, syncLength } from './avro-container.ts'
import { type EventBlock, EventBlockEncoder } from './avro-container-events.ts'

const sync = Uint8Array.from({ length: syncLength }, (_, index) => 0xa0 + index)

test('a header is the magic, two metadata, the end of the map and the sync marker', () => {
  const header = Buffer.from(containerHeader('"int"', 'null', sync))
  const text = 'Obj\u0001\u0004\u0016avro.schema\u000a"int"\u0014avro.codec\u0008null\u0000'
  assert.equal(header.subarray(0, -syncLength).toString('latin1'), text)
  assert.deepEqual([...header.subarray(-syncLength)], [...sync])
})

test('a block is its count, its length, its data and the sync marker', () => {
  assert.deepEqual([...containerBlock(200, Uint8Array.of(1, 2, 3), sync)], [0x90, 0x03, 6, 1, 2, 3, ...sync])
})

test('the schema is the record that Flume writes, and valid JSON', () => {
  const { type, name, fields } = JSON.parse(eventSchema) as {
    type: string
    name: string
    fields: readonly { name: string }[]
  }
  assert.deepEqual([type, name, fields.map((field) => field.name)], ['record', 'Event', ['headers', 'body']])
})

test('a block ends as soon as it holds the sync interval, and goes on over batches until then', () => {
  const encoder = new EventBlockEncoder(40)
  const blocks: EventBlock[] = []
  const event = createEvent('0123456789')
  for (const events of [[event, event, event], [event], [event, event]])
    encoder.append(batchOf(events), (block) => blocks.push(block))
  // A record of ten bytes takes twelve.
  assert.deepEqual(
    [...blocks, encoder.end()].map((block) => block && [block.count, block.data.length]),
    [
      [4, 48],
      [2, 24],
    ],
  )
  assert.equal(encoder.end(), undefined)
})

test('headers that change from row to row are encoded for each row', () => {
  const encoder = new EventBlockEncoder(1000)
  const batch = batchOf([createEvent('a', { k: '1' }), createEvent('b', { k: '2' }), createEvent('c')])
  encoder.append(batch, () => assert.fail('the block is not full'))
  const data = Buffer.from(encoder.end()!.data)
  assert.equal(
    data.toString('latin1'),
    '\u0002\u0002k\u00021\u0000\u0002a\u0002\u0002k\u00022\u0000\u0002b\u0000\u0002c',
  )
})

test('headers that are the same for all rows stand in each record, also after a block has ended', () => {
  const encoder = new EventBlockEncoder(30)
  const slab = Buffer.from('0123456789'.repeat(5))
  const rows = [0, 10, 20, 30, 40]
  const batch = batchOfRows(
    slab,
    rows,
    rows.map((start) => start + 10),
  ).withHeader('key', { kind: 'constant', value: 'value' })
  const blocks: EventBlock[] = []
  encoder.append(batch, (block) => blocks.push(block))
  const record = '\u0002\u0006key\u000avalue\u0000\u00140123456789'
  const last = encoder.end()
  assert.deepEqual(
    [...blocks, last!].map(({ data }) => Buffer.from(data).toString('latin1')),
    [record.repeat(2), record.repeat(2), record],
  )
})
