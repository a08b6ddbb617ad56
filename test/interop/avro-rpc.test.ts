// Events go from our Avro sink through an agent of Apache Flume, source, channel and sink, to our Avro source: both
// directions at once. What comes out must be what went in.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import avroSink from '../../packages/flumen/src/components/sinks/avro/avro.ts'
import avroSource from '../../packages/flumen/src/components/sources/avro/avro.ts'
import { type Bytes, batchOf, type Event, type EventBatch } from '../../packages/flumen/src/core/index.ts'
import { createForTest, type Harness } from '../../packages/flumen/src/testing/harness.ts'
import { deliveryForTest } from '../../packages/flumen/src/testing/sink-contract.ts'
import { flume, startFlume } from '../../servers/flume.ts'
import { freePort, skipUnless } from '../../servers/server.ts'

const keyStore = join(import.meta.dirname, '../golden/key-stores/modern.p12')
const password = 'storePassword'

/** Options of Flume's source and of ours, and of both sinks. */
interface Way {
  readonly name: string
  readonly source: Readonly<Record<string, string>>
  readonly sink: Readonly<Record<string, string>>
  /** Of our sink. */
  readonly inFlight?: number
}

const deflate = { 'compression-type': 'deflate' }
const tls = { ssl: 'true', keystore: keyStore, 'keystore-password': password, 'keystore-type': 'PKCS12' }
const trusting = { ssl: 'true', 'trust-all-certs': 'true' }
const suite = { 'include-cipher-suites': 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256' }
const ways: readonly Way[] = [
  { name: 'plain', source: {}, sink: {} },
  { name: 'several in flight', source: {}, sink: {}, inFlight: 16 },
  { name: 'deflate', source: deflate, sink: deflate },
  { name: 'tls', source: tls, sink: trusting },
  { name: 'tls, one cipher suite', source: { ...tls, ...suite }, sink: { ...trusting, ...suite } },
  { name: 'tls over deflate', source: { ...tls, ...deflate }, sink: { ...trusting, ...deflate } },
]

/** Sizes of the requests of our sink, and of those of Flume's. */
const batchSizes = [1, 100, 1000]
const events = 10_000

for (const way of ways) {
  test(`${events} events go through Apache Flume and back, each once and whole: ${way.name}`, {
    timeout: 300_000,
  }, async (t) => {
    if (!(await skipUnless(t, flume))) return
    const sent = madeEvents(events)
    for (const batchSize of batchSizes) {
      await using through = await flumeBetween(t, way, batchSize)
      const began = through.source.observed.puts.length
      assert.equal(began, 0)
      await sendAll(through.sink, batchesOf(sent, batchSize), way.inFlight ?? 1)
      await through.source.stored(sent.length)
      const stored = through.source.observed.puts.flatMap((batch) => [...batch])
      assert.equal(stored.length, sent.length)
      assert.equal(digestOf(stored), digestOf(sent), `batches of ${batchSize}`)
    }
  })
}

async function flumeBetween(t: TestContext, way: Way, batchSize: number) {
  const port = await freePort()
  const source = await createForTest(avroSource, { bind: '127.0.0.1', port: '0', ...way.source })
  await source.instance.start()
  t.after(() => source.instance.stop(0))
  const listening = source.observed.lines.find(({ message }) => message === 'Listening.')
  const back = /:(\d+)$/.exec(String(listening!.facts.address))![1]!
  const agent = await startFlume({ configuration: configurationOf(way, port, back, batchSize), listens: [port] })
  const sink = await createForTest(avroSink, {
    hostname: '127.0.0.1',
    port: String(port),
    'batch-size': String(batchSize),
    maxInFlight: String(way.inFlight ?? 1),
    ...way.sink,
  })
  await sink.instance.start()
  return {
    source,
    sink,
    async [Symbol.asyncDispose]() {
      await sink.instance.stop(0)
      await agent.stop()
      await source.instance.stop(0)
    },
  }
}

function configurationOf(way: Way, port: number, back: string, batchSize: number): string {
  const lines = (prefix: string, values: Readonly<Record<string, string>>): string =>
    Object.entries(values)
      .map(([key, value]) => `${prefix}.${key} = ${value}`)
      .join('\n')
  return `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.channels.c1.type = memory
a1.channels.c1.capacity = ${events}
a1.channels.c1.transactionCapacity = 1000
${lines('a1.sources.r1', { type: 'avro', bind: '127.0.0.1', port: String(port), channels: 'c1', ...way.source })}
${lines('a1.sinks.k1', { type: 'avro', hostname: '127.0.0.1', port: back, channel: 'c1', 'batch-size': String(batchSize), ...way.sink })}
`
}

async function sendAll(sink: Harness<'sink'>, batches: Iterable<EventBatch>, inFlight: number): Promise<void> {
  const open = new Set<Promise<unknown>>()
  for (const batch of batches) {
    while (open.size >= inFlight) await Promise.race(open)
    const sending: Promise<unknown> = Promise.resolve(sink.instance.deliver(batch, deliveryForTest())).finally(() =>
      open.delete(sending),
    )
    open.add(sending)
  }
  await Promise.all(open)
}

function* batchesOf(all: readonly Event[], size: number): Iterable<EventBatch> {
  for (let from = 0; from < all.length; from += size) yield batchOf(all.slice(from, from + size))
}

/** Bodies of 0 bytes to 1 MB, of all byte values; headers none, few, many, in other scripts, and empty ones. */
function madeEvents(count: number): readonly Event[] {
  return Array.from({ length: count }, (_, index) => {
    const size = index % 1000 === 999 ? 1_000_000 : index % 97 === 0 ? 20_000 : index % 300
    const body = Buffer.alloc(size)
    for (let at = 0; at < size; at++) body[at] = index * 31 + at * 7 + (at >> 8)
    return { headers: headersOf(index), body: new Uint8Array(body) as Bytes }
  })
}

function headersOf(index: number): ReadonlyMap<string, string> {
  if (index % 10 === 9) return new Map()
  const headers = new Map([
    ['number', String(index)],
    ['host', 'web-1.example.org'],
  ])
  if (index % 5 === 0) headers.set('kéy 日本', `valué ${index} 😀`)
  if (index % 7 === 0) headers.set('empty', '')
  if (index % 50 === 0) for (let more = 0; more < 100; more++) headers.set(`more ${more}`, 'x'.repeat(more))
  return headers
}

/** Of all events, in whatever order they and their headers come. */
function digestOf(all: readonly Event[]): string {
  const digests = all.map(({ headers, body }) => {
    const pairs = [...headers].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
    return createHash('sha256').update(JSON.stringify(pairs)).update(body).digest('hex')
  })
  return createHash('sha256').update(digests.sort().join()).digest('hex')
}
