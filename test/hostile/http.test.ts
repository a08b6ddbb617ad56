// Reliability bars S1 to S3 and S5 on the HTTP source, against a real agent in a process of its own. S4 is the fuzz test of
// its handlers; it makes no path of what it reads, so S6 has no place here.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { createGzip, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { type AgentProcess, tryConnect } from '../support/agent-process.ts'
import { agentFor, connectMany, drip, growthDuring, mebibyte, pour, staysFlat } from './hostile-agent.ts'

const bounded = `
a1.sources.r1.handler = lines
a1.sources.r1.requestTimeout = 10 s
a1.sources.r1.maxBodySize = 4 MiB
`

async function httpAgent(t: TestContext, settings = bounded): Promise<AgentProcess> {
  const agent = await agentFor(
    t,
    `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = http
a1.sources.r1.bind = 127.0.0.1
a1.sources.r1.port = {port}
${settings}
a1.sources.r1.channels = c1
a1.channels.c1.type = memory
a1.channels.c1.capacity = 10000
a1.channels.c1.transactionCapacity = 1000
a1.sinks.k1.type = null
a1.sinks.k1.channel = c1
`,
  )
  for (let index = 0; index < 100; index++) assert.equal(await post(agent.port), 200)
  return agent
}

async function post(
  port: number,
  body: string | Buffer<ArrayBuffer> = 'an honest event',
  headers: Record<string, string> = {},
): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body, headers })
  await response.text()
  return response.status
}

test('S1: 10,000 idle connections cost little memory, and a new client is served', { timeout: 240_000 }, async (t) => {
  const agent = await httpAgent(t)
  const before = await agent.residentBytes()
  const sockets = await connectMany(agent.port, 10_000)
  t.after(() => {
    for (const socket of sockets) socket.destroy()
  })
  const grown = (await agent.residentBytes()) - before
  t.diagnostic(`${Math.round(grown / 10_000)} bytes a connection`)
  assert.ok(grown < 150 * mebibyte, `grew by ${Math.round(grown / mebibyte)} MiB`)
  assert.equal(await post(agent.port), 200)
})

test('S2: 5,000 clients that drip a request are closed in time while others are served', {
  timeout: 120_000,
}, async (t) => {
  const agent = await httpAgent(t)
  let isOver = false
  const text = 'POST / HTTP/1.1\r\nHost: a\r\nX-Slow: '
  const dripping = drip(t, agent.port, 5000, { text, everyMs: 1000 }).finally(() => {
    isOver = true
  })
  let served = 0
  while (!isOver) {
    assert.equal(await post(agent.port), 200)
    served++
  }
  await dripping
  assert.ok(served > 100, `${served} were served`)
})

test('S3: a body of 1 GB is refused, whatever length it has told, and memory stays flat', {
  timeout: 120_000,
}, async (t) => {
  const agent = await httpAgent(t)
  const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(mebibyte, 'x'), Buffer.from('\r\n')])
  await staysFlat(t, agent, async () => {
    for (const length of ['Content-Length: 1073741824', 'Transfer-Encoding: chunked']) {
      const socket = (await tryConnect(agent.port))!
      socket.write(`POST / HTTP/1.1\r\nHost: a\r\n${length}\r\n\r\n`)
      const answers: Buffer[] = []
      socket.on('data', (answer) => answers.push(answer as Buffer))
      await pour(socket, chunk, 1024 * mebibyte)
      // What is sent after it is read for some seconds and thrown away, so that a client gets to see the answer.
      assert.match(Buffer.concat(answers).toString(), /^HTTP\/1\.1 413 /)
    }
  })
  assert.equal(await post(agent.port), 200)
})

test('S5: bodies that unpack to 1 GB are refused, in one member, in many and in two layers', {
  timeout: 120_000,
}, async (t) => {
  const agent = await httpAgent(t)
  const member = gzipSync(Buffer.alloc(64 * mebibyte))
  const bombs = [
    { body: await oneMember(1024), encoding: 'gzip' },
    { body: Buffer.concat(Array.from({ length: 16 }, () => member)), encoding: 'gzip' },
    { body: gzipSync(Buffer.concat(Array.from({ length: 16 }, () => member))), encoding: 'gzip, gzip' },
  ]
  const grown = await growthDuring(agent, async () => {
    for (const { body, encoding } of bombs) {
      const status = await post(agent.port, body, { 'content-encoding': encoding })
      assert.ok(status === 413 || status === 415, `${encoding} was answered with ${status}`)
    }
  })
  assert.ok(grown < 64 * mebibyte, `grew by ${Math.round(grown / mebibyte)} MiB`)
  assert.equal(await post(agent.port), 200)
})

test('S5: by its defaults the handler blob, which takes 100 MB, unpacks no more than 16 MiB of a body', {
  timeout: 120_000,
}, async (t) => {
  const agent = await httpAgent(t, 'a1.sources.r1.handler = blob')
  // The first grows a thousandfold, the second stays below the ratio and would be 91 MB.
  const bodies = [Buffer.alloc(512 * mebibyte), Buffer.concat([randomBytes(mebibyte), Buffer.alloc(90 * mebibyte)])]
  for (const [encoding, compress] of Object.entries({ gzip: gzipSync, deflate: deflateSync, zstd: zstdCompressSync })) {
    const ask = (body: Buffer): Promise<number> =>
      post(agent.port, Buffer.from(compress(body)), { 'content-encoding': encoding })
    assert.equal(await ask(randomBytes(15 * mebibyte)), 200)
    const bombs = bodies.map((body) => Buffer.from(compress(body)))
    const grown = await growthDuring(agent, async () => {
      for (const bomb of bombs) {
        assert.equal(await post(agent.port, bomb, { 'content-encoding': encoding }), 413, encoding)
      }
    })
    t.diagnostic(`${encoding}: grew by ${Math.round(grown / mebibyte)} MiB`)
    assert.ok(grown < 64 * mebibyte, `grew by ${Math.round(grown / mebibyte)} MiB`)
  }
  assert.equal(await post(agent.port, randomBytes(30 * mebibyte)), 200)
})

/** Zeros, in one member of gzip. */
async function oneMember(mebibytes: number): Promise<Buffer<ArrayBuffer>> {
  const gzip = createGzip()
  const pieces: Buffer[] = []
  gzip.on('data', (piece: Buffer) => pieces.push(piece))
  const zeros = Buffer.alloc(mebibyte)
  const ended = new Promise((resolve) => gzip.once('end', resolve))
  for (let count = 0; count < mebibytes; count++) {
    if (!gzip.write(zeros)) await new Promise((resolve) => gzip.once('drain', resolve))
  }
  gzip.end()
  await ended
  return Buffer.concat(pieces)
}
