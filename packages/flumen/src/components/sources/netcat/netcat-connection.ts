import { isUtf8 } from 'node:buffer'
import type { Socket } from 'node:net'
import {
  type Counter,
  codeOf,
  type EventBatch,
  messageOf,
  type SourceContext,
  StoppedError,
} from '../../../core/index.ts'
import { closeGently } from '../../../net/close-gently.ts'
import type { SharedTimeout } from '../../../net/shared-timeout.ts'
import type { TcpListener } from '../../../net/tcp-listener.ts'
import type { HeldBytes } from '../held-bytes.ts'
import { batchOfLines, type LineSlice, LineSplitter, type Lines } from '../line-splitter.ts'
import { storedBy } from '../put-until-stored.ts'
import { ReadAhead } from '../read-ahead.ts'
import type { ChunkDecoder, NetcatEncoding, ReplyEncoder } from './netcat-encoding.ts'

/** What all connections of one source share. */
export interface NetcatHouse {
  readonly context: SourceContext
  readonly listener: TcpListener
  readonly timeouts: SharedTimeout<NetcatConnection>
  /** Room for what clients send while something of them is being stored. */
  readonly ahead: HeldBytes
  readonly encoding: NetcatEncoding
  /** In UTF-16 units, the newline included. */
  readonly maxLineLength: number
  readonly acknowledges: boolean
  readonly tooLong: Counter
  readonly undecodable: Counter
  readonly unterminated: Counter
}

const noLines: Lines = { slices: [], overlong: false }

/** Why the connection ends once the lines before are stored. */
type Ending = 'too long' | 'undecodable' | undefined

/** How long a client may go on sending after it was told FAILED for good; it can read the answer until then. */
const lingerMs = 5000
/** The same when the source stops. */
const lingerAtStopMs = 500
/** Answers are gathered to this many characters before they are written. */
const gatheredReplies = 16_384

/**
 * One client. Works a chunk at a time, or all that came while the one before was stored: their lines are one batch over
 * the chunks, one put, one write of answers. Reads on only as far as there is room and while the client takes its
 * answers, so that it holds a chunk, what was read ahead, a line and the socket's own buffer at most, whatever the client
 * does.
 */
export class NetcatConnection {
  readonly #socket: Socket
  readonly #house: NetcatHouse
  readonly #splitter: LineSplitter
  readonly #decode: ChunkDecoder | undefined
  readonly #encode: ReplyEncoder
  readonly #ahead: ReadAhead
  #replies = ''
  #isStoring = false
  #isFinishing = false
  /** The client has sent its end; a socket tells it also while nobody reads. */
  #hasEnded = false
  #waitsForDrain = false
  #wake: (() => void) | undefined

