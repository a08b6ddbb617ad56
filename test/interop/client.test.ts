// Our clients to the sources of Apache Flume, and Flume's own clients to ours: what was sent is there, once and whole.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { AppendError, type RpcClient, RpcClients } from '../../packages/flumen/src/client/index.ts'
import { silentLog } from '../../packages/flumen/src/core/index.ts'
import type { Harness } from '../../packages/flumen/src/testing/index.ts'
import { busyJava, flumeClassPath, smallJava, startFlume } from '../../servers/flume.ts'
import { freePort, skipUnless, temporaryDirectory } from '../../servers/server.ts'
import { digestOf, digestOfFirst, eventsBetween } from './client-events.ts'
import { compiledOracle, oracle } from './oracle.ts'
import {
  endNow,
  linesOf,
  ourSource,
  portOf,
  sizesOf,
  stored,
  type Transport,
  taken,
  threads,
  type Values,
} from './relay.ts'

const run = promisify(execFile)
const all = 100_000

interface Flow {
  readonly type: string
  readonly transport: Transport
  /** Sources; one more stands before them in the list of a failover, where nobody listens. */
  readonly sources: number
  readonly batch: number
  readonly events: number
  /** For the title. */
  readonly with?: string
  /** More properties of the client, and options of the sources. */
  readonly client?: Values
  readonly source?: Values
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

const types: readonly Pick<Flow, 'type' | 'transport' | 'sources'>[] = [
  { type: 'default', transport: 'avro', sources: 1 },
  { type: 'default_failover', transport: 'avro', sources: 1 },
  { type: 'default_loadbalance', transport: 'avro', sources: 2 },
  { type: 'thrift', transport: 'thrift', sources: 1 },
]
/** Of both, ours and Flume's. */
const flows: readonly Flow[] = [
  ...types.flatMap((type) => [1, 100, 1000].map((batch) => ({ ...type, batch, events: all }))),
  { type: 'thrift', transport: 'thrift', sources: 1, batch: 100, events: all, ...binary },
  { type: 'default', transport: 'avro', sources: 1, batch: 100, events: all, ...deflate },
  { type: 'default', transport: 'avro', sources: 1, batch: 100, events: all, ...tls },
]
const ours: readonly Flow[] = [
  ...flows,
  { type: 'thrift_failover', transport: 'thrift', sources: 1, batch: 100, events: all },
  { type: 'thrift_loadbalance', transport: 'thrift', sources: 2, batch: 100, events: all },
]

function titleOf({ type, batch, events, with: more = '' }: Flow): string {
  return `${events} by ${type} in batches of ${batch}${more}`
}

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

test('events of our client go through Apache Flume, each once and whole', {
  timeout: 300_000,
  concurrency: 3,
}, async (t) => {
  if (!(await skipUnless(t, oracle))) return
  const ways: Way[] = []
  for (const flow of ours) {
    const ports = await Promise.all(Array.from({ length: flow.sources }, () => freePort()))
    ways.push({ flow, ports, behind: await ourSource(t, 'avro') })
  }
  const flume = await startFlume({
    configuration: configurationOf(ways),
    listens: ways.flatMap(({ ports }) => ports),
    javaOptions: ['-Xmx768m', busyJava],
  })
  t.after(() => endNow(flume))
  await Promise.all(
    ways.map(({ flow, ports, behind }) =>
      t.test(titleOf(flow), async (t) => {
        const dead = flow.type.endsWith('failover') ? [await freePort()] : []
        const client = await RpcClients.open(propertiesOf(flow, [...dead, ...ports]), { log: silentLog })
        t.after(() => client.close(0))
        await sendAll(client, flow.events)
        await stored(behind, flow.events)
        assertWhole([behind], flow.events, 1000)
      }),
    ),
  )
})

test("Flume's clients send events to our sources, each once and whole", {
  timeout: 300_000,
  concurrency: 3,
}, async (t) => {
  if (!(await skipUnless(t, oracle))) return
  const classPath = `${await compiledOracle()}:${await flumeClassPath()}`
  using directory = temporaryDirectory('rpc-client')
  await Promise.all(
    flows.map((flow, index) =>
      t.test(titleOf(flow), async (t) => {
        const sources = await Promise.all(
          Array.from({ length: flow.sources }, () => ourSource(t, flow.transport, flow.source)),
        )
        const dead = flow.type.endsWith('failover') ? [await freePort()] : []
        const properties = propertiesOf(flow, [...dead, ...sources.map(portOf)])
        const file = join(directory.path, `client-${index}.properties`)
        writeFileSync(
          file,
          Object.entries(properties)
            .map(([key, value]) => `${key}=${value}\n`)
            .join(''),
        )
        const { stdout } = await run('java', [...smallJava, '-cp', classPath, 'RpcClients', file, String(flow.events)])
        assert.match(stdout, new RegExp(`^${flow.events} sent$`, 'm'))
        if (flow.sources > 1) for (const source of sources) assert.ok(sizesOf(source).length > 0)
        assertWhole(sources, flow.events, flow.batch)
      }),
    ),
  )
})

/** What has no room at the moment is sent again, from the first event that is not stored. */
async function sendAll(client: RpcClient, events: number): Promise<void> {
  for (let from = 0; from < events; ) {
    const to = Math.min(from + 5000, events)
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

function assertWhole(sources: readonly Harness<'source'>[], events: number, largest: number): void {
  const sizes = sources.flatMap(sizesOf)
  assert.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    events,
  )
  assert.ok(Math.max(...sizes) <= largest)
  assert.equal(digestOf(sources.flatMap((source) => [...taken(source)])), digestOfFirst(events))
}

/** A flow through Flume to a source of ours behind it. */
interface Way {
  readonly flow: Flow
  readonly ports: readonly number[]
  readonly behind: Harness<'source'>
}

/** For each way sources, a small channel, and a sink that sends all of it to ours. */
function configurationOf(ways: readonly Way[]): string {
  const names: string[] = []
  const parts = ways.flatMap(({ flow: { transport, source = {} }, ports, behind }, index) => {
    const channel = `c${index}`
    const sources = ports.map((port, number) => {
      const name = `r${index}x${number}`
      names.push(name)
      const values = { type: transport, bind: '127.0.0.1', port: String(port), channels: channel, threads, ...source }
      return linesOf(`a1.sources.${name}`, values)
    })
    const memory = { type: 'memory', capacity: '10000', transactionCapacity: '1000', 'keep-alive': '1' }
    const to = { type: 'avro', hostname: '127.0.0.1', port: String(portOf(behind)), channel, 'batch-size': '1000' }
    return [...sources, linesOf(`a1.channels.${channel}`, memory), linesOf(`a1.sinks.k${index}`, to)]
  })
  const list = (letter: string): string => ways.map((_, index) => `${letter}${index}`).join(' ')
  return `a1.sources = ${names.join(' ')}\na1.channels = ${list('c')}\na1.sinks = ${list('k')}\n${parts.join('')}`
}
