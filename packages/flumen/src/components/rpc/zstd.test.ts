import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { constants, createZstdCompress, zstdCompressSync } from 'node:zlib'
import { batchOf, createEvent, type EventBatch, EventDeliveryError } from '../../core/index.ts'
import { plainEvents } from '../../protocols/avro-rpc/avro-rpc-for-test.ts'
import { appendBatchRequest } from '../../protocols/avro-rpc/calls.ts'
import { createForTest, type Harness, readForTest } from '../../testing/harness.ts'
import { portOf, startForTest } from '../../testing/listening.ts'
import { settle } from '../../testing/manual-clock.ts'
import { sampleBatches } from '../../testing/sample-batches.ts'
import { deliveryForTest } from '../../testing/sink-contract.ts'
import { TcpClient } from '../../testing/tcp-client.ts'
import avroSink from '../sinks/avro/avro.ts'
import thriftSink from '../sinks/thrift/thrift.ts'
import avroSource from '../sources/avro/avro.ts'
import thriftSource from '../sources/thrift/thrift.ts'

type Values = Readonly<Record<string, string>>

const pairs = { avro: { sink: avroSink, source: avroSource }, thrift: { sink: thriftSink, source: thriftSource } }
type Protocol = keyof typeof pairs
const protocols = Object.keys(pairs) as readonly Protocol[]
const zstd = { 'compression-type': 'zstd' }
const keystore = join(import.meta.dirname, '../../../../../test/golden/key-stores/modern.p12')
const tls = { ssl: 'true', keystore, 'keystore-password': 'storePassword' }
const trusting = { ssl: 'true', 'trust-all-certs': 'true' }
const one = batchOf([createEvent('one')])

function sourceOf(t: TestContext, protocol: Protocol, values: Values = zstd): Promise<Harness<'source'>> {
  return startForTest(t, pairs[protocol].source as typeof avroSource, { bind: '127.0.0.1', port: '0', ...values })
}

async function sinkOf(
  t: TestContext,
  protocol: Protocol,
  port: number,
  values: Values = zstd,
): Promise<Harness<'sink'>> {
  const declaration = pairs[protocol].sink as typeof avroSink
  const sink = await createForTest(declaration, { hostname: '127.0.0.1', port: String(port), ...values })
  await sink.instance.start()
  t.after(() => sink.instance.stop(0))
  return sink
}

async function deliver(sink: Harness<'sink'>, batch: EventBatch = one): Promise<void> {
  await sink.instance.deliver(batch, deliveryForTest())
}

/** A server that keeps what comes and says nothing. */
async function listening(t: TestContext): Promise<{ readonly port: number; first(): Promise<[Socket, Buffer]> }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const first = async (): Promise<[Socket, Buffer]> => {
    const [socket] = (await once(server, 'connection')) as [Socket]
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    return [socket, chunk]
  }
  return { port: (server.address() as { port: number }).port, first }
}

function errorsOf(source: Harness<'source'>): string {
  return source.observed.lines.map(({ facts }) => String(facts.error ?? '')).join('\n')
}

for (const protocol of protocols) {
  test(`${protocol}: batches of every shape arrive as they are, over one connection, with TLS and without`, async (t) => {
    const large = batchOf([createEvent('x'.repeat(1_000_000)), createEvent(Buffer.from([0, 255]), { kéy: '日本' })])
    const batches = [...sampleBatches(), large, ...sampleBatches()]
    const inner: Values[] = protocol === 'avro' ? [{ compressWithinTls: 'false' }, {}] : [{}]
    for (const [theirs, ours] of [
      [zstd, zstd],
      [zstd, { ...zstd, 'compression-level': '9', maxInFlight: '8' }],
      ...inner.map(
        (values) =>
          [
            { ...tls, ...zstd },
            { ...trusting, ...zstd, ...values },
          ] as const,
      ),
    ] as const) {
      const source = await sourceOf(t, protocol, theirs)
      const sink = await sinkOf(t, protocol, portOf(source), ours)
      for (const batch of batches) await deliver(sink, batch)
      const stored = source.observed.puts.flatMap((put) => [...put])
      assert.deepEqual(plainEvents(stored), plainEvents(batches.flatMap((batch) => [...batch])))
      assert.equal(sink.observed.counts.get('connectionsCreated'), 1)
      await sink.instance.stop(0)
    }
  })
}

