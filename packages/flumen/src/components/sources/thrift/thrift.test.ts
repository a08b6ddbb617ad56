import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { ChannelFullError, type EventBatch } from '../../../core/index.ts'
import { decodeAnswer, encodeCall, FrameSplitter, type ThriftProtocol } from '../../../protocols/thrift-rpc/index.ts'
import { batchOfText, framesOf, hex, rowsOf } from '../../../protocols/thrift-rpc/rpc-for-test.ts'
import { makeCertificates, missingOpenSsl } from '../../../testing/certificates.ts'
import { type Harness, type HarnessOptions, readForTest, refuse } from '../../../testing/harness.ts'
import { portOf, startForTest } from '../../../testing/listening.ts'
import { ManualClock, settle } from '../../../testing/manual-clock.ts'
import { sourceContract } from '../../../testing/source-contract.ts'
import { TcpClient } from '../../../testing/tcp-client.ts'
import thrift from './thrift.ts'

const local = { bind: '127.0.0.1', port: '0' }

sourceContract(thrift, {
  values: local,
  produce: async (source) => {
    const client = await TcpClient.connect(portOf(source))
    await client.send(callOf(batchOfText(['one', { a: '1' }], ['two'])))
    await client.answer(4)
    client.destroy()
  },
})

function callOf(batch: EventBatch, sequence = 1, protocol: ThriftProtocol = 'compact'): Buffer {
  return Buffer.concat(encodeCall(batch, { protocol, sequence }))
}

function running(
  context: TestContext,
  values: Readonly<Record<string, string>> = {},
  options: HarnessOptions = {},
): Promise<Harness<'source'>> {
  return startForTest(context, thrift, { ...local, ...values }, options)
}

type Answer = readonly [sequence: number, status: number | undefined, error: string | undefined]

function answersOf(bytes: Buffer, protocol: ThriftProtocol = 'compact'): readonly Answer[] {
  return framesOf(bytes).map((frame) => {
    const { sequence, status, error } = decodeAnswer(frame, protocol)
    return [sequence, status, error && `${error.kind} ${error.message}`]
  })
}

/** Resolves with so many answers, or with those that came when the connection has ended. */
async function answers(client: TcpClient, count: number, protocol?: ThriftProtocol): Promise<readonly Answer[]> {
  const enough = (): boolean => client.hasEnded || answersOf(client.received, protocol).length >= count
  while (!enough()) await settle()
  return answersOf(client.received, protocol)
}

test('calls that come together are stored one by one and answered in their order', async (context) => {
  for (const protocol of ['compact', 'binary'] as const) {
    const source = await running(context, { protocol })
    const client = await TcpClient.connect(portOf(source))
    const batches = Array.from({ length: 20 }, (_, index) => batchOfText([`a ${index}`, { n: `${index}` }], ['b']))
    await client.send(Buffer.concat(batches.map((batch, index) => callOf(batch, index + 1, protocol))))
    assert.deepEqual(
      await answers(client, 20, protocol),
      batches.map((_, index) => [index + 1, 0, undefined]),
    )
    assert.deepEqual(source.observed.puts.map(rowsOf), batches.map(rowsOf))
    const { counts } = source.observed
    assert.deepEqual([counts.get('appendBatchReceived'), counts.get('appendBatchAccepted')], [20, 20])
    assert.equal(counts.get('openConnections'), 1)
    client.destroy()
  }
})

test('a call is one put that is never split, and is answered when it is stored', async (context) => {
  let store = (): void => undefined
  const stored = new Promise<void>((resolve) => {
    store = resolve
  })
  const atomic: unknown[] = []
  const source = await running(
    context,
    {},
    {
      onPut: (_batch, options) => {
        atomic.push(options?.atomic)
        return stored
      },
    },
  )
  const client = await TcpClient.connect(portOf(source))
  await client.send(callOf(batchOfText(['one'])))
  await client.send(callOf(batchOfText(['two']), 2))
  while (atomic.length === 0) await settle()
  for (let turn = 0; turn < 20; turn++) await settle()
  assert.equal(client.received.length, 0)
  assert.deepEqual(atomic, [true])
  store()
  assert.deepEqual(await answers(client, 2), [
    [1, 0, undefined],
    [2, 0, undefined],
  ])
  client.destroy()
})

test('a channel without room is answered FAILED, any other failure with an exception; the connection goes on', async (context) => {
  const failures = [
    () => refuse(new ChannelFullError('no room')),
    () => {
      throw new Error('an interceptor broke')
    },
    () => undefined,
  ]
  const source = await running(context, {}, { onPut: () => failures.shift()?.() })
  const client = await TcpClient.connect(portOf(source))
  for (let sequence = 1; sequence <= 3; sequence++) await client.send(callOf(batchOfText(['x']), sequence))
  assert.deepEqual(await answers(client, 3), [
    [1, 1, undefined],
    [2, undefined, '6 Internal error processing appendBatch'],
    [3, 0, undefined],
  ])
  const { counts } = source.observed
  assert.deepEqual([counts.get('appendBatchReceived'), counts.get('appendBatchAccepted')], [3, 1])
  assert.deepEqual(source.bodies(), ['x'])
  client.destroy()
})

test('append and appendBatch are counted apart, and an empty batch is answered OK and stores nothing', async (context) => {
  const source = await running(context)
  const client = await TcpClient.connect(portOf(source))
  const single = encodeCall(batchOfText(['one']), { protocol: 'compact', sequence: 1, method: 'append' })
  await client.send(Buffer.concat([...single, callOf(batchOfText(), 2)]))
  assert.deepEqual(await answers(client, 2), [
    [1, 0, undefined],
    [2, 0, undefined],
  ])
  const { counts } = source.observed
  assert.deepEqual(
    ['appendReceived', 'appendAccepted', 'appendBatchReceived', 'appendBatchAccepted'].map((name) => counts.get(name)),
    [1, 1, 1, 1],
  )
  assert.deepEqual(source.bodies(), ['one'])
  client.destroy()
})

