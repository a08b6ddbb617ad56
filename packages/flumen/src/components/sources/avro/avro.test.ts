import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { constants, createInflate, deflateSync, inflateSync } from 'node:zlib'
import { batchOf, ChannelFullError, createEvent, type EventBatch } from '../../../core/index.ts'
import { framesOf, goldenBytes, goldenEvents, plainEvents } from '../../../protocols/avro-rpc/avro-rpc-for-test.ts'
import { appendBatchRequest } from '../../../protocols/avro-rpc/calls.ts'
import { createForTest, type Harness, type HarnessOptions, readForTest, refuse } from '../../../testing/harness.ts'
import { portOf } from '../../../testing/listening.ts'
import { ManualClock, settle } from '../../../testing/manual-clock.ts'
import { sourceContract } from '../../../testing/source-contract.ts'
import { TcpClient } from '../../../testing/tcp-client.ts'
import avro from './avro.ts'

const local = { bind: '127.0.0.1', port: '0' }
const keystore = join(import.meta.dirname, '../../../../../../test/golden/key-stores/modern.p12')

sourceContract(avro, {
  values: local,
  produce: async (source) => {
    const client = await TcpClient.connect(portOf(source))
    await client.send(goldenBytes('avro-plain.1.c2s.bin'))
    client.end()
    await client.lastAnswer()
    client.destroy()
  },
})

async function running(
  t: TestContext,
  values: Readonly<Record<string, string>> = {},
  options: HarnessOptions = {},
): Promise<Harness<'source'>> {
  const source = await createForTest(avro, { ...local, ...values }, options)
  await source.instance.start()
  t.after(() => source.instance.stop(0))
  return source
}

async function client(t: TestContext, source: Harness<'source'>): Promise<TcpClient> {
  const made = await TcpClient.connect(portOf(source))
  t.after(() => made.destroy())
  return made
}

/** Request 1 is the first of its connection. */
function request(serial: number, bodies: readonly string[]): Buffer {
  const batch = batchOf(bodies.map((body) => createEvent(body)))
  return Buffer.concat(appendBatchRequest(serial, batch, serial === 1 ? { withText: false } : 'settled'))
}

/** Serial and last byte, which is twice the status, of each answer. */
function statusesOf(received: Buffer): readonly (readonly [serial: number, status: number])[] {
  return framesOf(received, received.length || 1).map(({ serial, bytes }) => [serial, bytes.at(-1)! / 2])
}

test("a conversation of Flume's client is answered byte for byte, and its events are stored", async (t) => {
  const source = await running(t)
  const flume = await client(t, source)
  await flume.send(goldenBytes('avro-plain.1.c2s.bin'))
  flume.end()
  await flume.lastAnswer()
  assert.deepEqual(flume.received, goldenBytes('avro-plain.1.s2c.bin'))
  assert.deepEqual(plainEvents(source.observed.puts.flatMap((batch) => [...batch])), plainEvents(goldenEvents()))
  const counts = ['appendReceived', 'appendAccepted', 'appendBatchReceived', 'appendBatchAccepted']
  assert.deepEqual(
    counts.map((name) => source.observed.counts.get(name)),
    [3, 3, 1, 1],
  )
})

test('a compressed conversation is answered compressed, each answer at once', async (t) => {
  const source = await running(t, { 'compression-type': 'DEFLATE' })
  const flume = await client(t, source)
  const inflate = createInflate({ finishFlush: constants.Z_SYNC_FLUSH })
  const inflated: Buffer[] = []
  inflate.on('data', (chunk: Buffer) => inflated.push(chunk))
  flume.socket.on('data', (chunk) => inflate.write(chunk))
  await flume.send(goldenBytes('avro-deflate.1.c2s.bin'))
  const expected = inflateSync(goldenBytes('avro-deflate.1.s2c.bin'), { finishFlush: constants.Z_SYNC_FLUSH })
  while (Buffer.concat(inflated).length < expected.length) await settle()
  assert.deepEqual(Buffer.concat(inflated), expected)
  flume.end()
  await flume.lastAnswer()
  assert.deepEqual(plainEvents(source.observed.puts.flatMap((batch) => [...batch])), plainEvents(goldenEvents()))
})

