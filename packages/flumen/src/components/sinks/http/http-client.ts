import { type Agent, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { type Clock, EventDeliveryError, messageOf } from '../../../core/index.ts'
import type { ClientTls } from '../../rpc/client-tls.ts'
import {
  exchange,
  type HttpAnswer,
  NoConnectionError,
  type RequestHeaders,
  StaleConnectionError,
} from './http-exchange.ts'

export interface HttpClientOptions {
  readonly endpoint: URL
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly maxConnections: number
  readonly clock: Clock
  onConnected(): void
  onUnconnected(): void
}

const mostRedirects = 5
/** A connection that nobody uses is closed after so long, ms. */
const idleMs = 30_000

/** Posts to one endpoint over connections that stay. */
export class HttpClient {
  readonly #options: HttpClientOptions
  #tls: ClientTls | undefined
  #agent: Agent

  constructor(options: HttpClientOptions) {
    this.#options = options
    this.#agent = agentOf(options, undefined)
  }

  /** TLS for connections from now on; those that are idle are closed where it is another. undefined: none. */
  use(tls: ClientTls | undefined): void {
    if (tls === this.#tls) return
    const before = this.#agent
    this.#tls = tls
    this.#agent = agentOf(this.#options, tls)
    before.maxFreeSockets = 0
    for (const sockets of Object.values(before.freeSockets)) for (const socket of sockets ?? []) socket.destroy()
  }

  close(): void {
    this.#agent.destroy()
  }

  /**
   * The answer to a request, whatever its status; 307 and 308 are followed where they stay at the same place.
   * @throws EventDeliveryError where there is none, StoppedError as soon as the signal is aborted
   */
  async post(body: Uint8Array, headers: RequestHeaders, signal: AbortSignal): Promise<HttpAnswer> {
    const { endpoint } = this.#options
    let url = endpoint
    for (let redirects = 0; ; redirects++) {
      const answer = await this.#postTo(url, body, headers, signal)
      const isSentOn = answer.status === 307 || answer.status === 308
      if (!isSentOn || answer.location === undefined || redirects === mostRedirects) return answer
      if (!URL.canParse(answer.location, url.href)) return answer
      url = new URL(answer.location, url)
      if (url.origin !== endpoint.origin) return answer
    }
  }

  /** A connection that was kept may be closed as a request begins; another is tried then. */
  async #postTo(url: URL, body: Uint8Array, headers: RequestHeaders, signal: AbortSignal): Promise<HttpAnswer> {
    const { clock, connectTimeoutMs, requestTimeoutMs, maxConnections } = this.#options
    const { onConnected, onUnconnected } = this.#options
    for (let attempt = 0; ; attempt++) {
      try {
        const agent = this.#agent
        return await exchange(
          { url, body, headers, agent, connectTimeoutMs, requestTimeoutMs, clock, onConnected },
          signal,
        )
      } catch (error) {
        if (error instanceof StaleConnectionError) {
          if (attempt === maxConnections) throw this.#failure(error, true)
        } else if (error instanceof NoConnectionError) {
          onUnconnected()
          throw this.#failure(error, false)
        } else throw error
      }
    }
  }

  #failure(cause: Error, maybeDelivered: boolean): EventDeliveryError {
    const message = `${placeOf(this.#options.endpoint)}: ${messageOf(cause)}`
    return new EventDeliveryError(message, { cause, maybeDelivered })
  }
}

function agentOf({ maxConnections }: HttpClientOptions, tls: ClientTls | undefined): Agent {
  const kept = { keepAlive: true, maxSockets: maxConnections, maxFreeSockets: maxConnections, timeout: idleMs }
  return tls ? new HttpsAgent({ ...kept, ...tls }) : new HttpAgent(kept)
}

/** The URL without what may be secret in it. */
export function placeOf(url: URL): string {
  return `${url.origin}${url.pathname}`
}
