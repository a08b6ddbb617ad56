import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { batchOf, createEvent, verdictOf } from '../../core/index.ts'
import { createForTest, type Harness } from '../../testing/harness.ts'
import { ManualClock, settle } from '../../testing/manual-clock.ts'
import { deliveryForTest } from '../../testing/sink-contract.ts'
import { TcpClient } from '../../testing/tcp-client.ts'
import avroSink from '../sinks/avro/avro.ts'
import avroSource from '../sources/avro/avro.ts'

const keystore = join(import.meta.dirname, '../../../../../test/golden/key-stores/modern.p12')
const both = { ssl: 'true', 'compression-type': 'deflate' }
const sourceValues = { bind: '127.0.0.1', port: '0', ...both, keystore, 'keystore-password': 'storePassword' }
const sinkValues = { hostname: '127.0.0.1', ...both, 'trust-all-certs': 'true' }
const one = batchOf([createEvent('one')])

async function listening(t: TestContext, clock?: ManualClock): Promise<{ source: Harness<'source'>; port: number }> {
  const source = await createForTest(avroSource, sourceValues, clock && { clock })
  await source.instance.start()
  t.after(() => source.instance.stop(0))
  const { address } = source.observed.lines.find(({ message }) => message === 'Listening.')!.facts
  return { source, port: Number(/:(\d+)$/.exec(String(address))![1]) }
}

async function sinkTo(
  t: TestContext,
  port: number,
  values: Readonly<Record<string, string>> = {},
): Promise<Harness<'sink'>> {
  const sink = await createForTest(avroSink, { ...sinkValues, port: String(port), ...values })
  await sink.instance.start()
  t.after(() => sink.instance.stop(0))
  return sink
}

const deliver = (sink: Harness<'sink'>): Promise<unknown> =>
  Promise.resolve(sink.instance.deliver(one, deliveryForTest()))

test('zlib is outside as in Flume 1.11, or TLS as in Flume 1.9 where the sink is told so', async (t) => {
  for (const [values, expected] of [
    [{}, 0x78],
    [{ compressWithinTls: 'true' }, 0x16],
  ] as const) {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    const sink = await sinkTo(t, (server.address() as { port: number }).port, values)
    const failed = assert.rejects(deliver(sink))
    const [socket] = await once(server, 'connection')
    const [first] = await once(socket, 'data')
    assert.equal(first[0], expected)
    socket.destroy()
    await failed
  }
})

test('no server, and one that does not speak so, are failures that a retry may mend', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).resume()
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const sink = await sinkTo(t, port)
  await assert.rejects(deliver(sink), (error) => verdictOf(error) === 'retry')
  server.close()
  await once(server, 'close')
  await assert.rejects(deliver(sink), /ECONNREFUSED/)
  assert.equal(sink.observed.counts.get('connectionsFailed'), 2)
})

test('a certificate that nobody vouches for is refused here too, and leaves no connection', async (t) => {
  const { port, source } = await listening(t)
  const sink = await sinkTo(t, port, { 'trust-all-certs': 'false' })
  await assert.rejects(deliver(sink), /certificate/)
  while (source.observed.counts.get('openConnections') !== 0) await settle()
  assert.deepEqual(source.observed.puts, [])
})

test('what is neither, in zlib or not, is a failed handshake, and the next client is served', async (t) => {
  const { source, port } = await listening(t)
  const text = Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  for (const [index, bytes] of [text, deflateSync(text), Buffer.from([0x16, 0x16, 0x16, 0x16, 0x16, 0x16])].entries()) {
    const client = await TcpClient.connect(port)
    await client.send(bytes)
    await client.lastAnswer()
    client.destroy()
    while ((source.observed.counts.get('tlsFailures') ?? 0) <= index) await settle()
  }
  await deliver(await sinkTo(t, port))
  assert.deepEqual(source.bodies(), ['one'])
})

test('a client that says nothing is cut off in time, and one that ends at once leaves nothing', async (t) => {
  const clock = new ManualClock()
  const { source, port } = await listening(t, clock)
  const [gone, silent] = [await TcpClient.connect(port), await TcpClient.connect(port)]
  gone.end()
  await gone.lastAnswer()
  while (clock.pending === 0) await settle()
  await clock.advance(30_000)
  await silent.lastAnswer()
  while (source.observed.counts.get('openConnections') !== 0) await settle()
  assert.equal(clock.pending, 0)
  for (const client of [gone, silent]) client.destroy()
})

test('a stop ends clients in and before their handshake', async (t) => {
  const { source, port } = await listening(t)
  const [silent, begun, served] = [await TcpClient.connect(port), await TcpClient.connect(port), await sinkTo(t, port)]
  await begun.send(deflateSync(Buffer.from([0x16, 3, 1, 2])).subarray(0, 12))
  await deliver(served)
  await source.instance.stop(5000)
  for (const client of [silent, begun]) {
    await client.lastAnswer()
    client.destroy()
  }
})