test('what is not compressed ends a connection that should be', async (t) => {
  const source = await running(t, { 'compression-type': 'deflate' })
  const flume = await client(t, source)
  await flume.send(goldenBytes('avro-plain.1.c2s.bin'))
  await flume.lastAnswer()
  assert.equal(flume.received.length, 0)
  assert.equal(source.observed.counts.get('requestsInvalid'), 1)
})

test('a compressed flood that never ends is cut off at the size of a request', async (t) => {
  const source = await running(t, { 'compression-type': 'deflate', maxRequestSize: '1 MiB' })
  const flume = await client(t, source)
  const flood = Buffer.concat([Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 0, 0x0f, 0, 0]), Buffer.alloc(8 << 20)])
  flood.writeInt32BE(1 << 19, 8)
  await flume.send(deflateSync(Buffer.concat([flood.subarray(0, 8), Buffer.from([0x7f, 0, 0, 0]), flood])))
  await flume.lastAnswer()
  assert.equal(source.observed.counts.get('requestsInvalid'), 1)
})

test('a request is put as a whole and answered when it is stored, not before', async (t) => {
  let store = (): void => undefined
  const atomic: unknown[] = []
  const source = await running(
    t,
    {},
    {
      onPut: (_batch, options) => {
        atomic.push(options?.atomic)
        return new Promise((resolve) => {
          store = resolve
        })
      },
    },
  )
  const flume = await client(t, source)
  await flume.send(Buffer.concat([request(1, ['a', 'b']), request(2, ['c'])]))
  while (atomic.length === 0) await settle()
  await settle()
  assert.deepEqual([flume.received.length, atomic], [0, [true]])
  store()
  while (atomic.length === 1) await settle()
  assert.deepEqual(statusesOf(flume.received), [[1, 0]])
  store()
  flume.end()
  await flume.lastAnswer()
  assert.deepEqual(
    statusesOf(flume.received).map(([serial]) => serial),
    [1, 2],
  )
})

test('FAILED is the answer of a full channel, and to a batch whatever was wrong; an append is told the error', async (t) => {
  const errors = [new ChannelFullError('no room'), new Error('odd'), new Error('odd')]
  const source = await running(
    t,
    {},
    {
      onPut: () => {
        const error = errors.shift()
        if (error instanceof ChannelFullError) refuse(error)
        if (error) throw error
      },
    },
  )
  const flume = await client(t, source)
  const conversation = goldenBytes('avro-plain.1.c2s.bin')
  await flume.send(
    Buffer.concat([request(1, ['a']), request(2, ['b']), conversation.subarray(84, 151), request(4, ['c'])]),
  )
  flume.end()
  await flume.lastAnswer()
  const [one, two, three] = framesOf(flume.received, 1000)
  assert.deepEqual([one!.bytes.at(-1), two!.bytes.at(-1)], [2, 2])
  assert.match(three!.bytes.toString(), /odd/)
  assert.deepEqual(source.bodies(), ['c'])
})

test('a batch of no events is stored', async (t) => {
  const source = await running(t)
  const flume = await client(t, source)
  await flume.send(request(1, []))
  flume.end()
  await flume.lastAnswer()
  assert.deepEqual(statusesOf(flume.received), [[1, 0]])
  assert.deepEqual(source.observed.puts, [])
})

test('a client that does not speak this protocol is cut off, and the next one served', async (t) => {
  const source = await running(t)
  for (const bytes of [
    'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
    '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03',
    '<13>Oct 11 22:14:15 h one\n',
  ]) {
    const stranger = await client(t, source)
    await stranger.send(bytes)
    await stranger.lastAnswer()
  }
  assert.equal(source.observed.counts.get('requestsInvalid'), 3)
  const flume = await client(t, source)
  await flume.send(request(1, ['a']))
  await source.stored(1)
})

