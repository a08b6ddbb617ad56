// Reliability bars S1 and S3 on the netcat source, against a real agent in a process of its own; S2 is in
// slow-clients.test.ts.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { type AgentProcess, ask, tryConnect } from '../support/agent-process.ts'
import { agentFor, connectMany, growthDuring, mebibyte, pour } from './hostile-agent.ts'

const configuration = `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = netcat
a1.sources.r1.bind = 127.0.0.1
a1.sources.r1.port = {port}
a1.sources.r1.channels = c1
a1.sources.r1.lineTimeout = 2 s
a1.channels.c1.type = memory
a1.channels.c1.capacity = 10000
a1.channels.c1.transactionCapacity = 1000
a1.sinks.k1.type = null
a1.sinks.k1.channel = c1
`

async function netcatAgent(t: TestContext): Promise<AgentProcess> {
  const agent = await agentFor(t, configuration)
  for (let index = 0; index < 100; index++) assert.equal(await ask(agent.port, 'warm up'), 'OK\n')
  return agent
}

test('S3: 1 GB without a newline is refused, memory stays flat, and the next client is served', {
  timeout: 120_000,
}, async (t) => {
  const agent = await netcatAgent(t)
  const chunk = Buffer.alloc(mebibyte, 'x')
  const socket = (await tryConnect(agent.port))!
  let answer = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text
  })
  const grown = await growthDuring(agent, () => pour(socket, chunk, 1024 * mebibyte))
  assert.equal(answer, 'FAILED: Event exceeds the maximum length (512 chars, including newline)\n')
  assert.ok(grown < 48 * mebibyte, `grew by ${Math.round(grown / mebibyte)} MiB`)
  assert.equal(await ask(agent.port, 'next'), 'OK\n')
})

test('random bytes close their connection and no other', { timeout: 120_000 }, async (t) => {
  const agent = await netcatAgent(t)
  const before = await agent.residentBytes()
  for (let round = 0; round < 200; round++) {
    const socket = (await tryConnect(agent.port))!
    await pour(socket, randomBytes(100_000), 300_000)
  }
  assert.equal(await ask(agent.port, 'next'), 'OK\n')
  assert.ok((await agent.residentBytes()) - before < 64 * mebibyte)
  const lines = agent
    .log()
    .split('\n')
    .filter((line) => line.includes('WARN') || line.includes('ERROR'))
  assert.ok(lines.length <= 6, `folded: ${lines.length} lines\n${lines.join('\n')}`)
})

test('S1: 10,000 idle connections cost little memory, and a new client is served', { timeout: 240_000 }, async (t) => {
  const agent = await netcatAgent(t)
  const before = await agent.residentBytes()
  const sockets = await connectMany(agent.port, 10_000)
  t.after(() => {
    for (const socket of sockets) socket.destroy()
  })
  const grown = (await agent.residentBytes()) - before
  assert.ok(grown < 150 * mebibyte, `grew by ${Math.round(grown / mebibyte)} MiB`)
  assert.equal(await ask(agent.port, 'next'), 'OK\n')
  sockets[0]!.write('still alive\n')
  const [answer] = (await once(sockets[0]!, 'data')) as [Buffer]
  assert.equal(answer.toString(), 'OK\n')
})

test('clients that never read their answers stop being read: of what a hundred of them send and are owed, 1 GB, a sixth is the most that is ever held', {
  timeout: 120_000,
}, async (t) => {
  const agent = await netcatAgent(t)
  const lines = Buffer.from('x\n'.repeat(500_000))
  const sockets: Socket[] = []
  t.after(() => {
    for (const socket of sockets) socket.destroy()
  })
  const flood = async (clients: number): Promise<number> => {
    for (let client = 0; client < clients; client++) {
      const socket = (await tryConnect(agent.port))!
      socket.on('error', () => undefined).pause()
      for (let round = 0; round < 4; round++) socket.write(lines)
      sockets.push(socket)
    }
    await new Promise((resolve) => setTimeout(resolve, 2500))
    assert.equal(await ask(agent.port, 'next'), 'OK\n')
    return agent.residentBytes()
  }
  const warm = await flood(40)
  const after = await flood(100)
  assert.ok(after - warm < 160 * mebibyte, `grew by ${Math.round((after - warm) / mebibyte)} MiB`)
})