test('a connection begins with a frame of zstd, or with TLS, in which it is unless the sink is told otherwise', async (t) => {
  for (const [values, expected] of [
    [zstd, '28b52ffd'],
    [{ ...zstd, ...trusting }, '160301'],
    [{ ...zstd, ...trusting, compressWithinTls: 'false' }, '28b52ffd'],
  ] as const) {
    const { port, first } = await listening(t)
    const sink = await sinkOf(t, 'avro', port, values)
    const failed = assert.rejects(deliver(sink), /compression-type is zstd here|closed|disconnected/)
    const [socket, bytes] = await first()
    assert.ok(bytes.toString('hex').startsWith(expected), bytes.toString('hex', 0, 8))
    socket.destroy()
    await failed
  }
})

test('what one request had makes the next one smaller', async (t) => {
  const { port, first } = await listening(t)
  const sink = await sinkOf(t, 'thrift', port, { ...zstd, maxInFlight: '2' })
  const text = Array.from({ length: 400 }, (_, index) => String.fromCharCode(33 + ((index * index * 7) % 90))).join('')
  const failed = assert.rejects(deliver(sink, batchOf([createEvent(text)])))
  const [socket, bytes] = await first()
  const later = assert.rejects(deliver(sink, batchOf([createEvent(text)])))
  const [second] = (await once(socket, 'data')) as [Buffer]
  assert.ok(second.length * 4 < bytes.length, `${bytes.length} and then ${second.length} bytes`)
  socket.destroy()
  await Promise.all([failed, later])
})

test('sides that are set differently say so on both ends, and name the setting', async (t) => {
  const types = { avro: ['none', 'deflate', 'zstd'], thrift: ['none', 'zstd'] } as const
  for (const protocol of protocols) {
    for (const theirs of types[protocol]) {
      for (const ours of types[protocol]) {
        if (theirs === ours) continue
        const source = await sourceOf(t, protocol, { 'compression-type': theirs })
        const sink = await sinkOf(t, protocol, portOf(source), { 'compression-type': ours })
        const expected = `compression-type is ${ours} here, and the other side needs the same`
        await assert.rejects(deliver(sink), ({ message }) => String(message).includes(expected))
        const seen = ours === 'none' ? 'another' : ours
        while (errorsOf(source) === '') await settle()
        const told = `compression-type is ${theirs} here and seems to be ${seen} on the other side: set both the same`
        assert.ok(errorsOf(source).includes(told), errorsOf(source))
        assert.deepEqual(source.observed.puts, [])
      }
    }
  }
})

test('a server of Flume, which waits for more, is given up with a word about the setting', async (t) => {
  const { port, first } = await listening(t)
  const sink = await sinkOf(t, 'avro', port, { ...zstd, 'request-timeout': '1000' })
  const failed = assert.rejects(deliver(sink), /no answer came within 1000 ms; .* compression-type is zstd here/)
  await first()
  await failed
})

test('TLS over zstd that meets TLS over deflate is a failed handshake that names the setting', async (t) => {
  const source = await sourceOf(t, 'avro', { ...tls, 'compression-type': 'deflate' })
  const sink = await sinkOf(t, 'avro', portOf(source), { ...trusting, ...zstd, compressWithinTls: 'false' })
  await assert.rejects(deliver(sink), /compression-type is zstd here/)
  while (source.observed.counts.get('tlsFailures') !== 1) await settle()
  assert.match(errorsOf(source), /compression-type is deflate here and seems to be zstd/)
})

