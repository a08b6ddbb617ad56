import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { ChannelFullError } from '../../../core/index.ts'
import { answersIn, encodeLog } from '../../../protocols/scribe/scribe-for-test.ts'
import { rowsOf } from '../../../protocols/thrift-rpc/rpc-for-test.ts'
import { type Harness, type HarnessOptions, readForTest, refuse } from '../../../testing/harness.ts'
import { portOf, startForTest } from '../../../testing/listening.ts'
import { ManualClock, settle } from '../../../testing/manual-clock.ts'
import { sourceContract } from '../../../testing/source-contract.ts'
import { TcpClient } from '../../../testing/tcp-client.ts'
import scribe from './scribe.ts'

const local = { bind: '127.0.0.1', port: '0' }

sourceContract(scribe, {
  values: local,
  produce: async (source) => {
    const client = await TcpClient.connect(portOf(source))
    await client.send(encodeLog([{ category: 'a', message: 'one' }, { message: 'two' }]))
    await client.answer(4)
    client.destroy()
  },
})

function running(
  context: TestContext,
  values: Readonly<Record<string, string>> = {},
  options: HarnessOptions = {},
): Promise<Harness<'source'>> {
  return startForTest(context, scribe, { ...local, ...values }, options)
}

async function answers(client: TcpClient, count: number): Promise<readonly string[]> {
  while (!client.hasEnded && answersIn(client.received).length < count) await settle()
  return answersIn(client.received)
}

test('calls that come together are stored one by one, whole, and answered OK in their order', async (context) => {
  const atomic: unknown[] = []
  const source = await running(context, {}, { onPut: (_batch, options) => void atomic.push(options?.atomic) })
  const client = await TcpClient.connect(portOf(source))
  const calls = [1, 2, 3].map((sequence) => encodeLog([{ category: `c${sequence}`, message: 'm' }], { sequence }))
  await client.send(Buffer.concat([...calls, encodeLog([], { sequence: 4 })]))
  assert.deepEqual(
    await answers(client, 4),
    [1, 2, 3, 4].map((sequence) => `Log ${sequence} result 0`),
  )
  assert.deepEqual(
    source.observed.puts.map(rowsOf),
    [1, 2, 3].map((sequence) => [[{ category: `c${sequence}` }, 'm']]),
  )
  assert.deepEqual(atomic, [true, true, true])
  const { counts } = source.observed
  assert.deepEqual([counts.get('callsReceived'), counts.get('callsStored'), counts.get('openConnections')], [4, 4, 1])
  client.destroy()
})

test('a call is answered when it is stored, not before', async (context) => {
  const stored = Promise.withResolvers<void>()
  const source = await running(context, {}, { onPut: () => stored.promise })
  const client = await TcpClient.connect(portOf(source))
  await client.send(encodeLog([{ message: 'x' }]))
  for (let turn = 0; turn < 30; turn++) await settle()
  assert.equal(client.received.length, 0)
  stored.resolve()
  assert.deepEqual(await answers(client, 1), ['Log 1 result 0'])
  client.destroy()
})

test('a full channel, any other failure, no list and an entry without a message are answered TRY_LATER', async (context) => {
  const failures = [
    () => refuse(new ChannelFullError('no room')),
    async () => refuse(new ChannelFullError('no room')),
    () => {
      throw new Error('an interceptor broke')
    },
  ]
  const source = await running(context, {}, { onPut: () => failures.shift()?.() })
  const client = await TcpClient.connect(portOf(source))
  for (let sequence = 1; sequence <= 3; sequence++) await client.send(encodeLog([{ message: 'x' }], { sequence }))
  await client.send(encodeLog(undefined, { sequence: 4 }))
  await client.send(encodeLog([{ category: 'only' }], { sequence: 5 }))
  await client.send(encodeLog([{ message: 'good' }], { sequence: 6 }))
  assert.deepEqual(
    await answers(client, 6),
    [1, 1, 1, 1, 1, 0].map((result, index) => `Log ${index + 1} result ${result}`),
  )
  assert.deepEqual(source.bodies(), ['good'])
  const { counts } = source.observed
  assert.deepEqual([counts.get('callsReceived'), counts.get('callsStored'), counts.get('callsFailed')], [6, 1, 3])
  client.destroy()
})

test('an unknown method is refused, logged once, and the next call is served', async (context) => {
  const source = await running(context)
  const client = await TcpClient.connect(portOf(source))
  const unknown = encodeLog([], { method: 'getName' })
  await client.send(Buffer.concat([unknown, unknown, encodeLog([{ message: 'x' }])]))
  const refused = "getName 1 exception Invalid method name: 'getName' 1"
  assert.deepEqual(await answers(client, 3), [refused, refused, 'Log 1 result 0'])
  assert.equal(source.observed.counts.get('requestsInvalid'), 2)
  assert.equal(source.observed.lines.filter(({ level }) => level === 'warn').length, 1)
  client.destroy()
})

test('too large a call and no Thrift at all close the connection; what came before is kept', async (context) => {
  const good = encodeLog([{ message: 'good' }])
  for (const bad of [encodeLog([{ message: 'x'.repeat(1000) }]), Buffer.from('GET / HTTP/1.1\r\n\r\n')]) {
    const source = await running(context, { maxReadBufferBytes: '1000' })
    const client = await TcpClient.connect(portOf(source))
    await client.send(Buffer.concat([good, bad]))
    await client.lastAnswer()
    assert.deepEqual(source.bodies(), ['good'])
    assert.equal(source.observed.counts.get('requestsInvalid'), 1)
  }
})

test('a call that is not whole in time closes its connection; one between calls may be silent', async (context) => {
  const clock = new ManualClock()
  const source = await running(context, { requestTimeout: '30' }, { clock })
  const silent = await TcpClient.connect(portOf(source))
  await silent.send(encodeLog([{ message: 'silent' }]))
  await answers(silent, 1)
  const slow = await TcpClient.connect(portOf(source))
  await slow.send(encodeLog([{ message: 'slow' }]).subarray(0, 7))
  while (clock.pending === 0) await settle()
  await clock.advance(31_000)
  await slow.lastAnswer()
  assert.equal(silent.hasEnded, false)
  assert.equal(source.observed.counts.get('requestTimeouts'), 1)
  silent.destroy()
})

test('bad sizes and threads have their defaults, as in Flume; the port has one', async () => {
  const { read, problems } = await readForTest(scribe, { maxReadBufferBytes: '0', workerThreads: '-1' })
  assert.deepEqual([read.port, read.maxReadBufferBytes, read.bind], [1499, 16_384_000, undefined])
  assert.deepEqual(problems.all.map(({ severity, key }) => `${severity} ${key}`).sort(), [
    'note workerThreads',
    'warning maxReadBufferBytes',
  ])
})
