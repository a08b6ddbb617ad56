import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { OptionsOf } from '../../../component/kit.ts'
import {
  codeOf,
  type EventDrivenSource,
  type HttpHandler,
  type SourceContext,
  settledWithin,
} from '../../../core/index.ts'
import { hostAndPort } from '../../../net/address.ts'
import { SharedTimeout } from '../../../net/shared-timeout.ts'
import { TcpListener } from '../../../net/tcp-listener.ts'
import { listenerReports } from '../../listener-reports.ts'
import { HeldBytes } from '../held-bytes.ts'
import { loadServerTls } from '../server-tls.ts'
import { graceMs } from '../stop-grace.ts'
import { notHttp, tooLate } from './answers.ts'
import { HttpConnection } from './http-connection.ts'
import { HttpExchange, type HttpHouse, requestBytes } from './http-exchange.ts'
import type { httpFields } from './http-fields.ts'
import { Inflater } from './inflater.ts'

export type HttpSourceOptions = OptionsOf<typeof httpFields>

const defaultBodySize = 16 * 1024 * 1024
/** As many bytes may the head of a request have; Jetty's bound. */
const maxHeaderSize = 8192
/** How often Node looks for requests that are late, ms; it may be so much late. */
const mostLateMs = 1000

/** HTTP requests to events; see the declaration. */
export class HttpSource implements EventDrivenSource {
  readonly kind = 'event-driven'
  readonly #options: HttpSourceOptions
  readonly #context: SourceContext
  readonly #house: HttpHouse
  readonly #connections = new Map<Socket, HttpConnection>()
  /** Connections from which no byte has come. */
  readonly #silent: SharedTimeout<Socket>
  #server: Server | undefined
  #listener: TcpListener | undefined
  #stopping: Promise<void> | undefined

