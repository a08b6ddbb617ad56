import { connect, type Socket } from 'node:net'
import { firstLines, sharesOf } from '../data/lines.ts'
import { now } from '../measure/time.ts'
import type { SendCommand, Sent } from './commands.ts'

/** One write: large enough that the kernel does the work, and Node next to none. */
const writeSize = 1024 * 1024
/** Connections that are opened at once; Flume lets 50 wait. */
const openedAtOnce = 32

/** Opens all connections, then sends, ends each, and resolves when the other side has ended all. */
export async function send(all: Buffer, { ports, connections, each, times, lines }: SendCommand): Promise<Sent> {
  const data = lines === undefined ? all : firstLines(all, lines)
  const sockets = await openAll(connections, (index) => ports[index % ports.length]!)
  const shares = each === 'all' ? sockets.map(() => data) : sharesOf(data, connections)
  const cpuBefore = process.cpuUsage()
  const firstByteAt = now()
  await Promise.all(sockets.map((socket, index) => sendAll(socket, shares[index]!, times)))
  const closedAt = now()
  const { user, system } = process.cpuUsage(cpuBefore)
  const bytes = shares.reduce((sum, share) => sum + share.length, 0) * times
  return { firstByteAt, closedAt, bytes, cpu: (user + system) / 1000 }
}

/** Connections in their order. */
export async function openAll(count: number, portOf: (index: number) => number): Promise<Socket[]> {
  const sockets: Socket[] = []
  while (sockets.length < count) {
    const from = sockets.length
    const some = Array.from({ length: Math.min(openedAtOnce, count - from) }, (_, index) => open(portOf(from + index)))
    sockets.push(...(await Promise.all(some)))
  }
  return sockets
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket))
    socket.once('error', reject)
  })
}

function sendAll(socket: Socket, share: Buffer, times: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = times
    let at = 0
    const next = (): void => {
      if (at >= share.length) {
        at = 0
        left--
      }
      if (left === 0 || share.length === 0) {
        socket.end()
        return
      }
      const piece = share.subarray(at, at + writeSize)
      at += piece.length
      socket.write(piece, next)
    }
    socket.resume()
    socket.once('error', reject)
    socket.once('close', () => resolve())
    next()
  })
}
