import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls'
import { type Clock, settledWithin } from '../core/index.ts'
import { plainAddress } from './address.ts'
import type { FromFiles } from './from-files.ts'

/** What a server of TLS is made of. */
export interface ServerTls extends TlsOptions {
  /** The same made of files: each handshake takes what they hold by then. */
  readonly files?: FromFiles<TlsOptions>
}

export interface TlsDoorOptions {
  readonly tls: ServerTls
  /** A client that has not finished its handshake after this is closed; never more than 30 s. 0 or none: 30 s. */
  readonly handshakeMs?: number | undefined
  readonly clock: Clock
  /** What TLS is spoken over where that is not the connection itself; it may wait for bytes, which stay to be read. */
  beneath?(socket: Socket): Promise<Duplex>
  /** The handshake is done. @param beneath what it is spoken over: the connection that was accepted, or more */
  onSecure(socket: Socket, beneath: Duplex): void
  onError(error: Error, address: string): void
  /** Files have changed and cannot be used: those from before are used on. */
  onBrokenFiles?(error: unknown): void
}

const mostHandshakeMs = 30_000
/** A file system that does not answer keeps nobody waiting for longer; what was read before is used. */
const mostLookMs = 2000

/** Leads connections that were accepted through the handshake of TLS. */
export class TlsDoor {
  readonly #options: TlsDoorOptions
  readonly #server: Server
  readonly #handshakeMs: number
  /** What the server was made of last. */
  #current: TlsOptions
  /** Those in a handshake, by the other side's address and port. */
  readonly #waiting = new Map<string, Socket>()

  constructor(options: TlsDoorOptions) {
    this.#options = options
    this.#handshakeMs = Math.min(options.handshakeMs || mostHandshakeMs, mostHandshakeMs)
    this.#current = options.tls.files?.value ?? options.tls
    this.#server = this.#makeServer((socket) => this.#secured(socket, socket))
  }

  enter(socket: Socket): void {
    const peer = peerOf(socket)
    this.#waiting.set(peer, socket)
    socket.once('close', () => {
      if (this.#waiting.get(peer) === socket) this.#waiting.delete(peer)
    })
    const { clock, onBrokenFiles, beneath, tls } = this.#options
    const looking = tls.files?.look(clock.monotonic(), (error) => onBrokenFiles?.(error))
    if (looking || beneath) void this.#prepare(socket, looking)
    else this.#begin(socket)
  }

  /** Gives those up that are in a handshake. */
  close(): void {
    for (const socket of this.#waiting.values()) socket.destroy()
    this.#waiting.clear()
  }

  /** Never rejects. */
  async #prepare(socket: Socket, looking: Promise<void> | undefined): Promise<void> {
    const { clock, beneath } = this.#options
    if (looking) await settledWithin(looking, mostLookMs, clock)
    if (!beneath) {
      this.#begin(socket)
      return
    }
    const cancel = clock.after(this.#handshakeMs, () => {
      socket.destroy()
      this.#options.onError(new Error('nothing came in time'), plainAddress(socket.remoteAddress ?? ''))
    })
    const lower = await beneath(socket)
    cancel()
    if (lower === socket) this.#begin(socket)
    else if (!socket.destroyed) this.#beginOver(lower, socket)
  }

  #begin(socket: Socket): void {
    if (socket.destroyed) return
    this.#renew()
    // The secured socket takes it over: otherwise a client that ends within its handshake would be waited for.
    socket.allowHalfOpen = false
    this.#server.emit('connection', socket)
  }

  /** A server of its own: what is secured over another stream does not tell over which. */
  #beginOver(lower: Duplex, socket: Socket): void {
    this.#renew()
    const giveUp = (): unknown => lower.destroy()
    const server = this.#makeServer((secure) => {
      lower.removeListener('end', giveUp)
      const { remoteAddress, remotePort } = socket
      Object.defineProperties(secure, { remoteAddress: { value: remoteAddress }, remotePort: { value: remotePort } })
      this.#secured(secure, lower)
    }, socket)
    lower.on('error', () => socket.destroy())
    // Node waits on when a stream that is no socket ends within the handshake.
    lower.once('end', giveUp)
    server.emit('connection', lower)
  }

  #renew(): void {
    const latest = this.#options.tls.files?.value
    if (latest === undefined || latest === this.#current) return
    this.#current = latest
    this.#server.setSecureContext(latest)
  }

  #makeServer(onSecure: (socket: TLSSocket) => void, only?: Socket): Server {
    const settings = { handshakeTimeout: this.#handshakeMs, noDelay: only === undefined }
    const server = createServer({ ...this.#current, ...settings })
    server.on('secureConnection', (socket) => {
      socket.allowHalfOpen = true
      socket.on('error', () => socket.destroy())
      onSecure(socket)
    })
    server.on('tlsClientError', (error, socket) => {
      const address = plainAddress((only ?? socket).remoteAddress ?? '')
      socket.destroy()
      only?.destroy()
      this.#options.onError(error, address)
    })
    return server
  }

  #secured(socket: Socket, beneath: Duplex): void {
    this.#waiting.delete(peerOf(socket))
    this.#options.onSecure(socket, beneath)
  }
}

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`
}
