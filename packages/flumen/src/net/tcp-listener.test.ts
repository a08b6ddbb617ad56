import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { codeOf, systemClock } from '../core/index.ts'
import { settle } from '../testing/manual-clock.ts'
import { closeGently } from './close-gently.ts'
import { TcpListener, type TcpListenerOptions } from './tcp-listener.ts'

async function listening(context: TestContext, options: Partial<TcpListenerOptions> = {}): Promise<TcpListener> {
  const listener = new TcpListener({
    host: '127.0.0.1',
    port: 0,
    clock: systemClock,
    onConnection: (socket) => socket.resume().on('end', () => socket.end()),
    ...options,
  })
  await listener.start()
  context.after(() => listener.stop(0))
  return listener
}

async function client(
  context: TestContext,
  { address: { address, port } }: TcpListener,
  allowHalfOpen = false,
): Promise<Socket> {
  const socket = connect({ host: address, port, allowHalfOpen })
  socket.on('error', () => undefined)
  context.after(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** Resolves when it holds; every step waits for the event loop, not for a time. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await settle()
}

test('it listens on an address and knows its connections', async (context) => {
  const counts: number[] = []
  const listener = await listening(context, { onCount: (connections) => counts.push(connections) })
  const first = await client(context, listener)
  const second = await client(context, listener)
  await until(() => listener.connections === 2)
  first.destroy()
  second.destroy()
  await until(() => listener.connections === 0)
  assert.deepEqual(counts, [1, 2, 1, 0])
})

test('a name is listened on too, and IPv6', async (context) => {
  const named = await listening(context, { host: 'localhost' })
  assert.equal(named.address.address, '127.0.0.1')
  const six = await listening(context, { host: '::1' })
  assert.equal(six.address.address, '::1')
  assert.equal((await client(context, six)).remoteAddress, '::1')
})

test('a port in use is an error that names its holder', async (context) => {
  const first = await listening(context)
  const second = new TcpListener({
    host: '127.0.0.1',
    port: first.address.port,
    clock: systemClock,
    onConnection: () => undefined,
  })
  await assert.rejects(second.start(), (error: Error) => {
    assert.equal(codeOf(error), 'COMPONENT_FAILED')
    assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${first.address.port} \\(tcp\\) is in use by`))
    return true
  })
  await second.stop(0)
})

test('connections over the bound of all are closed at once, and one may come when another went', async (context) => {
  const refused: string[] = []
  const listener = await listening(context, {
    maxConnections: 1,
    onRefused: (bound, address) => refused.push(`${bound} ${address}`),
  })
  const first = await client(context, listener)
  await until(() => listener.connections === 1)
  const second = await client(context, listener)
  second.resume()
  await once(second, 'close')
  assert.deepEqual(refused, ['maxConnections 127.0.0.1'])
  first.destroy()
  await until(() => listener.connections === 0)
  await client(context, listener)
  await until(() => listener.connections === 1)
})

test('connections over the bound of an address are closed at once', async (context) => {
  const refused: string[] = []
  const listener = await listening(context, {
    maxConnectionsPerAddress: 2,
    onRefused: (bound, address) => refused.push(`${bound} ${address}`),
  })
  const first = await client(context, listener)
  await client(context, listener)
  await until(() => listener.connections === 2)
  const third = await client(context, listener)
  third.resume()
  await once(third, 'close')
  assert.deepEqual(refused, ['maxConnectionsPerAddress 127.0.0.1'])
  first.destroy()
  await until(() => listener.connections === 1)
  await client(context, listener)
  await until(() => listener.connections === 2)
})

test('a connection that is reset harms nothing', async (context) => {
  const listener = await listening(context)
  const reset = await client(context, listener)
  await until(() => listener.connections === 1)
  reset.resetAndDestroy()
  await until(() => listener.connections === 0)
  await client(context, listener)
  await until(() => listener.connections === 1)
})

test('a held connection is read again when every hold is released', async (context) => {
  const sockets: Socket[] = []
  let received = ''
  const listener = await listening(context, {
    onConnection: (socket) => {
      sockets.push(socket)
      socket.on('data', (chunk) => {
        received += chunk
      })
    },
  })
  const other = await client(context, listener)
  await until(() => sockets.length === 1)
  listener.hold(sockets[0]!)
  listener.hold(sockets[0]!)
  other.write('held')
  listener.release(sockets[0]!)
  await settle()
  assert.equal(received, '')
  listener.pause()
  listener.release(sockets[0]!)
  await settle()
  assert.equal(received, '')
  listener.resume()
  await until(() => received === 'held')
  listener.hold(sockets[0]!)
  listener.pause()
  listener.resume()
  other.write(' again')
  await settle()
  assert.equal(received, 'held')
  listener.release(sockets[0]!)
  await until(() => received === 'held again')
  listener.release(sockets[0]!)
})

test('a connection whose other side has ended can still be answered', async (context) => {
  const listener = await listening(context, {
    onConnection: (socket) => socket.resume().on('end', () => setImmediate(() => socket.end('answer'))),
  })
  const other = await client(context, listener, true)
  other.end()
  const [answer] = (await once(other, 'data')) as [Buffer]
  assert.equal(String(answer), 'answer')
})

test('while it is paused no connection is read, a new one neither', async (context) => {
  let received = ''
  const listener = await listening(context, {
    onConnection: (socket) =>
      socket.on('data', (chunk) => {
        received += chunk
      }),
  })
  const before = await client(context, listener)
  await until(() => listener.connections === 1)
  listener.pause()
  const after = await client(context, listener)
  await until(() => listener.connections === 2)
  before.write('a')
  after.write('a')
  await settle()
  assert.equal(received, '')
  listener.resume()
  await until(() => received === 'aa')
})

test('a stop accepts nothing more, lets connections end, and is idempotent', async (context) => {
  const asked: Socket[] = []
  const listener = await listening(context, { onStop: (socket) => asked.push(socket) })
  const { port } = listener.address
  await client(context, listener)
  await until(() => listener.connections === 1)
  const stopping = listener.stop(60_000)
  assert.equal(listener.stop(0), stopping)
  assert.equal(asked.length, 1)
  const late = connect(port, '127.0.0.1')
  const [error] = (await once(late, 'error')) as [Error]
  assert.equal(codeOf(error), 'ECONNREFUSED')
  asked[0]!.end()
  asked[0]!.destroySoon()
  await stopping
  assert.equal(listener.connections, 0)
})

test('a stop destroys connections that are still there at its deadline', async (context) => {
  const listener = await listening(context, { onStop: () => undefined })
  const other = await client(context, listener)
  await until(() => listener.connections === 1)
  other.resume()
  await Promise.all([listener.stop(20), once(other, 'close')])
  assert.equal(listener.connections, 0)
})

test('a stop before the start is nothing, and a start after it is refused', async () => {
  const listener = new TcpListener({ host: '127.0.0.1', port: 0, clock: systemClock, onConnection: () => undefined })
  await listener.stop(0)
  await assert.rejects(listener.start(), { code: 'STOPPED' })
})

test('a gentle close lets a client read the last answer although it goes on sending', async (context) => {
  const listener = await listening(context, {
    onConnection: (socket) =>
      socket.once('data', () => {
        socket.write('FAILED: enough\n')
        closeGently(socket, 60_000, systemClock)
      }),
  })
  const sender = await client(context, listener)
  const chunk = Buffer.alloc(65_536, 'x')
  for (let sent = 0; sent < 256; sent++) if (!sender.write(chunk)) await once(sender, 'drain')
  sender.end()
  let answer = ''
  sender.on('data', (bytes) => {
    answer += bytes
  })
  await once(sender, 'close')
  assert.equal(answer, 'FAILED: enough\n')
  await until(() => listener.connections === 0)
})

test('a gentle close gives up on a client that never ends', async (context) => {
  const listener = await listening(context, { onConnection: (socket) => closeGently(socket, 10, systemClock) })
  const silent = await client(context, listener, true)
  silent.resume()
  await once(silent, 'end')
  await until(() => listener.connections === 0)
})
