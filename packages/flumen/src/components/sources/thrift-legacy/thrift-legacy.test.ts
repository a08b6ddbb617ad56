import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { ChannelFullError } from '../../../core/index.ts'
import { appendCall, closeCall } from '../../../protocols/legacy-thrift/legacy-call-for-test.ts'
import { hex, rowsOf } from '../../../protocols/thrift-rpc/rpc-for-test.ts'
import { type Harness, type HarnessOptions, readForTest, refuse } from '../../../testing/harness.ts'
import { portOf, startForTest } from '../../../testing/listening.ts'
import { ManualClock, settle } from '../../../testing/manual-clock.ts'
import { sourceContract } from '../../../testing/source-contract.ts'
import { TcpClient } from '../../../testing/tcp-client.ts'
import thriftLegacy from './thrift-legacy.ts'

const local = { host: '127.0.0.1', port: '0' }
const closeAnswerBytes = 18

sourceContract(thriftLegacy, {
  values: local,
  produce: async (source) => {
    const client = await TcpClient.connect(portOf(source))
    await client.send(Buffer.concat([appendCall({ body: 'one', host: 'h' }), appendCall({ body: 'two' }), closeCall()]))
    await client.answer(closeAnswerBytes)
    client.destroy()
  },
})

function running(
  context: TestContext,
  values: Readonly<Record<string, string>> = {},
  options: HarnessOptions = {},
): Promise<Harness<'source'>> {
  return startForTest(context, thriftLegacy, { ...local, ...values }, options)
}

test('events come in their order with the headers of Flume, and close is answered when they are stored', async (context) => {
  const stored = Promise.withResolvers<void>()
  const source = await running(context, {}, { onPut: () => stored.promise })
  const client = await TcpClient.connect(portOf(source))
  const first = { timestamp: 5n, nanos: 6n, priority: 1, host: 'h', body: 'one', fields: { a: 'b' } }
  await client.send(Buffer.concat([appendCall(first), appendCall({ body: 'two' }), closeCall()]))
  for (let turn = 0; turn < 30; turn++) await settle()
  assert.equal(client.received.length, 0)
  stored.resolve()
  await client.answer(closeAnswerBytes)
  assert.deepEqual(client.received, hex('80010002 00000005 636c6f7365 00000001 00'))
  assert.deepEqual(source.observed.puts.flatMap(rowsOf), [
    [{ FlumeOG: 'yes', a: 'b', host: 'h', nanos: '6', pri: 'ERROR', timestamp: '5' }, 'one'],
    [{ FlumeOG: 'yes', nanos: '0', timestamp: '0' }, 'two'],
  ])
  client.destroy()
})

test('2,000 events that come at once are stored in puts of 500 at most, none lost', async (context) => {
  const source = await running(context)
  const client = await TcpClient.connect(portOf(source))
  const bodies = Array.from({ length: 2000 }, (_, index) => `event ${index}`)
  await client.send(Buffer.concat([...bodies.map((body) => appendCall({ body })), closeCall()]))
  await client.answer(closeAnswerBytes)
  assert.deepEqual(source.bodies(), bodies)
  assert.ok(source.observed.puts.every(({ length }) => length <= 500))
  client.destroy()
})

test('what a full channel refuses is put again until it is stored, and the client is held back', async (context) => {
  const clock = new ManualClock()
  let refusals = 0
  const onPut = (): void => {
    if (refusals++ < 3) refuse(new ChannelFullError('no room'))
  }
  const source = await running(context, {}, { clock, onPut })
  const client = await TcpClient.connect(portOf(source))
  await client.send(Buffer.concat([appendCall({ body: 'one' }), closeCall()]))
  while (source.observed.puts.length === 0) {
    assert.equal(client.received.length, 0)
    if (clock.pending > 0) await clock.advance(2000)
    await settle()
  }
  await client.answer(closeAnswerBytes)
  assert.deepEqual(source.bodies(), ['one'])
  assert.equal(refusals, 4)
  client.destroy()
})

test('events that are not stored when the source must stop are counted as lost', async (context) => {
  const source = await running(context, {}, { onPut: () => refuse(new ChannelFullError('no room')) })
  const client = await TcpClient.connect(portOf(source))
  await client.send(Buffer.concat([appendCall({ body: 'one' }), appendCall({ body: 'two' })]))
  while (!source.observed.lines.some(({ level }) => level === 'warn')) await settle()
  await source.instance.stop(10)
  while (source.observed.counts.get('eventsLost') === undefined) await settle()
  assert.equal(source.observed.counts.get('eventsLost'), 2)
  client.destroy()
})

test('what cannot be read closes the connection; what came before it is stored', async (context) => {
  for (const bad of [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    appendCall({ body: 'x'.repeat(2_000_000) }),
    hex('80020001'),
  ]) {
    const source = await running(context, { maxRequestSize: '1' })
    const client = await TcpClient.connect(portOf(source))
    await client.send(Buffer.concat([appendCall({ body: 'good' }), bad]))
    await client.lastAnswer()
    assert.deepEqual(source.bodies(), ['good'])
    assert.equal(source.observed.counts.get('requestsInvalid'), 1)
  }
})

test('an unknown method is refused, logged once, and a call without an event stores nothing', async (context) => {
  const source = await running(context)
  const client = await TcpClient.connect(portOf(source))
  const calls = [
    closeCall(1, 'ping'),
    closeCall(2, 'ping'),
    appendCall(undefined),
    appendCall({ body: 'x' }),
    closeCall(3),
  ]
  await client.send(Buffer.concat(calls))
  while (!client.received.includes('close')) await settle()
  assert.ok(client.received.includes("Invalid method name: 'ping'"))
  assert.deepEqual(source.bodies(), ['x'])
  assert.equal(source.observed.counts.get('requestsInvalid'), 2)
  assert.equal(source.observed.lines.filter(({ level }) => level === 'warn').length, 1)
  client.destroy()
})

test('an event that is not whole in time closes its connection; a silent one stays', async (context) => {
  const clock = new ManualClock()
  const source = await running(context, { requestTimeout: '30' }, { clock })
  const silent = await TcpClient.connect(portOf(source))
  await silent.send(closeCall())
  await silent.answer(closeAnswerBytes)
  const slow = await TcpClient.connect(portOf(source))
  await slow.send(appendCall({ body: 'slow' }).subarray(0, 3))
  while (clock.pending === 0) await settle()
  await clock.advance(31_000)
  await slow.lastAnswer()
  assert.equal(silent.hasEnded, false)
  assert.equal(source.observed.counts.get('requestTimeouts'), 1)
  silent.destroy()
})

test('bind, as the guide of Flume writes it, is the host', async () => {
  const { read, problems } = await readForTest(thriftLegacy, { bind: '10.0.0.1', port: '35853' })
  assert.deepEqual([read.host, read.port, problems.all], ['10.0.0.1', 35853, []])
})
