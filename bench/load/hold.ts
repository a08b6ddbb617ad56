import { once } from 'node:events'
import type { Socket } from 'node:net'
import { openAll } from './send.ts'

const held: Socket[] = []

/** Opens connections that stay open and send nothing. */
export async function hold(port: number, connections: number): Promise<void> {
  held.push(...(await openAll(connections, () => port)))
}

/** Closes what is held. */
export async function letGo(): Promise<void> {
  const sockets = held.splice(0)
  const closed = sockets.map((socket) => once(socket, 'close'))
  for (const socket of sockets) socket.destroy()
  await Promise.all(closed)
}
