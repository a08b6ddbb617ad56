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

const noBytes = Buffer.alloc(0)
const lineFeed = 10
const space = 32
const lessThan = 60
/** A length has at most so many digits. */
const mostDigits = 9
/** A buffer for an unfinished message that grew larger than this is not kept for the next one. */
const keptBytes = 4096

/**
 * Cuts a stream into syslog messages, a chunk at a time, and into the same ones however the stream is chunked. Those
 * that a chunk holds whole lie in the chunk. Empty lines are skipped. Holds less than one message of the greatest size.
 */
export class SyslogFramer {
  readonly #framing: Framing
  readonly #mostBytes: number
  readonly #sink: MessageSink
  #held = noBytes
  #heldBytes = 0
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
    return this.#heldBytes > 0 || this.#left > 0
  }

  /** The messages that end in this chunk. The chunk belongs to whoever gets them. */
  split(chunk: Buffer): void {
    let at = 0
    if (this.#isUndecided) at = this.#decide(chunk)
    else if (this.#left > 0) at = this.#counted(chunk, 0)
    else if (this.#heldBytes > 0 || this.#isRest) at = this.#line(chunk, 0)
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
      this.#hold(chunk, at, chunk.length)
      return chunk.length
    }
    this.#left = countIn(chunk, at, header)
    return this.#counted(chunk, at + header)
  }

  /** Whether what is held begins a length, now that more has come. */
  #decide(chunk: Buffer): number {
    const held = this.#heldBytes
    const beginning = Buffer.concat([this.#held.subarray(0, held), chunk.subarray(0, mostDigits + 2)])
    const header = headerLength(beginning, 0, beginning.length)
    if (header === 0) {
      this.#hold(chunk, 0, chunk.length)
      return chunk.length
    }
    this.#isUndecided = false
    if (header < 0) return this.#lineAfterHeld(chunk)
    this.#left = countIn(beginning, 0, header)
    this.#heldBytes = 0
    return this.#counted(chunk, header - held)
  }

  /** A line whose beginning was held although it might have been too long already. */
  #lineAfterHeld(chunk: Buffer): number {
    const end = chunk.indexOf(lineFeed)
    const stop = end < 0 ? chunk.length : end + 1
    const held = this.#heldBytes
    const line = Buffer.allocUnsafeSlow(held + stop)
    this.#held.copy(line, 0, 0, held)
    chunk.copy(line, held, 0, stop)
    this.#heldBytes = 0
    this.#line(line, 0)
    return stop
  }

  /** Goes on with a counted message. @returns where the next one begins */
  #counted(chunk: Buffer, from: number): number {
    let at = from
    while (this.#left > 0 && at < chunk.length) {
      const room = Math.min(this.#left, this.#mostBytes - this.#heldBytes)
      const taken = Math.min(room, chunk.length - at)
      this.#left -= taken
      if (taken < room) {
        this.#hold(chunk, at, at + taken)
        return chunk.length
      }
      const isCut = this.#left > 0
      if (this.#heldBytes > 0) {
        this.#hold(chunk, at, at + taken)
        const slab = this.#takeHeld()
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
    if (this.#heldBytes > 0) {
      at = Math.min(stop, from + this.#mostBytes - this.#heldBytes)
      this.#hold(chunk, from, at)
      this.#isRest = this.#heldBytes >= this.#mostBytes
      if (!this.#isRest && end < 0) return chunk.length
      const slab = this.#takeHeld()
      this.#sink.message(slab, 0, slab.length, this.#isRest, false)
    }
    for (; stop - at >= this.#mostBytes; at += this.#mostBytes) {
      this.#sink.message(chunk, at, at + this.#mostBytes, true, false)
      this.#isRest = true
    }
    if (end < 0) {
      this.#hold(chunk, at, stop)
      return chunk.length
    }
    if (stop > at) this.#sink.message(chunk, at, stop, false, false)
    this.#isRest = false
    return end + 1
  }

  #hold(bytes: Buffer, from: number, to: number): void {
    const length = this.#heldBytes + to - from
    if (length > this.#held.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(256, 2 ** Math.ceil(Math.log2(length))))
      this.#held.copy(larger, 0, 0, this.#heldBytes)
      this.#held = larger
    }
    bytes.copy(this.#held, this.#heldBytes, from, to)
    this.#heldBytes = length
  }

  /** In memory of its own. */
  #takeHeld(): Buffer {
    const bytes = Buffer.allocUnsafeSlow(this.#heldBytes)
    this.#held.copy(bytes, 0, 0, this.#heldBytes)
    this.#heldBytes = 0
    if (this.#held.length > keptBytes) this.#held = noBytes
    return bytes
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
