import type { Socket } from 'node:net'
import type { Clock } from '../core/index.ts'

/**
 * Ends a connection so that the other side can still read what was written to it, although it may go on sending: a
 * plain close with unread input would reset the connection and take the last answer with it. Sends the end, throws away
 * what comes until the other side ends too, and destroys the connection at the latest after `lingerMs`.
 */
export function closeGently(socket: Socket, lingerMs: number, clock: Clock): void {
  if (socket.destroyed) return
  const cancel = clock.after(lingerMs, () => socket.destroy())
  socket.once('close', cancel)
  socket.removeAllListeners('data')
  socket.end()
  socket.resume()
}
