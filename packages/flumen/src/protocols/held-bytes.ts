/** A buffer that grew larger than this is not kept. */
const keptBytes = 4096
const noBytes = Buffer.alloc(0)

/** Bytes that wait for those that belong to them, in one buffer that is used again. */
export class HeldBytes {
  #bytes = noBytes
  #length = 0

  get length(): number {
    return this.#length
  }

  add(bytes: Buffer, from: number, to: number): void {
    const length = this.#length + to - from
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(256, 2 ** Math.ceil(Math.log2(length))))
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    bytes.copy(this.#bytes, this.#length, from, to)
    this.#length = length
  }

  /** A view of them that is good until more are added. */
  peek(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  clear(): void {
    this.#length = 0
  }

  /** All of them, in memory of their own. */
  take(): Buffer {
    const taken = Buffer.allocUnsafeSlow(this.#length)
    this.#bytes.copy(taken, 0, 0, this.#length)
    this.#length = 0
    if (this.#bytes.length > keptBytes) this.#bytes = noBytes
    return taken
  }
}
