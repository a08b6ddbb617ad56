import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keptBy, mostFor } from '../legacy-events/memory-for-test.ts'
import { ThriftError } from '../thrift-rpc/index.ts'
import { framesOf, hex, hexOf, rowsOf } from '../thrift-rpc/rpc-for-test.ts'
import { encodeScribeError, encodeScribeResult } from './scribe-answer.ts'
import { decodeScribeCall, type ScribeCall } from './scribe-call.ts'
import { answersIn, type CallForTest, type EntryForTest, encodeLog } from './scribe-for-test.ts'

function throughWire(entries: readonly EntryForTest[] | undefined, call?: CallForTest): ScribeCall {
  return decodeScribeCall(framesOf(encodeLog(entries, call))[0]!, 1)
}

test('entries come out as they went in: message as the body, category as the header, with either head', () => {
  const entries = [
    { category: 'web', message: 'one' },
    { category: 'web', message: '' },
    { category: 'größe 日本', message: Buffer.from([0, 255, 10]) },
    { message: 'no category' },
    { category: '', message: 'five' },
  ]
  for (const isStrict of [false, true]) {
    const { method, sequence, batch, refusal, fault } = throughWire(entries, { isStrict, sequence: -7 })
    assert.deepEqual([method, sequence, refusal, fault], ['Log', -7, undefined, undefined])
    assert.deepEqual(rowsOf(batch), [
      [{ category: 'web' }, 'one'],
      [{ category: 'web' }, ''],
      [{ category: 'größe 日本' }, '\0\xff\n'],
      [{}, 'no category'],
      [{ category: '' }, 'five'],
    ])
  }
})

test('one category for all is a constant column, and bodies are pieces of the frame', () => {
  const [frame] = framesOf(encodeLog(Array.from({ length: 100 }, (_, row) => ({ category: 'c', message: `${row}` }))))
  const [part] = decodeScribeCall(frame!, 1).batch.parts
  assert.deepEqual(part!.columns, [['category', { kind: 'constant', value: 'c' }]])
  assert.equal(part!.slab, frame)
  assert.deepEqual(throughWire([{ message: 'x' }]).batch.parts[0]!.columns, [])
})

test('an empty list is a call without events; no list, and an entry without a message, are faults', () => {
  assert.deepEqual([throughWire([]).batch.length, throughWire([]).fault], [0, undefined])
  assert.equal(throughWire(undefined).fault, 'there is no list of entries')
  const { batch, fault } = throughWire([{ message: 'a' }, { category: 'x' }, { message: 'b' }])
  assert.deepEqual([batch.length, fault], [0, 'an entry has no message'])
})

test('fields that are not known, or of another type, are passed over, and the last of a field counts', () => {
  const known = `0b0002 00000001 ${hexOf('m')}`
  const odd = `080001 00000005 0c0009 0a0001 0000000000000001 00 0b0002 00000001 ${hexOf('x')}`
  const call = hex(`00000003 ${hexOf('Log')} 01 00000001 080007 00000001 0f0001 0c 00000001 ${odd} ${known} 00 00`)
  assert.deepEqual(rowsOf(decodeScribeCall(call, 1).batch), [[{}, 'm']])
})

test('another method and wrong arguments are refused, what cannot be understood closes', () => {
  assert.deepEqual(throughWire([], { method: 'getStatus' }).refusal, {
    kind: 1,
    message: "Invalid method name: 'getStatus'",
  })
  const head = `00000003 ${hexOf('Log')} 01 00000001`
  const negative = hex(`${head} 0f0001 0c ffffffff 00`)
  assert.deepEqual(decodeScribeCall(negative, 1).refusal, { kind: 7, message: 'Negative length: -1' })
  assert.deepEqual(decodeScribeCall(hex(`${head} 0f0001 0b 00000001 00000000 00`), 1).refusal?.kind, 7)
  for (const bytes of [`${head} 0f0001 0c 7fffffff 00`, `${head} 0f0001`, `${head} 00 00`, '8002 0001', '']) {
    assert.throws(() => decodeScribeCall(hex(bytes), 1), ThriftError, bytes)
  }
})

test('answers have a head without a version', () => {
  const head = { method: 'Log', sequence: 3 }
  const ok = hex(`00000014 00000003 ${hexOf('Log')} 02 00000003 080000 00000000 00`)
  assert.deepEqual(encodeScribeResult(head, 0), ok)
  assert.deepEqual(answersIn(encodeScribeResult(head, 1)), ['Log 3 result 1'])
  assert.deepEqual(answersIn(encodeScribeError(head, { kind: 7, message: 'größe' })), ['Log 3 exception größe 7'])
})

test('no call takes more than four times its size and 1 MiB', () => {
  const dear: readonly (readonly EntryForTest[])[] = [
    Array.from({ length: 200_000 }, () => ({ message: '' })),
    Array.from({ length: 100_000 }, (_, row) => ({ category: row.toString(36), message: '' })),
    Array.from({ length: 100_000 }, (_, row) => (row % 2 ? { category: '', message: '' } : { message: '' })),
  ]
  for (const entries of dear) {
    const [frame] = framesOf(encodeLog(entries))
    const [taken, { batch }] = keptBy(() => decodeScribeCall(frame!, 1))
    assert.equal(batch.length, entries.length)
    assert.ok(taken <= mostFor(frame!.length), `${taken} bytes for ${frame!.length}`)
  }
})
