import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { batchOf, codeOf, createEvent, type EventBatch, messageOf, verdictOf } from '../../../core/index.ts'
import { makeCertificates, missingOpenSsl } from '../../../testing/certificates.ts'
import { createForTest, deliveryForTest, type Harness, ManualClock, settle } from '../../../testing/index.ts'
import http from './http.ts'
import { HttpPeer } from './http-peer-for-test.ts'

async function sinkTo(
  context: TestContext,
  endpoint: string,
  values: Readonly<Record<string, string>> = {},
  clock?: ManualClock,
): Promise<Harness<'sink'>> {
  const sink = await createForTest(http, { endpoint, ...values }, clock ? { clock } : {})
  await sink.instance.start()
  context.after(() => sink.instance.stop(0))
  return sink
}

async function peerFor(context: TestContext): Promise<HttpPeer> {
  const peer = await HttpPeer.start()
  context.after(() => peer.stop())
  return peer
}

const one = batchOf([createEvent('event')])
const send = async ({ instance }: Harness<'sink'>, batch: EventBatch = one): Promise<unknown> =>
  instance.deliver(batch, deliveryForTest())

/** Listens and does with each connection what a test says. */
async function rawServer(context: TestContext, serve: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    serve(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  context.after(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  assert.ok(address && typeof address === 'object')
  return `http://127.0.0.1:${address.port}/`
}

test('requests go over one connection that stays, and are counted', async (context) => {
  const peer = await peerFor(context)
  const sink = await sinkTo(context, peer.endpoint)
  for (let round = 0; round < 5; round++) await send(sink)
  assert.equal(peer.connections, 1)
  const { counts } = sink.observed
  assert.deepEqual([counts.get('connectionsCreated'), counts.get('requestsSent')], [1, 5])
})

test('a connection that the other side closed while it was idle is no failure', async (context) => {
  const peer = await peerFor(context)
  const sink = await sinkTo(context, peer.endpoint)
  for (let round = 0; round < 5; round++) {
    await send(sink)
    // The sink may learn of it as it sends.
    peer.endConnections()
  }
  assert.equal(peer.stored.length, 5)
  assert.equal(sink.observed.counts.get('requestsUnanswered'), undefined)
})

test('a connection that breaks before the answer gives the events back, as perhaps delivered', async (context) => {
  const peer = await peerFor(context)
  const sink = await sinkTo(context, peer.endpoint)
  peer.script = () => 'close'
  await assert.rejects(send(sink), (error: Error & { readonly maybeDelivered?: boolean }) => {
    assert.deepEqual([verdictOf(error), codeOf(error), error.maybeDelivered], ['retry', 'EVENT_DELIVERY', true])
    return true
  })
  assert.equal(peer.requests.length, 1)
  peer.script = () => 200
  await send(sink)
})

test('no connection is a failure that is counted, and surely nothing was delivered', async (context) => {
  const peer = await peerFor(context)
  const sink = await sinkTo(context, peer.endpoint)
  await peer.stop()
  await assert.rejects(send(sink), (error: Error & { readonly maybeDelivered?: boolean }) => {
    assert.match(messageOf(error), /events: no connection: .*ECONNREFUSED/)
    assert.deepEqual([verdictOf(error), error.maybeDelivered], ['retry', false])
    return true
  })
  assert.equal(sink.observed.counts.get('connectionsFailed'), 1)
})

test('an answer that does not come in time gives the request up', async (context) => {
  const clock = new ManualClock()
  const peer = await peerFor(context)
  const sink = await sinkTo(context, peer.endpoint, { requestTimeout: '3000' }, clock)
  peer.script = () => 'mute'
  const failed = assert.rejects(send(sink), /no answer came within 3000 ms/)
  while (peer.requests.length === 0) await settle()
  await clock.advance(3000)
  await failed
  assert.equal(clock.pending, 0)
})

test('a status that came counts, though the rest of its answer never comes, or never ends', async (context) => {
  for (const rest of ['Content-Length: 10\r\n\r\nabc', `Content-Length: 900000000\r\n\r\n${'x'.repeat(200_000)}`]) {
    const clock = new ManualClock()
    let answered = 0
    const endpoint = await rawServer(context, (socket) =>
      socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\n${rest}`, () => answered++)),
    )
    const sink = await sinkTo(context, endpoint, {}, clock)
    const sending = send(sink)
    while (answered === 0) await settle()
    for (let turn = 0; turn < 20; turn++) await settle()
    await clock.advance(5000)
    await sending
    assert.equal(clock.pending, 0)
  }
})

test('an answer that comes before the end of its request counts, and the next request has a connection of its own', async (context) => {
  let connections = 0
  const endpoint = await rawServer(context, (socket) => {
    connections++
    socket.once('data', () => {
      // It reads no more, so that what is left of a large request stays where it is.
      socket.pause()
      socket.write('HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\n\r\n')
    })
  })
  const clock = new ManualClock()
  const sink = await sinkTo(context, endpoint, {}, clock)
  const large = batchOf([createEvent(Buffer.alloc(20 * 1024 * 1024, 'x'))])
  for (let round = 1; round <= 3; round++) {
    await assert.rejects(send(sink, large), /answered 413/)
    assert.equal(connections, round)
  }
  assert.equal(clock.pending, 0)
})

test('what is no HTTP is a failure', async (context) => {
  for (const answer of ['220 mail.example.org ESMTP\r\n', 'HTTP/1.1 20 OK\r\n\r\n', 'HTTP/1.1 200 OK\r\n']) {
    const endpoint = await rawServer(context, (socket) => socket.once('data', () => socket.end(answer)))
    const sink = await sinkTo(context, endpoint)
    await assert.rejects(send(sink), (error) => verdictOf(error) === 'retry')
  }
})

test('a stop, and the end of the delivery, give up a request that waits', async (context) => {
  const peer = await peerFor(context)
  const sink = await sinkTo(context, peer.endpoint)
  peer.script = () => 'mute'
  const over = new AbortController()
  const given = assert.rejects(
    async () => sink.instance.deliver(one, deliveryForTest(over.signal)),
    (error) => codeOf(error) === 'STOPPED',
  )
  while (peer.requests.length === 0) await settle()
  over.abort()
  await given
  const stopped = assert.rejects(send(sink), (error) => codeOf(error) === 'STOPPED')
  while (peer.requests.length === 1) await settle()
  await sink.instance.stop(0)
  await stopped
  await assert.rejects(send(sink), (error) => codeOf(error) === 'STOPPED')
})

test('without order several requests are under way, each over a connection of its own, and no more than that', async (context) => {
  const peer = await peerFor(context)
  const sink = await sinkTo(context, peer.endpoint, { ordered: 'false', maxConnections: '3' })
  assert.deepEqual([sink.instance.limits.inFlight, sink.instance.limits.ordered], [3, false])
  for (let round = 0; round < 3; round++) await Promise.all([send(sink), send(sink), send(sink)])
  assert.equal(peer.stored.length, 9)
  assert.ok(peer.connections <= 3)
  const ordered = await sinkTo(context, peer.endpoint, { maxConnections: '3' })
  assert.deepEqual([ordered.instance.limits.inFlight, ordered.instance.limits.ordered], [1, true])
})

test('it speaks TLS with an endpoint whose authority and name it knows, and shows its certificate', async (context) => {
  if (missingOpenSsl() !== undefined) {
    context.skip('there is no openssl')
    return
  }
  const directory = mkdtempSync(join(tmpdir(), 'flumen-http-'))
  context.after(() => rmSync(directory, { recursive: true }))
  makeCertificates(directory, 'authority', 'server', 'client')
  makeCertificates(directory, 'stranger')
  const file = (name: string): string => join(directory, name)
  const peer = await HttpPeer.start({
    cert: readFileSync(file('server.pem')),
    key: readFileSync(file('server.key')),
    ca: readFileSync(file('authority.pem')),
    requestCert: true,
    rejectUnauthorized: true,
  })
  context.after(() => peer.stop())
  const own = { certificate: file('client.pem'), certificateKey: file('client.key') }
  const known = { ...own, authorities: file('authority.pem') }
  const wrongName = peer.endpoint.replace('127.0.0.1', 'localhost')
  for (const [endpoint, values, says] of [
    [peer.endpoint, { ...own, authorities: file('stranger.pem') }, /no connection: .*certificate/],
    [peer.endpoint, { authorities: file('authority.pem') }, /the connection broke/],
    [peer.endpoint, {}, /no connection: .*certificate/],
    [wrongName, known, /no connection: .*altnames/],
  ] as const) {
    const sink = await sinkTo(context, endpoint, values)
    await assert.rejects(send(sink), (error) => {
      assert.match(messageOf(error), says)
      return verdictOf(error) === 'retry'
    })
  }
  assert.equal(peer.requests.length, 0)
  copyFileSync(file('stranger.pem'), file('changing.pem'))
  const clock = new ManualClock()
  const changing = await sinkTo(context, peer.endpoint, { ...own, authorities: file('changing.pem') }, clock)
  await assert.rejects(send(changing), /certificate/)
  copyFileSync(file('authority.pem'), file('changing.pem'))
  await clock.advance(1001)
  await send(changing)
  assert.equal(peer.stored.splice(0).length, 1, 'with the file as it is now')
  const sink = await sinkTo(context, peer.endpoint, known)
  for (let round = 0; round < 3; round++) await send(sink)
  assert.equal(peer.stored.length, 3)
  assert.equal(sink.observed.counts.get('connectionsCreated'), 1)
})
