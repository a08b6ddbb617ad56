// Our HTTP sink to Flume's HTTP source, Flume's HTTP sink to our source, and both sinks to a server that answers anything.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Declaration } from '../../packages/flumen/src/component/kit.ts'
import memory from '../../packages/flumen/src/components/channels/memory.ts'
import rawHandler from '../../packages/flumen/src/components/http-handlers/raw.ts'
import replicating from '../../packages/flumen/src/components/selectors/replicating.ts'
import httpSink from '../../packages/flumen/src/components/sinks/http/http.ts'
import { HttpPeer, type PeerScript } from '../../packages/flumen/src/components/sinks/http/http-peer-for-test.ts'
import thriftSink from '../../packages/flumen/src/components/sinks/thrift/thrift.ts'
import httpSource from '../../packages/flumen/src/components/sources/http/http.ts'
import thriftSource from '../../packages/flumen/src/components/sources/thrift/thrift.ts'
import {
  batchOf,
  ChannelFullError,
  createEvent,
  type EventBatch,
  silentLog,
} from '../../packages/flumen/src/core/index.ts'
import { rowsOf } from '../../packages/flumen/src/protocols/thrift-rpc/rpc-for-test.ts'
import { Agent } from '../../packages/flumen/src/runtime/agent.ts'
import {
  catalogueOf,
  createForTest,
  deliveryForTest,
  type Harness,
  planOf,
  refuse,
  scriptedSource,
} from '../../packages/flumen/src/testing/index.ts'
import { flume, startFlume } from '../../servers/flume.ts'
import { freePort, skipUnless, waitUntil } from '../../servers/server.ts'

const keyStore = join(import.meta.dirname, '../golden/key-stores/modern.p12')
const words = ['plain', 'naïve 日本語 😀', '{"a": [1, "b"]}', 'line\nafter line\r\n', '\\ " \t \u0001 </x>', '']

/** What JSON can hold: every body is text. */
function textEvents(count: number): EventBatch {
  return batchOf(
    Array.from({ length: count }, (_, index) => {
      const size = index % 500 === 499 ? 200_000 : index % 40
      const headers = index % 7 === 0 ? {} : { number: String(index), 'kéy 😀': words[index % words.length]! }
      return createEvent(`${index} ${words[index % words.length]} ${'x'.repeat(size)}`, headers)
    }),
  )
}

function portOf({ observed }: Harness<'source'>): number {
  const { address } = observed.lines.find(({ message }) => message === 'Listening.')!.facts
  return Number(/:(\d+)$/.exec(String(address))![1])
}

function sortedRows(batches: readonly EventBatch[]): readonly string[] {
  return batches
    .flatMap(rowsOf)
    .map((row) => JSON.stringify(row))
    .sort()
}

