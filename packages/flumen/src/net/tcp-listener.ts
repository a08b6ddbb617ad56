import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Clock, ComponentFailedError, messageOf, StoppedError } from '../core/index.ts'
import { addressOf, plainAddress } from './address.ts'
import { listenError } from './listen-error.ts'
import { type ServerTls, TlsDoor } from './tls-door.ts'
import { freeSocketPath } from './unix-path.ts'

export type RefusedConnection = 'maxConnections' | 'maxConnectionsPerAddress'

export interface TcpListenerOptions {
  /** Name or address; `undefined`: all addresses, IPv6 too where the machine has it. */
  readonly host: string | undefined
  /** 0: one that is free; `address` says which. */
  readonly port: number
  /** A Unix socket instead of host and port. */
  readonly path?: string | undefined
  /** Connections come here once their handshake is done; they count from their first packet. */
  readonly tls?: ServerTls | undefined
  /** See {@link TlsDoor}. */
  readonly handshakeMs?: number | undefined
  /** What TLS is spoken over where that is not the connection itself; see {@link TlsDoor}. */
  readonly beneathTls?: ((socket: Socket) => Promise<Duplex>) | undefined
  /** Connections at once; 0 or none: no bound. */
  readonly maxConnections?: number
  /** Connections at once from one address; 0 or none: no bound. */
  readonly maxConnectionsPerAddress?: number
  readonly clock: Clock
  /**
   * A new connection. It stays half open when the other side ends; who gets it ends it.
   * @param beneath what its TLS is spoken over
   */
  onConnection(socket: Socket, beneath?: Duplex): void
  /** A connection over a bound was closed at once. */
  onRefused?(reason: RefusedConnection, address: string): void
  /** A connection could not be accepted (too many open files); the listener goes on. */
  onAcceptError?(error: Error): void
  /** A client that the handshake of TLS failed with; its connection is closed. */
  onTlsError?(error: Error, address: string): void
  /** Files of TLS have changed and cannot be used: those from before are used on. Told once a change. */
  onBrokenTlsFiles?(error: unknown): void
  /** How many connections there are now, after each change. */
  onCount?(connections: number): void
  /** The listener stops: end this connection soon. Without it connections are destroyed at once. */
  onStop?(socket: Socket): void
}

/** A peer that has gone without a word is found after this and ten probes a second apart. */
const keepAliveDelayMs = 15_000
/** Connections that wait to be accepted; the system cuts it to net.core.somaxconn. */
const backlog = 4096

/**
 * Listens on a TCP address and owns its connections: knows them all, bounds them, pauses them, and ends them when it
 * stops. No error of a socket is left unhandled; a connection that fails is closed and nothing else.
 */
export class TcpListener {
  readonly #options: TcpListenerOptions
  readonly #server: Server
  /** Connections, and how many reasons each has to wait. */
  readonly #connections = new Map<Socket, number>()
  readonly #tls: TlsDoor | undefined
  /** Those in a handshake too. */
  #open = 0
  readonly #perAddress = new Map<string, number>()
  #paused = false
  #stopping: Promise<void> | undefined
  #onEmpty: (() => void) | undefined

