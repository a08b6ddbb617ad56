// Key store and trust store for the whole process, as Flume takes them: a real agent sends to another over TLS, and
// neither's configuration names a store.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { waitUntil } from '../../servers/server.ts'
import { type AgentProcess, ask } from '../support/agent-process.ts'
import { agentFor } from './hostile-agent.ts'

const store = (name: string): string => join(import.meta.dirname, '../golden/key-stores', name)
const password = 'storePassword'

/** How a process is told; for each the store of keys, and that of whom to trust. */
const ways = {
  '-D': {
    keys: { path: 'javax.net.ssl.keyStore', password: 'javax.net.ssl.keyStorePassword' },
    trust: { path: 'javax.net.ssl.trustStore', password: 'javax.net.ssl.trustStorePassword' },
  },
  'the environment': {
    keys: { path: 'FLUME_SSL_KEYSTORE_PATH', password: 'FLUME_SSL_KEYSTORE_PASSWORD' },
    trust: { path: 'FLUME_SSL_TRUSTSTORE_PATH', password: 'FLUME_SSL_TRUSTSTORE_PASSWORD' },
  },
} as const

type Way = keyof typeof ways

/** An agent in a process that is told of a store. */
async function agentWith(
  t: TestContext,
  way: Way,
  what: 'keys' | 'trust',
  name: string,
  configuration: string,
): Promise<AgentProcess> {
  const names = ways[way][what]
  const values = { [names.path]: store(name), [names.password]: password }
  if (way === '-D') {
    return agentFor(
      t,
      configuration,
      Object.entries(values).map(([key, value]) => `-D${key}=${value}`),
    )
  }
  // The process takes the environment of this one, and these tests run one after the other.
  Object.assign(process.env, values)
  try {
    return await agentFor(t, configuration)
  } finally {
    for (const key of Object.keys(values)) delete process.env[key]
  }
}

function receiver(t: TestContext, way: Way, keys: string): Promise<AgentProcess> {
  return agentWith(
    t,
    way,
    'keys',
    keys,
    `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = avro
a1.sources.r1.bind = 127.0.0.1
a1.sources.r1.port = {port}
a1.sources.r1.ssl = true
a1.sources.r1.channels = c1
a1.channels.c1.type = memory
a1.sinks.k1.type = logger
a1.sinks.k1.maxBytesToLog = 100
a1.sinks.k1.channel = c1
`,
  )
}

function sender(t: TestContext, way: Way, trusted: string, port: number): Promise<AgentProcess> {
  return agentWith(
    t,
    way,
    'trust',
    trusted,
    `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = netcat
a1.sources.r1.bind = 127.0.0.1
a1.sources.r1.port = {port}
a1.sources.r1.channels = c1
a1.channels.c1.type = memory
a1.sinks.k1.type = avro
a1.sinks.k1.hostname = localhost
a1.sinks.k1.port = ${port}
a1.sinks.k1.ssl = true
a1.sinks.k1.channel = c1
`,
  )
}

for (const way of Object.keys(ways) as Way[]) {
  test(`the stores that ${way} names are those of sources and sinks that name none`, {
    timeout: 120_000,
  }, async (t) => {
    const there = await receiver(t, way, 'mixed.jks')
    const here = await sender(t, way, 'mixed.jks', there.port)
    assert.equal(await ask(here.port, 'over TLS'), 'OK\n')
    await waitUntil('it has come', () => /over TLS/.test(there.log()) || undefined)
    const stranger = await sender(t, way, 'modern.p12', there.port)
    assert.equal(await ask(stranger.port, 'to nobody'), 'OK\n')
    await waitUntil('the certificate is refused', () => /certificate/.test(stranger.log()) || undefined)
    assert.doesNotMatch(there.log(), /to nobody/)
  })
}
