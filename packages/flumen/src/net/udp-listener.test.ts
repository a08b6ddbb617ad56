import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { type TestContext, test } from 'node:test'
import { settle } from '../testing/manual-clock.ts'
import { UdpListener, type UdpListenerOptions } from './udp-listener.ts'

async function listening(context: TestContext, options: Partial<UdpListenerOptions> = {}): Promise<UdpListener> {
  const listener = new UdpListener({
    host: '127.0.0.1',
    port: 0,
    onDatagram: () => undefined,
    onError: assert.fail,
    ...options,
  })
  await listener.start()
  context.after(() => listener.stop())
  return listener
}

async function send(port: number, datagram: string | Buffer, address = '127.0.0.1'): Promise<void> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  await new Promise<void>((resolve, reject) =>
    socket.send(datagram, port, address, (error) => (error ? reject(error) : resolve())),
  )
  socket.close()
}

test('datagrams come whole, in memory of their own, with their sender', async (context) => {
  const received: Buffer[] = []
  const senders: string[] = []
  const listener = await listening(context, {
    onDatagram: (datagram, { address }) => {
      received.push(datagram)
      senders.push(address)
    },
  })
  await send(listener.address.port, '')
  await send(listener.address.port, Buffer.alloc(65_507, 'x'))
  while (received.length < 2) await settle()
  assert.deepEqual(
    received.map((datagram) => [datagram.length, datagram.buffer.byteLength]),
    [
      [0, 0],
      [65_507, 65_507],
    ],
  )
  assert.deepEqual(senders, ['127.0.0.1', '127.0.0.1'])
})

test('without a host IPv4 is received, and IPv6 where the machine has it', async (context) => {
  const received: string[] = []
  const listener = await listening(context, {
    host: undefined,
    onDatagram: (datagram) => received.push(String(datagram)),
  })
  await send(listener.address.port, 'four')
  while (received.length < 1) await settle()
  const hasSix = listener.address.address === '::'
  if (hasSix) await send(listener.address.port, 'six', '::1')
  while (hasSix && received.length < 2) await settle()
  assert.deepEqual(received, hasSix ? ['four', 'six'] : ['four'])
})

test('a port in use is an error that names its holder', async (context) => {
  const first = await listening(context)
  const { port } = first.address
  const second = new UdpListener({ host: '127.0.0.1', port, onDatagram: () => undefined, onError: assert.fail })
  await assert.rejects(second.start(), new RegExp(`127\\.0\\.0\\.1:${port} \\(udp\\) is in use by`))
  await second.stop()
})

test('the kernel tells what it threw away where the system has such a table', async (context) => {
  const listener = await listening(context)
  assert.equal(await listener.kernelDrops(), process.platform === 'linux' ? 0 : undefined)
  await listener.stop()
  assert.equal(await listener.kernelDrops(), undefined)
})

test('the receive buffer is as large as was asked, as far as the system allows', async (context) => {
  const small = await listening(context, { receiveBufferBytes: 8192 })
  const usual = await listening(context)
  assert.ok(small.receiveBufferBytes < usual.receiveBufferBytes)
})

test('a stop is idempotent and may come before the start', async (context) => {
  const listener = await listening(context)
  const stopping = listener.stop()
  assert.equal(listener.stop(), stopping)
  await stopping
  await new UdpListener({ host: undefined, port: 0, onDatagram: () => undefined, onError: assert.fail }).stop()
})
