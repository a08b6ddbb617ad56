import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { wireOf } from './rpc-wire.ts'

const writes = 60_000

test('what is compressed arrives whole after each write, and no write ends with a second, empty flush', async () => {
  // What it writes comes back to it.
  const socket = new PassThrough({ highWaterMark: 1 << 26 }) as unknown as Socket
  const ends = new Set<string>()
  let pieces = 0
  const write = socket.write.bind(socket)
  socket.write = ((bytes: Buffer) => {
    pieces++
    ends.add(bytes.toString('hex', Math.max(0, bytes.length - 9)))
    return write(bytes)
  }) as Socket['write']
  let received = 0
  let arrived = (): void => undefined
  const wire = wireOf(
    socket,
    {
      onData: (chunk) => {
        received += chunk.length
        arrived()
      },
      onEnd: () => undefined,
      onDrain: () => undefined,
      onBroken: (error) => assert.fail(error),
      hold: () => undefined,
      release: () => undefined,
    },
    { type: 'deflate', level: 6 },
  )
  let sent = 0
  for (let index = 0; index < writes; index++) {
    const bytes = Buffer.from(`${(index * 7919) % 1000} `)
    sent += bytes.length
    const whole = new Promise<void>((resolve) => {
      arrived = () => {
        if (received === sent) resolve()
      }
    })
    wire.write(bytes)
    await whole
  }
  assert.equal(pieces, writes)
  assert.ok(!ends.has('0000ffff000000ffff'))
  socket.destroy()
})
