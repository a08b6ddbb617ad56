import { ThriftError } from './thrift-error.ts'

/** Flume's own bound on a frame, bytes. */
export const flumeFrameBytes = 16_384_000

const headBytes = 4
/** Smaller pieces are copied together: each would cost more than its bytes. */
const smallBytes = 8 * 1024
const blockBytes = 2 * smallBytes

/**
 * Cuts what comes on a connection into frames: four bytes of length, big-endian, then so many bytes. A frame that lies
 * in one chunk is a piece of it; any other is put together when it is whole, so that what was declared and has not come
 * takes no memory.
 */
export class FrameSplitter {
  readonly #mostBytes: number
  readonly #chunks: Buffer[] = []
  /** Where the first chunk is read next. */
  #at = 0
  #head = 0
  #headRead = 0
  /** What there is of a frame that lies in several chunks. */
  #pieces: Buffer[] = []
  /** The last piece is a block, the first so many bytes of which are filled; -1: it is none. */
  #blockFilled = -1
  /** Bytes of the frame that have come, and of memory that they take. */
  #filled = 0
  #held = 0

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /** Memory of a frame that is not whole; 0: between frames. Right once `next` has answered undefined. */
  get pendingBytes(): number {
    return this.#headRead + this.#held
  }

  receive(chunk: Buffer): void {
    this.#chunks.push(chunk)
  }

  /**
   * The next frame without its length; undefined: it is not whole.
   * @throws ThriftError for a length that is negative or too large; nothing can be read after that
   */
  next(): Buffer | undefined {
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      const frame = this.#read(chunk)
      if (this.#at === chunk.length) {
        this.#chunks.shift()
        this.#at = 0
      }
      if (frame) return frame
    }
    return undefined
  }

  #read(chunk: Buffer): Buffer | undefined {
    while (this.#headRead < headBytes) {
      if (this.#at === chunk.length) return undefined
      this.#head = (this.#head << 8) | chunk[this.#at++]!
      if (++this.#headRead === headBytes) this.#checkLength()
    }
    const length = this.#head
    const from = this.#at
    if (this.#filled === 0 && chunk.length - from >= length) {
      this.#at += length
      this.#endFrame()
      return chunk.subarray(from, from + length)
    }
    return from === chunk.length ? undefined : this.#fill(chunk)
  }

  #checkLength(): void {
    const length = this.#head
    if (length >= 0 && length <= this.#mostBytes) return
    const reason = length < 0 ? 'is negative' : `is more than ${this.#mostBytes}`
    throw new ThriftError(`the length of a frame, ${length} bytes, ${reason}`, 'close')
  }

  #fill(chunk: Buffer): Buffer | undefined {
    const length = this.#head
    const from = this.#at
    const to = Math.min(from + length - this.#filled, chunk.length)
    this.#at = to
    this.#filled += to - from
    if (this.#filled === length) {
      const frame = this.#joined(chunk.subarray(from, to))
      this.#endFrame()
      return frame
    }
    if (to - from < smallBytes) this.#copy(chunk, from, to)
    else {
      this.#endBlock()
      this.#pieces.push(chunk.subarray(from, to))
      this.#held += to - from
    }
    return undefined
  }

  /** Into the block, and into a new one where there is none or it is full. */
  #copy(chunk: Buffer, from: number, to: number): void {
    let at = from
    while (at < to) {
      let block = this.#pieces.at(-1)
      if (block === undefined || this.#blockFilled < 0 || this.#blockFilled === block.length) {
        block = Buffer.allocUnsafeSlow(Math.min(blockBytes, this.#head - this.#filled + to - at))
        this.#pieces.push(block)
        this.#blockFilled = 0
        this.#held += block.length
      }
      const some = chunk.copy(block, this.#blockFilled, at, to)
      this.#blockFilled += some
      at += some
    }
  }

  /** @param last the rest of the frame */
  #joined(last: Buffer): Buffer {
    this.#endBlock()
    const frame = Buffer.allocUnsafeSlow(this.#head)
    let at = 0
    for (const piece of this.#pieces) at += piece.copy(frame, at)
    last.copy(frame, at)
    return frame
  }

  #endBlock(): void {
    const block = this.#blockFilled < 0 ? undefined : this.#pieces.pop()
    if (block) this.#pieces.push(block.subarray(0, this.#blockFilled))
    this.#blockFilled = -1
  }

  #endFrame(): void {
    this.#head = 0
    this.#headRead = 0
    this.#pieces = []
    this.#blockFilled = -1
    this.#filled = 0
    this.#held = 0
  }
}
