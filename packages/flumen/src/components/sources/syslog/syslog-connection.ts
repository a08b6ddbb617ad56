import type { Socket } from 'node:net'
import type { EventBatch, NamedColumn, SourceContext } from '../../../core/index.ts'
import { closeGently } from '../../../net/close-gently.ts'
import type { SharedTimeout } from '../../../net/shared-timeout.ts'
import type { TcpListener } from '../../../net/tcp-listener.ts'
import { RelpError, RelpFramer, serverClose } from '../../../protocols/relp/relp-framer.ts'
import { type Framing, SyslogFramer } from '../../../protocols/syslog/framer.ts'
import type { MessageBatch } from '../../../protocols/syslog/message-batch.ts'
import { putUntilStored, storedBy } from '../put-until-stored.ts'
import { graceMs } from '../stop-grace.ts'

/** What all connections of one port share. */
export interface SyslogHouse {
  readonly context: SourceContext
  readonly listener: TcpListener
  readonly timeouts: SharedTimeout<SyslogConnection>
  readonly messages: MessageBatch
  readonly framing: Framing | 'relp'
  readonly eventSize: number
  /** Events of one put at most. */
  readonly batchSize: number
  /** Aborted when puts that are refused are to be given up. */
  readonly signal: AbortSignal
  /** A batch was read. */
  onRead(): void
  onUnterminated(): void
  /** What a client sends cannot be understood, and its connection is closed. */
  onProtocolError(message: string): void
  onLost(events: number): void
}

/**
 * One client. Works a chunk at a time: its messages are a batch over the chunk. Reads on only when the batch is stored,
 * so it holds a chunk, a message and the socket's own buffer at most. A client of RELP gets its answers then.
 */
export class SyslogConnection {
  readonly #socket: Socket
  readonly #house: SyslogHouse
  readonly #framer: SyslogFramer | RelpFramer
  readonly #relp: RelpFramer | undefined
  readonly #constants: readonly NamedColumn[]
  #storing: Promise<void> | undefined
  #isFinishing = false
  #hasEnded = false
  #isClosing = false

  constructor(socket: Socket, house: SyslogHouse, constants: readonly NamedColumn[]) {
    this.#socket = socket
    this.#house = house
    this.#constants = constants
    const { framing, eventSize, messages } = house
    this.#relp = framing === 'relp' ? new RelpFramer(eventSize, messages) : undefined
    this.#framer = this.#relp ?? new SyslogFramer(framing === 'relp' ? 'auto' : framing, eventSize, messages)
    socket.on('data', (chunk) => this.#receive(chunk as Buffer))
    socket.on('end', () => this.#end())
    socket.once('close', () => this.#closed())
  }

  /** The put that is under way; never rejects. */
  get storing(): Promise<void> | undefined {
    return this.#storing
  }

  /** Ends the connection once the put that is under way is done. */
  finish(): void {
    this.#isFinishing = true
    if (!this.#storing) this.#close()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #end(): void {
    this.#hasEnded = true
    if (!this.#storing) this.#socket.end()
  }

  #receive(chunk: Buffer): void {
    const { messages, context, onRead } = this.#house
    messages.begin(context.clock.now(), this.#constants)
    const isUnderstood = this.#split(chunk)
    const batch = messages.finish()
    onRead()
    this.#watchMessage(batch.length > 0)
    const answers = this.#relp?.takeAnswers()
    const storing = this.#put(batch)
    if (storing) this.#storing = this.#concludeAfter(storing, batch.length, answers, isUnderstood)
    else this.#conclude(answers, isUnderstood)
  }

  /** False: it cannot be understood from somewhere on. */
  #split(chunk: Buffer): boolean {
    try {
      this.#framer.split(chunk)
      return true
    } catch (error) {
      if (!(error instanceof RelpError)) throw error
      this.#house.onProtocolError(error.message)
      return false
    }
  }

  /** All that came is stored. */
  #conclude(answers: string | undefined, isUnderstood: boolean): void {
    if (answers !== undefined) this.#answer(answers)
    if (!isUnderstood || this.#relp?.hasClosed) this.#close()
  }

  /** A client that does not read its answers is not read either. */
  #answer(text: string): void {
    const socket = this.#socket
    if (socket.destroyed || socket.write(text)) return
    this.#house.listener.hold(socket)
    socket.once('drain', () => this.#house.listener.release(socket))
  }

  /** Reads no more. A client of RELP is told, and gets the answers that are on their way. */
  #close(): void {
    const socket = this.#socket
    if (this.#isClosing) return
    this.#isClosing = true
    if (!this.#relp || socket.destroyed) {
      socket.destroy()
      return
    }
    socket.write(serverClose)
    closeGently(socket, graceMs, this.#house.context.clock)
  }

  /** Undefined: all is stored. */
  #put(batch: EventBatch): Promise<number> | undefined {
    const { context, batchSize, signal } = this.#house
    for (let from = 0; from < batch.length; from += batchSize) {
      const some = batch.slice(from, from + batchSize)
      const storing = putUntilStored(context, some, signal)
      if (storing) return this.#putRest(storing, batch, from, some.length)
    }
    return undefined
  }

  /** @returns how many are stored */
  async #putRest(first: Promise<void>, batch: EventBatch, from: number, length: number): Promise<number> {
    const { context, batchSize, signal } = this.#house
    let at = from
    let storing: void | Promise<void> = first
    let events = length
    try {
      for (;;) {
        await storing
        at += events
        if (at >= batch.length) return at
        const some = batch.slice(at, at + batchSize)
        events = some.length
        storing = putUntilStored(context, some, signal)
      }
    } catch (error) {
      return at + storedBy(error)
    }
  }

  async #concludeAfter(
    storing: Promise<number>,
    events: number,
    answers: string | undefined,
    isUnderstood: boolean,
  ): Promise<void> {
    const { timeouts, listener, onLost } = this.#house
    // It is not the client's fault that its message does not end while nobody reads.
    timeouts.cancel(this)
    listener.hold(this.#socket)
    const stored = await storing
    this.#storing = undefined
    if (stored < events) {
      // A client of RELP has no answer to these and sends them again.
      if (!this.#relp) onLost(events - stored)
      this.#socket.destroy()
    } else {
      this.#conclude(answers, isUnderstood)
      if (this.#isFinishing) this.#close()
      else if (this.#hasEnded) this.#socket.end()
    }
    listener.release(this.#socket)
    this.#watchMessage(true)
  }

  /** A message that has begun must end in time. @param isNew the one before it has just ended */
  #watchMessage(isNew: boolean): void {
    const { timeouts } = this.#house
    if (!this.#framer.isInside || this.#socket.destroyed) timeouts.cancel(this)
    else if (isNew || !timeouts.has(this)) timeouts.start(this)
  }

  #closed(): void {
    this.#house.timeouts.cancel(this)
    if (this.#framer.isInside) this.#house.onUnterminated()
  }
}
