import type { Socket } from 'node:net'
import type { EventBatch, NamedColumn, SourceContext } from '../../../core/index.ts'
import { closeGently } from '../../../net/close-gently.ts'
import type { SharedTimeout } from '../../../net/shared-timeout.ts'
import type { TcpListener } from '../../../net/tcp-listener.ts'
import { RelpError, RelpFramer, serverClose } from '../../../protocols/relp/relp-framer.ts'
import { type Framing, SyslogFramer } from '../../../protocols/syslog/framer.ts'
import type { MessageBatch } from '../../../protocols/syslog/message-batch.ts'
import type { HeldBytes } from '../held-bytes.ts'
import { putUntilStored, storedBy } from '../put-until-stored.ts'
import { ReadAhead } from '../read-ahead.ts'
import { graceMs } from '../stop-grace.ts'

/** What all connections of one port share. */
export interface SyslogHouse {
  readonly context: SourceContext
  readonly listener: TcpListener
  readonly timeouts: SharedTimeout<SyslogConnection>
  /** Room for what clients send while something of them is being stored. */
  readonly ahead: HeldBytes
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
 * One client. Works a chunk at a time, or all that came while the one before was stored: their messages are a batch over
 * the chunks. Reads on only as far as there is room. A client of RELP gets its answers when all is stored.
 */
export class SyslogConnection {
  readonly #socket: Socket
  readonly #house: SyslogHouse
  readonly #framer: SyslogFramer | RelpFramer
  readonly #relp: RelpFramer | undefined
  readonly #constants: readonly NamedColumn[]
  readonly #ahead: ReadAhead
  #storing: Promise<void> | undefined
  #isFinishing = false
  #hasEnded = false
  #isClosing = false

  constructor(socket: Socket, house: SyslogHouse, constants: readonly NamedColumn[]) {
    this.#socket = socket
    this.#house = house
    this.#constants = constants
    this.#ahead = new ReadAhead(socket, house.listener, house.ahead)
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

  /** Ends the connection once what was read is stored. */
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
    if (this.#storing) this.#ahead.keep(chunk)
    else this.#take([chunk])
  }

  #take(chunks: readonly Buffer[]): void {
    const { batch, isUnderstood } = this.#parse(chunks)
    this.#watchMessage(batch.length > 0)
    const answers = this.#relp?.takeAnswers()
    const storing = this.#put(batch)
    if (storing) this.#storing = this.#concludeAfter(storing, batch.length, answers, isUnderstood)
    else this.#conclude(answers, isUnderstood)
  }

  #parse(chunks: readonly Buffer[]): { readonly batch: EventBatch; readonly isUnderstood: boolean } {
    const { messages, context, onRead } = this.#house
    messages.begin(context.clock.now(), this.#constants)
    const isUnderstood = chunks.every((chunk) => this.#split(chunk))
    const batch = messages.finish()
    onRead()
    return { batch, isUnderstood }
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
    const { timeouts, onLost } = this.#house
    // It is not the client's fault that its message does not end while nobody reads.
    timeouts.cancel(this)
    this.#ahead.begin()
    const stored = await storing
    this.#storing = undefined
    const chunks = this.#ahead.end()
    if (stored < events) {
      // A client of RELP has no answer to these and sends them again.
      if (!this.#relp) onLost(events - stored + this.#parse(chunks).batch.length)
      this.#socket.destroy()
      return
    }
    this.#conclude(answers, isUnderstood)
    if (!this.#isClosing && chunks.length > 0) this.#take(chunks)
    if (this.#storing) return
    if (this.#isFinishing) this.#close()
    else if (this.#hasEnded) this.#socket.end()
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
