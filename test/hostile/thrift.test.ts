// Reliability bars S3 and S5 on the Thrift source, against a real agent in a process of its own; S2 is in
// slow-clients.test.ts, S4 is the decoder's own test. It makes no path of what it reads, so S6 has no place here.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib'
import { decodeAnswer, encodeCall, FrameSplitter } from '../../packages/flumen/src/protocols/thrift-rpc/index.ts'
import { batchOfText, hex, hexOf } from '../../packages/flumen/src/protocols/thrift-rpc/rpc-for-test.ts'
import { waitUntil } from '../../servers/server.ts'
import { type AgentProcess, tryConnect } from '../support/agent-process.ts'
import { agentFor, growthDuring, mebibyte, pour, staysFlat } from './hostile-agent.ts'

const call = Buffer.concat(
  encodeCall(batchOfText(['an honest event', { host: 'web' }]), { protocol: 'compact', sequence: 1 }),
)

async function thriftAgent(t: TestContext, settings = ''): Promise<AgentProcess> {
  const agent = await agentFor(
    t,
    `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = thrift
a1.sources.r1.bind = 127.0.0.1
a1.sources.r1.port = {port}
a1.sources.r1.channels = c1
a1.sources.r1.requestTimeout = 2
a1.sources.r1.maxRequestSize = 16 MiB
a1.sources.r1.maxHeldSize = 32 MiB
${settings}
a1.channels.c1.type = memory
a1.channels.c1.capacity = 10000
a1.sinks.k1.type = null
a1.sinks.k1.channel = c1
`,
  )
  if (settings === '') await work(agent.port, 30_000)
  return agent
}

/** Has an agent answer so many calls: what it takes for that it has from then on. */
async function work(port: number, calls: number): Promise<void> {
  const socket = (await tryConnect(port))!
  const splitter = new FrameSplitter(1000)
  socket.write(Buffer.concat(Array.from({ length: calls }, () => call)))
  let answers = 0
  for await (const chunk of socket) {
    splitter.receive(chunk as Buffer)
    while (splitter.next()) answers++
    if (answers === calls) return
  }
}

/** Of an honest client's call. */
async function statusOf(port: number): Promise<number | undefined> {
  const socket = (await tryConnect(port))!
  socket.write(call)
  const splitter = new FrameSplitter(1000)
  for await (const chunk of socket) {
    splitter.receive(chunk as Buffer)
    const frame = splitter.next()
    if (frame) return decodeAnswer(frame, 'compact').status
  }
  return undefined
}

async function connected(t: TestContext, port: number): Promise<Socket> {
  const socket = (await tryConnect(port))!
  socket.on('error', () => undefined)
  t.after(() => socket.destroy())
  return socket
}

test('S3: a frame that says it has 1 GB is refused at once, and so is text', { timeout: 120_000 }, async (t) => {
  const agent = await thriftAgent(t)
  for (const start of [hex('40000000'), hex('ffffffff'), Buffer.from('GET / HTTP/1.1\r\n\r\n')]) {
    await staysFlat(t, agent, async () => {
      const socket = await connected(t, agent.port)
      socket.write(start)
      await pour(socket, Buffer.alloc(mebibyte, 'x'), 1024 * mebibyte)
    })
    assert.equal(await statusOf(agent.port), 0)
  }
})

test('S3: many clients with large calls that never end hold no more than the bound, and others are served', {
  timeout: 120_000,
}, async (t) => {
  const agent = await thriftAgent(t)
  const grown = await growthDuring(agent, async () => {
    const clients = await Promise.all(Array.from({ length: 40 }, () => connected(t, agent.port)))
    const pouring = clients.map((socket) => {
      socket.write(hex('00ffffff'))
      return pour(socket, Buffer.alloc(mebibyte, 'x'), 15 * mebibyte)
    })
    assert.equal(await statusOf(agent.port), 0)
    await sleep(1000)
    assert.equal(await statusOf(agent.port), 0)
    for (const socket of clients) socket.destroy()
    await Promise.all(pouring)
  })
  // What waits in the agent, and what the collector has not yet thrown away.
  assert.ok(grown < 160 * mebibyte, `grew by ${Math.round(grown / mebibyte)} MiB`)
})

