import { HeldBytes } from '../held-bytes.ts'
import type { MessageSink } from '../syslog/framer.ts'

/** The stream is not RELP; nothing after this place can be understood. */
export class RelpError extends Error {
  override readonly name = 'RelpError'
}

interface Head {
  readonly transaction: string
  readonly command: string
  /** Bytes of data. */
  readonly length: number
  /** Of the head with the blank behind it, or without the line feed that ends a frame without data. */
  readonly bytes: number
}

const blank = 32
const lineFeed = 10
/** Nine digits, 32 letters, nine digits, and three that separate. */
const longestHead = 53
const headForm = /^([1-9]\d{0,8}) ([A-Za-z]{1,32}) (\d{1,9})[ \n]$/
const offer = '200 OK\nrelp_version=0\nrelp_software=flumen\ncommands=syslog'

/**
 * The server's side of RELP, the protocol of rsyslog in which each message is answered: cuts a stream into messages and says
 * what is to be answered once they are stored. A frame is `<transaction> <command> <length> <data>` and a line feed. Holds
 * less than one message of the greatest size.
 */
export class RelpFramer {
  readonly #mostBytes: number
  readonly #sink: MessageSink
  readonly #head = new HeldBytes()
  readonly #message = new HeldBytes()
  #frame: Head | undefined
  #left = 0
  #isOpen = false
  #hasClosed = false
  #answers: string[] = []

  /** @param mostBytes of a message; a longer one is cut */
  constructor(mostBytes: number, sink: MessageSink) {
    this.#mostBytes = mostBytes
    this.#sink = sink
  }

  /** A frame has begun and not ended. */
  get isInside(): boolean {
    return this.#frame !== undefined || this.#head.length > 0
  }

  /** The client has said that nothing more comes. */
  get hasClosed(): boolean {
    return this.#hasClosed
  }

  /** What is to be answered when the messages of all chunks so far are stored; each answer once. */
  takeAnswers(): string | undefined {
    if (this.#answers.length === 0) return undefined
    const answers = this.#answers.join('')
    this.#answers = []
    return answers
  }

  /** The chunk belongs to whoever gets its messages. @throws RelpError */
  split(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length && !this.#hasClosed) {
      if (!this.#frame) at = this.#readHead(chunk, at)
      else if (this.#left > 0) at = this.#readData(chunk, at, this.#frame)
      else at = this.#endFrame(chunk, at, this.#frame)
    }
  }

  #readHead(chunk: Buffer, from: number): number {
    const held = this.#head.length
    const to = Math.min(chunk.length, from + longestHead - held)
    if (held === 0) {
      const head = headOf(chunk, from, to)
      if (!head) this.#head.add(chunk, from, to)
      return head ? this.#begin(head, from + head.bytes) : to
    }
    this.#head.add(chunk, from, to)
    const bytes = this.#head.take()
    const head = headOf(bytes, 0, bytes.length)
    if (!head) this.#head.add(bytes, 0, bytes.length)
    return head ? this.#begin(head, from + head.bytes - held) : to
  }

  #begin(head: Head, at: number): number {
    const isMessage = head.command === 'syslog'
    if (isMessage && !this.#isOpen) throw new RelpError('a message comes before the session is open')
    this.#frame = head
    this.#left = head.length
    return at
  }

  #readData(chunk: Buffer, from: number, { command }: Head): number {
    const isMessage = command === 'syslog'
    let at = from
    while (this.#left > 0 && at < chunk.length) {
      const room = isMessage ? Math.min(this.#left, this.#mostBytes - this.#message.length) : this.#left
      const taken = Math.min(room, chunk.length - at)
      this.#left -= taken
      if (isMessage) this.#piece(chunk, at, at + taken, taken < room)
      at += taken
    }
    return at
  }

  #piece(chunk: Buffer, from: number, to: number, goesOn: boolean): void {
    const isCut = this.#left > 0
    if (goesOn) this.#message.add(chunk, from, to)
    else if (this.#message.length === 0) this.#sink.message(chunk, from, to, isCut, true)
    else {
      this.#message.add(chunk, from, to)
      const slab = this.#message.take()
      this.#sink.message(slab, 0, slab.length, isCut, true)
    }
  }

  #endFrame(chunk: Buffer, at: number, { transaction, command }: Head): number {
    if (chunk[at] !== lineFeed) throw new RelpError('a frame does not end where it should')
    this.#frame = undefined
    if (command === 'syslog') this.#answer(transaction, '200 OK')
    else if (command === 'open') {
      this.#isOpen = true
      this.#answer(transaction, offer)
    } else if (command === 'close') {
      this.#hasClosed = true
      this.#answer(transaction, '')
    } else this.#answer(transaction, '500 unknown command')
    return at + 1
  }

  #answer(transaction: string, text: string): void {
    this.#answers.push(`${transaction} rsp ${text.length}${text === '' ? '' : ' '}${text}\n`)
  }
}

/** What ends a session of which nothing more is read. */
export const serverClose = '0 serverclose 0\n'

/** Undefined: more is needed to tell. @throws RelpError where none begins */
function headOf(bytes: Buffer, from: number, to: number): Head | undefined {
  let blanks = 0
  for (let at = from; at < to; at++) {
    const byte = bytes[at]
    const isEnd = byte === lineFeed || (byte === blank && ++blanks === 3)
    if (!isEnd) continue
    const [, transaction, command, digits] =
      headForm.exec(bytes.toString('latin1', from, at + 1)) ?? notRelp('a frame has no head')
    const length = Number(digits)
    if (byte === lineFeed && length > 0) notRelp('a frame has no data')
    // Some senders have the blank also where no data follows.
    return {
      transaction: transaction ?? '',
      command: (command ?? '').toLowerCase(),
      length,
      bytes: byte === lineFeed ? at - from : at + 1 - from,
    }
  }
  return to - from >= longestHead ? notRelp('a head is too long') : undefined
}

function notRelp(message: string): never {
  throw new RelpError(message)
}