test('a request that is not whole in time ends its connection; one between requests may be idle', async (t) => {
  const clock = new ManualClock()
  const source = await running(t, { requestTimeout: '5' }, { clock })
  const [idle, slow] = [await client(t, source), await client(t, source)]
  await idle.send(request(1, ['a']))
  await slow.send(request(1, ['b']).subarray(0, 30))
  await source.stored(1)
  while (clock.pending === 0) await settle()
  await clock.advance(4999)
  assert.equal(slow.hasEnded, false)
  await clock.advance(2)
  await slow.lastAnswer()
  assert.equal(source.observed.counts.get('requestTimeouts'), 1)
  await clock.advance(60_000)
  await idle.send(request(2, ['c']))
  await source.stored(2)
  idle.end()
  await idle.lastAnswer()
})

test('beyond the bound of unfinished requests only the oldest is read on, and then the others', async (t) => {
  const source = await running(t, { maxHeldSize: '1 MiB' })
  // More than the system's own buffers take.
  const body = 'x'.repeat(24_000_000)
  const senders = await Promise.all([client(t, source), client(t, source), client(t, source)])
  const wire = request(1, [body])
  for (const sender of senders) void sender.send(wire.subarray(0, wire.length - 1))
  const waiting = (): number => senders.filter(({ socket }) => socket.writableLength > 0).length
  while (waiting() === 3) await settle()
  for (let turn = 0; turn < 50; turn++) await settle()
  assert.equal(waiting(), 2)
  assert.deepEqual(source.observed.puts, [])
  for (const sender of senders) sender.socket.write(wire.subarray(wire.length - 1))
  await source.stored(3)
  assert.ok(source.bodies().every((stored) => stored.length === body.length))
})

test('requests that wait for their channel count in the bound too', async (t) => {
  const store: (() => void)[] = []
  const onPut = (): Promise<void> => new Promise((resolve) => store.push(resolve))
  const source = await running(t, { maxHeldSize: '1 MiB' }, { onPut })
  const [first, second] = [await client(t, source), await client(t, source)]
  await first.send(request(1, ['x'.repeat(1_500_000)]))
  while (store.length === 0) await settle()
  // More than the system's own buffers take.
  const wire = request(1, ['y'.repeat(24_000_000)])
  void second.send(wire)
  for (let turn = 0; turn < 100; turn++) await settle()
  assert.ok(second.socket.writableLength > 0)
  const third = await client(t, source)
  await third.send(request(1, ['z']))
  store[0]!()
  while (store.length < 3) await settle()
  for (const resolve of store) resolve()
  await source.stored(3)
  assert.deepEqual(
    source
      .bodies()
      .map((body) => body.length)
      .sort((one, other) => one - other),
    [1, 1_500_000, 24_000_000],
  )
})

test('rules of addresses decide who comes in', async (t) => {
  for (const [rules, isIn] of [
    ['deny:ip:127.*', false],
    ['allow:ip:127.0.0.?,deny:ip:*', true],
    ['allow:name:localhost,deny:ip:*', true],
    ['deny:name:localhost', false],
    ['deny:ip:10.*', true],
  ] as const) {
    const source = await running(t, { ipFilter: 'true', ipFilterRules: rules })
    const flume = await client(t, source)
    await flume.send(request(1, ['a'])).catch(() => undefined)
    flume.end()
    await flume.lastAnswer()
    assert.equal(flume.received.length > 0, isIn, rules)
    assert.equal(source.observed.counts.get('connectionsRefused') ?? 0, isIn ? 0 : 1, rules)
  }
})