  constructor(options: TcpListenerOptions) {
    this.#options = options
    this.#server = createServer({
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveDelayMs,
    })
    if (options.maxConnections) this.#server.maxConnections = options.maxConnections
    this.#server.on('connection', (socket) => this.#accept(socket))
    if (options.tls) {
      this.#tls = new TlsDoor({
        tls: options.tls,
        handshakeMs: options.handshakeMs,
        clock: options.clock,
        ...(options.beneathTls && { beneath: options.beneathTls }),
        onSecure: (socket, beneath) => this.#serve(socket, beneath),
        onError: (error, address) => options.onTlsError?.(error, address),
        onBrokenFiles: (error) => options.onBrokenTlsFiles?.(error),
      })
    }
    this.#server.on('drop', (dropped) =>
      options.onRefused?.('maxConnections', plainAddress(dropped?.remoteAddress ?? '')),
    )
  }

  /** @throws ComponentFailedError that says why the address cannot be had, and on Linux who has it */
  async start(): Promise<void> {
    const { host, port, path } = this.#options
    if (path !== undefined) return this.#startOnPath(path)
    const address = host === undefined ? undefined : await addressOf(host)
    if (this.#stopping) throw new StoppedError('stopped before it listened')
    try {
      await this.#listen({ port, ...(address !== undefined && { host: address }) })
    } catch (cause) {
      throw await listenError('tcp', address, port, cause)
    }
    this.#server.on('error', (error) => this.#options.onAcceptError?.(error))
  }

  /** Where it listens; only between start and stop. */
  get address(): AddressInfo {
    return this.#server.address() as AddressInfo
  }

  get connections(): number {
    return this.#open
  }

  /** Reads no more from this connection until `release` was called as often. */
  hold(socket: Socket): void {
    const holds = this.#connections.get(socket)
    if (holds === undefined) return
    this.#connections.set(socket, holds + 1)
    socket.pause()
  }

  release(socket: Socket): void {
    const holds = this.#connections.get(socket)
    if (!holds) return
    this.#connections.set(socket, holds - 1)
    if (holds === 1 && !this.#paused) socket.resume()
  }

  /** Reads from no connection until `resume`; new ones are accepted and wait. */
  pause(): void {
    this.#paused = true
    for (const socket of this.#connections.keys()) socket.pause()
  }

  resume(): void {
    this.#paused = false
    for (const [socket, holds] of this.#connections) if (holds === 0) socket.resume()
  }

  /** Accepts nothing more at once; connections have until the deadline to end. */
  stop(deadlineMs: number): Promise<void> {
    this.#stopping ??= this.#stop(deadlineMs)
    return this.#stopping
  }

  /** @throws ComponentFailedError where it cannot be listened on, or somebody does */
  async #startOnPath(path: string): Promise<void> {
    await freeSocketPath(path)
    if (this.#stopping) throw new StoppedError('stopped before it listened')
    try {
      await this.#listen({ path })
    } catch (cause) {
      throw new ComponentFailedError(`cannot listen on ${path}: ${messageOf(cause)}`, { cause })
    }
    this.#server.on('error', (error) => this.#options.onAcceptError?.(error))
  }

  #listen(where: { readonly host?: string; readonly port?: number; readonly path?: string }): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ ...where, backlog }, () => {
        this.#server.removeListener('error', reject)
        resolve()
      })
    })
  }

  #accept(socket: Socket): void {
    socket.on('error', () => socket.destroy())
    const address = plainAddress(socket.remoteAddress ?? '')
    if (this.#stopping || !this.#mayEnter(address)) {
      socket.destroy()
      return
    }
    this.#open++
    socket.once('close', () => this.#leave(address))
    this.#options.onCount?.(this.#open)
    if (this.#tls) this.#tls.enter(socket)
    else this.#serve(socket)
  }

  #serve(socket: Socket, beneath?: Duplex): void {
    this.#connections.set(socket, 0)
    socket.once('close', () => this.#connections.delete(socket))
    this.#options.onConnection(socket, beneath)
    if (this.#paused) socket.pause()
  }

  #mayEnter(address: string): boolean {
    const most = this.#options.maxConnectionsPerAddress
    if (!most) return true
    const there = this.#perAddress.get(address) ?? 0
    if (there >= most) {
      this.#options.onRefused?.('maxConnectionsPerAddress', address)
      return false
    }
    this.#perAddress.set(address, there + 1)
    return true
  }

  #leave(address: string): void {
    this.#open--
    this.#options.onCount?.(this.#open)
    const there = this.#perAddress.get(address)
    if (there === 1) this.#perAddress.delete(address)
    else if (there !== undefined) this.#perAddress.set(address, there - 1)
    if (this.#open === 0) this.#onEmpty?.()
  }

  async #stop(deadlineMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    const { onStop, clock } = this.#options
    this.#tls?.close()
    for (const socket of this.#connections.keys()) {
      if (onStop) onStop(socket)
      else socket.destroy()
    }
    const cancel = clock.after(deadlineMs, () => {
      for (const socket of this.#connections.keys()) socket.destroy()
    })
    await this.#emptied()
    cancel()
    await closed
  }

  async #emptied(): Promise<void> {
    if (this.#open === 0) return
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve
    })
  }
}
