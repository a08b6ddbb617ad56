// Reliability bars S3 and S4 on the sources of syslog, against a real agent in a process of its own; S2 is in
// slow-clients.test.ts. They unpack nothing and make no path of what they read, so S5 and S6 have no place here.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { AgentReading } from '../../packages/flumen/src/core/index.ts'
import { freePort, waitUntil } from '../../servers/server.ts'
import { type AgentProcess, tryConnect } from '../support/agent-process.ts'
import { agentFor, mebibyte, pour, staysFlat } from './hostile-agent.ts'

interface SyslogAgent {
  readonly agent: AgentProcess
  /** By the names of the sources. */
  readonly ports: { readonly tcp: number; readonly multi: number; readonly tls: number; readonly udp: number }
  /** A number that the agent tells of a source. */
  count(source: string, name: string): Promise<number>
  /** Resolves when a source has stored so many events. */
  stored(source: string, events: number): Promise<void>
}

const keystore = join(import.meta.dirname, '../golden/key-stores/modern.p12')

async function syslogAgent(t: TestContext): Promise<SyslogAgent> {
  const [multi, tls, udp, monitoring] = [await freePort(), await freePort(), await freePort(), await freePort()]
  const agent = await agentFor(
    t,
    `
a1.sources = tcp multi tls udp
a1.channels = c1
a1.sinks = k1
a1.sources.tcp.type = syslogtcp
a1.sources.tcp.port = {port}
a1.sources.multi.type = multiport_syslogtcp
a1.sources.multi.ports = ${multi}
a1.sources.tls.type = syslogtcp
a1.sources.tls.port = ${tls}
a1.sources.tls.ssl = true
a1.sources.tls.keystore = ${keystore}
a1.sources.tls.keystore-password = storePassword
a1.sources.udp.type = syslogudp
a1.sources.udp.port = ${udp}
${['tcp', 'multi', 'tls', 'udp']
  .map((name) => `a1.sources.${name}.channels = c1\na1.sources.${name}.host = 127.0.0.1\n`)
  .join('')}
${['tcp', 'multi', 'tls'].map((name) => `a1.sources.${name}.lineTimeout = 2 s\n`).join('')}
a1.channels.c1.type = memory
a1.channels.c1.capacity = 10000
a1.channels.c1.transactionCapacity = 1000
a1.sinks.k1.type = null
a1.sinks.k1.channel = c1
`,
    ['-Dflume.monitoring.type=http', `-Dflume.monitoring.port=${monitoring}`],
  )
  const count = async (source: string, name: string): Promise<number> => {
    const answer = await fetch(`http://127.0.0.1:${monitoring}/status`)
    const { sources } = (await answer.json()) as AgentReading
    const { account, metrics } = sources.find((each) => each.name === source)!
    return name === 'stored' ? account.stored : Number(metrics.find(({ metric }) => metric.name === name)?.value ?? 0)
  }
  const stored = async (source: string, events: number): Promise<void> => {
    await waitUntil(`${events} events of ${source} are stored`, async () =>
      (await count(source, 'stored')) >= events ? true : undefined,
    )
  }
  const made = { agent, ports: { tcp: agent.port, multi, tls, udp }, count, stored }
  for (const name of ['tcp', 'multi'] as const) await sendLines(made.ports[name], 2000)
  await Promise.all([stored('tcp', 2000), stored('multi', 2000)])
  return made
}

async function sendLines(port: number, lines: number): Promise<void> {
  const socket = (await tryConnect(port))!
  socket.on('error', () => undefined).resume()
  socket.end('<13>Oct 11 22:14:15 host an honest line\n'.repeat(lines))
  await once(socket, 'close')
}

for (const name of ['tcp', 'multi'] as const) {
  test(`S3: 1 GB without a line feed is cut into events, memory stays flat, and the next client is served: ${name}`, {
    timeout: 240_000,
  }, async (t) => {
    const { agent, ports, stored, count } = await syslogAgent(t)
    const bytes = 1024 * mebibyte
    const pieces = Math.floor(bytes / 2500)
    await staysFlat(t, agent, async () => {
      const before = await count(name, 'stored')
      const socket = (await tryConnect(ports[name]))!
      await pour(socket, Buffer.alloc(mebibyte, 'x'), bytes)
      // What is still in the system's buffers when the client goes may be lost with the connection.
      await stored(name, before + pieces - 10_000)
    })
    const after = await count(name, 'stored')
    await sendLines(ports[name], 1)
    await stored(name, after + 1)
  })
}

test('S3: a message that says it has 999,999,999 bytes is cut as it comes, and holds no memory', {
  timeout: 120_000,
}, async (t) => {
  const { agent, ports, stored } = await syslogAgent(t)
  await staysFlat(t, agent, async () => {
    const socket = (await tryConnect(ports.tcp))!
    socket.write('999999999 <13>')
    await pour(socket, Buffer.alloc(mebibyte, 'x'), 100 * mebibyte)
  })
  await sendLines(ports.tcp, 1)
  await stored('tcp', 2001)
})

test('S4: random bytes do no harm to anybody else, over TCP, TLS and UDP', { timeout: 120_000 }, async (t) => {
  const { agent, ports, stored, count } = await syslogAgent(t)
  for (let round = 0; round < 100; round++) {
    for (const port of [ports.tcp, ports.multi, ports.tls]) {
      const socket = (await tryConnect(port))!
      await pour(socket, randomBytes(50_000), 150_000)
    }
  }
  const datagrams = 20_000
  const sender = createSocket('udp4')
  t.after(() => sender.close())
  for (let index = 0; index < datagrams; index++) {
    const bytes = randomBytes(1 + (index % 1400))
    await new Promise((resolve) => sender.send(bytes, ports.udp, '127.0.0.1', resolve))
  }
  const known = async (): Promise<number> => {
    const names = ['stored', 'datagramsDropped', 'kernelDrops', 'datagramsEmpty']
    return (await Promise.all(names.map((name) => count('udp', name)))).reduce((sum, each) => sum + each, 0)
  }
  // The kernel's drops are looked at every ten seconds.
  await waitUntil('all datagrams are accounted for', async () => ((await known()) >= datagrams ? true : undefined))
  assert.equal(await known(), datagrams)
  const before = await count('tcp', 'stored')
  await sendLines(ports.tcp, 100)
  await stored('tcp', before + 100)
  const lines = agent
    .log()
    .split('\n')
    .filter((line) => line.includes('WARN') || line.includes('ERROR'))
  assert.ok(lines.length <= 12, `folded: ${lines.length} lines\n${lines.join('\n')}`)
})
