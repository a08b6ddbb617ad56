// Reliability bar S3 on the sources for Scribe and for Flume 0.9, against a real agent in a process of its own; S2 is in
// slow-clients.test.ts, S4 is the decoders' own tests. They unpack nothing, speak no TLS and know no passwords: S5, S7 and S8 have no place here.
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { legacyRequest } from '../../packages/flumen/src/protocols/legacy-avro/legacy-avro-for-test.ts'
import { appendCall, closeCall } from '../../packages/flumen/src/protocols/legacy-thrift/legacy-call-for-test.ts'
import { encodeLog } from '../../packages/flumen/src/protocols/scribe/scribe-for-test.ts'
import { hex } from '../../packages/flumen/src/protocols/thrift-rpc/rpc-for-test.ts'
import { freePort } from '../../servers/server.ts'
import type { AgentProcess } from '../support/agent-process.ts'
import { tryConnect } from '../support/agent-process.ts'
import { agentFor, growthDuring, mebibyte, pour, staysFlat } from './hostile-agent.ts'

interface Target {
  readonly type: string
  readonly host: string
  readonly limit: string
  /** An honest client's call, and what its answer holds. */
  readonly call: Buffer
  readonly answer: Buffer
  /** The beginning of a call of 1 GB. */
  readonly huge: readonly Buffer[]
  /** The beginning of one that is just not too large. */
  readonly large: Buffer
}

const event = { body: 'an honest event', host: 'web' }
const thriftHead = appendCall({ body: '' }).subarray(0, 21)
const targets: readonly Target[] = [
  {
    type: 'scribe',
    host: 'bind',
    limit: 'maxReadBufferBytes = 16000000',
    call: encodeLog([{ category: 'web', message: 'an honest event' }]),
    answer: hex('02 00000001 080000 00000000 00'),
    huge: [hex('40000000'), hex('ffffffff')],
    large: hex('00f00000'),
  },
  {
    type: 'thrift_legacy',
    host: 'host',
    limit: 'maxRequestSize = 16 MiB',
    call: Buffer.concat([appendCall(event), closeCall()]),
    answer: Buffer.from('close'),
    huge: [Buffer.concat([thriftHead, hex('0b0003 40000000')]), hex('40000000')],
    large: Buffer.concat([thriftHead, hex('0b0003 00f00000')]),
  },
  {
    type: 'avro_legacy',
    host: 'host',
    limit: 'maxRequestSize = 16 MiB',
    call: legacyRequest(event),
    answer: Buffer.from('200 OK'),
    huge: [Buffer.from('POST / HTTP/1.1\r\nContent-Length: 1073741824\r\n\r\n'), Buffer.from('POST / HTTP/1.1\r\nX: ')],
    large: Buffer.from('POST / HTTP/1.1\r\nContent-Length: 15728640\r\n\r\n'),
  },
]

type Agent = AgentProcess & { readonly portOf: (target: Target) => number }

/** One agent with all three. */
async function legacyAgent(t: TestContext): Promise<Agent> {
  const ports = new Map<Target, number>()
  for (const target of targets) ports.set(target, await freePort())
  const names = targets.map(({ type }) => type).join(' ')
  const lines = targets.map(
    (target) => `
a1.sources.${target.type}.type = ${target.type}
a1.sources.${target.type}.${target.host} = 127.0.0.1
a1.sources.${target.type}.port = ${ports.get(target)}
a1.sources.${target.type}.channels = c1
a1.sources.${target.type}.requestTimeout = 2
a1.sources.${target.type}.maxHeldSize = 32 MiB
a1.sources.${target.type}.${target.limit}`,
  )
  const agent = await agentFor(
    t,
    `
a1.sources = waiting ${names}
a1.channels = c1
a1.sinks = k1
a1.sources.waiting.type = netcat
a1.sources.waiting.bind = 127.0.0.1
a1.sources.waiting.port = {port}
a1.sources.waiting.channels = c1${lines.join('')}
a1.channels.c1.type = memory
a1.channels.c1.capacity = 10000
a1.sinks.k1.type = null
a1.sinks.k1.channel = c1
`,
  )
  return Object.assign(agent, { portOf: (target: Target) => ports.get(target) ?? 0 })
}

/** Whether an honest client's call is answered. */
async function isServed(port: number, { call, answer }: Target): Promise<boolean> {
  const socket = await connected(undefined, port)
  socket.write(call)
  let received = Buffer.alloc(0)
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk as Buffer])
    if (received.includes(answer)) return true
  }
  return false
}

async function connected(t: TestContext | undefined, port: number): Promise<Socket> {
  let socket = await tryConnect(port)
  while (!socket) {
    await sleep(50)
    socket = await tryConnect(port)
  }
  const open = socket
  open.on('error', () => undefined)
  t?.after(() => open.destroy())
  return open
}

for (const target of targets) {
  test(`S3: ${target.type}: a call that says it has 1 GB, and a head without an end, are refused at once`, {
    timeout: 120_000,
  }, async (t) => {
    const agent = await legacyAgent(t)
    const port = agent.portOf(target)
    assert.equal(await isServed(port, target), true)
    for (const start of target.huge) {
      await staysFlat(t, agent, async () => {
        const socket = await connected(t, port)
        socket.write(start)
        const written = await pour(socket, Buffer.alloc(mebibyte, 'x'), 1024 * mebibyte)
        assert.ok(written < 1024 * mebibyte, 'it went on reading')
      })
      assert.equal(await isServed(port, target), true)
    }
  })

  test(`S3: ${target.type}: many large calls that never end hold no more than the bound, and others are served`, {
    timeout: 120_000,
  }, async (t) => {
    const agent = await legacyAgent(t)
    const port = agent.portOf(target)
    assert.equal(await isServed(port, target), true)
    const grown = await growthDuring(agent, async () => {
      const clients = await Promise.all(Array.from({ length: 40 }, () => connected(t, port)))
      const pouring = clients.map((socket) => {
        socket.write(target.large)
        return pour(socket, Buffer.alloc(mebibyte, 'x'), 14 * mebibyte)
      })
      assert.equal(await isServed(port, target), true)
      await sleep(1000)
      assert.equal(await isServed(port, target), true)
      for (const socket of clients) socket.destroy()
      await Promise.all(pouring)
    })
    // What waits in the agent, and what the collector has not yet thrown away.
    assert.ok(grown < 160 * mebibyte, `grew by ${Math.round(grown / mebibyte)} MiB`)
  })
}
