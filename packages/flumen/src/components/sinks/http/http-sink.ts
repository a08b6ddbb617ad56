import { STATUS_CODES } from 'node:http'
import type { OptionsOf } from '../../../component/kit.ts'
import {
  type ComponentContext,
  type Delivery,
  type EventBatch,
  EventDeliveryError,
  EventRejectedError,
  type Outcome,
  type Sink,
  type SinkLimits,
  StoppedError,
} from '../../../core/index.ts'
import type { FromFiles } from '../../../net/from-files.ts'
import { type ClientTls, watchClientTls } from '../../rpc/client-tls.ts'
import { renewedTls } from '../../rpc/renewed-tls.ts'
import { HttpClient, placeOf } from './http-client.ts'
import type { HttpAnswer, RequestHeaders } from './http-exchange.ts'
import type { httpSinkFields } from './http-fields.ts'
import { compressed, contentTypes, requestBody } from './request-body.ts'
import { retryAfterMs } from './retry-after.ts'
import { StatusRules } from './status-rules.ts'

export type HttpSinkOptions = OptionsOf<typeof httpSinkFields>

const tooLarge = 413
/** Flume's pauses after answers that say so: one second more each time in a row, ms. */
const pauseStep = 1000
const longestPause = 5000

/** Posts events, one or several a request; see the declaration. */
export class HttpSink implements Sink {
  readonly limits: SinkLimits
  readonly #options: HttpSinkOptions
  readonly #context: ComponentContext
  readonly #endpoint: URL
  readonly #rules: StatusRules
  readonly #headers: RequestHeaders
  readonly #over = new AbortController()
  #tls: FromFiles<ClientTls> | undefined
  #client: HttpClient | undefined
  /** Until then the other side wants no request. Monotonic ms, as all times here. */
  #askedUntil = 0
  /** Until then there is a pause although the last events are settled. */
  #pauseUntil = 0
  #pauses = 0

  constructor(options: HttpSinkOptions, context: ComponentContext) {
    const { batchSize, maxRequestSize, ordered } = options
    this.#options = options
    this.#context = context
    this.#endpoint = new URL(options.endpoint)
    this.#rules = new StatusRules(options)
    this.#headers = headersOf(options)
    this.limits = { events: batchSize, bytes: maxRequestSize, lingerMs: 0, inFlight: connections(options), ordered }
  }

  /** Without a connection: the other side may come later. @throws ComponentFailedError for a file that cannot be used */
  async start(): Promise<void> {
    const { metrics, clock } = this.#context
    const { connectTimeout, requestTimeout } = this.#options
    this.#tls = await watchClientTls({ ...this.#options, ssl: this.#endpoint.protocol === 'https:' })
    this.#client = new HttpClient({
      endpoint: withoutCredentials(this.#endpoint),
      connectTimeoutMs: connectTimeout,
      requestTimeoutMs: requestTimeout,
      maxConnections: connections(this.#options),
      clock,
      onConnected: () => metrics.counter('connectionsCreated').add(1),
      onUnconnected: () => metrics.counter('connectionsFailed').add(1),
    })
  }

  async stop(): Promise<void> {
    this.#over.abort()
    this.#client?.close()
  }