  constructor(options: HttpSourceOptions, handler: HttpHandler, context: SourceContext) {
    this.#options = options
    this.#context = context
    this.#house = houseOf(options, handler, context)
    this.#silent = new SharedTimeout(context.clock, options.requestTimeout, (socket) =>
      this.#clientFailed('ERR_HTTP_REQUEST_TIMEOUT', socket),
    )
  }

  /** @throws ComponentFailedError where it cannot be listened on, or a key store cannot be used */
  async start(): Promise<void> {
    const { bind, port, requestTimeout, maxConnections, maxConnectionsPerAddress } = this.#options
    const { log, clock, metrics } = this.#context
    const open = metrics.gauge('openConnections')
    const tls = await loadServerTls(this.#options)
    if (this.#stopping) return
    this.#server = this.#makeServer()
    this.#listener = new TcpListener({
      host: bind,
      port,
      tls,
      handshakeMs: requestTimeout,
      maxConnections,
      maxConnectionsPerAddress,
      clock,
      onConnection: (socket) => this.#welcome(socket),
      onStop: (socket) => this.#finish(socket),
      onCount: (connections) => open.set(connections),
      ...listenerReports(this.#context),
    })
    try {
      await this.#listener.start()
    } catch (error) {
      this.#server.close()
      throw error
    }
    const { address, port: bound } = this.#listener.address
    log.info('Listening.', { address: hostAndPort(address, bound), protocol: tls ? 'https' : 'http' })
  }

  stop(deadlineMs: number): Promise<void> {
    this.#stopping ??= this.#stop(deadlineMs)
    return this.#stopping
  }

  /** Answers what is under way until the deadline, and 503 to the rest then. */
  async #stop(deadlineMs: number): Promise<void> {
    const { clock } = this.#context
    const closed = this.#listener?.stop(deadlineMs + graceMs)
    if (closed && !(await settledWithin(closed, deadlineMs, clock))) {
      for (const connection of this.#connections.values()) connection.giveUp()
    }
    await closed
    this.#silent.clear()
    this.#server?.close()
  }

  #makeServer(): Server {
    const { requestTimeout, idleTimeout } = this.#options
    const server = createServer({
      maxHeaderSize,
      headersTimeout: requestTimeout,
      requestTimeout,
      keepAliveTimeout: idleTimeout,
      connectionsCheckingInterval: requestTimeout === 0 ? mostLateMs : Math.min(mostLateMs, requestTimeout),
    })
    server.on('request', (request: IncomingMessage, response: ServerResponse) => this.#exchange(request, response))
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) =>
      this.#exchange(request, response, () => response.writeContinue()),
    )
    server.on('clientError', (error, socket) => this.#clientFailed(codeOf(error), socket as Socket))
    // Connections come from the listener; the server watches their time-outs only from here on.
    server.emit('listening')
    return server
  }

  /** No request, or no more of one, can be read from a client. */
  #clientFailed(code: string, client: Socket): void {
    const { metrics } = this.#context
    const isLate = code === 'ERR_HTTP_REQUEST_TIMEOUT'
    if (!isLate && !code.startsWith('HPE_')) {
      client.destroy()
      return
    }
    const isEnd = code === 'HPE_INVALID_EOF_STATE'
    metrics.counter(isLate ? 'requestTimeouts' : isEnd ? 'requestsAborted' : 'requestsInvalid').add(1)
    const connection = this.#connections.get(client)
    if (connection && !connection.isIdle) connection.breakOff(isLate ? tooLate : notHttp)
    else if (client.writable) client.write(protocolAnswer(code))
    client.destroySoon()
  }

  /** A parser costs more than the socket: it comes with the first bytes. */
  #welcome(socket: Socket): void {
    const ended = (): unknown => socket.end()
    this.#silent.start(socket)
    socket.once('end', ended)
    socket.once('close', () => {
      this.#silent.cancel(socket)
      this.#connections.delete(socket)
    })
    socket.once('data', (first) => {
      socket.removeListener('end', ended)
      this.#silent.cancel(socket)
      socket.unshift(first)
      this.#connections.set(socket, new HttpConnection(socket))
      this.#server?.emit('connection', socket)
    })
  }

  #finish(socket: Socket): void {
    const connection = this.#connections.get(socket)
    if (connection) connection.finish()
    else socket.destroySoon()
  }

  #exchange(request: IncomingMessage, response: ServerResponse, goesOn?: () => void): void {
    const connection = this.#connections.get(request.socket)
    if (!connection) request.socket.destroy()
    else new HttpExchange(this.#house, connection, request, response).begin(goesOn)
  }
}

function houseOf(options: HttpSourceOptions, handler: HttpHandler, context: SourceContext): HttpHouse {
  const { maxBodySize, maxInflationRatio, maxHeldSize, retryAfter } = options
  const { enoughBytes } = handler
  const { metrics } = context
  const most = maxBodySize ?? enoughBytes ?? defaultBodySize
  return {
    context,
    handler,
    // One request alone always fits.
    held: new HeldBytes(Math.max(maxHeldSize, most + requestBytes)),
    // Few bytes become many: a handler that takes large bodies takes them so only where it is said.
    inflater: new Inflater(maxBodySize ?? Math.min(most, defaultBodySize), maxInflationRatio),
    maxBodySize: enoughBytes === undefined ? most : Math.min(most, enoughBytes),
    cuts: enoughBytes !== undefined && enoughBytes <= most,
    retryAfterMs: retryAfter,
    counters: {
      read: metrics.counter('requestsRead'),
      stored: metrics.counter('requestsStored'),
      unreadable: metrics.counter('requestsUnreadable'),
      failed: metrics.counter('requestsFailed'),
      tooLarge: metrics.counter('requestsTooLarge'),
      refused: metrics.counter('requestsRefused'),
      aborted: metrics.counter('requestsAborted'),
      cut: metrics.counter('bodiesCut'),
    },
  }
}

/** To a client that does not speak HTTP, or too slowly; there is no request that could be answered. */
function protocolAnswer(code: string): string {
  const status =
    code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW'
          ? '413 Payload Too Large'
          : '400 Bad Request'
  return `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`
}
