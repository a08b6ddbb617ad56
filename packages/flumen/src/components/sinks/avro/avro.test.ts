import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  batchOf,
  ChannelFullError,
  createEvent,
  type EventBatch,
  StoppedError,
  verdictOf,
} from '../../../core/index.ts'
import { framesOf, goldenBytes, plainEvents } from '../../../protocols/avro-rpc/avro-rpc-for-test.ts'
import { frameOf } from '../../../protocols/avro-rpc/frame-reader.ts'
import { sourceProtocol } from '../../../protocols/avro-rpc/source-protocol.ts'
import { createForTest, type Harness, readForTest, refuse } from '../../../testing/harness.ts'
import { ManualClock, settle } from '../../../testing/manual-clock.ts'
import { deliveryForTest, type FailingDestination, sinkContract } from '../../../testing/sink-contract.ts'
import avroSource from '../../sources/avro/avro.ts'
import avro from './avro.ts'

const stores = join(import.meta.dirname, '../../../../../../test/golden/key-stores')
const somewhere = { hostname: '127.0.0.1', port: '1' }

sinkContract(avro, { values: somewhere, destination: collector, failing: collector })

/** Another agent's source; it fails as one whose channel is full. */
async function collector(
  values: Readonly<Record<string, string>> = {},
): Promise<FailingDestination & { readonly source: Harness<'source'> }> {
  let isFull = false
  const source = await createForTest(
    avroSource,
    { bind: '127.0.0.1', port: '0', ...values },
    {
      onPut: () => {
        if (isFull) refuse(new ChannelFullError('no room'))
      },
    },
  )
  await source.instance.start()
  return {
    source,
    values: { hostname: '127.0.0.1', port: portOf(source) },
    arrived: () => Buffer.concat(source.observed.puts.flatMap((batch) => Array.from(batch, ({ body }) => body))),
    remove: () => source.instance.stop(0),
    fail: async () => {
      isFull = true
    },
    mend: async () => {
      isFull = false
    },
  }
}

function portOf({ observed }: Harness<'source'>): string {
  return /:(\d+)$/.exec(String(observed.lines.find(({ message }) => message === 'Listening.')!.facts.address))![1]!
}

async function running(
  t: TestContext,
  values: Readonly<Record<string, string>>,
  clock = new ManualClock(),
): Promise<Harness<'sink'>> {
  const sink = await createForTest(avro, { ...somewhere, ...values }, { clock })
  await sink.instance.start()
  t.after(() => sink.instance.stop(0))
  return sink
}

/** A server whose answers a test writes by hand. */
async function scripted(
  t: TestContext,
  onConnection: (socket: Socket) => void,
  port = 0,
): Promise<{ readonly port: string; readonly server: Server }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    onConnection(socket)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: String((server.address() as { port: number }).port), server }
}

function deliver(sink: Harness<'sink'>, batch: EventBatch, signal?: AbortSignal): Promise<unknown> {
  return Promise.resolve(sink.instance.deliver(batch, deliveryForTest(signal)))
}

const one = batchOf([createEvent('one', { k: 'v' })])
const okFirst = goldenBytes('avro-plain.1.s2c.bin').subarray(0, 27)

test('the first request is what Flume says, but for the cut into buffers and a word about itself; the next has no handshake', async (t) => {
  const received: Buffer[] = []
  const { port } = await scripted(t, (socket) => {
    socket.on('data', (chunk) => {
      received.push(chunk as Buffer)
      socket.write(
        received.length === 1 ? okFirst : frameOf(received.length, [Buffer.alloc(0), Buffer.of(0), Buffer.of(0, 0)]),
      )
    })
  })
  const sink = await running(t, { port })
  await deliver(sink, one)
  await deliver(sink, one)
  const [first, second] = received.map((bytes) => framesOf(bytes, bytes.length)[0]!.bytes.toString('hex'))
  // Flume's map of metadata is empty.
  const metadata = `0218${Buffer.from('flumen.tiers').toString('hex')}020100`
  const greeting = `${goldenBytes('avrocli.1.c2s.bin').toString('hex', 12, 46)}${metadata}`
  const call = `0016${Buffer.from('appendBatch').toString('hex')}`
  const events = '02' + '02026b027600' + '066f6e65' + '00'
  assert.equal(first, `${greeting}${call}${events}`)
  assert.equal(second, `${call}${events}`)
})

