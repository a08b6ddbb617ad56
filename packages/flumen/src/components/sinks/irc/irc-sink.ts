import type { OptionsOf } from '../../../component/kit.ts'
import {
  type ComponentContext,
  type Delivery,
  type EventBatch,
  EventDeliveryError,
  messageOf,
  type Outcome,
  type Sink,
  type SinkLimits,
  StoppedError,
} from '../../../core/index.ts'
import type { FromFiles } from '../../../net/from-files.ts'
import { compileJavaReplacement } from '../../../text/java-replacement.ts'
import { type ClientTls, watchClientTls } from '../../rpc/client-tls.ts'
import { renewedTls } from '../../rpc/renewed-tls.ts'
import { IrcConnection, type IrcOptions } from './irc-connection.ts'
import type { ircFields } from './irc-fields.ts'
import { piecesOf, safeText } from './irc-line.ts'

export type IrcSinkOptions = OptionsOf<typeof ircFields>

/** Ms; doubled with each connection in a row that is not made. Servers shut out who comes again too soon. */
const firstPause = 2000
const longestPause = 60_000

type Rejected = { readonly row: number; readonly reason: string }[]

/** Says events in a channel; see the declaration. */
export class IrcSink implements Sink {
  readonly limits: SinkLimits
  readonly #options: IrcSinkOptions
  readonly #context: ComponentContext
  readonly #over = new AbortController()
  #tls: FromFiles<ClientTls> | undefined
  #irc: Omit<IrcOptions, 'tls'> | undefined
  #connection: IrcConnection | undefined
  /** Connections in a row that were not made. */
  #failures = 0

  constructor(options: IrcSinkOptions, context: ComponentContext) {
    this.#options = options
    this.#context = context
    const { batchSize: events } = options
    this.limits = { events, bytes: Number.MAX_SAFE_INTEGER, lingerMs: 0, inFlight: 1, ordered: true }
  }

  /** Without a connection: the server may come later. @throws ComponentFailedError for a file that cannot be used */
  async start(): Promise<void> {
    const { hostname, port, nick, user, name, password, chan, connectTimeout, answerTimeout } = this.#options
    this.#tls = await watchClientTls(this.#options)
    this.#irc = {
      host: hostname,
      port,
      nick,
      user: user ?? nick,
      name: safeText(name ?? nick),
      password: password && safeText(password.reveal()),
      channel: `#${chan}`,
      connectTimeoutMs: connectTimeout,
      answerTimeoutMs: answerTimeout,
      messageIntervalMs: this.#options.messageInterval,
      clock: this.#context.clock,
    }
  }

  async stop(): Promise<void> {
    this.#over.abort()
    const connection = this.#connection
    this.#connection = undefined
    await connection?.quit()
  }

  async deliver(batch: EventBatch, { signal }: Delivery): Promise<Outcome | void> {
    if (this.#over.signal.aborted || !this.#irc) throw new StoppedError('the sink does not run')
    if (batch.length === 0) return
    const both = AbortSignal.any([signal, this.#over.signal])
    const connection = await this.#connected(this.#irc, both)
    const rejected: Rejected = []
    const messages = this.#messages(batch, connection.textBytes, rejected)
    try {
      if (messages.length > 0) await connection.say(messages, both)
    } catch (error) {
      this.#close()
      throw error
    }
    this.#context.metrics.counter('messagesSent').add(messages.length)
    return rejected.length === 0 ? undefined : { rejected }
  }

  async #connected(options: Omit<IrcOptions, 'tls'>, signal: AbortSignal): Promise<IrcConnection> {
    const { metrics, log } = this.#context
    if (this.#connection?.isOpen) return this.#connection
    this.#close()
    try {
      const tls = await renewedTls(this.#tls, this.#context)
      const connection = await IrcConnection.open({ ...options, tls }, signal)
      if (this.#over.signal.aborted) {
        connection.close()
        throw new StoppedError('stopped')
      }
      this.#failures = 0
      this.#connection = connection
      metrics.counter('connectionsCreated').add(1)
      log.info('In the channel.', { channel: options.channel, nick: connection.nick })
      return connection
    } catch (error) {
      if (signal.aborted) throw error
      metrics.counter('connectionsFailed').add(1)
      const retryAfterMs = Math.min(longestPause, firstPause * 2 ** Math.min(this.#failures++, 10))
      throw new EventDeliveryError(messageOf(error), { cause: error, retryAfterMs })
    }
  }

  #close(): void {
    if (!this.#connection) return
    this.#connection.close()
    this.#connection = undefined
    this.#context.metrics.counter('connectionsClosed').add(1)
  }

  #messages(batch: EventBatch, textBytes: number, rejected: Rejected): readonly string[] {
    const { maxMessages } = this.#options
    const messages: string[] = []
    for (let row = 0; row < batch.length; row++) {
      const lines = this.#linesOf(batch.text(row))
      if (!lines) {
        rejected.push({ row, reason: 'finding the lines with splitchars takes too long' })
        continue
      }
      const all = lines.flatMap((line) => piecesOf(safeText(line), textBytes)).filter((text) => text.trim() !== '')
      if (all.length > maxMessages) this.#context.metrics.counter('eventsCut').add(1)
      messages.push(...all.slice(0, maxMessages))
    }
    return messages
  }

  /** undefined: the expression takes too long. */
  #linesOf(text: string): readonly string[] | undefined {
    const { splitlines, splitchars } = this.#options
    if (!splitlines) return [text]
    const [marked] = splitchars.replaceEach([text], border)
    return typeof marked === 'string' ? marked.split('\0') : undefined
  }
}

/** NUL is none that a message may have. */
const border = compileJavaReplacement('\0')
