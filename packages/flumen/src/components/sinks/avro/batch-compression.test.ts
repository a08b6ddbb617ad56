import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { batchOf, createEvent, type EventBatch, type Origin, retryAfterOf, StoppedError } from '../../../core/index.ts'
import { framesOf, goldenBytes, plainEvents } from '../../../protocols/avro-rpc/avro-rpc-for-test.ts'
import { appendBatchRequest } from '../../../protocols/avro-rpc/calls.ts'
import { serverMeta } from '../../../protocols/avro-rpc/extension.ts'
import { type AvroFrame, AvroFrameReader, frameOf } from '../../../protocols/avro-rpc/frame-reader.ts'
import { createForTest, type Harness, readForTest } from '../../../testing/harness.ts'
import { portOf, startForTest } from '../../../testing/listening.ts'
import { settle } from '../../../testing/manual-clock.ts'
import { sampleBatches } from '../../../testing/sample-batches.ts'
import { sinkContract } from '../../../testing/sink-contract.ts'
import avroSource from '../../sources/avro/avro.ts'
import avro from './avro.ts'
import { AvroConversation } from './avro-conversation.ts'

type Values = Readonly<Record<string, string>>

const local = { bind: '127.0.0.1', port: '0' }
const zstd = { batchCompression: 'zstd' }
const keystore = join(import.meta.dirname, '../../../../../../test/golden/key-stores/modern.p12')
const tls = { ssl: 'true', keystore, 'keystore-password': 'storePassword' }
const trusting = { ssl: 'true', 'trust-all-certs': 'true' }
const marker = 'flumen.zstd'
const noMeta = Buffer.of(0)
/** What an older one of ours says. */
const firstVersion = Buffer.from(serverMeta)
firstVersion[firstVersion.length - 2] = 1

sinkContract(avro, {
  values: { hostname: '127.0.0.1', port: '1', ...zstd },
  destination: async () => {
    const source = await createForTest(avroSource, local)
    await source.instance.start()
    return {
      values: { hostname: '127.0.0.1', port: String(portOf(source)), ...zstd },
      arrived: () => Buffer.concat(source.observed.puts.flatMap((batch) => Array.from(batch, ({ body }) => body))),
      remove: () => source.instance.stop(0),
    }
  },
})

async function sinkTo(t: TestContext, port: number, values: Values = {}): Promise<Harness<'sink'>> {
  const sink = await createForTest(avro, { hostname: '127.0.0.1', port: String(port), ...zstd, ...values })
  await sink.instance.start()
  t.after(() => sink.instance.stop(0))
  return sink
}

async function deliver(sink: Harness<'sink'>, batch: EventBatch, origin?: Origin): Promise<void> {
  await sink.instance.deliver(batch, { attempt: 1, signal: new AbortController().signal, ...(origin && { origin }) })
}

/** Compressible, and of about 40 bytes a row. */
function lines(count: number, name = 'line'): EventBatch {
  return batchOf(Array.from({ length: count }, (_, row) => createEvent(`${name} ${row} of some text that repeats`)))
}

/** Takes a while to pack. */
function long(): EventBatch {
  return batchOf(Array.from({ length: 50 }, (_, row) => createEvent(`text ${row} `.repeat(30_000))))
}

/** Passes on what goes both ways, and keeps what the client said. */
async function tapped(t: TestContext, to: number): Promise<{ readonly port: number; said(): Buffer }> {
  const said: Buffer[] = []
  const port = await serving(t, (near) => {
    const far = connect(to, '127.0.0.1')
    near.on('data', (chunk) => said.push(chunk as Buffer))
    near.pipe(far).pipe(near)
    far.on('error', () => near.destroy())
    near.once('close', () => far.destroy())
  })
  return { port, said: () => Buffer.concat(said) }
}

async function serving(t: TestContext, onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    onConnection(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as { port: number }).port
}

/** A server that says OK to every request, and has `meta` in its handshake. */
async function answering(
  t: TestContext,
  meta: Uint8Array,
): Promise<{ readonly port: number; readonly frames: AvroFrame[] }> {
  const frames: AvroFrame[] = []
  const port = await serving(t, (socket) => {
    const reader = new AvroFrameReader(1 << 24)
    socket.on('data', (chunk) => {
      reader.receive(Buffer.from(chunk as Buffer))
      for (let frame = reader.next(); frame; frame = reader.next()) {
        frames.push({ ...frame, bytes: Buffer.from(frame.bytes.subarray(frame.start, frame.end)) })
        socket.write(answerTo(frame.serial, meta))
      }
    })
  })
  return { port, frames }
}

function answerTo(serial: number, meta: Uint8Array): Buffer {
  const greeting = serial === 1 ? Buffer.concat([Buffer.of(0, 0, 0), meta]) : Buffer.alloc(0)
  return frameOf(serial, [greeting, noMeta, Buffer.of(0, 0)])
}

