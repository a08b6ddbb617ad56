import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fastCheck from 'fast-check'
import { batchOf, createEvent, type EventBatch } from '../../core/index.ts'
import { AvroEncoder } from '../avro-container-encoder.ts'
import { AvroReader } from '../avro-rpc/avro-reader.ts'
import { appendBatchRequest } from '../avro-rpc/calls.ts'
import { AvroEvents, readEvents } from '../avro-rpc/events.ts'
import { decodeCall, encodeCall, type ThriftProtocol } from '../thrift-rpc/index.ts'
import { thriftForm } from '../thrift-rpc/thrift-form.ts'
import { EventMarks, headersOnDemand } from './headers-on-demand.ts'

/** A row: its maps of headers, the last of which counts, in Thrift; its body. */
interface Row {
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** An array in blocks of some rows; maps in blocks of some pairs. */
function avroOf(rows: readonly Row[], rowsOfBlock = rows.length, pairsOfBlock = 1000): Buffer {
  const encoder = new AvroEncoder(64)
  blocks(encoder, rows, rowsOfBlock, ({ headers, body }) => {
    blocks(encoder, headers, pairsOfBlock, ([name, value]) => {
      encoder.string(name)
      encoder.string(value)
    })
    encoder.string(body)
  })
  return Buffer.from(encoder.encoded)
}

function blocks<T>(encoder: AvroEncoder, all: readonly T[], size: number, write: (one: T) => void): void {
  for (let from = 0; from < all.length; from += size) {
    const some = all.slice(from, from + size)
    encoder.long(some.length)
    for (const one of some) write(one)
  }
  encoder.long(0)
}

function thriftOf(rows: readonly Row[], protocol: ThriftProtocol): Buffer {
  const batch = batchOf(rows.map(({ headers, body }) => createEvent(body, new Map(headers))))
  return Buffer.concat(encodeCall(batch, { protocol, sequence: 1 })).subarray(4)
}

const fromAvro = (bytes: Buffer): EventBatch => readEvents(new AvroReader(bytes, 0, bytes.length), 1)

type Shown = readonly (readonly [headers: object, body: string])[]

function shown(batch: EventBatch): Shown {
  return Array.from({ length: batch.length }, (_, row) => [Object.fromEntries(batch.headers(row)), batch.text(row)])
}

const expected = (rows: readonly Row[]): Shown =>
  rows.map(({ headers, body }) => [Object.fromEntries(new Map(headers)), body])

const text = fastCheck.constantFrom('', 'a', 'b', 'host', 'web-1', 'kéy', '日本')
const row = fastCheck.record({
  headers: fastCheck.array(fastCheck.tuple(text, text), { maxLength: 5 }),
  body: fastCheck.constantFrom('', 'one', 'two'),
})
const anyRows = fastCheck.array(row, { maxLength: 12 })

test('rows of all kinds are what was written, in blocks of any size, and by name as well', () => {
  fastCheck.assert(
    fastCheck.property(anyRows, fastCheck.nat(3), fastCheck.nat(2), (rows, rowsOfBlock, pairsOfBlock) => {
      const batch = fromAvro(avroOf(rows, rowsOfBlock + 1, pairsOfBlock + 1))
      assert.deepEqual(shown(batch), expected(rows))
      for (const [index, { headers }] of rows.entries()) {
        for (const [name, value] of new Map(headers)) assert.equal(batch.header(index, name), value)
      }
    }),
    { numRuns: 3000 },
  )
})

test('rows of all kinds come through Thrift', () => {
  fastCheck.assert(
    fastCheck.property(anyRows, fastCheck.constantFrom<ThriftProtocol>('compact', 'binary'), (rows, protocol) => {
      const { batch } = decodeCall(thriftOf(rows, protocol), protocol, 1)
      assert.deepEqual(shown(batch), expected(rows))
    }),
    { numRuns: 2000 },
  )
})

test('headers that an event has twice in Thrift are those of the second time, in rows of any kind', () => {
  const pair = (name: string): string => `01${Buffer.from(name).toString('hex')}01${Buffer.from(name).toString('hex')}`
  const map = (...names: readonly string[]): string =>
    names.length === 0 ? '00' : `0${names.length}88${names.map(pair).join('')}`
  const event = (...maps: readonly string[]): string =>
    `${maps.map((each, index) => (index === 0 ? '1b' : '0b02') + each).join('')}18016200`
  const head = `8221010b${Buffer.from('appendBatch').toString('hex')}19`
  const decoded = (...events: readonly string[]): Shown => {
    const count = `${events.length}c`
    return shown(decodeCall(Buffer.from(`${head}${count}${events.join('')}00`, 'hex'), 'compact', 1).batch)
  }
  const [a, b, both] = [{ a: 'a' }, { b: 'b' }, { a: 'a', b: 'b' }]
  const of = (...all: readonly object[]): Shown => all.map((headers) => [headers, 'b'])
  assert.deepEqual(decoded(event(map('a'), map('b')), event(map('b'))), of(b, b))
  assert.deepEqual(decoded(event(map('a')), event(map('b'), map('a')), event(map('a', 'b'))), of(a, a, both))
  assert.deepEqual(decoded(event(map('a', 'b'), map()), event(map('a'), map('a', 'b'))), of({}, both))
})

test('rows are passed on as they came, and what was changed is written anew, in Avro and in Thrift', () => {
  const rows = fastCheck.array(row, { minLength: 1, maxLength: 12 })
  const cut = fastCheck.tuple(fastCheck.nat(12), fastCheck.nat(12))
  const change = fastCheck.constantFrom('none', 'looked at', 'every other', 'a header more')
  fastCheck.assert(
    fastCheck.property(
      rows,
      fastCheck.nat(3),
      fastCheck.nat(2),
      cut,
      change,
      (all, inBlock, pairs, [from, to], how) => {
        const wire = [
          fromAvro(avroOf(all, inBlock + 1, pairs + 1)),
          ...protocols.map((protocol) => decodeCall(thriftOf(all, protocol), protocol, 1).batch),
        ]
        for (const arrived of wire) {
          const [batch, wanted] = changed(arrived, all, how)
          const piece = batch.slice(from, to)
          if (piece.length === 0) continue
          const expected = wanted.slice(from, Math.max(from, to))
          assert.deepEqual(shown(readEvents(...avroRequest(piece))), expected)
          for (const protocol of protocols) {
            const frame = Buffer.concat(encodeCall(piece, { protocol, sequence: 1 })).subarray(4)
            assert.deepEqual(shown(decodeCall(frame, protocol, 1).batch), expected)
          }
        }
      },
    ),
    { numRuns: 1000 },
  )
})

const protocols: readonly ThriftProtocol[] = ['compact', 'binary']

/** The array of events in a request of a batch. */
function avroRequest(batch: EventBatch): [AvroReader, number] {
  const frame = Buffer.concat(appendBatchRequest(1, batch, 'settled'))
  const reader = new AvroReader(frame, frame.indexOf('appendBatch') + 'appendBatch'.length, frame.length)
  return [reader, 1]
}

function changed(batch: EventBatch, rows: readonly Row[], how: string): [EventBatch, Shown] {
  const wanted = expected(rows)
  if (how === 'looked at') assert.deepEqual(shown(batch), wanted)
  if (how === 'every other') {
    const some = rows.keys().filter((index) => index % 2 === 0)
    return [batch.select(Uint32Array.from(some)), wanted.filter((_, index) => index % 2 === 0)]
  }
  if (how !== 'a header more') return [batch, wanted]
  const more = wanted.map(([headers, body]) => [{ ...headers, more: 'm' }, body] as const)
  return [batch.withHeader('more', { kind: 'constant', value: 'm' }), more]
}

test('the bytes of rows that nobody changed are those that came, headers unread', () => {
  const rows = [1, 2, 3].map(
    (index): Row => ({
      headers: [
        ['b', `${index}`],
        ['a', 'x'],
      ],
      body: 'one',
    }),
  )
  const bytes = avroOf(rows, 3, 1)
  const batch = fromAvro(bytes)
  const [request] = appendBatchRequest(1, batch, 'settled')
  assert.ok(Buffer.from(request!).includes(bytes))
  const again = appendBatchRequest(1, batch.withHeader('c', { kind: 'constant', value: 'y' }), 'settled')
  assert.ok(!Buffer.concat(again).includes(bytes.subarray(1, 10)))
  for (const protocol of protocols) {
    const frame = thriftOf(rows, protocol)
    const { batch } = decodeCall(Buffer.from(frame), protocol, 1)
    assert.deepEqual(Buffer.concat(encodeCall(batch, { protocol, sequence: 1 })).subarray(4), frame)
    const { length } = batch.parts[0]!.writtenAs(thriftForm[protocol])!
    assert.ok(length > 3 * 10 && length < frame.length)
  }
})

test('an event whose fields stand in another order is written anew', () => {
  // Field 2, the body "b"; field 1, the headers {"a": "a"}; the end.
  const event = '28 0162 0b02 01 88 0161 0161 00'
  const head = `8221010b${Buffer.from('appendBatch').toString('hex')}19`
  const frame = Buffer.from(`${head}1c${event}00`.replaceAll(' ', ''), 'hex')
  const { batch } = decodeCall(frame, 'compact', 1)
  const again = Buffer.concat(encodeCall(batch, { protocol: 'compact', sequence: 1 })).subarray(4)
  assert.deepEqual(shown(decodeCall(again, 'compact', 1).batch), [[{ a: 'a' }, 'b']])
  assert.ok(!again.equals(frame))
})

test('headers on demand are a list like any other, read in any order', () => {
  const pairs = [['a', '1'] as const, ['b', '2'] as const]
  const rows = Array.from({ length: 300 }, (_, index): Row => ({ headers: pairs.slice(index % 3), body: `${index}` }))
  const bytes = avroOf(rows, 7)
  const reader = new AvroReader(bytes, 0, bytes.length)
  const events = new AvroEvents(reader, reader.block(2), true)
  const marks = new EventMarks()
  for (let index = 0; events.hasNext(); index++) {
    marks.pass(index, events)
    events.next({ pair: () => undefined, drop: () => undefined })
  }
  const list = headersOnDemand(bytes, rows.length, marks, events)
  const all = rows.map(({ headers }) => (headers.length === 0 ? undefined : new Map(headers)))
  assert.equal(list.length, 300)
  assert.deepEqual([...list], all)
  assert.deepEqual(
    list.map((headers) => headers),
    all,
  )
  assert.deepEqual(list.slice(100, 200), all.slice(100, 200))
  for (const index of [299, 0, 64, 63, 65, 64, 128, 5, 5, 200]) assert.deepEqual(list[index], all[index])
  assert.equal(list[300], undefined)
  assert.equal(list[-1], undefined)
  assert.ok(list.some((headers) => headers?.has('b')) && Array.isArray(list))
  assert.ok(list.every((headers) => headers === undefined || headers.size <= 2))
})

const threeLetters = (index: number): string =>
  String.fromCharCode(97 + (index % 26), 97 + (Math.floor(index / 26) % 26), 97 + (Math.floor(index / 676) % 26))
const two = (index: number): string => String(10 + (index % 90))
/** Requests that would take the most memory for their size. */
const dear: Readonly<Record<string, readonly [rows: number, headers: (row: number) => Row['headers']]>> = {
  'no headers': [200_000, () => []],
  'other values': [200_000, (index) => [['k', two(index)]]],
  'three other values': [
    100_000,
    (index) => [
      ['a', two(index)],
      ['b', two(index + 1)],
      ['c', two(index + 2)],
    ],
  ],
  'other names': [200_000, (index) => [[threeLetters(index), 'v']]],
  'other names and values': [200_000, (index) => [[threeLetters(index), two(index)]]],
  'only new names': [100_000, (index) => [[index.toString(36), '']]],
  'the first row alone': [200_000, (index) => (index === 0 ? [['k', 'v']] : [])],
  'every third row': [200_000, (index) => (index % 3 === 0 ? [['k', two(index)]] : [])],
  'two orders': [
    100_000,
    (index) => (index % 2 === 0 ? [two(0), two(1)] : [two(1), two(0)]).map((name) => [name, 'v'] as const),
  ],
  'many names a row': [5000, (index) => Array.from({ length: 40 }, (_, at) => [threeLetters(index * 40 + at), ''])],
  'few rows with many names': [
    100_000,
    (index) => (index % 50 > 0 ? [] : Array.from({ length: 64 }, (_, at) => [threeLetters(at), ''])),
  ],
  'one row of many names': [1, () => Array.from({ length: 100_000 }, (_, at) => [at.toString(36), ''])],
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const mebibyte = 1_048_576

/** Bytes that something keeps in memory. */
function kept(make: () => EventBatch): readonly [bytes: number, batch: EventBatch] {
  collect()
  const before = process.memoryUsage()
  const batch = make()
  collect()
  const after = process.memoryUsage()
  return [after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers, batch]
}

for (const [name, [count, headers]] of Object.entries(dear)) {
  test(`no request takes more than four times its size and 1 MiB, and none is refused: ${name}`, () => {
    const rows = Array.from({ length: count }, (_, index): Row => ({ headers: headers(index), body: '' }))
    for (const [bytes, decode] of [
      [avroOf(rows), fromAvro],
      ...(count > 100_000 ? (['compact'] as const) : (['compact', 'binary'] as const)).map(
        (protocol) => [thriftOf(rows, protocol), (frame: Buffer) => decodeCall(frame, protocol, 1).batch] as const,
      ),
    ] as const) {
      const [taken, batch] = kept(() => {
        const batch = decode(bytes)
        batch.header(0, 'k')
        return batch
      })
      assert.ok(taken <= 4 * bytes.length + mebibyte, `${taken} bytes for ${bytes.length}`)
      assert.equal(batch.length, count)
      for (const index of [0, 1, count >> 1, count - 1].filter((each) => each < count)) {
        assert.deepEqual(batch.headers(index), new Map(headers(index)))
      }
    }
  })
}
