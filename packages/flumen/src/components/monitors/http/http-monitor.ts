import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  ComponentFailedError,
  type Monitor,
  type MonitorContext,
  messageOf,
  StoppedError,
} from '../../../core/index.ts'
import { addressOf, hostAndPort } from '../../../net/address.ts'
import { listenError } from '../../../net/listen-error.ts'
import { AllowedHosts } from './allowed-hosts.ts'
import { type Answer, answer, plainText } from './routes.ts'

export interface HttpMonitorOptions {
  readonly bind: string
  readonly port: number
}

/** Connections at once; one more is closed as it comes. */
const maxConnections = 64
/** Sizes in bytes, times in ms. */
const limits: ServerOptions = {
  maxHeaderSize: 8192,
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
}
/** A connection on which nothing moves is closed, though its answer is not read, ms. */
const inactiveMs = 30_000
/** How long a stop waits for answers that are on their way, ms. */
const stopMs = 1000

/** Nothing may keep, frame or guess about an answer. */
const headers: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}

/** Answers HTTP requests from a reading that is made for each. Bounded in connections, sizes and times. */
export class HttpMonitor implements Monitor {
  readonly #options: HttpMonitorOptions
  readonly #context: MonitorContext
  #server: Server | undefined
  #hosts = new AllowedHosts('0.0.0.0', '')
  #starting: Promise<void> | undefined
  #stopping: Promise<void> | undefined
  #hasFailed = false

  constructor(options: HttpMonitorOptions, context: MonitorContext) {
    this.#options = options
    this.#context = context
  }

  get address(): string {
    const bound = this.#server?.address() as AddressInfo | null | undefined
    return `http://${hostAndPort(this.#options.bind, bound?.port ?? this.#options.port)}`
  }

  /** @throws ComponentFailedError that says who has the port and which setting gives another one */
  start(): Promise<void> {
    this.#starting = this.#start()
    return this.#starting
  }

  stop(deadlineMs: number): Promise<void> {
    this.#stopping ??= this.#stop(Math.min(deadlineMs, stopMs))
    return this.#stopping
  }

  async #start(): Promise<void> {
    const { bind, port } = this.#options
    const address = await addressOf(bind)
    if (this.#stopping) throw new StoppedError('stopped before it listened')
    this.#hosts = new AllowedHosts(address, bind)
    const server = createServer(limits, (request, response) => this.#serve(request, response))
    server.maxConnections = maxConnections
    server.timeout = inactiveMs
    // Who waits goes before who idles.
    server.on('drop', () => server.closeIdleConnections())
    try {
      await listen(server, address, port)
    } catch (cause) {
      const { message } = await listenError('tcp', address, port, cause)
      const mend = 'give flume.monitoring.port another one, or set flume.monitoring.type to none'
      throw new ComponentFailedError(`${message}; ${mend}`, { cause })
    }
    server.on('error', (error) => this.#context.log.warn('The monitor cannot accept a connection.', { error }))
    this.#server = server
  }

  async #stop(graceMs: number): Promise<void> {
    await this.#starting?.catch(() => undefined)
    const server = this.#server
    if (!server) return
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeIdleConnections()
    const cancel = this.#context.clock.after(graceMs, () => server.closeAllConnections())
    await closed
    cancel()
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    // A client that goes away while it is answered is no failure of anybody.
    response.on('error', () => response.destroy())
    const { status, type, body, more } = this.#answer(request)
    const bytes = Buffer.from(body)
    response.writeHead(status, {
      ...headers,
      'Content-Type': type,
      'Content-Length': bytes.length,
      ...more,
      ...(hasBody(request) && { Connection: 'close' }),
    })
    response.end(request.method === 'HEAD' ? undefined : bytes)
  }

  #answer({ method = 'GET', url = '/', headers: given }: IncomingMessage): Answer {
    const refused = this.#hosts.refusal(given.host)
    if (refused !== undefined) return plainText(403, refused)
    try {
      return answer({ method, url, accept: given.accept }, () => this.#context.read())
    } catch (error) {
      if (!this.#hasFailed) this.#context.log.warn('The agent could not be read.', { error })
      this.#hasFailed = true
      return plainText(500, `The agent could not be read: ${messageOf(error)}`)
    }
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.removeListener('error', reject)
      resolve()
    })
  })
}

/** What is not read of it must not keep the connection busy. */
function hasBody({ headers: given }: IncomingMessage): boolean {
  return given['transfer-encoding'] !== undefined || Number(given['content-length'] ?? 0) > 0
}
