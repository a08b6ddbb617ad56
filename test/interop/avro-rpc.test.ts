// Events go from our Avro sink through an agent of Apache Flume, source, channel and sink, to our Avro source: both
// directions at once. What comes out must be what went in.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import avroSink from '../../packages/flumen/src/components/sinks/avro/avro.ts'
import { batchOf, type EventBatch } from '../../packages/flumen/src/core/index.ts'
import { createForTest, deliveryForTest, type Harness } from '../../packages/flumen/src/testing/index.ts'
import { busyJava, flume, startFlume } from '../../servers/flume.ts'
import { freePort, skipUnless } from '../../servers/server.ts'
import { digestOf, digestOfFirst, eventsBetween } from './client-events.ts'
import { endNow, linesOf, ourSource, portOf, sizesOf, stored, taken, threads, type Values } from './relay.ts'

const keyStore = join(import.meta.dirname, '../golden/key-stores/modern.p12')
const password = 'storePassword'

/** Options of Flume's source and of ours, and of both sinks. */
interface Way {
  readonly name: string
  readonly source: Values
  readonly sink: Values
  /** Of our sink. */
  readonly inFlight?: number
  readonly ours?: Values
  /** Sizes of the requests of our sink, and of those of Flume's. */
  readonly batches: readonly number[]
}

/** A way with requests of one size, in both directions. */
interface Flow {
  readonly batch: number
  /** Of Flume's source. */
  readonly port: number
  readonly behind: Harness<'source'>
}

const deflate = { 'compression-type': 'deflate' }
const tls = { ssl: 'true', keystore: keyStore, 'keystore-password': password, 'keystore-type': 'PKCS12' }
const trusting = { ssl: 'true', 'trust-all-certs': 'true' }
const suite = { 'include-cipher-suites': 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256' }
const sizes = [1, 100, 1000]
const ways: readonly Way[] = [
  { name: 'plain', source: {}, sink: {}, batches: sizes },
  { name: 'deflate', source: deflate, sink: deflate, batches: sizes },
  { name: 'tls', source: tls, sink: trusting, batches: sizes },
  { name: 'several in flight', source: {}, sink: {}, inFlight: 16, batches: [10, 1000] },
  {
    name: 'packed if it could be',
    source: {},
    sink: {},
    inFlight: 4,
    ours: { batchCompression: 'zstd' },
    batches: [1000],
  },
  { name: 'tls, one cipher suite', source: { ...tls, ...suite }, sink: { ...trusting, ...suite }, batches: [100] },
  { name: 'tls over deflate', source: { ...tls, ...deflate }, sink: { ...trusting, ...deflate }, batches: [10, 1000] },
]
const events = 100_000

for (const way of ways) {
  test(`${events} events go through Apache Flume and back, each once and whole: ${way.name}`, {
    timeout: 300_000,
    concurrency: way.batches.length,
  }, async (t) => {
    if (!(await skipUnless(t, flume))) return
    const flows: Flow[] = []
    for (const batch of way.batches) {
      flows.push({ batch, port: await freePort(), behind: await ourSource(t, 'avro', way.source) })
    }
    const agent = await startFlume({
      configuration: configurationOf(way, flows),
      listens: flows.map(({ port }) => port),
      javaOptions: ['-Xmx768m', busyJava],
    })
    t.after(() => endNow(agent))
    await Promise.all(
      flows.map((flow) =>
        t.test(`batches of ${flow.batch}`, async (t) => {
          const sink = await createForTest(avroSink, {
            hostname: '127.0.0.1',
            port: String(flow.port),
            'batch-size': String(flow.batch),
            maxInFlight: String(way.inFlight ?? 1),
            ...way.sink,
            ...way.ours,
          })
          await sink.instance.start()
          t.after(() => sink.instance.stop(0))
          await sendAll(sink, flow.batch, way.inFlight ?? 1)
          await stored(flow.behind, events)
          assertWhole(flow)
        }),
      ),
    )
  })
}

function assertWhole({ behind, batch }: Flow): void {
  const lengths = sizesOf(behind)
  assert.equal(
    lengths.reduce((sum, length) => sum + length, 0),
    events,
  )
  assert.ok(Math.max(...lengths) <= batch)
  assert.equal(digestOf(taken(behind)), digestOfFirst(events))
}

function configurationOf(way: Way, flows: readonly Flow[]): string {
  const memory = { type: 'memory', capacity: String(events), transactionCapacity: '1000' }
  const parts = flows.map(({ port, behind, batch }) => {
    const name = `b${batch}`
    const from = { type: 'avro', bind: '127.0.0.1', port: String(port), channels: name, threads, ...way.source }
    const to = { type: 'avro', hostname: '127.0.0.1', port: String(portOf(behind)), channel: name, ...way.sink }
    return [
      linesOf(`a1.sources.${name}`, from),
      linesOf(`a1.channels.${name}`, memory),
      linesOf(`a1.sinks.${name}`, { ...to, 'batch-size': String(batch) }),
    ].join('')
  })
  const names = flows.map(({ batch }) => `b${batch}`).join(' ')
  return `a1.sources = ${names}\na1.channels = ${names}\na1.sinks = ${names}\n${parts.join('')}`
}

async function sendAll(sink: Harness<'sink'>, batchSize: number, inFlight: number): Promise<void> {
  const open = new Set<Promise<unknown>>()
  for (const batch of batchesOf(batchSize)) {
    while (open.size >= inFlight) await Promise.race(open)
    const sending: Promise<unknown> = Promise.resolve(sink.instance.deliver(batch, deliveryForTest())).finally(() =>
      open.delete(sending),
    )
    open.add(sending)
  }
  await Promise.all(open)
}

function* batchesOf(size: number): Iterable<EventBatch> {
  for (let from = 0; from < events; from += size) yield batchOf([...eventsBetween(from, Math.min(from + size, events))])
}
