// Reliability bar S2 on every source that listens on TCP but the HTTP source, which has its own test: 5,000 clients that
// begin something and never end it, against a real agent in a process of its own.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { type AgentReading, batchOf, createEvent } from '../../packages/flumen/src/core/index.ts'
import { appendBatchRequest } from '../../packages/flumen/src/protocols/avro-rpc/calls.ts'
import { legacyRequest } from '../../packages/flumen/src/protocols/legacy-avro/legacy-avro-for-test.ts'
import { appendCall, closeCall } from '../../packages/flumen/src/protocols/legacy-thrift/legacy-call-for-test.ts'
import { encodeLog } from '../../packages/flumen/src/protocols/scribe/scribe-for-test.ts'
import { encodeCall } from '../../packages/flumen/src/protocols/thrift-rpc/index.ts'
import { batchOfText, hex } from '../../packages/flumen/src/protocols/thrift-rpc/rpc-for-test.ts'
import { freePort, waitUntil } from '../../servers/server.ts'
import { tryConnect } from '../support/agent-process.ts'
import { agentFor, connectMany } from './hostile-agent.ts'
import { assertOpen, besideSlowClients, clientHello } from './slow-clients.ts'

const clients = 5000
const timeout = 4
/** The bar's own; here the bound is set to much less. */
const mostMs = 60_000
const idleClients = 50
const keystore = join(import.meta.dirname, '../golden/key-stores/modern.p12')

interface Target {
  readonly type: string
  readonly host?: string
  readonly port?: string
  readonly timeout: 'lineTimeout' | 'requestTimeout'
  /** One honest event, for a new connection. */
  readonly event: Buffer
  readonly isAnswered: boolean
  /** What each client may cost at most, bytes of the agent's memory. */
  readonly mostBytes: number
}

const syslogLine = Buffer.from('<13>Oct 11 22:14:15 host an honest line\n')

const targets: readonly Target[] = [
  {
    type: 'netcat',
    host: 'bind',
    timeout: 'lineTimeout',
    event: Buffer.from('an honest line\n'),
    isAnswered: true,
    mostBytes: 30_000,
  },
  { type: 'syslogtcp', timeout: 'lineTimeout', event: syslogLine, isAnswered: false, mostBytes: 30_000 },
  {
    type: 'multiport_syslogtcp',
    port: 'ports',
    timeout: 'lineTimeout',
    event: syslogLine,
    isAnswered: false,
    mostBytes: 30_000,
  },
  {
    type: 'avro',
    host: 'bind',
    timeout: 'requestTimeout',
    event: Buffer.concat(appendBatchRequest(1, batchOf([createEvent('an honest event')]), { withText: false })),
    isAnswered: true,
    mostBytes: 30_000,
  },
  {
    type: 'thrift',
    host: 'bind',
    timeout: 'requestTimeout',
    event: Buffer.concat(encodeCall(batchOfText(['an honest event']), { protocol: 'compact', sequence: 1 })),
    isAnswered: true,
    mostBytes: 30_000,
  },
  {
    type: 'scribe',
    host: 'bind',
    timeout: 'requestTimeout',
    event: encodeLog([{ category: 'web', message: 'an honest event' }]),
    isAnswered: true,
    mostBytes: 30_000,
  },
  {
    type: 'thrift_legacy',
    timeout: 'requestTimeout',
    event: Buffer.concat([appendCall({ body: 'an honest event' }), closeCall()]),
    isAnswered: true,
    mostBytes: 30_000,
  },
  {
    type: 'avro_legacy',
    timeout: 'requestTimeout',
    event: legacyRequest({ body: 'an honest event' }),
    isAnswered: true,
    mostBytes: 30_000,
  },
]

for (const target of targets) {
  test(`S2: ${target.type}: ${clients} clients that drip are closed in time, idle ones are not, and others lose nothing`, {
    timeout: 120_000,
  }, async (t) => {
    const { agent, send, stored, count } = await agentWith(t, target, false)
    const idle = await connectMany(agent.port, idleClients)
    const { event } = target
    const half = clients / 2
    const groups = [
      { port: agent.port, clients: half, drip: event },
      { port: agent.port, clients: half, first: event.subarray(0, event.length >> 1), drip: Buffer.from('x') },
    ]
    const outcome = await besideSlowClients(t, agent, groups, () => send())
    assert.equal(await count(`${target.timeout}s`), clients)
    assertOpen(idle)
    await send(idle[0])
    await stored()
    for (const socket of idle) socket.destroy()
    assert.ok(outcome.closedAfterMs < mostMs && outcome.rounds > 0)
    assert.ok(outcome.bytesPerClient < target.mostBytes, `${outcome.bytesPerClient} bytes each`)
  })
}

