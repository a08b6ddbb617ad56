import {
  type ComponentContext,
  type Delivery,
  type EventBatch,
  EventDeliveryError,
  type Origin,
  type Sink,
  type SinkLimits,
  StoppedError,
  verdictOf,
} from '../../core/index.ts'
import type { FromFiles } from '../../net/from-files.ts'
import { type ClientTls, type ClientTlsOptions, watchClientTls } from './client-tls.ts'
import type { Compression } from './compression.ts'
import { renewedTls } from './renewed-tls.ts'
import { type ReplyReader, RpcLink } from './rpc-link.ts'
import type { RpcSinkFields } from './rpc-sink-fields.ts'

/** The protocol of one connection of a sink. */
export interface RpcConversation<R> {
  readonly replies: ReplyReader<R>
  /**
   * Sends a batch and waits until the other side has it. Called again before that where several may be on their way;
   * once one has failed the connection is given up.
   * @param origin of its rows, where they have one
   * @throws EventDeliveryError unless it says so
   */
  deliver(batch: EventBatch, call: RpcCall<R>, origin?: Origin): Promise<void>
  /** See RpcLinkOptions. */
  numberOf?(reply: R): number
}

/** Sends a request and waits for its answer. @param number by which its answer is known */
export type RpcCall<R> = (request: readonly Uint8Array[], number?: number) => Promise<R>

export interface RpcSinkOptions<R> extends RpcSinkFields, ClientTlsOptions {
  /** undefined: none. */
  readonly compression?: Compression | undefined
  readonly compressesWithinTls?: boolean
  /** For a new connection. */
  converse(): RpcConversation<R>
}

interface Open<R> {
  readonly link: RpcLink<R>
  readonly conversation: RpcConversation<R>
  readonly since: number
  /** Batches that it has. */
  inFlight: number
  onIdle?: () => void
}

/** Of bodies: larger batches gain nothing, and compressed ones might be taken for bombs. One event may have more. */
const batchBytes = 16 * 1024 * 1024

/**
 * Sends each batch as a request, over a connection that it makes when it is needed. A failure of whatever kind ends the
 * connection, and with it all batches that are on their way, so that no late answer is taken for that of another batch.
 */
export class RpcSink<R> implements Sink {
  readonly limits: SinkLimits
  readonly #options: RpcSinkOptions<R>
  readonly #context: ComponentContext
  readonly #over = new AbortController()
  #tls: FromFiles<ClientTls> | undefined
  #open: Open<R> | undefined
  /** A connection that is being made, and how many wait for it. */
  #opening: Promise<Open<R>> | undefined
  #waiting = 0
  /** Something failed just now, and the runner is about to learn it. */
  #isFailing = false

  constructor(options: RpcSinkOptions<R>, context: ComponentContext) {
    this.#options = options
    this.#context = context
    this.limits = {
      events: options['batch-size'],
      bytes: batchBytes,
      lingerMs: 0,
      inFlight: options.maxInFlight,
      ordered: true,
    }
  }

  /** Without a connection: the other side may come later. @throws ComponentFailedError for a file that cannot be used */
  async start(): Promise<void> {
    this.#tls = await watchClientTls(this.#options)
  }

  async stop(): Promise<void> {
    this.#over.abort()
    this.#close(this.#open)
  }

  async deliver(batch: EventBatch, { signal, origin }: Delivery): Promise<void> {
    if (batch.length === 0) return
    if (this.#over.signal.aborted) throw new StoppedError('stopped')
    if (this.#wouldOvertake()) {
      throw new EventDeliveryError('a batch before it failed just now', { retryAfterMs: 0 })
    }
    let open = this.#ready()
    if (!open) {
      this.#waiting++
      this.#opening ??= this.#replaced(AbortSignal.any([signal, this.#over.signal]))
      try {
        open = await this.#opening
      } catch (error) {
        this.#failing()
        throw error
      } finally {
        // Not before all who wait have it: nobody overtakes them.
        if (--this.#waiting === 0) this.#opening = undefined
      }
    }
    // A stop closes the connection, which ends what it has.
    await this.#deliverOver(open, batch, signal, origin)
  }

  async #deliverOver(open: Open<R>, batch: EventBatch, signal: AbortSignal, origin: Origin | undefined): Promise<void> {
    const { link, conversation } = open
    open.inFlight++
    try {
      await conversation.deliver(batch, (request, number) => link.call(request, signal, number), origin)
    } catch (error) {
      // What can never be delivered was not sent, and harms nobody else.
      if (verdictOf(error) !== 'reject') {
        this.#failing()
        this.#close(open, error)
      }
      throw error
    } finally {
      if (--open.inFlight === 0) open.onIdle?.()
    }
  }

  /** The runner holds back what it takes after a failure: what it gave before it knew must not be sent first. */
  #wouldOvertake(): boolean {
    const open = this.#open
    return this.limits.inFlight > 1 && (this.#isFailing || (open?.link.isOpen === false && open.inFlight > 0))
  }

  #failing(): void {
    if (this.#isFailing) return
    this.#isFailing = true
    setImmediate(() => {
      this.#isFailing = false
    })
  }

  /** A connection that may be used at once. */
  #ready(): Open<R> | undefined {
    const open = this.#open
    if (!open?.link.isOpen || this.#waiting > 0) return undefined
    const resetMs = this.#options['reset-connection-interval']
    return resetMs === 0 || this.#context.clock.monotonic() - open.since < resetMs ? open : undefined
  }

  /** What the old connection has is waited for. */
  async #replaced(signal: AbortSignal): Promise<Open<R>> {
    const old = this.#open
    if (old && old.inFlight > 0) {
      await new Promise<void>((resolve) => {
        old.onIdle = resolve
      })
    }
    this.#close(old)
    const made = await this.#connect(signal)
    if (this.#over.signal.aborted) {
      made.link.close()
      throw new StoppedError('stopped while it connected')
    }
    this.#open = made
    return made
  }

  async #connect(signal: AbortSignal): Promise<Open<R>> {
    const { hostname, port, compression, compressesWithinTls = false } = this.#options
    const { clock, metrics } = this.#context
    const conversation = this.#options.converse()
    const tls = await renewedTls(this.#tls, this.#context)
    try {
      const link = await RpcLink.open(
        {
          host: hostname,
          port,
          connectTimeoutMs: this.#options['connect-timeout'],
          requestTimeoutMs: this.#options['request-timeout'],
          tls,
          compression,
          compressesWithinTls,
          clock,
          replies: conversation.replies,
          ...(conversation.numberOf && { numberOf: (reply: R) => conversation.numberOf?.(reply) ?? 0 }),
        },
        signal,
      )
      metrics.counter('connectionsCreated').add(1)
      return { link, conversation, since: clock.monotonic(), inFlight: 0 }
    } catch (error) {
      if (error instanceof EventDeliveryError) metrics.counter('connectionsFailed').add(1)
      throw error
    }
  }

  /** @param failure what ends it, and with it whatever it has */
  #close(open: Open<R> | undefined, failure?: unknown): void {
    if (!open) return
    open.link.close(failure)
    if (this.#open !== open) return
    this.#open = undefined
    this.#context.metrics.counter('connectionsClosed').add(1)
  }
}
