import { HeldBytes } from '../held-bytes.ts'

/** What a framer finds, one call a message. */
export interface MessageSink {
  /**
   * `slab[start .. end)` is a message, or a piece of one, without what ended it.
   * @param isCut it is the beginning of a longer one; its rest follows as messages of their own
   * @param isCounted its length was said, so it may hold line feeds
   */
  message(slab: Buffer, start: number, end: number, isCut: boolean, isCounted: boolean): void
}

/** `auto`: each message may be counted (RFC 6587, 3.4.1) or end with a line feed; `newline`: all end with a line feed. */
export type Framing = 'auto' | 'newline'

const lineFeed = 10
const space = 32
const lessThan = 60
/** A length has at most so many digits. */
const mostDigits = 9

/**
 * Cuts a stream into syslog messages, a chunk at a time, and into the same ones however the stream is chunked. Those
 * that a chunk holds whole lie in the chunk. Empty lines are skipped. Holds less than one message of the greatest size.
 */
export class SyslogFramer {
  readonly #framing: Framing
  readonly #mostBytes: number
  readonly #sink: MessageSink
  readonly #held = new HeldBytes()
  /** Bytes of a counted message that have not come. */
  #left = 0
  /** A line was cut: what comes is its rest, which no length stands before. */
  #isRest = false
  /** What is held may be the beginning of a length. */
  #isUndecided = false

  /** @param mostBytes of a message; a longer one is cut */
  constructor(framing: Framing, mostBytes: number, sink: MessageSink) {
    this.#framing = framing
    this.#mostBytes = mostBytes
    this.#sink = sink
  }

  /** A message has begun and not ended. */
  get isInside(): boolean {
    return this.#held.length > 0 || this.#left > 0
  }

  /** The messages that end in this chunk. The chunk belongs to whoever gets them. */
  split(chunk: Buffer): void {
    let at = 0
    if (this.#isUndecided) at = this.#decide(chunk)
    else if (this.#left > 0) at = this.#counted(chunk, 0)
    else if (this.#held.length > 0 || this.#isRest) at = this.#line(chunk, 0)
    while (at < chunk.length) {
      const first = chunk[at]!
      if (first === lineFeed) at++
      else if (first > 57 || first < 49 || this.#framing === 'newline') at = this.#line(chunk, at)
      else at = this.#begin(chunk, at)
    }
  }

  /** A message that begins with a digit. */
  #begin(chunk: Buffer, at: number): number {
    const header = headerLength(chunk, at, chunk.length)
    if (header < 0) return this.#line(chunk, at)
    if (header === 0) {
      this.#isUndecided = true
      this.#held.add(chunk, at, chunk.length)
      return chunk.length
    }
    this.#left = countIn(chunk, at, header)
    return this.#counted(chunk, at + header)
  }

  /** Whether what is held begins a length, now that more has come. */
  #decide(chunk: Buffer): number {
    const held = this.#held.length
    const beginning = Buffer.concat([this.#held.peek(), chunk.subarray(0, mostDigits + 2)])
    const header = headerLength(beginning, 0, beginning.length)
    if (header === 0) {
      this.#held.add(chunk, 0, chunk.length)
      return chunk.length
    }
    this.#isUndecided = false
    if (header < 0) return this.#lineAfterHeld(chunk)
    this.#left = countIn(beginning, 0, header)
    this.#held.clear()
    return this.#counted(chunk, header - held)
  }

  /** A line whose beginning was held although it might have been too long already. */
  #lineAfterHeld(chunk: Buffer): number {
    const end = chunk.indexOf(lineFeed)
    const stop = end < 0 ? chunk.length : end + 1
    this.#held.add(chunk, 0, stop)
    this.#line(this.#held.take(), 0)
    return stop
  }

  /** Goes on with a counted message. @returns where the next one begins */
  #counted(chunk: Buffer, from: number): number {
    let at = from
    while (this.#left > 0 && at < chunk.length) {
      const room = Math.min(this.#left, this.#mostBytes - this.#held.length)
      const taken = Math.min(room, chunk.length - at)
      this.#left -= taken
      if (taken < room) {
        this.#held.add(chunk, at, at + taken)
        return chunk.length
      }
      const isCut = this.#left > 0
      if (this.#held.length > 0) {
        this.#held.add(chunk, at, at + taken)
        const slab = this.#held.take()
        this.#emitCounted(slab, 0, slab.length, isCut)
      } else this.#emitCounted(chunk, at, at + taken, isCut)
      at += taken
    }
    return at
  }

  /** Some senders count a line feed at the end in. */
  #emitCounted(slab: Buffer, start: number, end: number, isCut: boolean): void {
    const bare = !isCut && slab[end - 1] === lineFeed ? end - 1 : end
    if (bare > start) this.#sink.message(slab, start, bare, isCut, true)
  }

  /** Goes on with a line, or begins one. @returns where the next message begins */
  #line(chunk: Buffer, from: number): number {
    const end = chunk.indexOf(lineFeed, from)
    const stop = end < 0 ? chunk.length : end
    let at = from
    if (this.#held.length > 0) {
      at = Math.min(stop, from + this.#mostBytes - this.#held.length)
      this.#held.add(chunk, from, at)
      this.#isRest = this.#held.length >= this.#mostBytes
      if (!this.#isRest && end < 0) return chunk.length
      const slab = this.#held.take()
      this.#sink.message(slab, 0, slab.length, this.#isRest, false)
    }
    for (; stop - at >= this.#mostBytes; at += this.#mostBytes) {
      this.#sink.message(chunk, at, at + this.#mostBytes, true, false)
      this.#isRest = true
    }
    if (end < 0) {
      this.#held.add(chunk, at, stop)
      return chunk.length
    }
    if (stop > at) this.#sink.message(chunk, at, stop, false, false)
    this.#isRest = false
    return end + 1
  }
}

/** Bytes of a length and the blank after it, where a `<` follows them; -1: there is none; 0: more is needed to tell. */
function headerLength(bytes: Buffer, at: number, end: number): number {
  let position = at
  const last = Math.min(end, at + mostDigits)
  while (position < last && bytes[position]! >= 48 && bytes[position]! <= 57) position++
  if (position === end) return 0
  if (bytes[position] !== space) return -1
  if (position + 1 === end) return 0
  return bytes[position + 1] === lessThan ? position + 1 - at : -1
}

function countIn(bytes: Buffer, at: number, header: number): number {
  let count = 0
  for (let position = at; position < at + header - 1; position++) count = count * 10 + bytes[position]! - 48
  return count
}