  async deliver(batch: EventBatch, { signal }: Delivery): Promise<Outcome | void> {
    if (batch.length === 0) return
    if (this.#over.signal.aborted) throw new StoppedError('stopped')
    const both = AbortSignal.any([signal, this.#over.signal])
    const { clock } = this.#context
    const asked = this.#askedUntil - clock.monotonic()
    if (asked > 0) throw new EventDeliveryError('the other side asked for a pause', { retryAfterMs: asked })
    if (this.#options.format === 'body') return this.#deliverEach(batch, both)
    const rejected = await this.#deliverOne(batch, both)
    return rejected.length === 0 ? undefined : { rejected }
  }

  /** A request a row, in turn. What comes after a failure is to be sent again with it. */
  async #deliverEach(batch: EventBatch, signal: AbortSignal): Promise<Outcome | void> {
    const rejected: { readonly row: number; readonly reason: string }[] = []
    for (let row = 0; row < batch.length; row++) {
      try {
        const own = await this.#deliverOne(batch.slice(row, row + 1), signal)
        if (own[0]) rejected.push({ row, reason: own[0].reason })
      } catch (error) {
        if (error instanceof EventRejectedError && batch.length > 1) {
          rejected.push({ row, reason: `${error.code}: ${error.message}` })
        } else if (row === 0) throw error
        else return { rejected, retry: Uint32Array.from({ length: batch.length - row }, (_, index) => row + index) }
      }
    }
    return rejected.length === 0 ? undefined : { rejected }
  }

  /** @returns rows that no request can hold; the others are delivered */
  async #deliverOne(batch: EventBatch, signal: AbortSignal): Promise<NonNullable<Outcome['rejected']>> {
    const { compression, compressionLevel } = this.#options
    const { clock, metrics } = this.#context
    const { bytes, events, rejected } = requestBody(batch, this.#options)
    if (events === 0) return rejected
    const pause = this.#pauseUntil - clock.monotonic()
    if (pause > 0) await clock.sleep(pause, signal)
    const body = await compressed(bytes, compression, compressionLevel)
    const client = this.#client
    if (!client) throw new StoppedError('the sink does not run')
    metrics.counter('requestsSent').add(1)
    const answer = await this.#posted(client, body, signal)
    this.#settle(answer, events)
    return rejected
  }

  async #posted(client: HttpClient, body: Uint8Array, signal: AbortSignal): Promise<HttpAnswer> {
    try {
      client.use(await renewedTls(this.#tls, this.#context))
      return await client.post(body, this.#headers, signal)
    } catch (error) {
      this.#context.metrics.counter('requestsUnanswered').add(1)
      throw error
    }
  }

  /** @throws EventDeliveryError unless the answer says that the other side has the events */
  #settle(answer: HttpAnswer, events: number): void {
    const { metrics, clock } = this.#context
    const { verdict, backOff, isCounted } = this.#rules.judge(answer.status)
    if (Math.floor(answer.status / 100) !== 2) metrics.counter('answersWithoutSuccess').add(1)
    // The runner divides them, and asks about each part anew.
    if (events > 1 && (verdict === 'refused' || answer.status === tooLarge)) {
      throw new EventRejectedError(this.#messageOf(answer))
    }
    if (isCounted) metrics.counter('eventsCounted').add(events)
    if (verdict === 'retry') {
      const asked = retryAfterMs(answer.retryAfter, clock.now(), this.#options.maxRetryAfter)
      this.#askedUntil = Math.max(this.#askedUntil, clock.monotonic() + (asked ?? 0))
      // Without a number the runner makes its own pauses.
      const pause = backOff ? asked : (asked ?? 0)
      throw new EventDeliveryError(this.#messageOf(answer), pause === undefined ? {} : { retryAfterMs: pause })
    }
    this.#pauses = backOff ? this.#pauses + 1 : 0
    this.#pauseUntil = clock.monotonic() + Math.min(this.#pauses * pauseStep, longestPause)
    if (verdict === 'refused') throw new EventRejectedError(this.#messageOf(answer))
  }

  #messageOf({ status, text, location }: HttpAnswer): string {
    const words = [`${placeOf(this.#endpoint)} answered ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd()]
    if (location !== undefined) words.push(`and names another place, ${location.slice(0, 200)}: set it as endpoint`)
    if (text !== '') words.push(`with "${text.trim()}"`)
    return words.join(', ')
  }
}

function connections({ ordered, maxConnections }: HttpSinkOptions): number {
  return ordered ? 1 : maxConnections
}

function headersOf(options: HttpSinkOptions): RequestHeaders {
  const { format, contentTypeHeader, acceptHeader, compression, headers } = options
  const authorization = authorizationOf(options)
  const own: Record<string, string> = {
    'User-Agent': 'flumen',
    'Content-Type': contentTypeHeader ?? contentTypes[format],
    Accept: acceptHeader,
    ...(compression !== 'none' && { 'Content-Encoding': compression }),
    ...(authorization !== undefined && { Authorization: authorization }),
  }
  for (const [name, value] of headers) {
    const known = Object.keys(own).find((other) => other.toLowerCase() === name.toLowerCase())
    own[known ?? name] = value
  }
  return own
}

function authorizationOf({ username, password, bearerToken, endpoint }: HttpSinkOptions): string | undefined {
  if (bearerToken !== undefined) return `Bearer ${bearerToken.reveal()}`
  if (username !== undefined) return basic(username, password?.reveal() ?? '')
  const url = new URL(endpoint)
  if (url.username === '' && url.password === '') return undefined
  return basic(decodeURIComponent(url.username), decodeURIComponent(url.password))
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

function withoutCredentials(url: URL): URL {
  const plain = new URL(url)
  plain.username = ''
  plain.password = ''
  return plain
}