  constructor(socket: Socket, house: NetcatHouse) {
    this.#socket = socket
    this.#house = house
    this.#ahead = new ReadAhead(socket, house.listener, house.ahead)
    this.#decode = house.encoding.decoder()
    this.#encode = house.encoding.encoder()
    const maxLength = house.maxLineLength - 1
    this.#splitter = new LineSplitter({ ends: 'lf', overlong: 'stop', maxLength, measure: utf16Length })
    socket.on('data', (chunk) => this.#receive(chunk as Buffer))
    socket.on('drain', () => this.#drained())
    socket.on('end', () => this.#end())
    socket.once('close', () => this.#closed())
  }

  /** Ends the connection, once what was read is stored. */
  finish(): void {
    this.#isFinishing = true
    if (!this.#isStoring) closeGently(this.#socket, lingerAtStopMs, this.#house.context.clock)
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #end(): void {
    this.#hasEnded = true
    if (!this.#isStoring) this.#socket.end()
  }

  #receive(chunk: Buffer): void {
    if (this.#isStoring) this.#ahead.keep(chunk)
    else this.#take([chunk])
  }

  #take(chunks: readonly Buffer[]): void {
    const { batch, ending } = this.#cut(chunks)
    this.#watchLine(batch.length > 0)
    const storing = batch.length === 0 ? undefined : this.#store(batch)
    if (storing) void this.#concludeAfter(storing, ending)
    else this.#conclude(ending)
  }

  /** The lines that end in these chunks, up to what ends the connection. */
  #cut(chunks: readonly Buffer[]): { readonly batch: EventBatch; readonly ending: Ending } {
    const slices: LineSlice[] = []
    let ending: Ending
    let valid = 0
    for (const chunk of chunks) {
      const text = this.#decode ? this.#decode(chunk) : chunk
      const lines = text ? this.#splitter.split(text) : noLines
      const count = lines.slices.reduce((sum, { start }) => sum + start.length, 0)
      const good = this.#decode ? count : validLines(lines.slices)
      slices.push(...lines.slices)
      valid += good
      ending = !text || good < count ? 'undecodable' : lines.overlong ? 'too long' : undefined
      if (ending) break
    }
    const all = batchOfLines({ slices }, this.#house.context.clock.now())
    return { batch: all.slice(0, valid), ending }
  }

  /** What comes meanwhile is taken together then. */
  async #concludeAfter(storing: Promise<void>, ending: Ending): Promise<void> {
    this.#isStoring = true
    // It is not the client's fault that its line does not end while we do not read.
    this.#house.timeouts.cancel(this)
    this.#ahead.begin()
    await storing
    this.#isStoring = false
    const chunks = this.#ahead.end()
    if (ending === undefined && chunks.length > 0) {
      this.#take(chunks)
      return
    }
    this.#conclude(ending)
    this.#watchLine(true)
  }

  #conclude(ending: Ending): void {
    const { context, maxLineLength, tooLong, undecodable } = this.#house
    if (this.#socket.destroyed) return
    if (this.#isFinishing) {
      closeGently(this.#socket, lingerAtStopMs, context.clock)
      return
    }
    if (ending === undefined) {
      if (this.#hasEnded) this.#socket.end()
      return
    }
    const client = this.#socket.remoteAddress
    if (ending === 'too long') {
      tooLong.add(1)
      context.log.warn('A line was too long; its connection is closed.', { client, 'max-line-length': maxLineLength })
      this.#reply(`FAILED: Event exceeds the maximum length (${maxLineLength} chars, including newline)\n`)
      this.#flush()
    } else {
      undecodable.add(1)
      context.log.warn('A line is no text in the encoding; its connection is closed.', { client })
    }
    closeGently(this.#socket, lingerMs, context.clock)
  }

  /** `undefined`: all is stored and answered. */
  #store(batch: EventBatch): Promise<void> | undefined {
    try {
      const storing = this.#house.context.put(batch)
      if (storing) return this.#storeSlowly(batch, () => storing)
    } catch (error) {
      return this.#storeSlowly(batch, () => {
        throw error
      })
    }
    const { acknowledges } = this.#house
    if (!acknowledges || this.#socket.destroyed) return undefined
    if (!this.#socket.write(this.#encode.acknowledgements(batch.length))) this.#waitForDrain()
    return undefined
  }

  /** Goes over each line that cannot be stored: its client is told, and the lines after it are put. Never rejects. */
  async #storeSlowly(batch: EventBatch, first: () => void | Promise<void>): Promise<void> {
    let rest = batch
    let put = first
    do {
      let stored = rest.length
      try {
        const storing = put()
        if (storing) this.#flush()
        await storing
        this.#acknowledge(stored)
      } catch (error) {
        stored = storedBy(error)
        this.#acknowledge(stored)
        if (this.#isFinishing || codeOf(error) === StoppedError.code) break
        this.#reply(`FAILED: ${messageOf(error)}\n`)
        stored++
      }
      rest = rest.slice(stored, rest.length)
      put = () => this.#house.context.put(rest)
      if (this.#replies.length >= gatheredReplies) await this.#flushed()
    } while (rest.length > 0 && !this.#socket.destroyed)
    this.#flush()
  }

  #acknowledge(lines: number): void {
    if (this.#house.acknowledges && lines > 0) this.#reply('OK\n'.repeat(lines))
  }

  #reply(text: string): void {
    this.#replies += text
  }

  #flush(): void {
    if (this.#replies !== '' && this.#socket.writable) this.#socket.write(this.#encode.reply(this.#replies))
    this.#replies = ''
  }

  /** Written, and the client has taken enough; at least a turn of the event loop for the others. */
  async #flushed(): Promise<void> {
    this.#flush()
    await new Promise<void>((resolve) => {
      if (this.#socket.writableNeedDrain) this.#wake = resolve
      else setImmediate(resolve)
    })
  }

  #waitForDrain(): void {
    this.#waitsForDrain = true
    this.#house.timeouts.cancel(this)
    this.#house.listener.hold(this.#socket)
  }

  #drained(): void {
    this.#wake?.()
    this.#wake = undefined
    if (!this.#waitsForDrain) return
    this.#waitsForDrain = false
    this.#house.listener.release(this.#socket)
    this.#watchLine(true)
  }

  /** A line that has begun must end in time. @param isNew the line before it has just ended */
  #watchLine(isNew: boolean): void {
    const { timeouts } = this.#house
    if (this.#splitter.partialBytes === 0 || this.#socket.destroyed) timeouts.cancel(this)
    else if (isNew || !timeouts.has(this)) timeouts.start(this)
  }

  #closed(): void {
    this.#house.timeouts.cancel(this)
    if (this.#splitter.partialBytes > 0) this.#house.unterminated.add(1)
    this.#drained()
  }
}

/** Java's characters: UTF-16 units. */
function utf16Length(bytes: Buffer, start: number, end: number): number {
  return bytes.toString('utf8', start, end).length
}

/** Lines before the first that is not UTF-8. */
function validLines(slices: readonly LineSlice[]): number {
  let valid = 0
  for (const { slab, start, end } of slices) {
    const lines = start.length
    if (isUtf8(slab.subarray(start[0], end[lines - 1]))) {
      valid += lines
      continue
    }
    for (let line = 0; line < lines; line++, valid++) {
      if (!isUtf8(slab.subarray(start[line], end[line]))) return valid
    }
  }
  return valid
}
