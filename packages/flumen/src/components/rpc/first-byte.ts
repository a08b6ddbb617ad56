import type { Socket } from 'node:net'

/** What a client of TLS begins with: the type of a record of a handshake. */
export const tlsHandshakeByte = 0x16

/** The first byte of a connection, which stays to be read; undefined: it ended before. */
export function firstByteOf(socket: Socket): Promise<number | undefined> {
  if (socket.readableEnded || socket.destroyed) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    const settle = (byte: number | undefined): void => {
      for (const event of ['end', 'close'] as const) socket.removeListener(event, ended)
      socket.removeListener('readable', readable)
      resolve(byte)
    }
    const ended = (): void => settle(undefined)
    const readable = (): void => {
      const chunk = socket.read() as Buffer | null
      if (chunk === null) return
      socket.unshift(chunk)
      settle(chunk[0])
    }
    socket.once('end', ended)
    socket.once('close', ended)
    socket.on('readable', readable)
  })
}
