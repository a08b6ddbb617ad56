import type { Socket } from 'node:net'
import { createServer, type Server, type TlsOptions } from 'node:tls'
import { plainAddress } from './address.ts'

export interface TlsDoorEvents {
  /** The handshake is done. */
  onSecure(socket: Socket): void
  onError(error: Error, address: string): void
}

/** A client that has not finished its handshake after this is closed. */
const handshakeMs = 30_000

/** Leads connections that were accepted through the handshake of TLS. */
export class TlsDoor {
  readonly #server: Server
  /** Those in a handshake, by the other side's address and port. */
  readonly #waiting = new Map<string, Socket>()

  constructor(options: TlsOptions, { onSecure, onError }: TlsDoorEvents) {
    this.#server = createServer({ handshakeTimeout: handshakeMs, allowHalfOpen: true, noDelay: true, ...options })
    this.#server.on('secureConnection', (socket) => {
      socket.on('error', () => socket.destroy())
      this.#waiting.delete(peerOf(socket))
      onSecure(socket)
    })
    this.#server.on('tlsClientError', (error, socket) => {
      const address = plainAddress(socket.remoteAddress ?? '')
      socket.destroy()
      onError(error, address)
    })
  }

  enter(socket: Socket): void {
    const peer = peerOf(socket)
    this.#waiting.set(peer, socket)
    socket.once('close', () => {
      if (this.#waiting.get(peer) === socket) this.#waiting.delete(peer)
    })
    this.#server.emit('connection', socket)
  }

  /** Gives those up that are in a handshake. */
  close(): void {
    for (const socket of this.#waiting.values()) socket.destroy()
    this.#waiting.clear()
  }
}

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`
}
