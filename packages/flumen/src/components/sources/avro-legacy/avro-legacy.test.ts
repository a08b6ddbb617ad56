import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { ChannelFullError } from '../../../core/index.ts'
import {
  answersIn,
  type EventForTest,
  httpPost,
  legacyRequest,
} from '../../../protocols/legacy-avro/legacy-avro-for-test.ts'
import { legacyProtocol } from '../../../protocols/legacy-avro/legacy-protocol.ts'
import { rowsOf } from '../../../protocols/thrift-rpc/rpc-for-test.ts'
import { type Harness, type HarnessOptions, readForTest, refuse } from '../../../testing/harness.ts'
import { portOf, startForTest } from '../../../testing/listening.ts'
import { ManualClock, settle } from '../../../testing/manual-clock.ts'
import { sourceContract } from '../../../testing/source-contract.ts'
import { TcpClient } from '../../../testing/tcp-client.ts'
import avroLegacy from './avro-legacy.ts'

const local = { host: '127.0.0.1', port: '0' }

sourceContract(avroLegacy, {
  values: local,
  produce: async (source) => {
    const client = await TcpClient.connect(portOf(source))
    await client.send(legacyRequest({ body: 'one', host: 'h' }))
    await answers(client, 1)
    client.destroy()
  },
})

function running(
  context: TestContext,
  values: Readonly<Record<string, string>> = {},
  options: HarnessOptions = {},
): Promise<Harness<'source'>> {
  return startForTest(context, avroLegacy, { ...local, ...values }, options)
}

async function answers(client: TcpClient, count: number): Promise<readonly string[]> {
  while (!client.hasEnded && answersIn(client.received).length < count) await settle()
  return answersIn(client.received)
}

test('a call is answered when its event is stored, with the headers of Flume', async (context) => {
  const stored = Promise.withResolvers<void>()
  const source = await running(context, {}, { onPut: () => stored.promise })
  const client = await TcpClient.connect(portOf(source))
  const event: EventForTest = { timestamp: 5n, nanos: 6n, priority: 0n, host: 'h', body: 'one', fields: { a: 'b' } }
  await client.send(Buffer.concat([legacyRequest(event), legacyRequest({ body: 'two' })]))
  for (let turn = 0; turn < 30; turn++) await settle()
  assert.equal(client.received.length, 0)
  stored.resolve()
  assert.deepEqual(await answers(client, 2), ['200 BOTH stored 2', '200 BOTH stored 2'])
  assert.deepEqual(source.observed.puts.map(rowsOf), [
    [[{ FlumeOG: 'yes', a: 'b', host: 'h', nanos: '6', pri: 'FATAL', timestamp: '5' }, 'one']],
    [[{ FlumeOG: 'yes', host: '', nanos: '0', pri: 'INFO', timestamp: '0' }, 'two']],
  ])
  const { counts } = source.observed
  assert.deepEqual([counts.get('appendReceived'), counts.get('appendAccepted')], [2, 2])
  client.destroy()
})

test('an event that is not stored is answered with an error, whatever the reason, and the next is served', async (context) => {
  const failures = [
    () => refuse(new ChannelFullError('no room')),
    () => {
      throw new Error('an interceptor broke')
    },
  ]
  const source = await running(context, {}, { onPut: () => failures.shift()?.() })
  const client = await TcpClient.connect(portOf(source))
  for (let count = 0; count < 3; count++) await client.send(legacyRequest({ body: 'x' }))
  assert.deepEqual(await answers(client, 3), [
    '200 BOTH error The event was not stored: a channel has no room; send it again',
    '200 BOTH error The event was not stored: it failed; see the log of the agent',
    '200 BOTH stored 2',
  ])
  assert.deepEqual(source.bodies(), ['x'])
  client.destroy()
})

test('a client with another text is asked for it and stores nothing until it has shown it', async (context) => {
  const source = await running(context)
  const client = await TcpClient.connect(portOf(source))
  const hash = Buffer.alloc(16, 9)
  await client.send(legacyRequest({ body: 'lost' }, { hash }))
  await client.send(legacyRequest({ body: 'kept' }, { hash, serverHash: hash, text: legacyProtocol }))
  assert.deepEqual(await answers(client, 2), ['200 NONE', '200 CLIENT stored 2'])
  assert.deepEqual(source.bodies(), ['kept'])
  client.destroy()
})

test('other methods and bodies that are no call are refused, logged once, and the next request is served', async (context) => {
  const source = await running(context)
  const client = await TcpClient.connect(portOf(source))
  await client.send('GET / HTTP/1.1\r\n\r\n')
  await client.send(httpPost(Buffer.from('no pieces')))
  await client.send(legacyRequest(undefined, { method: 'close' }))
  await client.send(legacyRequest({ body: 'x' }))
  const close = Buffer.from('Connection: close\r\n')
  const last = legacyRequest({ body: 'y' })
  const at = last.indexOf('Content-Length')
  await client.send(Buffer.concat([last.subarray(0, at), close, last.subarray(at)]))
  assert.deepEqual(await answers(client, 5), [
    '405',
    '400',
    '200 BOTH error No such remote message: close',
    '200 BOTH stored 2',
    '200 BOTH stored 2 last',
  ])
  assert.deepEqual(source.bodies(), ['x', 'y'])
  assert.equal(source.observed.counts.get('requestsInvalid'), 3)
  assert.equal(source.observed.lines.filter(({ level }) => level === 'warn').length, 1)
  client.destroy()
})

test('what is no HTTP and too large a body close the connection; what came before is stored', async (context) => {
  for (const bad of [Buffer.from('no http\r\n\r\n'), legacyRequest({ body: Buffer.alloc(2_000_000) })]) {
    const source = await running(context, { maxRequestSize: '1' })
    const client = await TcpClient.connect(portOf(source))
    await client.send(legacyRequest({ body: 'good' }))
    await answers(client, 1)
    await client.send(bad)
    await client.lastAnswer()
    assert.deepEqual(source.bodies(), ['good'])
    assert.equal(source.observed.counts.get('requestsInvalid'), 1)
  }
})

test('a request that is not whole in time closes its connection; a silent one stays', async (context) => {
  const clock = new ManualClock()
  const source = await running(context, { requestTimeout: '30' }, { clock })
  const silent = await TcpClient.connect(portOf(source))
  await silent.send(legacyRequest({ body: 'x' }))
  await answers(silent, 1)
  const slow = await TcpClient.connect(portOf(source))
  await slow.send('POST / HT')
  while (clock.pending === 0) await settle()
  await clock.advance(31_000)
  await slow.lastAnswer()
  assert.equal(silent.hasEnded, false)
  assert.equal(source.observed.counts.get('requestTimeouts'), 1)
  silent.destroy()
})

test('bind, as the guide of Flume writes it, is the host', async () => {
  const { read, problems } = await readForTest(avroLegacy, { bind: '10.0.0.1', port: '35872' })
  assert.deepEqual([read.host, read.port, problems.all], ['10.0.0.1', 35872, []])
})
