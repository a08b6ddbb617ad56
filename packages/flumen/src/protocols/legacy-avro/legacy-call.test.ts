import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { AvroRpcError } from '../avro-rpc/avro-reader.ts'
import { batchOfLegacy, mostFields } from '../legacy-events/legacy-event.ts'
import { keptBy, mostFor } from '../legacy-events/memory-for-test.ts'
import { HttpReader } from './http-reader.ts'
import { type EventForTest, legacyMessage } from './legacy-avro-for-test.ts'
import { LegacyCallReader } from './legacy-call.ts'
import { legacyProtocol, legacyProtocolHash } from './legacy-protocol.ts'

function eventIn(event: EventForTest) {
  const call = new LegacyCallReader().read(legacyMessage(event))
  assert.equal(call.kind, 'append')
  return call.kind === 'append' ? call.event : undefined
}

function problemOf(message: Buffer, reader = new LegacyCallReader()): string | undefined {
  const call = reader.read(message)
  return call.kind === 'append' ? 'none' : call.problem
}

test("the protocol's text has the hash that Flume's has", () => {
  assert.equal(legacyProtocolHash.toString('hex'), '84f26a5a74af5726d8bc68105669c996')
})

test('an event comes out as it went in, its numbers exact to 64 bits', () => {
  const [least, most] = [-(2n ** 63n), 2n ** 63n - 1n]
  for (const number of [0n, 1n, -1n, 63n, -64n, 2n ** 48n, -(2n ** 49n), 2n ** 53n + 1n, least, most]) {
    const fields = { größe: '日本', empty: '' }
    const event = eventIn({ timestamp: number, nanos: -number - 1n, priority: 5n, host: 'h', body: 'b', fields })
    assert.deepEqual(
      { ...event, body: String(event?.body) },
      {
        timestamp: String(number),
        nanos: String(-number - 1n),
        priority: 'TRACE',
        host: 'h',
        body: 'b',
        fields: new Map(Object.entries(fields)),
      },
    )
  }
})

test('a client that is not known is asked for its text once, and known from then on', () => {
  const reader = new LegacyCallReader()
  const hash = Buffer.alloc(16, 7)
  const matchOf = (message: Buffer): number => {
    const call = reader.read(message)
    return (call.kind === 'append' ? call.greeting[0] : call.answer[0]?.[0]) ?? -1
  }
  const event = { body: 'x' }
  assert.equal(matchOf(legacyMessage(event, { hash })), 4)
  const older = legacyProtocol
    .replaceAll('AvroFlumeOGEvent', 'AvroFlumeEvent')
    .replace('FlumeOGEventAvroServer', 'FlumeEventAvroServer')
    .replaceAll('"type":"string"', '"type":{"type":"string","avro.java.string":"String"}')
  assert.equal(matchOf(legacyMessage(event, { hash, serverHash: hash, text: older })), 2)
  assert.equal(matchOf(legacyMessage(event, { hash })), 0)
})

test('a protocol with other events is refused, and a text that is no protocol counts as none', () => {
  const hash = Buffer.alloc(16, 7)
  const other = legacyProtocol.replace('{"name":"timestamp","type":"long"},', '')
  assert.match(problemOf(legacyMessage({}, { hash, text: other })) ?? '', /not those of Flume 0\.9/)
  assert.equal(problemOf(legacyMessage({}, { hash, text: 'x' })), undefined)
  assert.match(problemOf(legacyMessage({}, { hash, text: '{"protocol":"p"}' })) ?? '', /not those/)
})

test('an empty name is a ping; an unknown message and an event that cannot be read are answered with an error', () => {
  assert.equal(problemOf(legacyMessage(undefined, { method: '' })), undefined)
  assert.equal(problemOf(legacyMessage({}, { method: 'close' })), 'No such remote message: close')
  assert.equal(problemOf(legacyMessage({ priority: 6n })), 'there is no priority 6')
  assert.match(problemOf(legacyMessage({ body: 'abc' }).subarray(0, -5)) ?? '', /are there|cut off/)
  assert.equal(problemOf(Buffer.concat([legacyMessage({}), Buffer.from([0])])), 'there is more than the event')
  const many = Object.fromEntries(Array.from({ length: mostFields + 1 }, (_, index) => [`${index}`, '']))
  assert.equal(problemOf(legacyMessage({ fields: many })), 'an event has over 5000 fields')
  assert.throws(() => problemOf(legacyMessage({}).subarray(0, 20)), AvroRpcError)
})

test('an event of the most fields takes no more than four times its size and 1 MiB, in one block or in many', () => {
  const names = Array.from({ length: mostFields }, (_, index) => index.toString(36))
  const whole = legacyMessage({ fields: Object.fromEntries(names.map((name) => [name, ''])) })
  // Each field a block of its own, the size of which is said too.
  const blocks = names.map((name) => Buffer.from([1, 2 * (name.length + 2), 2 * name.length, ...Buffer.from(name), 0]))
  const inBlocks = Buffer.concat([legacyMessage({}).subarray(0, -1), ...blocks, Buffer.of(0)])
  for (const message of [whole, inBlocks]) {
    const [taken, batch] = keptBy(() => {
      const call = new LegacyCallReader().read(message)
      assert.equal(call.kind, 'append')
      return batchOfLegacy(call.kind === 'append' ? [call.event] : [], 1)
    })
    assert.equal(batch.headers(0).size, mostFields + 5)
    assert.ok(taken <= mostFor(message.length), `${taken} bytes for ${message.length}`)
  }
})

test('a request that comes byte by byte holds no more than four times what has come and 1 MiB', () => {
  const body = Buffer.alloc(500_000, 'x')
  const head = Buffer.from(`POST / HTTP/1.1\r\nContent-Length: ${2 * body.length}\r\n\r\n`)
  const [taken, reader] = keptBy(() => {
    const reader = new HttpReader(2 * body.length)
    for (const byte of Buffer.concat([head, body])) {
      reader.receive(Buffer.from([byte]))
      reader.next()
    }
    return reader
  })
  assert.ok(reader.pendingBytes >= body.length)
  assert.ok(taken <= mostFor(head.length + body.length), `${taken} bytes for ${body.length}`)
})

/** Joins pieces of a byte each, in a heap that has no room for a list of them. */
const joining = `
const { parentPort, workerData } = require('node:worker_threads')
import(workerData).then(({ messageIn }) => {
  const body = Buffer.alloc(5_000_004)
  for (let at = 3; at < body.length - 4; at += 5) body[at] = 1
  parentPort.postMessage(messageIn(body).length)
})`

test('a message in a million pieces of a byte each is joined without a list of them', async () => {
  const worker = new Worker(joining, {
    eval: true,
    workerData: import.meta.resolve('./http-reader.ts'),
    resourceLimits: { maxOldGenerationSizeMb: 32 },
  })
  assert.deepEqual(await once(worker, 'message'), [1_000_000])
  await worker.terminate()
})