for (const type of ['syslogtcp', 'avro', 'thrift']) {
  const target = targets.find((each) => each.type === type)!
  test(`S2: ${type} with TLS: ${clients} clients that drip a handshake are closed in time, and others lose nothing`, {
    timeout: 120_000,
  }, async (t) => {
    const { agent, send, stored, count, secure } = await agentWith(t, target, true)
    const idle = await Promise.all(Array.from({ length: idleClients }, secure))
    const hello = await clientHello()
    const answered = clients / 10
    const groups = [
      { port: agent.port, clients: clients - answered, drip: hello },
      // Answered with all that the server has to say of itself; the client's part is the beginning of a record then. They
      // are fewer, as each costs the server a signature: all at once would be a test of how fast it signs.
      { port: agent.port, clients: answered, first: hello, drip: hex('16 03 03 20 00') },
    ]
    const outcome = await besideSlowClients(t, agent, groups, () => send())
    // And the one that looked whether the agent listens.
    assert.equal(await count('tlsFailures'), clients + 1)
    assertOpen(idle)
    await send(idle[0])
    await stored()
    for (const socket of idle) socket.destroy()
    assert.ok(outcome.closedAfterMs < mostMs && outcome.rounds > 0)
    assert.ok(outcome.bytesPerClient < 150_000, `${outcome.bytesPerClient} bytes each`)
  })
}

for (const type of ['thrift', 'scribe']) {
  const target = targets.find((each) => each.type === type)!
  test(`S2: ${type}: slow clients that hold all the memory that requests may have keep nobody from being served`, {
    timeout: 120_000,
  }, async (t) => {
    const { agent, send, stored } = await agentWith(t, target, false, 'a1.sources.r1.maxHeldSize = 4 MiB', 'file')
    const [kept] = await connectMany(agent.port, 1)
    const groups = [{ port: agent.port, clients: 500, first: beginningOf(20_000), drip: Buffer.from('x') }]
    const outcome = await besideSlowClients(t, agent, groups, async () => {
      await send()
      await send(kept)
    })
    await stored()
    kept?.destroy()
    // They are closed after some seconds: a round that had to wait for that would be the only one.
    assert.ok(outcome.rounds > 3, `${outcome.rounds} rounds`)
    assert.ok(outcome.bytesPerClient < 200_000, `${outcome.bytesPerClient} bytes each`)
  })
}

/** So many bytes of a frame of ten times as many. */
function beginningOf(bytes: number): Buffer {
  const frame = Buffer.alloc(4 + bytes)
  frame.writeUInt32BE(bytes * 10)
  return frame
}

/** An agent with one source, and honest clients for it. */
async function agentWith(t: TestContext, target: Target, tls: boolean, more = '', channel = 'memory') {
  const monitoring = await freePort()
  const { type, host = 'host', port = 'port', event, isAnswered } = target
  const agent = await agentFor(
    t,
    `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = ${type}
a1.sources.r1.${host} = 127.0.0.1
a1.sources.r1.${port} = {port}
a1.sources.r1.${target.timeout} = ${timeout} s
${tls ? `a1.sources.r1.ssl = true\na1.sources.r1.keystore = ${keystore}\na1.sources.r1.keystore-password = storePassword` : ''}
${more}
a1.sources.r1.channels = c1
a1.channels.c1.type = ${channel}
${channel === 'file' ? 'a1.channels.c1.dataDirs = data\na1.channels.c1.checkpointDir = checkpoint' : ''}
a1.channels.c1.capacity = 10000
a1.channels.c1.transactionCapacity = 1000
a1.sinks.k1.type = null
a1.sinks.k1.channel = c1
`,
    ['-Dflume.monitoring.type=http', `-Dflume.monitoring.port=${monitoring}`],
  )
  const read = async (): Promise<AgentReading['sources'][number]> => {
    const response = await fetch(`http://127.0.0.1:${monitoring}/status`)
    const { sources } = (await response.json()) as AgentReading
    return sources[0]!
  }
  let sent = 0
  const secure = async () => {
    const socket = connectTls({ host: '127.0.0.1', port: agent.port, rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    return socket.on('error', () => undefined)
  }
  const connected = async () => (tls ? secure() : (await tryConnect(agent.port))!)
  /** One event, and its answer where there are answers. */
  const send = async (over?: Awaited<ReturnType<typeof connected>>): Promise<void> => {
    const socket = over ?? (await connected()).on('error', () => undefined)
    socket.write(event)
    sent++
    if (isAnswered) await once(socket, 'data')
    if (over) return
    socket.end()
    socket.resume()
    if (!socket.closed) await once(socket, 'close')
  }
  const stored = async (): Promise<void> => {
    await waitUntil(`${sent} events are stored`, async () => ((await read()).account.stored >= sent ? true : undefined))
    assert.equal((await read()).account.stored, sent)
  }
  const count = async (name: string): Promise<number> =>
    Number((await read()).metrics.find(({ metric }) => metric.name === name)?.value ?? 0)
  for (let index = 0; index < 300; index++) await send()
  await stored()
  return { agent, send, stored, count, secure }
}
