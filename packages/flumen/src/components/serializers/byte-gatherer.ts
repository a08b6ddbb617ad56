import type { Bytes } from '../../core/index.ts'

/** Pieces of at least this size are passed on as they are: copying a smaller one costs less than one more write vector. */
const passedOnBytes = 16 * 1024
const chunkBytes = 64 * 1024

/**
 * Hands bytes to `out` in few pieces: small ones are copied into one chunk, large ones go through untouched. What was
 * handed out is never written again.
 */
export class ByteGatherer {
  readonly #out: (bytes: Bytes) => void
  #nextChunk: number
  #chunk = Buffer.alloc(0)
  /** Of the chunk, `[from, at)` is waiting. */
  #from = 0
  #at = 0

  /** @param expected about how many bytes will come: the size of the first chunk */
  constructor(out: (bytes: Bytes) => void, expected: number) {
    this.#out = out
    this.#nextChunk = Math.max(expected, 64)
  }

  add(slab: Bytes, start: number, end: number): void {
    const length = end - start
    if (length >= passedOnBytes) {
      this.flush()
      this.#out(slab.subarray(start, end))
      return
    }
    this.#room(length)
    // A view of each piece costs more than its bytes.
    Buffer.prototype.copy.call(slab, this.#chunk, this.#at, start, end)
    this.#at += length
  }

  /** As UTF-8. @param text without halves of surrogate pairs */
  text(text: string): void {
    this.#room(text.length * 3)
    this.#at += this.#chunk.write(text, this.#at)
  }

  byte(value: number): void {
    this.#room(1)
    this.#chunk[this.#at++] = value
  }

  /** Hands out what is waiting. */
  flush(): void {
    if (this.#at === this.#from) return
    this.#out(this.#chunk.subarray(this.#from, this.#at))
    this.#from = this.#at
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#chunk.length) return
    this.flush()
    const size = Math.max(bytes, Math.min(this.#nextChunk, chunkBytes))
    this.#nextChunk = size * 2
    this.#chunk = Buffer.allocUnsafeSlow(size)
    this.#from = 0
    this.#at = 0
  }
}