test('headers and bodies arrive as they are, plain, compressed, over TLS, and both in either order', async (t) => {
  const batch = batchOf([
    createEvent('', { empty: '' }),
    createEvent(Buffer.from([0, 255, 10]), { kéy: 'valué', 日本: '😀' }),
    createEvent('x'.repeat(1_000_000)),
  ])
  const deflate = { 'compression-type': 'deflate' }
  const tls = { ssl: 'true', keystore: join(stores, 'modern.p12'), 'keystore-password': 'storePassword' }
  const trusting = { ssl: 'true', 'trust-all-certs': 'true' }
  for (const [theirs, ours] of [
    [{}, {}],
    [deflate, { ...deflate, 'compression-level': '1' }],
    [tls, trusting],
    [
      { ...tls, ...deflate },
      { ...trusting, ...deflate },
    ],
    [
      { ...tls, ...deflate },
      { ...trusting, ...deflate, compressWithinTls: 'true' },
    ],
  ] as const) {
    const { source, values, remove } = await collector(theirs)
    const sink = await running(t, { ...values, ...ours })
    await deliver(sink, batch)
    await deliver(sink, one)
    assert.deepEqual(plainEvents(source.observed.puts.flatMap((put) => [...put])), plainEvents([...batch, ...one]))
    await sink.instance.stop(0)
    await remove!()
  }
})

test('a certificate that nobody vouches for is refused, and nothing is sent', async (t) => {
  const { source, values, remove } = await collector({
    ssl: 'true',
    keystore: join(stores, 'modern.p12'),
    'keystore-password': 'storePassword',
  })
  t.after(() => remove!())
  const sink = await running(t, { ...values, ssl: 'true' })
  await assert.rejects(deliver(sink, one), (error) => verdictOf(error) === 'retry' && /certificate/.test(String(error)))
  assert.deepEqual(source.observed.puts, [])
  assert.equal(sink.observed.counts.get('connectionsFailed'), 1)
})

test('a server that does not know the protocol is told its text', async (t) => {
  const asked: string[] = []
  const { port } = await scripted(t, (socket) => {
    const none = Buffer.concat([Buffer.of(4, 0, 2), Buffer.alloc(16, 7), Buffer.of(0)])
    const client = Buffer.concat([Buffer.of(2, 0, 0, 0)])
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => {
      chunks.push(chunk as Buffer)
      const frames = framesOf(Buffer.concat(chunks), 1 << 20)
      if (frames.length === asked.length) return
      asked.push(frames.at(-1)!.bytes.toString('latin1'))
      socket.write(asked.length === 1 ? frameOf(1, [none]) : frameOf(2, [client, Buffer.of(0), Buffer.of(0, 0)]))
    })
  })
  const sink = await running(t, { port })
  await deliver(sink, one)
  assert.equal(asked.length, 2)
  assert.ok(!asked[0]!.includes(sourceProtocol) && asked[1]!.includes(sourceProtocol))
  assert.ok(asked[1]!.includes('\x07'.repeat(16)))
})

test('FAILED, an error, another serial and nonsense are failures that a retry may mend, over a new connection', async (t) => {
  const answers = [
    frameOf(1, [Buffer.of(0, 0, 0, 0), Buffer.of(0), Buffer.of(0, 2)]),
    goldenBytes('avro-handshake-known-hash-unknown-message.s2c.bin'),
    frameOf(9, [Buffer.of(0, 0, 0, 0), Buffer.of(0), Buffer.of(0, 0)]),
    frameOf(1, [Buffer.of(99)]),
    Buffer.from('HTTP/1.1 400 Bad Request\r\n'),
  ]
  let connections = 0
  const { port } = await scripted(t, (socket) => {
    connections++
    socket.once('data', () => socket.write(answers.shift() ?? okFirst))
  })
  const sink = await running(t, { port })
  for (let left = answers.length; left > 0; left--) {
    await assert.rejects(deliver(sink, one), (error) => verdictOf(error) === 'retry')
  }
  await deliver(sink, one)
  assert.equal(connections, 6)
  assert.equal(sink.observed.counts.get('connectionsCreated'), 6)
  assert.equal(sink.observed.counts.get('connectionsClosed'), 5)
})