test('an unknown method and an event without a body are refused, counted, logged once, and the next call is served', async (context) => {
  const source = await running(context)
  const client = await TcpClient.connect(portOf(source))
  const unknown = hex('82 21 01 04', Buffer.from('ping').toString('hex'), '00')
  const bodiless = hex('82 21 02 06', Buffer.from('append').toString('hex'), '1c 1b 00 00 00')
  await client.send(Buffer.concat([framed(unknown), framed(bodiless), callOf(batchOfText(['x']), 3)]))
  assert.deepEqual(await answers(client, 3), [
    [1, undefined, "1 Invalid method name: 'ping'"],
    [2, undefined, "7 Required field 'body' was not present!"],
    [3, 0, undefined],
  ])
  assert.equal(source.observed.counts.get('requestsInvalid'), 2)
  assert.equal(source.observed.lines.filter(({ level }) => level === 'warn').length, 1)
  client.destroy()
})

function framed(content: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(content.length)
  return Buffer.concat([length, content])
}

test('the other protocol, too large a frame and no Thrift at all close the connection, what came before is kept', async (context) => {
  const good = callOf(batchOfText(['good']))
  for (const bad of [
    callOf(batchOfText(['x']), 2, 'binary'),
    hex('08000001'),
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    framed(hex('8221')),
  ]) {
    const source = await running(context)
    const client = await TcpClient.connect(portOf(source))
    await client.send(Buffer.concat([good, bad]))
    await client.lastAnswer()
    assert.deepEqual(source.bodies(), ['good'])
    assert.equal(source.observed.counts.get('requestsInvalid'), 1)
  }
})

test('a call that ends in the middle stores nothing', async (context) => {
  const source = await running(context)
  const client = await TcpClient.connect(portOf(source))
  const call = callOf(batchOfText(['x'.repeat(100_000)]))
  await client.send(call.subarray(0, -1))
  client.end()
  assert.equal(await client.lastAnswer(), '')
  assert.deepEqual(source.bodies(), [])
})

test('each call has its own time, also where it began in the packet that ended the one before', async (context) => {
  const clock = new ManualClock()
  const source = await running(context, { requestTimeout: '30' }, { clock })
  const client = await TcpClient.connect(portOf(source))
  const calls = Buffer.concat(['1', '2', '3'].map((body) => callOf(batchOfText([body]))))
  const length = calls.length / 3
  for (const call of [0, 1, 2]) {
    await client.send(calls.subarray(call * length + (call === 0 ? 0 : 7), (call + 1) * length + 7))
    assert.equal((await answers(client, call + 1)).length, call + 1)
    await clock.advance(20_000)
  }
  assert.deepEqual(source.bodies(), ['1', '2', '3'])
  assert.equal(client.hasEnded, false)
  client.destroy()
})

test('a call that is not whole in time closes its connection; one between calls may be silent', async (context) => {
  const clock = new ManualClock()
  const source = await running(context, { requestTimeout: '30' }, { clock })
  const silent = await TcpClient.connect(portOf(source))
  await silent.send(callOf(batchOfText(['silent'])))
  await answers(silent, 1)
  const slow = await TcpClient.connect(portOf(source))
  await slow.send(callOf(batchOfText(['slow'])).subarray(0, 7))
  while (clock.pending === 0) await settle()
  await clock.advance(31_000)
  await slow.lastAnswer()
  assert.equal(silent.hasEnded, false)
  assert.equal(source.observed.counts.get('requestTimeouts'), 1)
  await silent.send(callOf(batchOfText(['still here']), 2))
  assert.equal((await answers(silent, 2)).length, 2)
  silent.destroy()
})

test('a client that speaks TLS is served', async (context) => {
  if (missingOpenSsl() !== undefined) {
    context.skip('there is no openssl')
    return
  }
  const directory = mkdtempSync(join(tmpdir(), 'flumen-thrift-'))
  context.after(() => rmSync(directory, { recursive: true }))
  makeCertificates(directory, 'authority', 'server')
  const tls = {
    ssl: 'true',
    certificate: join(directory, 'server.pem'),
    certificateKey: join(directory, 'server.key'),
  }
  const source = await running(context, tls)
  const socket = connectTls({ port: portOf(source), host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const large = 'x'.repeat(300_000)
  socket.write(callOf(batchOfText([large])))
  const splitter = new FrameSplitter(100)
  for await (const chunk of socket) {
    splitter.receive(chunk as Buffer)
    const frame = splitter.next()
    if (!frame) continue
    assert.equal(decodeAnswer(frame, 'compact').status, 0)
    break
  }
  assert.deepEqual(source.bodies(), [large])
})

test('the protocol is compact or binary, and binary only in small letters, as in Flume', async () => {
  const problemsOf = async (values: Readonly<Record<string, string>>): Promise<readonly string[]> => {
    const { problems } = await readForTest(thrift, { ...local, ...values })
    return problems.all.map(({ severity, key }) => `${severity} ${key}`)
  }
  assert.deepEqual(await problemsOf({ protocol: 'Compact' }), [])
  assert.deepEqual(await problemsOf({ protocol: 'BINARY' }), ['warning protocol'])
  assert.deepEqual(await problemsOf({ protocol: 'json' }), ['error protocol'])
  assert.deepEqual(await problemsOf({ kerberos: 'true' }), ['error kerberos'])
  assert.deepEqual(await problemsOf({ kerberos: 'false', threads: 'many' }), ['note threads'])
})
