import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOfLegacy, mostFields } from '../legacy-events/legacy-event.ts'
import { keptBy, mostFor } from '../legacy-events/memory-for-test.ts'
import { ThriftError } from '../thrift-rpc/index.ts'
import { hex, hexOf, rowsOf } from '../thrift-rpc/rpc-for-test.ts'
import { appendCall, callsOf, closeCall, type EventForTest, messageHead, messagesOf } from './legacy-call-for-test.ts'

const full: EventForTest = {
  timestamp: -(2n ** 63n),
  priority: 3,
  body: Buffer.from([0, 255, 10]),
  nanos: 2n ** 63n - 1n,
  host: 'web-1',
  fields: { größe: '日本', empty: '' },
}

function rowsIn(bytes: Buffer, chunkBytes?: number): readonly unknown[] {
  const events = callsOf(bytes, chunkBytes).flatMap((call) =>
    call.kind === 'append' && call.event ? [call.event] : [],
  )
  return rowsOf(batchOfLegacy(events, 1)) as readonly unknown[]
}

test('events come out with the headers of Flume, in whatever pieces they come, with either head', () => {
  for (const isStrict of [true, false]) {
    const bytes = Buffer.concat([appendCall(full, { isStrict }), closeCall(), appendCall({ body: 'x' }, { isStrict })])
    for (const chunkBytes of [1, 2, 3, 7, 50, bytes.length]) {
      assert.equal(callsOf(bytes, chunkBytes).length, 3)
      assert.deepEqual(rowsIn(bytes, chunkBytes), [
        [
          {
            FlumeOG: 'yes',
            empty: '',
            größe: '日本',
            host: 'web-1',
            nanos: '9223372036854775807',
            pri: 'INFO',
            timestamp: '-9223372036854775808',
          },
          '\0\xff\n',
        ],
        [{ FlumeOG: 'yes', nanos: '0', timestamp: '0' }, 'x'],
      ])
    }
  }
})

test('fields win over what the event has of itself, and FlumeOG over a field', () => {
  const bytes = appendCall({ host: 'a', priority: 0, fields: { host: 'b', pri: 'low', FlumeOG: 'no' } })
  assert.deepEqual(rowsIn(bytes), [[{ FlumeOG: 'yes', host: 'b', nanos: '0', pri: 'low', timestamp: '0' }, '']])
})

test('a priority that there is not is left out; a call without an event has none', () => {
  for (const priority of [6, -1]) {
    assert.deepEqual(rowsIn(appendCall({ priority })), [[{ FlumeOG: 'yes', nanos: '0', timestamp: '0' }, '']])
  }
  assert.deepEqual(callsOf(appendCall(undefined)), [{ kind: 'append', event: undefined }])
})

test('values of every type that are not known are passed over', () => {
  const scalars = '020007 01 030008 01 040009 0000000000000000 06000a 0001 08000b 00000001 0a000c 0000000000000001'
  const nested = `0f000d 0c 00000002 0b0001 00000001 ${hexOf('a')} 00 00 0e000e 08 00000002 00000001 00000002`
  const maps = `0d000f 0b 08 00000002 00000001 ${hexOf('a')} 00000001 00000000 00000002 0d0010 00 00 00000000`
  const more = '0d0011 08 0a 00000001 00000001 0000000000000001 0f0012 0f 00000001 03 00000002 0101 0c0013 00'
  const head = messageHead('append', 4, 1, true).toString('hex')
  const bytes = hex(
    head,
    '0c0001',
    scalars,
    nested,
    maps,
    more,
    `0b0003 00000001 ${hexOf('m')}`,
    '00 080005 00000001 00',
  )
  for (const chunkBytes of [1, 5, bytes.length]) {
    assert.deepEqual(rowsIn(Buffer.concat([bytes, bytes]), chunkBytes), [
      [{ FlumeOG: 'yes', nanos: '0', timestamp: '0' }, 'm'],
      [{ FlumeOG: 'yes', nanos: '0', timestamp: '0' }, 'm'],
    ])
  }
})

test('close is answered, an unknown method refused', () => {
  const [close, other] = callsOf(Buffer.concat([closeCall(7), closeCall(8, 'ackedAppend')]))
  assert.deepEqual(close, {
    kind: 'answered',
    answer: hex(`80010002 00000005 ${hexOf('close')} 00000007 00`),
    problem: undefined,
  })
  assert.equal(other?.kind === 'answered' && other.problem, "Invalid method name: 'ackedAppend'")
})

test('what is too large, too deep, negative or no Thrift is refused as soon as it is seen', () => {
  const head = messageHead('append', 4, 1, true).toString('hex')
  const bad = [
    `${head} 0b0001 7fffffff`,
    `${head} 0b0001 ffffffff`,
    `${head} 0f0001 0b 7fffffff`,
    `${head} 0d0001 0b 0b 40000000`,
    `${head} 0f0001 0b ffffffff`,
    `${head} 0f0001 08 00050000`,
    `${head} 110001`,
    `${head} ${'0c0001'.repeat(70)}`,
    '80020001',
    Buffer.from('GET / HTTP/1.1').toString('hex'),
  ]
  for (const bytes of bad) assert.throws(() => messagesOf(hex(bytes)), ThriftError, bytes)
  const many = Object.fromEntries(Array.from({ length: mostFields + 1 }, (_, index) => [`${index}`, '']))
  assert.throws(() => callsOf(appendCall({ fields: many })), /5001 fields/)
  assert.throws(() => callsOf(hex(head, '0c0001 0d0006 0b 08 00000001 00000000 00000001 00 00')), /not of texts/)
})

test('500 events, or one of the most fields, take no more than four times their size and 1 MiB', () => {
  const fields = Object.fromEntries(Array.from({ length: mostFields }, (_, index) => [index.toString(36), '']))
  for (const bytes of [Buffer.concat(Array.from({ length: 500 }, () => appendCall({}))), appendCall({ fields })]) {
    const [taken, batch] = keptBy(() =>
      batchOfLegacy(
        callsOf(bytes).flatMap((call) => (call.kind === 'append' && call.event ? [call.event] : [])),
        1,
      ),
    )
    assert.ok(batch.length > 0 && taken <= mostFor(bytes.length), `${taken} bytes for ${bytes.length}`)
  }
})

test('a message in one chunk is a piece of it, and one that comes slowly holds little more than what has come', async () => {
  const { MessageSplitter } = await import('./message-splitter.ts')
  const splitter = new MessageSplitter(10_000_000)
  const chunk = Buffer.concat([appendCall(full), appendCall(full)])
  splitter.receive(chunk)
  assert.equal(splitter.next()?.buffer, chunk.buffer)
  assert.ok(splitter.next())
  assert.deepEqual([splitter.next(), splitter.pendingBytes], [undefined, 0])
  const large = appendCall({ body: Buffer.alloc(5_000_000) })
  for (const byte of large.subarray(0, 1000)) {
    splitter.receive(Buffer.from([byte]))
    assert.equal(splitter.next(), undefined)
  }
  assert.ok(splitter.pendingBytes >= 1000 && splitter.pendingBytes <= 2048, `${splitter.pendingBytes}`)
  splitter.receive(large.subarray(1000))
  const message = splitter.next()
  assert.ok(message?.equals(large) && message.buffer.byteLength < large.length * 1.3)
  assert.equal(splitter.pendingBytes, 0)
})
