import {
  type ComponentContext,
  type Delivery,
  type EventBatch,
  EventDeliveryError,
  type Sink,
  type SinkLimits,
  StoppedError,
} from '../../core/index.ts'
import { type ClientTls, type ClientTlsOptions, loadClientTls } from './client-tls.ts'
import { type ReplyReader, RpcLink } from './rpc-link.ts'
import type { RpcSinkFields } from './rpc-sink-fields.ts'

/** The protocol of one connection of a sink. */
export interface RpcConversation<R> {
  readonly replies: ReplyReader<R>
  /**
   * Sends a batch and waits until the other side has it.
   * @throws EventDeliveryError unless it says so
   */
  deliver(batch: EventBatch, call: (request: readonly Uint8Array[]) => Promise<R>): Promise<void>
}

export interface RpcSinkOptions<R> extends RpcSinkFields, ClientTlsOptions {
  readonly deflateLevel?: number | undefined
  /** For a new connection. */
  converse(): RpcConversation<R>
}

interface Open<R> {
  readonly link: RpcLink<R>
  readonly conversation: RpcConversation<R>
  readonly since: number
}

/**
 * Sends each batch as a request, over a connection that it makes when it is needed. A failure of whatever kind ends the
 * connection, so that no late answer is taken for that of another batch.
 */
export class RpcSink<R> implements Sink {
  readonly limits: SinkLimits
  readonly #options: RpcSinkOptions<R>
  readonly #context: ComponentContext
  readonly #over = new AbortController()
  #tls: ClientTls | undefined
  #open: Open<R> | undefined

  constructor(options: RpcSinkOptions<R>, context: ComponentContext) {
    this.#options = options
    this.#context = context
    this.limits = {
      events: options['batch-size'],
      bytes: Number.MAX_SAFE_INTEGER,
      lingerMs: 0,
      inFlight: 1,
      ordered: true,
    }
  }

  /** Without a connection: the other side may come later. @throws ComponentFailedError for a file that cannot be used */
  async start(): Promise<void> {
    this.#tls = await loadClientTls(this.#options)
  }

  async stop(): Promise<void> {
    this.#over.abort()
    this.#close()
  }

  async deliver(batch: EventBatch, { signal }: Delivery): Promise<void> {
    if (batch.length === 0) return
    if (this.#over.signal.aborted) throw new StoppedError('stopped')
    const both = AbortSignal.any([signal, this.#over.signal])
    const { link, conversation } = await this.#link(both)
    try {
      await conversation.deliver(batch, (request) => link.call(request, both))
    } catch (error) {
      this.#close()
      throw error
    }
  }

  async #link(signal: AbortSignal): Promise<Open<R>> {
    const { clock } = this.#context
    const resetMs = this.#options['reset-connection-interval']
    const open = this.#open
    if (open?.link.isOpen && (resetMs === 0 || clock.monotonic() - open.since < resetMs)) return open
    this.#close()
    const made = await this.#connect(signal)
    this.#open = made
    return made
  }

  async #connect(signal: AbortSignal): Promise<Open<R>> {
    const { hostname, port, deflateLevel } = this.#options
    const { clock, metrics } = this.#context
    const conversation = this.#options.converse()
    try {
      const link = await RpcLink.open(
        {
          host: hostname,
          port,
          connectTimeoutMs: this.#options['connect-timeout'],
          requestTimeoutMs: this.#options['request-timeout'],
          tls: this.#tls,
          deflateLevel,
          clock,
          replies: conversation.replies,
        },
        signal,
      )
      metrics.counter('connectionsCreated').add(1)
      return { link, conversation, since: clock.monotonic() }
    } catch (error) {
      if (error instanceof EventDeliveryError) metrics.counter('connectionsFailed').add(1)
      throw error
    }
  }

  #close(): void {
    if (!this.#open) return
    this.#open.link.close()
    this.#open = undefined
    this.#context.metrics.counter('connectionsClosed').add(1)
  }
}
