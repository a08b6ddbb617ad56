import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type SourceContext, settledWithin } from '../../core/index.ts'
import { hostAndPort, plainAddress } from '../../net/address.ts'
import { SharedTimeout } from '../../net/shared-timeout.ts'
import { TcpListener } from '../../net/tcp-listener.ts'
import type { ServerTls } from '../../net/tls-door.ts'
import { usualInflationRatio } from '../../protocols/inflation.ts'
import { listenerReports } from '../listener-reports.ts'
import { CompressedStream } from './compressed-stream.ts'
import type { Compression } from './compression.ts'
import { firstByteOf, tlsHandshakeByte } from './first-byte.ts'
import { HeldRequests } from './held-requests.ts'
import { RpcConnection, type RpcHouse, type RpcSession } from './rpc-connection.ts'
import type { InflationFields, RpcServerFields } from './rpc-server-fields.ts'

export type { RpcSession } from './rpc-connection.ts'

/** `maxRequestSize` is the sessions' business. */
export interface RpcServerOptions extends Omit<RpcServerFields, 'maxRequestSize'>, Partial<InflationFields> {
  readonly host: string | undefined
  readonly port: number
  readonly tls: ServerTls | undefined
  /** For a new connection. */
  session(): RpcSession
  /** Whether a client may come in; undefined: all may. */
  accepts?(address: string): boolean | Promise<boolean>
  /** undefined: none. With TLS the client chooses which is outside. */
  readonly compression?: Compression | undefined
}

/** What a stop waits beyond its deadline for puts that it gave up, ms. */
const graceMs = 250

/** Serves requests over TCP: the part of such a source that is the same for every protocol. */
export class RpcServer {
  readonly #options: RpcServerOptions
  readonly #context: SourceContext
  readonly #listener: TcpListener
  readonly #house: RpcHouse
  readonly #timeouts: SharedTimeout<RpcConnection>
  readonly #connections = new Map<Socket, RpcConnection>()

  constructor(options: RpcServerOptions, context: SourceContext) {
    this.#options = options
    this.#context = context
    const { clock, log, metrics } = context
    const late = metrics.counter('requestTimeouts')
    this.#timeouts = new SharedTimeout<RpcConnection>(clock, options.requestTimeout, (connection) => {
      late.add(1)
      log.warn('A request was not whole in time; its connection is closed.')
      connection.giveUp()
    })
    this.#listener = this.#makeListener()
    this.#house = {
      context,
      listener: this.#listener,
      timeouts: this.#timeouts,
      held: new HeldRequests<RpcConnection>(options.maxHeldSize),
      invalid: metrics.counter('requestsInvalid'),
      maxInflationRatio: options.maxInflationRatio ?? usualInflationRatio,
    }
  }

  /** @throws ComponentFailedError where it cannot be listened on */
  async start(): Promise<void> {
    await this.#listener.start()
    const { address, port } = this.#listener.address
    this.#context.log.info('Listening.', {
      address: hostAndPort(address, port),
      protocol: this.#options.tls ? 'tls' : 'tcp',
    })
  }

  /** Reads no more requests; those that were read are answered until the deadline. */
  async stop(deadlineMs: number): Promise<void> {
    const closed = this.#listener.stop(deadlineMs)
    await settledWithin(closed, deadlineMs + graceMs, this.#context.clock)
    this.#timeouts.clear()
  }

  #makeListener(): TcpListener {
    const { host, port, tls, compression, requestTimeout, maxConnections, maxConnectionsPerAddress } = this.#options
    const { clock, metrics } = this.#context
    const open = metrics.gauge('openConnections')
    return new TcpListener({
      host,
      port,
      tls,
      handshakeMs: requestTimeout,
      ...(compression && { beneathTls: (socket) => beneathTls(socket, compression) }),
      maxConnections,
      maxConnectionsPerAddress,
      clock,
      onConnection: (socket, beneath) => this.#welcome(socket, beneath),
      onStop: (socket) => {
        const connection = this.#connections.get(socket)
        if (connection) connection.finish()
        else socket.destroy()
      },
      onCount: (connections) => open.set(connections),
      ...listenerReports(this.#context),
    })
  }

  #welcome(socket: Socket, beneath: Duplex | undefined): void {
    const answer = this.#options.accepts?.(plainAddress(socket.remoteAddress ?? '')) ?? true
    if (answer === true) this.#serve(socket, beneath)
    else if (answer === false) this.#refuse(socket)
    else {
      this.#listener.hold(socket)
      void answer.then((isAccepted) => {
        if (socket.destroyed) return
        if (isAccepted) this.#serve(socket, beneath)
        else this.#refuse(socket)
        this.#listener.release(socket)
      })
    }
  }

  #serve(socket: Socket, beneath: Duplex | undefined): void {
    const { session, compression } = this.#options
    const within = beneath instanceof CompressedStream ? undefined : compression
    this.#connections.set(socket, new RpcConnection(socket, this.#house, session(), within))
    socket.once('close', () => this.#connections.delete(socket))
  }

  #refuse(socket: Socket): void {
    const { log, metrics } = this.#context
    metrics.counter('connectionsRefused').add(1)
    log.info('A client was refused by a rule.', { client: plainAddress(socket.remoteAddress ?? '') })
    socket.destroy()
  }
}

/** Flume 1.11 speaks TLS over a stream of zlib, Flume up to 1.9 the other way round: the first byte tells. */
async function beneathTls(socket: Socket, compression: Compression): Promise<Duplex> {
  const byte = await firstByteOf(socket)
  if (byte === undefined) socket.destroy()
  return byte === undefined || byte === tlsHandshakeByte ? socket : new CompressedStream(socket, compression)
}
