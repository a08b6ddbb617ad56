import { type Agent, type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Socket } from 'node:net'
import { type Clock, codeOf, EventDeliveryError, StoppedError } from '../../../core/index.ts'

export interface ExchangeOptions {
  readonly url: URL
  readonly body: Uint8Array
  readonly headers: RequestHeaders
  readonly agent: Agent
  readonly connectTimeoutMs: number
  /** From the connection on. */
  readonly requestTimeoutMs: number
  readonly clock: Clock
  /** A new connection was made. */
  onConnected(): void
}

export interface HttpAnswer {
  readonly status: number
  /** As it stands in the header. */
  readonly retryAfter: string | undefined
  readonly location: string | undefined
  /** Its first bytes, for people. */
  readonly text: string
}

export type RequestHeaders = Readonly<Record<string, string | number>>

/** A connection that was kept broke before an answer came: it may have been closed as the request was sent. */
export class StaleConnectionError extends Error {}

/** There is no connection, so that nothing was sent. */
export class NoConnectionError extends Error {}

/** Bytes of an answer that are read; what goes on after them ends the connection. */
const mostAnswerBytes = 65_536
const mostShownBytes = 300

/**
 * One request and its answer, whatever its status.
 * @throws StaleConnectionError, NoConnectionError, EventDeliveryError where no answer came to what was sent,
 * StoppedError as soon as the signal is aborted
 */
export function exchange(options: ExchangeOptions, signal: AbortSignal): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(new StoppedError('stopped'))
    else new Exchange(options, signal, resolve, reject).begin()
  })
}

class Exchange {
  readonly #options: ExchangeOptions
  readonly #signal: AbortSignal
  readonly #resolve: (answer: HttpAnswer) => void
  readonly #reject: (error: Error) => void
  readonly #request: ClientRequest
  readonly #stopped = (): void =>
    this.#fail(new StoppedError('stopped before an answer came', { maybeDelivered: this.#isConnected }))
  /** What is known of it. */
  #answer: HttpAnswer | undefined
  #isConnected = false
  #isSettled = false
  #cancelTimer = (): void => undefined

  constructor(
    options: ExchangeOptions,
    signal: AbortSignal,
    resolve: (answer: HttpAnswer) => void,
    reject: (error: Error) => void,
  ) {
    const { url, agent, headers, body } = options
    this.#options = options
    this.#signal = signal
    this.#resolve = resolve
    this.#reject = reject
    const make = url.protocol === 'https:' ? requestHttps : requestHttp
    this.#request = make(url, { method: 'POST', agent, headers: { ...headers, 'Content-Length': body.length } })
  }

  begin(): void {
    const { clock, connectTimeoutMs, body } = this.#options
    const request = this.#request
    this.#signal.addEventListener('abort', this.#stopped, { once: true })
    this.#cancelTimer = clock.after(connectTimeoutMs, () =>
      this.#fail(new NoConnectionError(`no connection within ${connectTimeoutMs} ms`)),
    )
    request.once('socket', (socket) => this.#onSocket(socket))
    request.on('error', (error) => this.#onError(error))
    request.on('response', (response) => this.#onResponse(response))
    request.end(body)
  }

  #onSocket(socket: Socket): void {
    socket.setNoDelay(true)
    if (this.#request.reusedSocket) {
      this.#onConnected()
      return
    }
    socket.once(this.#options.url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      this.#options.onConnected()
      this.#onConnected()
    })
  }

  #onConnected(): void {
    if (this.#isSettled) return
    const { clock, requestTimeoutMs } = this.#options
    this.#isConnected = true
    this.#cancelTimer()
    this.#cancelTimer = clock.after(requestTimeoutMs, () => {
      // The status says what became of the events; the rest of an answer may be missing.
      if (this.#answer) this.#finish()
      else this.#fail(this.#unanswered(`no answer came within ${requestTimeoutMs} ms`))
      this.#request.destroy()
    })
  }

  #onResponse(response: IncomingMessage): void {
    const { statusCode = 0, headers } = response
    const head = { status: statusCode, retryAfter: headers['retry-after'], location: headers.location }
    const shown: Buffer[] = []
    let bytes = 0
    this.#answer = { ...head, text: '' }
    response.on('data', (chunk: Buffer) => {
      if (bytes < mostShownBytes) {
        shown.push(chunk.subarray(0, mostShownBytes - bytes))
        this.#answer = { ...head, text: Buffer.concat(shown).toString() }
      }
      bytes += chunk.length
      if (bytes > mostAnswerBytes) response.destroy()
    })
    response.on('error', () => this.#finish())
    response.on('end', () => this.#finish())
    response.on('close', () => this.#finish())
  }

  #onError(error: Error): void {
    if (this.#answer) this.#finish()
    else if (!this.#isConnected) this.#fail(new NoConnectionError('no connection', { cause: error }))
    else if (this.#request.reusedSocket && isBroken(error)) {
      this.#fail(new StaleConnectionError('the connection broke', { cause: error }))
    } else this.#fail(this.#unanswered('the connection broke', error))
  }

  #finish(): void {
    if (!this.#answer || !this.#settle()) return
    // Who answers before the end of a request may not read the rest of it; the connection is of no more use.
    if (!this.#request.writableFinished) this.#request.destroy()
    this.#resolve(this.#answer)
  }

  #fail(error: Error): void {
    if (this.#settle()) this.#reject(error)
    this.#request.destroy()
  }

  #settle(): boolean {
    if (this.#isSettled) return false
    this.#isSettled = true
    this.#cancelTimer()
    this.#signal.removeEventListener('abort', this.#stopped)
    return true
  }

  #unanswered(what: string, cause?: Error): EventDeliveryError {
    const { origin, pathname } = this.#options.url
    return new EventDeliveryError(`${origin}${pathname}: ${what}`, { ...(cause && { cause }), maybeDelivered: true })
  }
}

function isBroken(error: Error): boolean {
  return ['ECONNRESET', 'EPIPE', 'ECONNABORTED'].includes(codeOf(error))
}