test('batches of every shape arrive as they are, packed behind the first, in TLS too, one or eight under way', async (t) => {
  const batches = [...sampleBatches(), lines(100), lines(2000), long(), ...sampleBatches()]
  for (const [theirs, ours] of [
    [{}, {}],
    [{}, { maxInFlight: '8', 'compression-level': '9' }],
    [tls, { ...trusting, maxInFlight: '8' }],
    [{}, { 'compression-level': '0' }],
  ] as const) {
    const source = await startForTest(t, avroSource, { ...local, ...theirs })
    const tap = await tapped(t, portOf(source))
    const sink = await sinkTo(t, tap.port, ours)
    await Promise.all(batches.map((batch) => deliver(sink, batch)))
    const stored = source.observed.puts.flatMap((put) => [...put])
    assert.deepEqual(plainEvents(stored), plainEvents(batches.flatMap((batch) => [...batch])))
    assert.equal(sink.observed.counts.get('connectionsCreated'), 1)
    const plainBytes = batches.reduce((sum, batch) => sum + appendBatchRequest(1, batch, 'settled')[0]!.length, 0)
    assert.ok(tap.said().length < plainBytes / 4, `${tap.said().length} of ${plainBytes} bytes`)
  }
})

test('the first batch of a connection goes as it is, and with its origin; the next are packed, with theirs', async (t) => {
  const source = await startForTest(t, avroSource, local)
  const tap = await tapped(t, portOf(source))
  const sink = await sinkTo(t, tap.port)
  for (const first of [100, 300]) await deliver(sink, lines(200), { producer: 'edge', first, last: first + 199 })
  const [one, two] = framesOf(tap.said(), 1 << 20)
  assert.ok(one!.bytes.includes('flumen.origin') && !one!.bytes.includes(marker))
  assert.ok(two!.bytes.includes('flumen.origin') && two!.bytes.includes(marker))
  assert.ok(two!.bytes.length * 4 < one!.bytes.length, `${one!.bytes.length} and ${two!.bytes.length} bytes`)
})

test('Flume, and an older one of ours, are sent the same bytes as without compression of batches', async (t) => {
  const batches = [lines(200), lines(2000), lines(3)]
  const origin = { producer: 'edge', first: 1, last: 2 }
  const flumes = framesOf(goldenBytes('avro-plain.1.s2c.bin'), 1 << 16)[0]!.bytes.subarray(3, 4)
  assert.deepEqual(flumes, noMeta)
  for (const meta of [flumes, firstVersion]) {
    const said: Buffer[][] = []
    for (const values of [{}, { batchCompression: 'none' }]) {
      const { port, frames } = await answering(t, meta)
      const sink = await sinkTo(t, port, { ...values, maxInFlight: '4' })
      await Promise.all(batches.map((batch) => deliver(sink, batch, origin)))
      said.push(frames.map(({ bytes }) => bytes))
    }
    assert.equal(said[0]!.length, 3)
    assert.deepEqual(said[0], said[1])
  }
})

test('what takes long to pack is not overtaken by what takes no time', async () => {
  const conversation = new AvroConversation(3)
  const sent: number[] = []
  const call = async (request: readonly Uint8Array[], serial = 0): Promise<AvroFrame> => {
    sent.push(framesOf(Buffer.concat(request), 1 << 24)[0]!.serial)
    return framesOf(answerTo(serial, serverMeta), 1000)[0]!
  }
  await conversation.deliver(lines(1), call)
  const batches = [long(), lines(1), lines(2000), lines(200), lines(1), long(), lines(3)]
  await Promise.all(batches.map((batch) => conversation.deliver(batch, call)))
  await conversation.deliver(lines(200), call)
  assert.deepEqual(
    sent,
    Array.from({ length: batches.length + 2 }, (_, index) => index + 1),
  )
})

test('when the connection is lost while batches are packed they fail with those before them, to be sent again at once', async (t) => {
  const sockets: Socket[] = []
  const port = await serving(t, (socket) => {
    sockets.push(socket)
    socket.once('data', () => socket.write(answerTo(1, serverMeta)))
  })
  const sink = await sinkTo(t, port, { maxInFlight: '8' })
  await deliver(sink, lines(1))
  const outcomes = [lines(1), long(), lines(1)].map((batch) => deliver(sink, batch).catch((error: unknown) => error))
  sockets[0]!.destroy()
  const failed = await Promise.all(outcomes)
  assert.deepEqual(failed.map(retryAfterOf), [undefined, 0, 0])
  assert.equal(sockets.length, 1)
})

test('a stop ends a batch that is being packed', async (t) => {
  const source = await startForTest(t, avroSource, local)
  const sink = await sinkTo(t, portOf(source))
  await deliver(sink, lines(1))
  const stopped = assert.rejects(deliver(sink, long()), StoppedError)
  await sink.instance.stop(0)
  await stopped
  for (let turn = 0; turn < 20; turn++) await settle()
  assert.equal(source.bodies().length, 1)
})

test('compression of batches and of the connection exclude each other, and check names both keys', async () => {
  const problemsOf = async (values: Values): Promise<readonly string[]> => {
    const { problems } = await readForTest(avro, { hostname: 'h', port: '1', ...values })
    return problems.all.map(({ severity, key, message }) => `${severity} ${key}: ${message}`)
  }
  assert.deepEqual(await problemsOf({ ...zstd, 'compression-level': '1' }), [])
  assert.deepEqual(await problemsOf({ batchCompression: 'none', 'compression-type': 'deflate' }), [])
  for (const type of ['deflate', 'zstd']) {
    const problems = await problemsOf({ ...zstd, 'compression-type': type })
    const [error] = problems.filter((problem) => problem.startsWith('error'))
    assert.match(error!, /batchCompression.*compression-type/)
    await assert.rejects(createForTest(avro, { hostname: 'h', port: '1', ...zstd, 'compression-type': type }))
  }
})
