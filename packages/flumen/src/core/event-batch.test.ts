import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BatchBuilder, batchOf, batchOfOne, batchOfRows } from './batch-builder.ts'
import { createEvent, type Event } from './event.ts'
import { EventBatch } from './event-batch.ts'
import { Part, type PartHeaders } from './part.ts'

const header = fc.constantFrom('a', 'b', 'host', 'timestamp', '__proto__', 'constructor', '')
const headers = fc.dictionary(header, fc.string({ maxLength: 5 }), { maxKeys: 4 })
const event = fc
  .record({ headers, body: fc.uint8Array({ maxLength: 8 }) })
  .map(({ headers, body }) => createEvent(body, new Map(Object.entries(headers))))
const events = fc.array(event, { maxLength: 12 })

/** A batch of the events with whatever parts the numbers cut it into, some of which have not read their headers. */
const batchAndModel = fc
  .tuple(events, fc.array(fc.nat(12), { maxLength: 3 }), fc.boolean())
  .map(([model, cuts, isUnread]) => {
    const borders = [0, ...cuts.map((cut) => Math.min(cut, model.length)).sort((a, b) => a - b), model.length]
    const pieces = borders.slice(1).map((end, index) => {
      const piece = build(model.slice(borders[index], end))
      return isUnread && index % 2 === 0 ? new EventBatch(piece.parts.map(unread)) : piece
    })
    return { model, batch: EventBatch.join(pieces) }
  })

/** The same with headers that are read when they are asked for, once. */
function unread({ arrivedAt, slab, start, end, columns, rare }: Part): Part {
  let reads = 0
  const read = (): PartHeaders => {
    reads++
    assert.equal(reads, 1)
    return { columns, rare }
  }
  return new Part({ arrivedAt, slab, start, end, unread: { read, bytes: 10 } })
}

function build(model: readonly Event[]): EventBatch {
  const slab = Buffer.concat(model.map(({ body }) => body))
  const builder = new BatchBuilder(1)
  let at = 0
  for (const { headers, body } of model) {
    builder.row(slab, at, at + body.length, headers)
    at += body.length
  }
  return builder.build()
}

function plain(events: Iterable<Event>): unknown {
  return Array.from(events, ({ headers, body }) => [[...headers].sort(), [...body]])
}

function rowsOf(model: readonly unknown[], mask: readonly boolean[]): Uint32Array {
  return Uint32Array.from(model.keys().filter((row) => mask[row] ?? false))
}

test('a batch gives back the events it was made of, row by row and as a whole', () => {
  fc.assert(
    fc.property(batchAndModel, ({ model, batch }) => {
      assert.deepEqual(plain(batch), plain(model))
      assert.equal(batch.length, model.length)
      assert.equal(
        batch.bodyBytes,
        model.reduce((sum, { body }) => sum + body.length, 0),
      )
      for (const [row, { headers, body }] of model.entries()) {
        assert.deepEqual([...batch.headers(row)].sort(), [...headers].sort())
        assert.deepEqual([...batch.body(row)], [...body])
        for (const name of ['a', 'host', '__proto__']) assert.equal(batch.header(row, name), headers.get(name))
      }
    }),
  )
})

test('slice and select agree with an array', () => {
  fc.assert(
    fc.property(
      batchAndModel,
      fc.nat(12),
      fc.nat(12),
      fc.array(fc.boolean(), { maxLength: 12 }),
      ({ model, batch }, from, to, mask) => {
        assert.deepEqual(plain(batch.slice(from, to)), plain(model.slice(from, Math.max(from, to))))
        const rows = rowsOf(model, mask)
        assert.deepEqual(plain(batch.select(rows)), plain([...rows].map((row) => model[row]!)))
        assert.equal(batch.select(null), batch)
      },
    ),
  )
})

test('withHeader, withoutHeader and withBodies change just that and leave the batch as it was', () => {
  fc.assert(
    fc.property(
      batchAndModel,
      header,
      fc.array(fc.option(fc.string({ maxLength: 3 }), { nil: undefined }), { minLength: 12, maxLength: 12 }),
      ({ model, batch }, name, all) => {
        const values = all.slice(0, model.length)
        const set = batch.withHeader(name, { kind: 'list', values })
        const wanted = model.map(({ headers, body }, row) => {
          const changed = new Map(headers)
          changed.delete(name)
          if (values[row] !== undefined) changed.set(name, values[row])
          return { headers: changed, body }
        })
        assert.deepEqual(plain(set), plain(wanted))
        const constant = batch.withHeader(name, { kind: 'constant', value: 'v' })
        for (let row = 0; row < batch.length; row++) assert.equal(constant.header(row, name), 'v')
        for (const each of batch.withoutHeader(name)) assert.equal(each.headers.has(name), false)
        const bodies = model.map((_, row) => Buffer.from(`body ${row}`))
        assert.deepEqual(
          plain(batch.withBodies(bodies)),
          plain(model.map(({ headers }, row) => ({ headers, body: bodies[row]! }))),
        )
        assert.deepEqual(plain(batch), plain(model))
      },
    ),
  )
})