test('S3: a client that never reads its answers is held back, and others are served', {
  timeout: 120_000,
}, async (t) => {
  const agent = await thriftAgent(t)
  const calls = Buffer.concat(Array.from({ length: 1000 }, () => call))
  // What a busy agent needs anyway: its heap has the size that so many calls give it.
  const reader = await connected(t, agent.port)
  reader.resume()
  await pour(reader, calls, 600 * calls.length)
  const socket = await connected(t, agent.port)
  socket.pause()
  const grown = await growthDuring(agent, async () => {
    let written = 0
    let isFull = false
    while (!isFull && written < 2000) {
      written++
      if (!socket.write(calls))
        isFull = await Promise.race([once(socket, 'drain').then(() => false), sleep(1500, true)])
    }
    assert.ok(isFull, 'it went on reading')
    assert.equal(await statusOf(agent.port), 0)
  })
  assert.ok(grown < 64 * mebibyte, `grew by ${Math.round(grown / mebibyte)} MiB`)
})

/** A frame of zstd with some bytes so many times over. @param windowLog the memory that its reader needs, in bits */
async function zstdOf(bytes: Buffer, times: number, windowLog = 17): Promise<Buffer> {
  const packer = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: windowLog } })
  const packed: Buffer[] = []
  packer.on('data', (chunk: Buffer) => packed.push(chunk))
  for (let round = 0; round < times; round++) if (!packer.write(bytes)) await once(packer, 'drain')
  packer.end()
  await once(packer, 'end')
  return Buffer.concat(packed)
}

/** Sends bytes; resolves with the number of answers when the connection is over or there are enough of them. */
async function answersTo(
  t: TestContext,
  port: number,
  bytes: Buffer,
  enough = Number.POSITIVE_INFINITY,
): Promise<number> {
  const socket = await connected(t, port)
  const unpacker = createZstdDecompress({ finishFlush: constants.ZSTD_e_flush })
  const splitter = new FrameSplitter(1000)
  let answers = 0
  const over = new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
    unpacker.on('data', (chunk: Buffer) => {
      splitter.receive(chunk)
      while (splitter.next()) answers++
      if (answers >= enough) resolve()
    })
  })
  socket.on('data', (chunk: Buffer) => unpacker.write(chunk))
  socket.write(bytes)
  await over
  socket.destroy()
  return answers
}

test('S5: what zstd makes 1 GB of is cut off at the size of a call, or stored a call at a time', {
  timeout: 120_000,
}, async (t) => {
  const agent = await thriftAgent(t, 'a1.sources.r1.compression-type = zstd')
  const honest = await zstdOf(call, 1)
  assert.equal(await answersTo(t, agent.port, honest, 1), 1)
  const zeros = Buffer.alloc(mebibyte)
  const largest = Buffer.concat(encodeCall(batchOfText(['x'.repeat(mebibyte)]), { protocol: 'compact', sequence: 1 }))
  const calls = 1024
  const bombs = {
    'a call that is longer than any may be': await zstdOf(Buffer.concat([hex('40000000'), zeros]), 1024),
    'calls that are none': await zstdOf(Buffer.concat([hex('00100000'), zeros]), 1024),
    'more memory to unpack than any frame may want': await zstdOf(largest, calls, 27),
  }
  const large = await zstdOf(largest, calls)
  assert.ok(large.length < mebibyte, `${large.length} bytes`)
  const grown = await growthDuring(agent, async () => {
    for (const [name, bomb] of Object.entries(bombs)) {
      assert.equal(await answersTo(t, agent.port, bomb), 0, name)
    }
    assert.equal(await answersTo(t, agent.port, large, calls), calls)
    assert.equal(await answersTo(t, agent.port, honest, 1), 1)
  })
  t.diagnostic(`grew by ${Math.round(grown / mebibyte)} MiB`)
  assert.ok(grown < 64 * mebibyte, `grew by ${Math.round(grown / mebibyte)} MiB`)
})

test('calls that are not understood, without end, fill no log and keep nobody waiting', {
  timeout: 120_000,
}, async (t) => {
  const agent = await thriftAgent(t)
  const before = agent.log().length
  const unknown = hex('00000009 8221 01 04', hexOf('ping'), '00')
  const socket = await connected(t, agent.port)
  let answers = 0
  socket.on('data', (chunk: Buffer) => {
    answers += chunk.length
  })
  for (let round = 0; round < 100; round++) {
    if (!socket.write(Buffer.concat(Array.from({ length: 1000 }, () => unknown)))) await once(socket, 'drain')
  }
  assert.equal(await statusOf(agent.port), 0)
  await waitUntil('all are answered', () => (answers > 100_000 * 30 ? true : undefined))
  assert.ok(agent.log().length - before < 2000, agent.log().slice(before, before + 3000))
})
