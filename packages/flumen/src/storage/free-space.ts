import { DiskFullError } from './errors.ts'
import { DiskError } from './files.ts'
import type { LogOptions } from './log-options.ts'

const checkMs = 1000
const checkBytes = 16 << 20

/** What is free on the file systems of the log, asked now and then. */
export class FreeSpace {
  readonly #options: LogOptions
  #bytes = Number.POSITIVE_INFINITY
  #checkedAt = Number.NEGATIVE_INFINITY
  #writtenSince = 0

  constructor(options: LogOptions) {
    this.#options = options
  }

  /** On the one that has least. */
  get bytes(): number {
    const now = performance.now()
    if (now - this.#checkedAt < checkMs && this.#writtenSince < checkBytes) return this.#bytes
    this.#checkedAt = now
    this.#writtenSince = 0
    try {
      const { files, dataDirectories } = this.#options
      this.#bytes = Math.min(...dataDirectories.map((directory) => files.freeBytes(directory)))
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
    }
    return this.#bytes
  }

  /** Less is free than has to stay. */
  get isShort(): boolean {
    return this.bytes < this.#options.minimumFreeBytes
  }

  /** @throws DiskFullError */
  require(): void {
    const { dataDirectories, minimumFreeBytes } = this.#options
    const { bytes } = this
    if (bytes >= minimumFreeBytes) return
    throw new DiskFullError(
      `${dataDirectories.join(', ')}: ${bytes} bytes are free, minimumRequiredSpace is ${minimumFreeBytes}; make room or lower it`,
    )
  }

  noteWritten(bytes: number): void {
    this.#writtenSince += bytes
  }

  /** Something was given up: the next look asks the system. */
  noteReleased(): void {
    this.#checkedAt = Number.NEGATIVE_INFINITY
  }
}