test('a flood is cut off at the size of a request, and one that grows too much long before that', async (t) => {
  for (const [announced, values, expected] of [
    [0x7fff_0000, {}, /a frame has more than/],
    [127 << 20, {}, /more than 100 times as large .* maxInflationRatio/],
    [2 << 20, { maxRequestSize: '1 MiB' }, /a frame has more than/],
  ] as const) {
    const source = await sourceOf(t, 'avro', { ...zstd, ...values })
    const bomb = Buffer.alloc(127 << 20)
    bomb.writeInt32BE(1, 0)
    bomb.writeInt32BE(1, 4)
    bomb.writeInt32BE(announced, 8)
    const packed = await framed(bomb)
    assert.ok(packed.length < 20_000, `${packed.length}`)
    const client = await TcpClient.connect(portOf(source))
    await client.send(packed)
    await client.lastAnswer()
    assert.match(errorsOf(source), expected)
    assert.deepEqual(source.observed.puts, [])
    client.destroy()
  }
})

for (const protocol of protocols) {
  test(`${protocol}: the same event many times over is no bomb in batches as a sink gets them, or where the ratio may be that large`, async (t) => {
    const same = createEvent('the same again and again '.repeat(40))
    const batchOfBytes = (bytes: number): EventBatch =>
      batchOf(Array.from({ length: Math.ceil(bytes / 1000) }, () => same))
    const roomy = { ...zstd, maxRequestSize: '100 MiB' }
    const sinkValues = protocol === 'thrift' ? roomy : zstd
    const source = await sourceOf(t, protocol, roomy)
    const sink = await sinkOf(t, protocol, portOf(source), sinkValues)
    const most = batchOfBytes(sink.instance.limits.bytes)
    await deliver(sink, most)
    await source.stored(most.length)
    const large = batchOfBytes(60 << 20)
    await assert.rejects(deliver(sink, large), EventDeliveryError)
    assert.match(errorsOf(source), /more than 100 times as large when it is unpacked, which is maxInflationRatio/)
    const patient = await sourceOf(t, protocol, { ...roomy, maxInflationRatio: '100000' })
    await deliver(await sinkOf(t, protocol, portOf(patient), sinkValues), large)
    await patient.stored(large.length)
  })
}

test('a frame that wants more memory than it is given ends its connection', async (t) => {
  const source = await sourceOf(t, 'avro')
  const client = await TcpClient.connect(portOf(source))
  await client.send(await framed(Buffer.alloc(1000), 24))
  await client.lastAnswer()
  assert.match(errorsOf(source), /memory/)
  client.destroy()
})

test('requests before the end of a frame are answered, and the connection ends with it', async (t) => {
  const source = await sourceOf(t, 'avro')
  const request = Buffer.concat(appendBatchRequest(1, one, { withText: false }))
  for (const tail of [Buffer.alloc(0), zstdCompressSync('more')]) {
    const before = source.bodies().length
    const client = await TcpClient.connect(portOf(source))
    await client.send(Buffer.concat([zstdCompressSync(request), tail]))
    client.end()
    await client.lastAnswer()
    assert.ok(client.received.length > 0)
    assert.equal(source.bodies().length, before + 1)
    client.destroy()
  }
  const cut = await TcpClient.connect(portOf(source))
  await cut.send(zstdCompressSync(request).subarray(0, 20))
  cut.end()
  await cut.lastAnswer()
  assert.equal(source.observed.counts.get('requestsInvalid') ?? 0, 0)
  cut.destroy()
})

test('check says of both sides that Flume does not speak it', async () => {
  for (const [declaration, values] of [
    [avroSink, { hostname: 'h', port: '1' }],
    [thriftSink, { hostname: 'h', port: '1' }],
    [avroSource, { bind: 'h', port: '1' }],
    [thriftSource, { bind: 'h', port: '1' }],
  ] as const) {
    const { problems } = await readForTest(declaration as typeof avroSink, { ...values, ...zstd })
    assert.deepEqual(
      problems.all.map(({ severity, key }) => `${severity} ${key}`),
      ['note compression-type'],
    )
    assert.match(problems.all[0]!.message, /of Flumen only/)
  }
})

/** A frame as a stream makes it, without its size, which is not ended. */
async function framed(bytes: Buffer, windowLog = 17): Promise<Buffer> {
  const packer = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: windowLog } })
  const pieces: Buffer[] = []
  packer.on('data', (piece: Buffer) => pieces.push(piece))
  await new Promise<void>((resolve) => packer.write(bytes, () => packer.flush(resolve)))
  packer.destroy()
  return Buffer.concat(pieces)
}