test('a compacted batch has the same events and holds no more memory than their bodies', () => {
  const slab = new Uint8Array(100_000)
  const batch = batchOfRows(slab, [0, 50_000], [10, 50_010])
  const compact = batch.compact()
  assert.deepEqual(plain(compact), plain(batch))
  assert.equal(batch.retainedBytes, 100_000)
  assert.equal(compact.retainedBytes, 20)
  const full = batchOfRows(new Uint8Array(10), [0], [6])
  assert.equal(full.compact(), full)
})

test('what is retained counts each slab once and the text of headers', () => {
  const slab = new Uint8Array(1000)
  const one = batchOfRows(slab, [0], [10]).withHeader('host', { kind: 'constant', value: 'web1' })
  const two = batchOfRows(slab, [10], [20])
  assert.equal(one.concat(two).retainedBytes, 1000 + 'hostweb1'.length)
})

test('headers that are not read count as what they would take, also those of some rows', () => {
  const slab = new Uint8Array(100)
  const read = (): PartHeaders => assert.fail('nobody asked')
  const part = new Part({ arrivedAt: 1, slab, start: [5, 15], end: [10, 20], unread: { read, bytes: 10 } })
  assert.equal(new EventBatch([part]).retainedBytes, 110)
  assert.equal(new EventBatch([part]).slice(1, 2).retainedBytes, 105)
  assert.equal(new EventBatch([part]).select(Uint32Array.of(0)).retainedBytes, 105)
})

test('a piece ends where a part does, if one ends within it', () => {
  const batch = EventBatch.join(
    [3, 4, 5].map((rows) => batchOfRows(new Uint8Array(9), Array(rows).fill(0), Array(rows).fill(1))),
  )
  const ends = (from: number, to: number): number => batch.borderWithin(from, to)
  assert.deepEqual([ends(0, 2), ends(0, 3), ends(0, 6), ends(0, 7), ends(0, 11)], [2, 3, 3, 7, 7])
  assert.deepEqual([ends(3, 6), ends(4, 8), ends(7, 9), ends(7, 12), ends(3, 20)], [6, 7, 9, 12, 12])
  assert.equal(batchOfRows(new Uint8Array(9), [0, 0], [1, 1]).borderWithin(0, 5), 2)
})

test('rows that stand as they were written are known as such until something of them is changed', () => {
  // A row is a byte, its body, and a byte; two bytes stand before the first.
  const slab = Buffer.from('..(aa)(b)()(dddd)')
  const places = { start: Uint32Array.of(3, 7, 10, 12), end: Uint32Array.of(5, 8, 10, 16) }
  const part = new Part({ arrivedAt: 1, slab, ...places, written: { form: 'brackets', first: 2, tail: 1 } })
  const shown = (some: Part): string | undefined => some.writtenAs('brackets')?.toString()
  assert.equal(shown(part), '(aa)(b)()(dddd)')
  assert.equal(part.writtenAs('braces'), undefined)
  assert.equal(shown(part.slice(0, 2)), '(aa)(b)')
  assert.equal(shown(part.slice(1, 4)), '(b)()(dddd)')
  assert.equal(shown(part.slice(1, 4).slice(1, 2)), '()')
  const changed = [
    part.select(Uint32Array.of(0, 2)),
    part.withHeader('k', { kind: 'constant', value: 'v' }),
    part.withHeader('k', { kind: 'constant', value: 'v' }).withoutHeader('k'),
    part.withBodies([slab, slab, slab, slab]),
    part.compact(),
  ]
  for (const each of changed) assert.equal(shown(each), undefined)
  assert.equal(shown(part.withoutHeader('k')), shown(part), 'it had none')
})

test("constants of a builder yield to a row's own header", () => {
  const builder = new BatchBuilder()
  builder.event('x', new Map([['host', 'own']]))
  builder.event('y')
  const batch = builder.build(
    new Map([
      ['host', 'all'],
      ['dc', '1'],
    ]),
  )
  assert.deepEqual(
    plain(batch),
    plain([createEvent('x', { host: 'own', dc: '1' }), createEvent('y', { host: 'all', dc: '1' })]),
  )
})

test('a row outside of the batch is a RangeError', () => {
  const batch = batchOfOne(Buffer.from('x'))
  assert.throws(() => batch.body(1), RangeError)
  assert.throws(() => batch.headers(-1), RangeError)
  assert.throws(() => EventBatch.empty.event(0), RangeError)
})

test('a body of an event outlives its slab: it is a copy', () => {
  const slab = Buffer.from('abc')
  const copy = batchOf([{ headers: new Map(), body: slab }]).event(0).body
  slab.fill(0)
  assert.equal(Buffer.from(copy).toString(), 'abc')
})
