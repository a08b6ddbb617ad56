// Our clients to the sources of Apache Flume, and Flume's own clients to ours: what was sent is there, once and whole.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { AppendError, type RpcClient, RpcClients } from '../../packages/flumen/src/client/index.ts'
import avroSource from '../../packages/flumen/src/components/sources/avro/avro.ts'
import thriftSource from '../../packages/flumen/src/components/sources/thrift/thrift.ts'
import { type EventBatch, silentLog } from '../../packages/flumen/src/core/index.ts'
import { createForTest, type Harness } from '../../packages/flumen/src/testing/harness.ts'
import { flumeClassPath, smallJava, startFlume } from '../../servers/flume.ts'
import { freePort, skipUnless, temporaryDirectory } from '../../servers/server.ts'
import { digestOf, eventsBetween } from './client-events.ts'
import { compiledOracle, oracle } from './oracle.ts'

const run = promisify(execFile)
const events = 100_000
const fewEvents = 5000

interface Flow {
  readonly type: string
  readonly transport: 'avro' | 'thrift'
  /** Sources; one more stands before them in the list of a failover, where nobody listens. */
  readonly sources: number
  readonly batch: number
  readonly events: number
  /** For the title. */
  readonly with?: string
  /** More properties of the client, and options of the sources. */
  readonly client?: Readonly<Record<string, string>>
  readonly source?: Readonly<Record<string, string>>
}

const keyStore = join(import.meta.dirname, '../golden/key-stores/modern.p12')
const binary = { with: ' with the binary protocol', client: { protocol: 'binary' }, source: { protocol: 'binary' } }
const deflate = {
  with: ' with deflate',
  client: { 'compression-type': 'deflate' },
  source: { 'compression-type': 'deflate' },
}
const tls = {
  with: ' over TLS',
  client: { ssl: 'true', 'trust-all-certs': 'true' },
  source: { ssl: 'true', keystore: keyStore, 'keystore-password': 'storePassword', 'keystore-type': 'PKCS12' },
}

const flows: readonly Flow[] = [
  { type: 'default', transport: 'avro', sources: 1, batch: 1, events: fewEvents },
  { type: 'default', transport: 'avro', sources: 1, batch: 100, events },
  { type: 'default', transport: 'avro', sources: 1, batch: 1000, events },
  { type: 'default_failover', transport: 'avro', sources: 1, batch: 1000, events },
  { type: 'default_loadbalance', transport: 'avro', sources: 2, batch: 1000, events },
  { type: 'thrift', transport: 'thrift', sources: 1, batch: 1, events: fewEvents },
  { type: 'thrift', transport: 'thrift', sources: 1, batch: 1000, events },
  { type: 'thrift', transport: 'thrift', sources: 1, batch: 100, events: fewEvents, ...binary },
  { type: 'default', transport: 'avro', sources: 1, batch: 100, events: fewEvents, ...deflate },
  { type: 'default', transport: 'avro', sources: 1, batch: 100, events: fewEvents, ...tls },
]

const ours: readonly Flow[] = [
  ...flows,
  { type: 'thrift_failover', transport: 'thrift', sources: 1, batch: 100, events: fewEvents },
  { type: 'thrift_loadbalance', transport: 'thrift', sources: 2, batch: 100, events: fewEvents },
]

function propertiesOf({ type, batch, client }: Flow, ports: readonly number[]): Record<string, string> {
  const hosts = ports.map((port, index): [string, string] => [`hosts.h${index + 1}`, `127.0.0.1:${port}`])
  return {
    'client.type': type,
    hosts: hosts.map(([key]) => key.slice('hosts.'.length)).join(' '),
    'batch-size': String(batch),
    ...Object.fromEntries(hosts),
    ...client,
  }
}

for (const flow of ours) {
  test(`${flow.events} events by ${flow.type} in batches of ${flow.batch}${flow.with ?? ''} go through Apache Flume, each once and whole`, {
    timeout: 300_000,
  }, async (t) => {
    if (!(await skipUnless(t, oracle))) return
    const behind = await ourSource(t, { transport: 'avro' })
    const listening = await Promise.all(Array.from({ length: flow.sources }, () => freePort()))
    await using _flume = await startFlume({
      configuration: configurationOf(flow, listening, portOf(behind)),
      listens: listening,
    })
    const dead = flow.type.endsWith('failover') ? [await freePort()] : []
    const client = await RpcClients.open(propertiesOf(flow, [...dead, ...listening]), { log: silentLog })
    t.after(() => client.close(0))
    await sendAll(client, flow.events)
    await behind.stored(flow.events)
    assertWhole(behind.observed.puts, flow)
  })
}