test("our sink's JSON goes through Flume's HTTP source, also over TLS, and Flume's HTTP sink's bodies into our source", async (t) => {
  if (!(await skipUnless(t, flume))) return
  const back = await createForTest(thriftSource, { bind: '127.0.0.1', port: '0' })
  let puts = 0
  const onPut = (): void => {
    if (puts++ % 100 === 50) refuse(new ChannelFullError('no room'))
  }
  const catalogue = catalogueOf(rawHandler)
  const values = { bind: '127.0.0.1', port: '0', handler: 'raw' }
  const bodies = await createForTest(httpSource, values, { onPut, catalogue })
  for (const source of [back, bodies]) {
    await source.instance.start()
    t.after(() => source.instance.stop(0))
  }
  const [json, tls, thrift] = [await freePort(), await freePort(), await freePort()]
  const configuration = `
a1.sources = r1 r2 r3
a1.channels = c1 c2
a1.sinks = k1 k2
a1.sources.r1.type = http
a1.sources.r1.bind = 127.0.0.1
a1.sources.r1.port = ${json}
a1.sources.r1.channels = c1
a1.channels.c1.type = memory
a1.channels.c1.capacity = 10000
a1.channels.c1.transactionCapacity = 1000
a1.sinks.k1.type = thrift
a1.sinks.k1.channel = c1
a1.sinks.k1.hostname = 127.0.0.1
a1.sinks.k1.port = ${portOf(back)}
a1.sinks.k1.protocol = compact
a1.sources.r3.type = http
a1.sources.r3.bind = 127.0.0.1
a1.sources.r3.port = ${tls}
a1.sources.r3.channels = c1
a1.sources.r3.ssl = true
a1.sources.r3.keystore = ${keyStore}
a1.sources.r3.keystore-password = storePassword
a1.sources.r3.keystore-type = PKCS12
a1.sources.r2.type = thrift
a1.sources.r2.bind = 127.0.0.1
a1.sources.r2.port = ${thrift}
a1.sources.r2.channels = c2
a1.channels.c2.type = memory
a1.channels.c2.capacity = 10000
a1.channels.c2.transactionCapacity = 1000
a1.sinks.k2.type = http
a1.sinks.k2.channel = c2
a1.sinks.k2.endpoint = http://127.0.0.1:${portOf(bodies)}/
a1.sinks.k2.backoff.200 = false
a1.sinks.k2.rollback.200 = false
a1.sinks.k2.backoff.503 = false
`
  await using real = await startFlume({ configuration, listens: [json, tls, thrift] })
  const events = textEvents(5000)
  const parts = [
    { events: events.slice(0, 1000), values: { batchSize: '1', format: 'json' }, size: 1 },
    { events: events.slice(1000, 2000), values: { batchSize: '100', format: 'json' }, size: 100 },
    {
      events: events.slice(2000, 3000),
      values: { endpoint: `https://127.0.0.1:${tls}/`, 'trust-all-certs': 'true', batchSize: '100', format: 'json' },
      size: 100,
    },
    { events: events.slice(3000, 5000), values: { batchSize: '1000', format: 'json' }, size: 1000 },
  ]
  const stranger = await createForTest(httpSink, { endpoint: `https://127.0.0.1:${tls}/` })
  await stranger.instance.start()
  t.after(() => stranger.instance.stop(0))
  await assert.rejects(async () => stranger.instance.deliver(events.slice(0, 1), deliveryForTest()), /certificate/)
  for (const part of parts) {
    const sink = await createForTest(httpSink, { endpoint: `http://127.0.0.1:${json}/`, ...part.values })
    await sink.instance.start()
    for (let from = 0; from < part.events.length; from += part.size) {
      await sink.instance.deliver(part.events.slice(from, from + part.size), deliveryForTest())
    }
    await sink.instance.stop(1000)
    assert.equal(sink.observed.counts.get('connectionsCreated'), 1)
  }
  await back.stored(events.length)
  assert.deepEqual(sortedRows(back.observed.puts), sortedRows([events]))

  // Flume's sink leaves out what has no body, and all headers.
  const some = events.slice(0, 1000)
  const sink = await createForTest(thriftSink, { hostname: '127.0.0.1', port: String(thrift), protocol: 'compact' })
  await sink.instance.start()
  t.after(() => sink.instance.stop(0))
  await sink.instance.deliver(some, deliveryForTest())
  await bodies.stored(some.length)
  assert.ok(puts > some.length, 'what was refused came again')
  assert.deepEqual(
    bodies.bodies(),
    Array.from({ length: some.length }, (_, row) => some.text(row)),
  )
  await real.stop()
})

interface Case {
  readonly name: string
  readonly keys: Readonly<Record<string, string>>
  /** Statuses for the requests of each body in turn; the last one goes on. */
  readonly answers: Readonly<Record<string, readonly number[]>>
  readonly difference?: string
}

const plain = { 'rollback.200': 'false', 'backoff.200': 'false', 'incrementMetrics.200': 'true' }
const none = { defaultBackoff: 'false' }
const cases: readonly Case[] = [
  { name: 'allWell', keys: plain, answers: {} },
  { name: 'again', keys: { ...plain, ...none }, answers: { b: [500, 503, 200] } },
  {
    name: 'exact',
    keys: { ...plain, ...none, 'rollback.5XX': 'false', 'rollback.503': 'true' },
    answers: { a: [500], b: [503, 200] },
  },
  {
    name: 'hundred',
    keys: { ...plain, ...none, 'rollback.4XX': 'true', defaultRollback: 'false' },
    answers: { a: [404, 404, 200], c: [500] },
  },
  { name: 'small', keys: { ...plain, ...none, 'rollback.5xx': 'false' }, answers: { a: [500, 500, 200] } },
  {
    name: 'others',
    keys: {
      ...plain,
      ...none,
      'incrementMetrics.5XX': 'true',
      'incrementMetrics.2XX': 'true',
      defaultRollback: 'false',
    },
    answers: { a: [500], b: [201], c: [404] },
  },
  { name: 'counted', keys: { ...plain, ...none, defaultIncrementMetrics: 'true' }, answers: { b: [500, 200] } },
  { name: 'unset', keys: {}, answers: {}, difference: 'Flume sends what was taken again, for ever' },
  {
    name: 'redirected',
    keys: { ...plain, ...none },
    answers: { a: [302, 200] },
    difference: 'Flume asks for the other place with GET, without the event',
  },
]

/** Bodies as they came to each path. */
type Arrived = ReadonlyMap<string, readonly string[]>

async function scripted(): Promise<{ readonly peer: HttpPeer; arrived(): Arrived }> {
  const peer = await HttpPeer.start()
  const counts = new Map<string, number>()
  const script: PeerScript = ({ path, body }) => {
    const { answers } = cases.find(({ name }) => path === `/events/${name}`) ?? { answers: {} as Case['answers'] }
    const own = answers[body.toString()] ?? [200]
    const count = counts.get(`${path} ${body}`) ?? 0
    counts.set(`${path} ${body}`, count + 1)
    const status = own[Math.min(count, own.length - 1)]!
    // Flume cannot bear an answer above 399 without a body.
    return { status, body: 'said', ...(status === 302 && { headers: { Location: '/elsewhere' } }) }
  }
  peer.script = script
  const arrived = (): Arrived => {
    const all = new Map<string, string[]>()
    for (const { path, body } of peer.requests) {
      const known = all.get(path) ?? []
      known.push(body.toString())
      all.set(path, known)
    }
    return all
  }
  return { peer, arrived }
}

