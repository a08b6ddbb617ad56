// Reliability bars S1 and S3 to S5 on the Avro source, against a real agent in a process of its own; S2 is in
// slow-clients.test.ts. It makes no path of what it reads, so S6 has no place here.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createDeflate, deflateSync, zstdCompressSync } from 'node:zlib'
import { batchOf, createEvent } from '../../packages/flumen/src/core/index.ts'
import { appendBatchRequest } from '../../packages/flumen/src/protocols/avro-rpc/calls.ts'
import { freePort } from '../../servers/server.ts'
import { type AgentProcess, tryConnect } from '../support/agent-process.ts'
import { agentFor, connectMany, growthDuring, mebibyte, pour, staysFlat } from './hostile-agent.ts'

/** The handshake and one event, for a new connection. */
const hello = Buffer.concat(
  appendBatchRequest(1, batchOf([createEvent('an honest event', { k: 'v' })]), { withText: false }),
)
/** The answer: BOTH, no metadata, no error, OK. */
const answerBytes = 27
const laterAnswerBytes = 23
/** The last byte of such an answer: FAILED. */
const failed = 2

async function avroAgent(t: TestContext): Promise<{ readonly agent: AgentProcess; readonly deflatePort: number }> {
  const deflatePort = await freePort()
  const source = (name: string, port: string): string => `
a1.sources.${name}.type = avro
a1.sources.${name}.bind = 127.0.0.1
a1.sources.${name}.port = ${port}
a1.sources.${name}.channels = c1
a1.sources.${name}.requestTimeout = 2 s
a1.sources.${name}.maxRequestSize = 8 MiB
a1.sources.${name}.maxHeldSize = 16 MiB
`
  const agent = await agentFor(
    t,
    `
a1.sources = r1 r2
a1.channels = c1
a1.sinks = k1
${source('r1', '{port}')}
${source('r2', String(deflatePort))}
a1.sources.r2.compression-type = deflate
a1.channels.c1.type = memory
a1.channels.c1.capacity = 10000
a1.channels.c1.transactionCapacity = 1000
a1.sinks.k1.type = null
a1.sinks.k1.channel = c1
`,
  )
  for (let index = 0; index < 100; index++) assert.equal(await ask(agent.port), 'OK')
  return { agent, deflatePort }
}

/** Sends an event over a new connection. */
async function ask(port: number): Promise<'OK' | undefined> {
  const socket = await tryConnect(port)
  if (!socket) return undefined
  const answer = await askOver(socket)
  socket.destroy()
  return answer
}

async function askOver(socket: Socket): Promise<'OK' | undefined> {
  let answer = Buffer.alloc(0)
  socket.on('error', () => undefined)
  const closed = untilClosed(socket)
  socket.write(hello)
  while (answer.length < answerBytes && !socket.destroyed) {
    const next = await Promise.race([once(socket, 'data').catch(() => undefined), closed])
    if (next && Buffer.isBuffer(next[0])) answer = Buffer.concat([answer, next[0]])
  }
  return answer.at(-1) === 0 ? 'OK' : undefined
}

/** A reset is an end too. */
function untilClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

test('S1: 10,000 idle connections cost little memory, and a new client is served', { timeout: 240_000 }, async (t) => {
  const { agent } = await avroAgent(t)
  const before = await agent.residentBytes()
  const sockets = await connectMany(agent.port, 10_000)
  t.after(() => {
    for (const socket of sockets) socket.destroy()
  })
  const grown = (await agent.residentBytes()) - before
  t.diagnostic(`${Math.round(grown / 10_000)} bytes a connection`)
  assert.ok(grown < 150 * mebibyte, `grew by ${Math.round(grown / mebibyte)} MiB`)
  assert.equal(await ask(agent.port), 'OK')
  assert.equal(await askOver(sockets[0]!), 'OK')
})

test('S3: 1 GB in one request is cut off, memory stays flat, and the next client is served', {
  timeout: 120_000,
}, async (t) => {
  const { agent } = await avroAgent(t)
  const buffer = Buffer.concat([Buffer.from([0, 0x10, 0, 0]), Buffer.alloc(mebibyte, 'x')])
  await staysFlat(t, agent, async () => {
    for (const head of [
      [0, 0, 0, 1, 0, 0, 4, 0],
      [0, 0, 0, 1, 0, 0, 0, 1, 0x40, 0, 0, 0],
    ]) {
      const socket = (await tryConnect(agent.port))!
      socket.write(Buffer.from(head))
      const poured = await pour(socket, buffer, 1024 * mebibyte)
      assert.ok(poured < 64 * mebibyte, `${poured} bytes were taken`)
    }
  })
  assert.equal(await ask(agent.port), 'OK')
})

test('S3: many clients that each begin a large request hold no more than the bound together', {
  timeout: 120_000,
}, async (t) => {
  const { agent } = await avroAgent(t)
  const piece = Buffer.concat([Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 0, 0x70, 0, 0]), Buffer.alloc(7 * mebibyte - 10)])
  const grown = await growthDuring(agent, async () => {
    const sockets = await Promise.all(Array.from({ length: 100 }, () => tryConnect(agent.port)))
    const closed = sockets.map((socket) => {
      socket!.on('error', () => undefined).resume()
      socket!.write(piece)
      return untilClosed(socket!)
    })
    assert.equal(await ask(agent.port), 'OK')
    await Promise.all(closed)
  })
  assert.ok(grown < 160 * mebibyte, `grew by ${Math.round(grown / mebibyte)} MiB`)
  assert.equal(await ask(agent.port), 'OK')
})