for (const flow of flows) {
  test(`Flume's client ${flow.type} sends ${flow.events} events in batches of ${flow.batch}${flow.with ?? ''} to our source, each once and whole`, {
    timeout: 300_000,
  }, async (t) => {
    if (!(await skipUnless(t, oracle))) return
    using directory = temporaryDirectory('rpc-client')
    const sources = await Promise.all(Array.from({ length: flow.sources }, () => ourSource(t, flow)))
    const dead = flow.type.endsWith('failover') ? [await freePort()] : []
    const properties = propertiesOf(flow, [...dead, ...sources.map(portOf)])
    const file = join(directory.path, 'client.properties')
    writeFileSync(
      file,
      Object.entries(properties)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(''),
    )
    const classPath = `${await compiledOracle()}:${await flumeClassPath()}`
    const { stdout } = await run('java', [...smallJava, '-cp', classPath, 'RpcClients', file, String(flow.events)])
    assert.match(stdout, new RegExp(`^${flow.events} sent$`, 'm'))
    const puts = sources.flatMap(({ observed }) => observed.puts)
    assertWhole(puts, flow)
    if (flow.type.endsWith('loadbalance')) for (const { observed } of sources) assert.ok(observed.puts.length > 0)
  })
}

/** What has no room at the moment is sent again, from the first event that is not stored. */
async function sendAll(client: RpcClient, count: number): Promise<void> {
  for (let from = 0; from < count; ) {
    const to = Math.min(from + 5000, count)
    try {
      await client.appendBatch(eventsBetween(from, to))
      from = to
    } catch (error) {
      assert.ok(error instanceof AppendError, String(error))
      assert.match(error.message, /answered FAILED/)
      from += error.stored
      await sleep(100)
    }
  }
}

function assertWhole(puts: readonly EventBatch[], { events, batch }: Flow): void {
  const lengths = puts.map(({ length }) => length)
  assert.equal(
    lengths.reduce((sum, length) => sum + length, 0),
    events,
  )
  assert.ok(Math.max(...lengths) <= Math.max(batch, 1000))
  assert.equal(digestOf(rowsOf(puts)), digestOf(eventsBetween(0, events)))
}

function* rowsOf(puts: readonly EventBatch[]): Iterable<{ headers: Map<string, string>; body: Uint8Array }> {
  for (const batch of puts) {
    for (let row = 0; row < batch.length; row++) yield { headers: batch.headers(row), body: batch.body(row) }
  }
}

async function ourSource(
  t: TestContext,
  { transport, source: options }: Pick<Flow, 'transport' | 'source'>,
): Promise<Harness<'source'>> {
  const values = { bind: '127.0.0.1', port: '0', ...options }
  const source =
    transport === 'avro' ? await createForTest(avroSource, values) : await createForTest(thriftSource, values)
  await source.instance.start()
  t.after(() => source.instance.stop(0))
  return source
}

function portOf({ observed }: Harness<'source'>): number {
  const { address } = observed.lines.find(({ message }) => message === 'Listening.')!.facts
  return Number(/:(\d+)$/.exec(String(address))![1])
}

/** Sources, a small channel, and a sink that sends all of it to ours. */
function configurationOf({ transport, source = {} }: Flow, ports: readonly number[], back: number): string {
  const names = ports.map((_, index) => `r${index + 1}`)
  const sources = ports.flatMap((port, index) =>
    Object.entries({ type: transport, bind: '127.0.0.1', port, channels: 'c1', ...source }).map(
      ([key, value]) => `a1.sources.${names[index]}.${key} = ${value}\n`,
    ),
  )
  return `
a1.sources = ${names.join(' ')}
a1.channels = c1
a1.sinks = k1
${sources.join('')}
a1.channels.c1.type = memory
a1.channels.c1.capacity = 10000
a1.channels.c1.transactionCapacity = 1000
a1.channels.c1.keep-alive = 1
a1.sinks.k1.type = avro
a1.sinks.k1.hostname = 127.0.0.1
a1.sinks.k1.port = ${back}
a1.sinks.k1.channel = c1
a1.sinks.k1.batch-size = 1000
`
}
