import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { askHttp, startMonitor } from '../../../testing/index.ts'
import http from './http.ts'

test('no path, header or method brings the server down or makes it say something that is no HTTP', async (t) => {
  const { port, observed } = await startMonitor(t, http, { port: '0' })
  const line = fc.string({ unit: 'binary-ascii', maxLength: 60 })
  const bytes = fc.uint8Array({ maxLength: 200 }).map((each) => Buffer.from(each))
  const asHttp = fc
    .tuple(fc.constantFrom('GET', 'HEAD', 'POST', 'OPTIONS', 'TRACE', 'CONNECT', 'PURGE', 'x'), line, fc.array(line))
    .map(([method, path, lines]) =>
      Buffer.from(`${method} /${path} HTTP/1.1\r\nHost: localhost\r\n${lines.join('\r\n')}\r\n\r\n`),
    )
  const accepts = line.map((accept) =>
    Buffer.from(`GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: ${accept}\r\n\r\n`),
  )
  await fc.assert(
    fc.asyncProperty(fc.oneof(bytes, asHttp, accepts), async (request) => {
      const said = await converse(port, request)
      assert.ok(said === '' || said.startsWith('HTTP/1.1 '), said)
      assert.doesNotMatch(said, /^HTTP\/1\.1 500/)
    }),
    { numRuns: 300 },
  )
  assert.equal((await askHttp(port, '/live')).status, 200)
  assert.deepEqual([observed.lines, observed.failures], [[], []])
})

test('headers larger than the bound are refused', async (t) => {
  const { port } = await startMonitor(t, http, { port: '0' })
  assert.equal((await askHttp(port, '/live', { headers: { 'x-large': 'x'.repeat(9000) } })).status, 431)
  assert.equal((await askHttp(port, `/${'x'.repeat(9000)}`)).status, 431)
})

test('a body that comes with a request is not kept, and its connection ends', async (t) => {
  const { port } = await startMonitor(t, http, { port: '0' })
  const { status, headers } = await askHttp(port, '/metrics', { body: 'x'.repeat(100_000), method: 'POST' })
  assert.deepEqual([status, headers.connection], [405, 'close'])
})

test('of a thousand idle connections sixty-four stay, and the memory with them', async (t) => {
  const { port } = await startMonitor(t, http, { port: '0' })
  const before = process.memoryUsage().rss
  const sockets: Socket[] = []
  t.after(() => {
    for (const socket of sockets) socket.destroy()
  })
  // A few at a time: a system whose queue of connections is full drops them without a word.
  while (sockets.length < 1000) {
    const wave = Array.from({ length: 40 }, () => connect(port, '127.0.0.1'))
    sockets.push(...wave)
    await Promise.all(
      wave.map((socket, index) => {
        socket.on('error', () => undefined).resume()
        const isOneTooMany = sockets.length - wave.length + index >= 64
        return once(socket, isOneTooMany ? 'close' : 'connect')
      }),
    )
  }
  assert.equal(sockets.filter((socket) => !socket.destroyed).length, 64)
  assert.ok(process.memoryUsage().rss - before < 100_000_000)
})

test('connections that wait for nothing give way to one that asks', async (t) => {
  const { port } = await startMonitor(t, http, { port: '0' })
  const idle = await Promise.all(Array.from({ length: 64 }, () => keepAlive(port)))
  t.after(() => {
    for (const socket of idle) socket.destroy()
  })
  const closing = t.mock.method(Server.prototype, 'closeIdleConnections')
  const oneGone = Promise.race(idle.map((socket) => once(socket, 'close')))
  await assert.rejects(askHttp(port, '/live'))
  await oneGone
  // Not only because they idled long enough.
  assert.equal(closing.mock.callCount(), 1)
  assert.equal((await askHttp(port, '/live')).status, 200)
})

test('stop ends connections that are kept alive and such that never said anything', async (t) => {
  const { port, instance } = await startMonitor(t, http, { port: '0' })
  const kept = await keepAlive(port)
  const silent = connect(port, '127.0.0.1')
  silent.on('error', () => undefined)
  await once(silent, 'connect')
  // The server has it, once it has answered somebody who came later.
  await askHttp(port, '/live')
  await Promise.all([once(kept.resume(), 'close'), once(silent.resume(), 'close'), instance.stop(100)])
  await assert.rejects(askHttp(port, '/live'), { code: 'ECONNREFUSED' })
})

/** A connection on which one answer came and which stays open. */
async function keepAlive(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write('GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await once(socket, 'data')
  return socket
}

/** Sends all, ends, and resolves with all that comes back. */
function converse(port: number, request: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let said = ''
    socket.setEncoding('latin1').on('data', (text: string) => {
      said += text
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(said))
    socket.end(request)
  })
}