test('TLS is spoken with a key store', async (t) => {
  const source = await running(t, { ssl: 'true', keystore, 'keystore-password': 'storePassword' })
  const socket = connectTls({ port: portOf(source), host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  socket.write(goldenBytes('avro-plain.1.c2s.bin'))
  await source.stored(10)
  socket.destroy()
})

test('what was put is answered before a stop ends the connection; what was not whole is not stored', async (t) => {
  let store = (): void => undefined
  const source = await running(
    t,
    {},
    {
      onPut: () =>
        new Promise((resolve) => {
          store = resolve
        }),
    },
  )
  const [busy, idle, partial] = [await client(t, source), await client(t, source), await client(t, source)]
  await busy.send(Buffer.concat([request(1, ['a']), request(2, ['never'])]))
  await partial.send(request(1, ['half']).subarray(0, 40))
  while (source.observed.counts.get('appendBatchReceived') !== 1) await settle()
  const stopping = source.instance.stop(5000)
  await idle.lastAnswer()
  assert.equal(busy.hasEnded, false)
  store()
  for (const each of [busy, idle, partial]) {
    await each.lastAnswer()
    each.end()
  }
  await stopping
  assert.deepEqual(statusesOf(busy.received), [[1, 0]])
  assert.deepEqual(source.bodies(), ['a'])
})

test('a client that asks and never reads is not read on, and holds nobody up', async (t) => {
  const source = await running(t)
  const deaf = await client(t, source)
  deaf.socket.pause()
  await deaf.send(request(1, []))
  const many = Buffer.concat(Array.from({ length: 20_000 }, () => request(2, [])))
  for (let round = 0; round < 20; round++) deaf.socket.write(many)
  const flume = await client(t, source)
  await flume.send(request(1, ['served']))
  await source.stored(1)
  assert.ok(source.observed.counts.get('appendBatchReceived')! < 400_000)
})

test('rules, key stores and what does not go together are checked', async () => {
  const keysOf = async (values: Readonly<Record<string, string>>): Promise<string[]> =>
    (await readForTest(avro, { ...local, ...values })).problems.all.map(({ key, severity }) => `${severity} ${key}`)
  assert.deepEqual(await keysOf({}), [])
  assert.deepEqual(await keysOf({ ipFilter: 'true' }), ['error ipFilterRules'])
  assert.deepEqual(await keysOf({ ipFilter: 'true', ipFilterRules: 'Allow:ip:*' }), ['error ipFilterRules'])
  assert.deepEqual(await keysOf({ ipFilterRules: 'x' }), ['warning ipFilterRules'])
  assert.deepEqual(await keysOf({ ssl: 'true' }), ['error keystore'])
  assert.deepEqual(await keysOf({ 'compression-type': 'gzip' }), ['warning compression-type'])
  assert.deepEqual(await keysOf({ ssl: 'true', keystore: '/x', 'compression-type': 'deflate' }), [])
  assert.deepEqual(await keysOf({ threads: 'many' }), ['note threads'])
})

function total(puts: readonly EventBatch[]): number {
  return puts.reduce((sum, { length }) => sum + length, 0)
}

test('many clients at once lose nothing', async (t) => {
  const source = await running(t, {}, { onPut: () => new Promise((resolve) => setImmediate(resolve)) })
  const clients = await Promise.all(Array.from({ length: 50 }, () => client(t, source)))
  const wire = Buffer.concat([
    request(1, ['a', 'b']),
    ...Array.from({ length: 19 }, (_, index) => request(index + 2, ['a', 'b'])),
  ])
  await Promise.all(
    clients.map(async (each) => {
      for (let at = 0; at < wire.length; at += 97) await each.send(wire.subarray(at, at + 97))
      each.end()
      await each.lastAnswer()
      assert.deepEqual(
        framesOf(each.received, 1000).map(({ serial }) => serial),
        Array.from({ length: 20 }, (_, index) => index + 1),
      )
    }),
  )
  assert.equal(total(source.observed.puts), 50 * 40)
})
