// Two agents that send compressed with zstd to a third, each a process of its own.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePort, temporaryDirectory, waitUntil } from '../../servers/server.ts'
import { startAgent } from '../support/agent-process.ts'

const linesOfEach = 5000
const keyStore = join(import.meta.dirname, '../golden/key-stores/modern.p12')

/** Avro in TLS, Thrift without. */
function store(thriftPort: number, directory: string): string {
  return `a1.sources = r1 r2
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = avro
a1.sources.r1.bind = 127.0.0.1
a1.sources.r1.port = {port}
a1.sources.r1.channels = c1
a1.sources.r1.compression-type = zstd
a1.sources.r1.ssl = true
a1.sources.r1.keystore = ${keyStore}
a1.sources.r1.keystore-password = storePassword
a1.sources.r2.type = thrift
a1.sources.r2.bind = 127.0.0.1
a1.sources.r2.port = ${thriftPort}
a1.sources.r2.channels = c1
a1.sources.r2.compression-type = zstd
a1.channels.c1.type = memory
a1.sinks.k1.type = file_roll
a1.sinks.k1.channel = c1
a1.sinks.k1.sink.directory = ${directory}
`
}

function edge(sink: 'avro' | 'thrift', port: number): string {
  return `a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = netcat
a1.sources.r1.bind = 127.0.0.1
a1.sources.r1.port = {port}
a1.sources.r1.ack-every-event = false
a1.sources.r1.channels = c1
a1.channels.c1.type = memory
a1.channels.c1.capacity = 10000
a1.sinks.k1.type = ${sink}
a1.sinks.k1.channel = c1
a1.sinks.k1.hostname = 127.0.0.1
a1.sinks.k1.port = ${port}
a1.sinks.k1.compression-type = zstd
${sink === 'avro' ? 'a1.sinks.k1.ssl = true\na1.sinks.k1.trust-all-certs = true\n' : ''}`
}

function linesOf(name: string): readonly string[] {
  return Array.from({ length: linesOfEach }, (_, index) => `${name} ${index} ${'some text '.repeat(index % 40)}.`)
}

test('lines go through Avro with TLS and through Thrift, compressed with zstd, and all arrive', async (t) => {
  using home = temporaryDirectory('zstd-tiers')
  const folder = (name: string): string => {
    mkdirSync(join(home.path, name))
    return join(home.path, name)
  }
  const stored = folder('stored')
  const thriftPort = await freePort()
  const last = await startAgent(folder('store'), store(thriftPort, stored))
  const edges = {
    avro: await startAgent(folder('edge1'), edge('avro', last.port)),
    thrift: await startAgent(folder('edge2'), edge('thrift', thriftPort)),
  }
  t.after(() => Promise.all([last, ...Object.values(edges)].map((agent) => agent.stop())))
  for (const [name, { port }] of Object.entries(edges)) {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.end(linesOf(name).join('\n').concat('\n')).resume()
    await once(socket, 'close')
  }
  const read = (): readonly string[] =>
    readdirSync(stored)
      .flatMap((name) => readFileSync(join(stored, name), 'utf8').split('\n'))
      .filter((line) => line !== '')
  await waitUntil('all lines are stored', () => read().length >= 2 * linesOfEach || undefined, 60_000).catch(
    (error) => {
      throw new Error(`${last.log()}${edges.avro.log()}${edges.thrift.log()}`, { cause: error })
    },
  )
  assert.deepEqual(read().toSorted(), [...linesOf('avro'), ...linesOf('thrift')].toSorted())
})