test('S4: random bytes do no harm to anybody else', { timeout: 120_000 }, async (t) => {
  const { agent, deflatePort } = await avroAgent(t)
  for (let round = 0; round < 100; round++) {
    for (const port of [agent.port, deflatePort]) {
      const socket = (await tryConnect(port))!
      if (round % 2 === 0) socket.write(hello)
      await pour(socket, randomBytes(50_000), 150_000)
    }
  }
  assert.equal(await ask(agent.port), 'OK')
  const lines = agent
    .log()
    .split('\n')
    .filter((line) => line.includes('WARN') || line.includes('ERROR'))
  assert.ok(lines.length <= 12, `folded: ${lines.length} lines\n${lines.join('\n')}`)
})

test('S4: tiny events with ever other headers take no more memory than their request allows', {
  timeout: 120_000,
}, async (t) => {
  const { agent } = await avroAgent(t)
  const letters = (index: number): string => String.fromCharCode(97 + (index % 26))
  const name = (index: number): string => letters(index) + letters(index / 26) + letters(index / 676)
  const requestsOf = (serials: readonly number[], headers: (index: number) => Record<string, string>): Buffer[] => {
    const batch = batchOf(Array.from({ length: 300_000 }, (_, index) => createEvent('', headers(index))))
    return serials.map((serial) =>
      Buffer.concat(appendBatchRequest(serial, batch, serial === 1 ? { withText: false } : 'settled')),
    )
  }
  const socket = (await tryConnect(agent.port))!
  let answers = Buffer.alloc(0)
  socket
    .on('error', () => undefined)
    .on('data', (chunk) => {
      answers = Buffer.concat([answers, chunk as Buffer])
    })
  const send = async (requests: readonly Buffer[]): Promise<void> => {
    for (const request of requests) {
      const wanted = answers.length === 0 ? answerBytes : answers.length + laterAnswerBytes
      socket.write(request)
      while (answers.length < wanted) await once(socket, 'data')
      // The channel can never take so many at once.
      assert.equal(answers.at(-1), failed)
    }
  }
  // As many honest ones first: the young generation, which V8 never makes smaller again, has its size from them.
  await send(requestsOf([1, 2], (index) => ({ abc: name(index) })))
  const hostile = requestsOf([3, 4, 5, 6], (index) => ({ [name(index)]: 'v' }))
  const grown = await growthDuring(agent, () => send(hostile))
  socket.destroy()
  assert.ok(grown < 64 * mebibyte, `grew by ${Math.round(grown / mebibyte)} MiB`)
  assert.equal(await ask(agent.port), 'OK')
})

test('S5: a compressed flood is cut off at the size of a request', { timeout: 120_000 }, async (t) => {
  const { agent, deflatePort } = await avroAgent(t)
  const grown = await growthDuring(agent, async () => {
    for (const head of [
      [0, 0, 0, 1, 0, 0, 4, 0],
      [0, 0, 0, 1, 0, 0x10, 0, 0],
    ]) {
      const bomb = createDeflate()
      const chunks: Buffer[] = []
      bomb.on('data', (chunk: Buffer) => chunks.push(chunk))
      bomb.write(Buffer.from(head))
      const zeros = Buffer.concat([Buffer.from([0, 0x10, 0, 0]), Buffer.alloc(mebibyte)])
      for (let round = 0; round < 1000; round++) bomb.write(head[5] === 0 ? zeros : Buffer.alloc(mebibyte))
      bomb.end()
      await once(bomb, 'end')
      const socket = (await tryConnect(deflatePort))!
      socket.on('error', () => undefined).resume()
      socket.write(Buffer.concat(chunks))
      await untilClosed(socket)
    }
  })
  assert.ok(grown < 64 * mebibyte, `grew by ${Math.round(grown / mebibyte)} MiB`)
  assert.equal(await ask(agent.port), 'OK')
})

test('S5: by its defaults, which let a request have 128 MiB, one that grows too much is cut off at 20 MiB', {
  timeout: 120_000,
}, async (t) => {
  const compress = { deflate: deflateSync, zstd: zstdCompressSync }
  const ports = { deflate: await freePort(), zstd: await freePort() }
  const kinds = ['deflate', 'zstd'] as const
  const agent = await agentFor(
    t,
    `
a1.sources = r1 deflate zstd
a1.channels = c1
a1.sinks = k1
${[['r1', '{port}', 'none'], ...kinds.map((kind) => [kind, String(ports[kind]), kind])]
  .map(
    ([name, port, kind]) => `a1.sources.${name}.type = avro
a1.sources.${name}.bind = 127.0.0.1
a1.sources.${name}.port = ${port}
a1.sources.${name}.compression-type = ${kind}
a1.sources.${name}.channels = c1`,
  )
  .join('\n')}
a1.channels.c1.type = memory
a1.sinks.k1.type = null
a1.sinks.k1.channel = c1
`,
  )
  const request = Buffer.alloc(120 * mebibyte)
  for (const [at, word] of [1, 1, 120 * mebibyte].entries()) request.writeInt32BE(word, at * 4)
  // A zero ends a map and a list, so all of it might be the events that it says.
  for (const kind of kinds) {
    const bomb = compress[kind](request)
    const grown = await growthDuring(agent, async () => {
      const socket = (await tryConnect(ports[kind]))!
      socket.on('error', () => undefined).resume()
      socket.write(bomb)
      await untilClosed(socket)
    })
    t.diagnostic(`${kind}: ${bomb.length} bytes, grew by ${Math.round(grown / mebibyte)} MiB`)
    assert.ok(grown < 64 * mebibyte, `${kind}: grew by ${Math.round(grown / mebibyte)} MiB`)
  }
  assert.match(agent.log(), /more than 100 times as large when it is unpacked, which is maxInflationRatio/)
  assert.equal(await ask(agent.port), 'OK')
})
