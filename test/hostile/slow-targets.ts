import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { type AgentReading, batchOf, createEvent } from '../../packages/flumen/src/core/index.ts'
import { appendBatchRequest } from '../../packages/flumen/src/protocols/avro-rpc/calls.ts'
import { legacyRequest } from '../../packages/flumen/src/protocols/legacy-avro/legacy-avro-for-test.ts'
import { appendCall, closeCall } from '../../packages/flumen/src/protocols/legacy-thrift/legacy-call-for-test.ts'
import { encodeLog } from '../../packages/flumen/src/protocols/scribe/scribe-for-test.ts'
import { encodeCall } from '../../packages/flumen/src/protocols/thrift-rpc/index.ts'
import { batchOfText } from '../../packages/flumen/src/protocols/thrift-rpc/rpc-for-test.ts'
import { freePort, waitUntil } from '../../servers/server.ts'
import { type AgentProcess, tryConnect } from '../support/agent-process.ts'
import { agentFor, type Cleanup } from './hostile-agent.ts'

const keystore = join(import.meta.dirname, '../golden/key-stores/modern.p12')

/** A source that listens on TCP or on a Unix socket. */
export interface SlowTarget {
  readonly type: string
  /** Where there are several of the type. */
  readonly name?: string
  /** It listens on a Unix socket instead of a port. */
  readonly isLocal?: true
  /** More lines of its configuration. */
  readonly settings?: string
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

export const slowTargets: readonly SlowTarget[] = [
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
    type: 'syslogtcp',
    name: 'syslogtcp on a Unix socket',
    isLocal: true,
    timeout: 'lineTimeout',
    event: syslogLine,
    isAnswered: false,
    mostBytes: 30_000,
  },
  {
    type: 'syslogtcp',
    name: 'syslogtcp with RELP',
    settings: 'a1.sources.r1.framing = relp',
    timeout: 'lineTimeout',
    event: Buffer.from('1 open 14 relp_version=0\n2 syslog 25 <13>- host an honest line\n'),
    isAnswered: true,
    mostBytes: 30_000,
  },
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

/** Its idle clients are closed too, and it has a test of its own. */
export const slowHttp: SlowTarget = {
  type: 'http',
  host: 'bind',
  timeout: 'requestTimeout',
  event: Buffer.from('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 14\r\n\r\n[{"body":"x"}]'),
  isAnswered: true,
  mostBytes: 30_000,
}

interface SlowAgentOptions {
  readonly tls?: boolean
  /** For a line or a request that is not whole. */
  readonly timeoutSeconds: number
  /** More lines of the configuration. */
  readonly more?: string
  readonly channel?: 'memory' | 'file'
}

export interface SlowAgent {
  readonly agent: AgentProcess
  /** Where its source listens. */
  readonly address: number | string
  /** One event, and its answer where there are answers; over a connection of its own unless one is given. */
  send(over?: Socket): Promise<void>
  /** Resolves when all that was sent is stored, and no more. */
  stored(): Promise<void>
  /** A counter of the source. */
  count(name: string): Promise<number>
  /** A connection with TLS. */
  secure(): Promise<Socket>
}

async function localPath(t: Cleanup): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'flumen-slow-'))
  t.after(() => rm(folder, { recursive: true }))
  return join(folder, 'socket')
}

/** @param path a Unix socket, beside which another source shows on the port that the agent is there */
function placeOf({ host = 'host', port = 'port' }: SlowTarget, path: string | undefined): string {
  if (path === undefined) return `a1.sources.r1.${host} = 127.0.0.1\na1.sources.r1.${port} = {port}`
  return `
a1.sources.r1.socketPath = ${path}
a1.sources.waiting.type = netcat
a1.sources.waiting.bind = 127.0.0.1
a1.sources.waiting.port = {port}
a1.sources.waiting.channels = c1`
}

/** An agent with one source, and honest clients for it. */
export async function slowAgent(
  t: Cleanup,
  target: SlowTarget,
  { tls = false, timeoutSeconds, more = '', channel = 'memory' }: SlowAgentOptions,
): Promise<SlowAgent> {
  const monitoring = await freePort()
  const { type, event, isAnswered, settings = '' } = target
  const path = target.isLocal ? await localPath(t) : undefined
  const agent = await agentFor(
    t,
    `
a1.sources = ${path ? 'r1 waiting' : 'r1'}
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = ${type}
${placeOf(target, path)}
a1.sources.r1.${target.timeout} = ${timeoutSeconds} s
${tls ? `a1.sources.r1.ssl = true\na1.sources.r1.keystore = ${keystore}\na1.sources.r1.keystore-password = storePassword` : ''}
${settings}
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
    return sources.find(({ name }) => name === 'r1')!
  }
  let sent = 0
  const address = path ?? agent.port
  const secure = async (): Promise<Socket> => {
    const socket = connectTls({ host: '127.0.0.1', port: agent.port, rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    return socket.on('error', () => undefined)
  }
  const connected = async (): Promise<Socket> => (tls ? secure() : (await tryConnect(address))!)
  const send = async (over?: Socket): Promise<void> => {
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
  return { agent, address, send, stored, count, secure }
}
