import { once } from 'node:events'
import type { Socket } from 'node:net'
import { greetAll } from './append.ts'
import type { HoldCommand } from './commands.ts'
import { openAll } from './send.ts'

const held: Socket[] = []

export async function hold({ port, connections, events }: HoldCommand): Promise<void> {
  const sockets = await openAll(connections, () => port)
  if (events > 0) await greetAll(sockets, events)
  held.push(...sockets)
}

/** Closes what is held. */
export async function letGo(): Promise<void> {
  const sockets = held.splice(0)
  const closed = sockets.map((socket) => once(socket, 'close'))
  for (const socket of sockets) socket.destroy()
  await Promise.all(closed)
}