test('an answer that does not come is waited for until the request time-out, and may have been a delivery', async (t) => {
  const clock = new ManualClock()
  const { port } = await scripted(t, (socket) => socket.resume())
  const sink = await running(t, { port, 'request-timeout': '3000' }, clock)
  const answer = deliver(sink, one).catch((error: unknown) => error)
  while (clock.pending === 0 || sink.observed.counts.get('connectionsCreated') !== 1) await settle()
  await clock.advance(2999)
  await clock.advance(2)
  const error = (await answer) as { readonly maybeDelivered?: boolean; readonly message: string }
  assert.equal(error.maybeDelivered, true)
  assert.match(error.message, /no answer came within 3000 ms/)
  assert.equal(clock.pending, 0)
})

test('a connection that is lost before the answer is a failure, and the next one delivers', async (t) => {
  let connections = 0
  const { port } = await scripted(t, (socket) => {
    const isFirst = ++connections === 1
    socket.once('data', () => (isFirst ? socket.destroy() : socket.write(okFirst)))
  })
  const sink = await running(t, { port })
  await assert.rejects(deliver(sink, one), (error) => verdictOf(error) === 'retry')
  await deliver(sink, one)
  assert.equal(connections, 2)
})

test('no server is a failed connection; as soon as there is one, it gets the batch', async (t) => {
  const first = await scripted(t, (socket) => socket.destroy())
  first.server.close()
  await once(first.server, 'close')
  const sink = await running(t, { port: first.port })
  for (let attempt = 1; attempt <= 2; attempt++) {
    await assert.rejects(
      deliver(sink, one),
      (error) => verdictOf(error) === 'retry' && /ECONNREFUSED/.test(String(error)),
    )
    assert.equal(sink.observed.counts.get('connectionsFailed'), attempt)
  }
  await scripted(t, (socket) => socket.once('data', () => socket.write(okFirst)), Number(first.port))
  await deliver(sink, one)
})

test('a connection that the server has ended between two requests is made again', async (t) => {
  const sockets: Socket[] = []
  const { port } = await scripted(t, (socket) => {
    sockets.push(socket)
    socket.once('data', () => socket.write(okFirst))
  })
  const sink = await running(t, { port })
  await deliver(sink, one)
  sockets[0]!.end()
  await once(sockets[0]!, 'close')
  await settle()
  await deliver(sink, one)
  assert.equal(sockets.length, 2)
})

test('an old connection is replaced where an interval says so', async (t) => {
  const clock = new ManualClock()
  const { source, values, remove } = await collector()
  t.after(() => remove!())
  const sink = await running(t, { ...values, 'reset-connection-interval': '60' }, clock)
  await deliver(sink, one)
  await clock.advance(59_000)
  await deliver(sink, one)
  assert.equal(sink.observed.counts.get('connectionsCreated'), 1)
  await clock.advance(1000)
  await deliver(sink, one)
  assert.equal(sink.observed.counts.get('connectionsCreated'), 2)
  assert.equal(source.observed.puts.length, 3)
})

test('a stop, and a signal, end a delivery that waits for an answer', async (t) => {
  const { port } = await scripted(t, (socket) => socket.resume())
  const sink = await running(t, { port })
  const over = new AbortController()
  const aborted = deliver(sink, one, over.signal)
  while (sink.observed.counts.get('connectionsCreated') !== 1) await settle()
  over.abort()
  await assert.rejects(aborted, StoppedError)
  const stopped = deliver(sink, one)
  while (sink.observed.counts.get('connectionsCreated') !== 2) await settle()
  await Promise.all([assert.rejects(stopped, StoppedError), sink.instance.stop(0)])
  await assert.rejects(deliver(sink, one), StoppedError)
})

test('settings that Flume mends are mended, and what is dangerous or missing is said', async () => {
  const checked = async (values: Readonly<Record<string, string>>): Promise<string[]> =>
    (await readForTest(avro, { ...somewhere, ...values })).problems.all.map(({ key, severity }) => `${severity} ${key}`)
  assert.deepEqual(await checked({}), [])
  assert.deepEqual(await checked({ 'batch-size': '0' }), ['warning batch-size'])
  assert.deepEqual(await checked({ 'request-timeout': '999' }), ['warning request-timeout'])
  assert.deepEqual(await checked({ ssl: 'true', 'trust-all-certs': 'true' }), ['warning trust-all-certs'])
  assert.deepEqual(await checked({ ssl: 'true', certificate: '/x' }), ['error certificate'])
  assert.deepEqual(await checked({ ssl: 'true', 'compression-type': 'deflate' }), [])
  assert.deepEqual(await checked({ maxIoWorkers: '4' }), ['note maxIoWorkers'])
})
