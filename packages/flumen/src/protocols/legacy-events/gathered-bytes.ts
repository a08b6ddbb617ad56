/** Smaller pieces are copied together: each would cost more than its bytes. */
const smallBytes = 8 * 1024
const smallestBlock = 256
const largestBlock = 2 * smallBytes

/** Bytes of something that comes in pieces, in memory that grows with what has come, whatever was declared. */
export class GatheredBytes {
  #pieces: Buffer[] = []
  #length = 0
  #held = 0
  /** The last piece is a block, the first so many bytes of which are filled; -1: it is none. */
  #blockFilled = -1

  get length(): number {
    return this.#length
  }

  /** Bytes of memory that it takes. */
  get held(): number {
    return this.#held
  }

  /** @param bytes that nobody writes any more */
  add(bytes: Buffer): void {
    if (bytes.length < smallBytes) this.#copy(bytes)
    else {
      this.#endBlock()
      this.#pieces.push(bytes)
      this.#held += bytes.length
    }
    this.#length += bytes.length
  }

  /** All that came, in memory of its own; the next begins. */
  take(): Buffer {
    this.#endBlock()
    const whole = Buffer.allocUnsafeSlow(this.#length)
    let at = 0
    for (const piece of this.#pieces) at += piece.copy(whole, at)
    this.#pieces = []
    this.#length = 0
    this.#held = 0
    return whole
  }

  /** Into the block, and into a new one where there is none or it is full. */
  #copy(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      let block = this.#blockFilled < 0 ? undefined : this.#pieces.at(-1)
      if (!block || this.#blockFilled === block.length) {
        block = Buffer.allocUnsafeSlow(Math.min(largestBlock, Math.max(smallestBlock, this.#length + bytes.length)))
        this.#pieces.push(block)
        this.#held += block.length
        this.#blockFilled = 0
      }
      const some = bytes.copy(block, this.#blockFilled, at)
      this.#blockFilled += some
      at += some
    }
  }

  #endBlock(): void {
    const block = this.#blockFilled < 0 ? undefined : this.#pieces.pop()
    if (block) this.#pieces.push(block.subarray(0, this.#blockFilled))
    this.#blockFilled = -1
  }
}
