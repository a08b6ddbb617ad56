import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { type ReadPacking, unpackingOf } from '../../../protocols/archives.ts'
import { fingerprintBytes } from '../../../protocols/tail-positions/index.ts'

const chunkSize = 256 * 1024

/** What is packed in an open file, read by position; cheap as long as positions go on and reach back little. */
export class Unpacker {
  readonly #descriptor: number
  readonly #packing: ReadPacking
  #chunks: AsyncIterator<Buffer> | undefined
  #stream: Readable | undefined
  /** What has been unpacked from `#from` on and may be asked for again. */
  #window: Buffer[] = []
  #from = 0
  #to = 0
  #head = Buffer.alloc(0)
  #length: number | undefined

  constructor(descriptor: number, packing: ReadPacking) {
    this.#descriptor = descriptor
    this.#packing = packing
  }

  /** Bytes that are packed. @throws what the unpacking throws where the archive is not whole */
  async length(): Promise<number> {
    while (this.#length === undefined) {
      this.#forget(this.#to)
      await this.#more()
    }
    return this.#length
  }

  /**
   * So many bytes from `position` on, fewer where the content ends; in memory of their own, outside Buffer's pool.
   * @throws what the unpacking throws, and where it is closed meanwhile
   */
  async bytes(position: number, length: number): Promise<Buffer> {
    if (position + length <= this.#head.length) return copyOf([this.#head], position, length)
    if (position < this.#from || (!this.#chunks && this.#length === undefined)) this.#restart()
    while (this.#to < position + length) {
      this.#forget(position)
      if (!(await this.#more())) break
    }
    this.#forget(position)
    return copyOf(this.#window, position - this.#from, Math.max(0, Math.min(length, this.#to - position)))
  }

  close(): void {
    this.#stream?.destroy()
    this.#stream = undefined
    this.#chunks = undefined
    this.#window = []
  }

  #restart(): void {
    this.close()
    this.#from = 0
    this.#to = 0
    const file = createReadStream('', { fd: this.#descriptor, autoClose: false, start: 0, highWaterMark: chunkSize })
    const stream = unpackingOf(this.#packing, chunkSize)
    file.on('error', (error) => stream.destroy(error))
    this.#stream = file.pipe(stream)
    this.#chunks = this.#stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  async #more(): Promise<boolean> {
    if (!this.#chunks) {
      if (this.#length !== undefined) return false
      this.#restart()
    }
    const chunks = this.#chunks
    const { value, done } = (await chunks?.next()) ?? { value: undefined, done: true }
    if (this.#chunks !== chunks) throw new Error('the archive was closed while it was read')
    if (done === true || value === undefined) {
      this.#length = this.#to
      this.#chunks = undefined
      return false
    }
    const chunk = value as Buffer
    if (this.#to < fingerprintBytes)
      this.#head = Buffer.concat([this.#head.subarray(0, this.#to), chunk.subarray(0, fingerprintBytes)])
    this.#window.push(chunk)
    this.#to += chunk.length
    return true
  }

  /** Lets go of what stands far before a position. */
  #forget(position: number): void {
    for (
      let [first] = this.#window;
      first && this.#from + first.length + fingerprintBytes <= position;
      [first] = this.#window
    ) {
      this.#from += first.length
      this.#window.shift()
    }
  }
}

function copyOf(chunks: readonly Buffer[], from: number, length: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(length)
  let at = 0
  let skip = from
  for (const chunk of chunks) {
    if (at === length) break
    if (skip >= chunk.length) {
      skip -= chunk.length
      continue
    }
    at += chunk.copy(copy, at, skip, Math.min(chunk.length, skip + length - at))
    skip = 0
  }
  return copy
}