function sinkLines(endpoint: string): string {
  return cases
    .flatMap(({ name, keys }) => [
      `a1.channels.${name}.type = memory`,
      `a1.sinks.${name}.type = http`,
      `a1.sinks.${name}.channel = ${name}`,
      `a1.sinks.${name}.endpoint = ${endpoint}/${name}`,
      ...Object.entries(keys).map(([key, value]) => `a1.sinks.${name}.${key} = ${value}`),
    ])
    .join('\n')
}

const names = cases.map(({ name }) => name).join(' ')
const lists = `a1.sources = r1\na1.sources.r1.channels = ${names}\na1.channels = ${names}\na1.sinks = ${names}\n`
const events = batchOf(['a', 'b', 'c'].map((body) => createEvent(body)))

/** All requests of Flume. Its EventDrainSuccessCount of each sink becomes what is expected, but for the differences. */
async function flumes(
  isDone: (arrived: Arrived) => boolean,
  expected: ReadonlyMap<string, number>,
): Promise<readonly [Arrived, HttpPeer]> {
  const { peer, arrived } = await scripted()
  const port = await freePort()
  const source = `a1.sources.r1.type = thrift\na1.sources.r1.bind = 127.0.0.1\na1.sources.r1.port = ${port}\n`
  await using real = await startFlume({
    configuration: `${lists}${source}${sinkLines(peer.endpoint)}\n`,
    listens: [port],
  })
  const sink = await createForTest(thriftSink, { hostname: '127.0.0.1', port: String(port), protocol: 'compact' })
  await sink.instance.start()
  await sink.instance.deliver(events, deliveryForTest())
  await sink.instance.stop(0)
  await waitUntil('Flume has sent all', () => isDone(arrived()) || undefined)
  await waitUntil('Flume has counted the same', async () => {
    const response = await fetch(`http://127.0.0.1:${real.ports.monitoring}/metrics`)
    const metrics = (await response.json()) as Record<string, Record<string, string>>
    for (const { name, difference } of cases) {
      if (difference !== undefined) continue
      assert.equal(Number(metrics[`SINK.${name}`]!.EventDrainSuccessCount), expected.get(name), name)
    }
    return true
  })
  await real.stop()
  await peer.stop()
  return [arrived(), peer]
}

/** The same of ours. */
async function ours(): Promise<readonly [Arrived, ReadonlyMap<string, number>, HttpPeer]> {
  const { peer, arrived } = await scripted()
  const source = scriptedSource()
  const text = `${lists}a1.sources.r1.type = scripted\n${sinkLines(peer.endpoint)}`
  const parts = [memory, replicating, httpSink, source.declaration] as unknown as Declaration[]
  const agent = new Agent(await planOf(text, parts), { log: silentLog })
  await agent.start()
  await source.contexts.get('r1')!.put(events)
  await waitUntil(
    'all is settled',
    () => [...agent.accounts.channels.values()].every(({ buffered }) => buffered === 0) || undefined,
  )
  const counted = new Map(
    agent
      .read()
      .sinks.map(({ name, metrics }) => [
        name,
        metrics.find(({ metric }) => metric.name === 'eventsCounted')!.value as number,
      ]),
  )
  await agent.stop()
  await peer.stop()
  return [arrived(), counted, peer]
}

test("our sink sends the requests that Flume's sends, and counts what Flume counts, but for the differences", async (t) => {
  if (!(await skipUnless(t, flume))) return
  const [our, ourCounts, ourPeer] = await ours()
  const isDone = (arrived: Arrived): boolean =>
    cases.every(({ name, difference }) => {
      const least = difference === undefined ? our.get(`/events/${name}`)!.length : 3
      return (arrived.get(`/events/${name}`)?.length ?? 0) >= least
    })
  const [their, theirPeer] = await flumes(isDone, ourCounts)
  for (const { name, difference } of cases) {
    const [one, other] = [our.get(`/events/${name}`), their.get(`/events/${name}`)]
    if (difference !== undefined) {
      assert.notDeepEqual(one, other, `${name}: no difference any more: ${difference}`)
      continue
    }
    assert.deepEqual(one, other, name)
  }
  assert.deepEqual(our.get('/events/unset'), ['a', 'b', 'c'])
  assert.deepEqual(their.get('/events/unset')?.slice(0, 3), ['a', 'a', 'a'])
  assert.deepEqual(our.get('/events/redirected'), ['a', 'a', 'b', 'c'])
  assert.deepEqual(their.get('/elsewhere'), [''])
  const heads = [ourPeer, theirPeer].map(({ requests }) => {
    const { method, headers } = requests.find(({ path }) => path === '/events/allWell')!
    return [method, headers['content-type'], headers.accept, headers['content-length'], headers['content-encoding']]
  })
  assert.deepEqual(heads[0], heads[1])
})
