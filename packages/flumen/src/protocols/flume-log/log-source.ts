import type { Bytes } from '../../core/index.ts'

/** A file of a stopped file channel. */
export interface FlumeLogFile {
  /** In one of `dataDirs`, in `checkpointDir` or in `backupCheckpointDir`. */
  readonly role: 'data' | 'checkpoint' | 'backup'
  /** Its directory, as reports shall name it. */
  readonly directory: string
  readonly name: string
  /** Bytes. */
  readonly size: number
}

/** The files of one channel, all directories together. Nothing of it changes while it is read. */
export interface FlumeLogSource {
  readonly files: readonly FlumeLogFile[]
  /**
   * Bytes from `offset` on, fewer than `length` only at the end of the file. They become slabs of batches: nobody
   * writes them again, and they never come from Buffer's pool.
   */
  read(file: FlumeLogFile, offset: number, length: number): Bytes
}

/** Least read of a window, bytes. */
const usualRead = 65_536

/** A view that moves over a file: what was read last, and more when that does not do. */
export class FileWindow {
  readonly file: FlumeLogFile
  bytes: Bytes = new Uint8Array(0)
  readonly #source: FlumeLogSource
  readonly #leastRead: number
  #start = 0

  constructor(source: FlumeLogSource, file: FlumeLogFile, leastRead: number = usualRead) {
    this.#source = source
    this.file = file
    this.#leastRead = leastRead
  }

  /** Where in `bytes` the `length` bytes from `offset` on begin; -1: the file does not hold them. */
  load(offset: number, length: number): number {
    const left = this.file.size - offset
    if (offset < 0 || length > left) return -1
    const index = offset - this.#start
    if (index >= 0 && index + length <= this.bytes.length) return index
    this.bytes = this.#source.read(this.file, offset, Math.min(Math.max(length, this.#leastRead), left))
    this.#start = offset
    return length <= this.bytes.length ? 0 : -1
  }

  /** The byte at an offset; -1: there is none. */
  byte(offset: number): number {
    const index = this.load(offset, 1)
    return index < 0 ? -1 : this.bytes[index]!
  }

  drop(): void {
    this.bytes = new Uint8Array(0)
  }
}

/** The whole of a small file. @throws RangeError when it is larger than `most` bytes */
export function readWhole(source: FlumeLogSource, file: FlumeLogFile, most: number): Bytes {
  if (file.size > most) throw new RangeError(`${file.name} has ${file.size} bytes, more than ${most}`)
  return source.read(file, 0, file.size)
}
