import { type FileHandle, open, stat } from 'node:fs/promises'
import type { Decoded, EventDeserializer } from '../../../core/index.ts'
import {
  BadContentError,
  type ByteSource,
  type Compression,
  compressionOf,
  hiddenCompression,
  magicBytes,
  PlainSource,
  UnpackedSource,
} from './byte-source.ts'
import { identityOf } from './candidates.ts'
import type { Identity, Progress } from './progress-store.ts'

/** Bytes that are read and decoded at once, unless something larger must be decoded as a whole. */
const chunkBytes = 256 * 1024

/** What was decoded at once, and is not stored. */
export interface Piece {
  readonly decoded: Decoded
  /** So many leading rows are stored already, and are not in it any more. */
  readonly from: number
  /** Offset of the first byte that was decoded. */
  readonly base: number
  /** Nothing follows. */
  readonly isLast: boolean
}

export interface OpenOptions {
  readonly compression: Compression | 'auto' | 'none'
  makeDeserializer(): Promise<EventDeserializer>
}

/** A file that is read. `progress` is what is stored of it. */
export class SpoolFile {
  readonly path: string
  readonly identity: Identity
  /** What the content looks like where the name does not say so. */
  readonly looksLike: Compression | undefined
  readonly isCompressed: boolean
  readonly flumeLead: number
  progress: Progress
  readonly #file: FileHandle
  readonly #source: ByteSource
  readonly #deserializer: EventDeserializer
  /** Offset of the first byte that is not consumed. */
  #base: number
  /** Bytes after it that were read. */
  #rest: Buffer = Buffer.alloc(0)
  #isAtEnd = false
  /** Rows that stand before it are stored. */
  readonly #target: { readonly offset: number; readonly events: number }

  private constructor(
    file: FileHandle,
    progress: Progress & { readonly identity: Identity },
    kind: { readonly compression: Compression | undefined; readonly looksLike: Compression | undefined },
    deserializer: EventDeserializer,
  ) {
    const { identity, offset, events } = progress
    this.path = progress.file
    this.identity = identity
    this.progress = progress
    this.isCompressed = kind.compression !== undefined
    this.looksLike = this.isCompressed ? undefined : kind.looksLike
    this.flumeLead = deserializer.flumeLead ?? 0
    this.#file = file
    this.#deserializer = deserializer
    this.#target = { offset, events }
    const skipped = deserializer.seeks ? offset : 0
    this.#base = kind.compression === undefined ? skipped : 0
    this.#source = kind.compression
      ? new UnpackedSource(file, identity.size, kind.compression)
      : new PlainSource(file, skipped, identity.size)
  }

  /** @param stored what is known to be stored of the file */
  static async open(path: string, stored: Progress | undefined, options: OpenOptions): Promise<SpoolFile> {
    const file = await open(path, 'r')
    try {
      const identity = identityOf(await file.stat())
      const head = Buffer.alloc(magicBytes)
      const { bytesRead } = await file.read(head, 0, magicBytes, 0)
      const begin = head.subarray(0, bytesRead)
      const deserializer = await options.makeDeserializer()
      const wanted = options.compression === 'auto' && deserializer.takesCompressed ? 'none' : options.compression
      const compression = wanted === 'auto' ? compressionOf(path, begin) : wanted === 'none' ? undefined : wanted
      const progress = { file: path, offset: stored?.offset ?? 0, events: stored?.events ?? 0, identity }
      const kind = { compression, looksLike: hiddenCompression(begin) }
      return new SpoolFile(file, progress, kind, deserializer)
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /** What comes next. Undefined: all of the file is decoded. @throws BadContentError, or what the system says */
  async next(): Promise<Piece | undefined> {
    const { offset } = this.#target
    if (!this.isCompressed && offset > this.identity.size) throw new BadContentError(shorterThan(offset))
    if (this.#deserializer.seeks) await this.#skip()
    for (;;) {
      const chunk = await this.#read()
      if (chunk.length === 0 && this.#base > 0) return undefined
      const isUntouched = !this.#isAtEnd || typeof (await this.changed()) !== 'object'
      const decoded = await this.#deserializer.decode(chunk, this.#isAtEnd && isUntouched)
      const base = this.#base
      this.#rest = chunk.subarray(decoded.consumed)
      this.#base += decoded.consumed
      const isLast = this.#isAtEnd && (this.#rest.length === 0 || !isUntouched || decoded.problem !== undefined)
      const isStuck = this.#isAtEnd && decoded.consumed === 0 && decoded.problem === undefined
      if (isStuck && isUntouched && chunk.length > 0)
        throw new BadContentError('the deserializer left bytes at the end')
      const from = this.#storedRows(decoded, base)
      if (from < decoded.batch.length || decoded.problem !== undefined || isLast) return { decoded, from, base, isLast }
    }
  }

  /** The first rows of a piece, up to this one, are stored. */
  stored({ decoded, base }: Piece, rows: number): void {
    const { ends, batch, consumed } = decoded
    let progress = { offset: base, events: rows }
    if (rows === batch.length) progress = { offset: base + consumed, events: 0 }
    else {
      for (let row = rows - 1; row >= 0; row--) {
        const end = ends[row] ?? -1
        if (end < 0) continue
        progress = { offset: base + end, events: rows - 1 - row }
        break
      }
    }
    this.progress = { file: this.path, identity: this.identity, ...progress }
  }

  /** What has happened to the file since it was opened. `gone`: another one, or none, has its name. */
  async changed(): Promise<'gone' | { readonly message: string } | undefined> {
    const own = identityOf(await this.#file.stat())
    const { size, modified, inode } = this.identity
    if (own.size !== size || own.modified !== modified) {
      const how = own.size === size ? 'it has another time of change' : `it had ${size} bytes and has ${own.size}`
      return { message: `it was changed while it was read: ${how}` }
    }
    try {
      return (await stat(this.path)).ino === inode ? undefined : 'gone'
    } catch {
      return 'gone'
    }
  }

  async close(): Promise<void> {
    this.#source.close()
    await this.#file.close()
  }

  /** Up to what is stored, where it was not possible to begin there. */
  async #skip(): Promise<void> {
    while (this.#base < this.#target.offset && this.#rest.length === 0) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, this.#target.offset - this.#base))
      const length = await this.#source.readInto(buffer, 0)
      if (length === 0) throw new BadContentError(shorterThan(this.#target.offset))
      this.#base += length
    }
  }

  /** What was not consumed, and more; twice as much where nothing was. */
  async #read(): Promise<Buffer> {
    const left = this.isCompressed ? Number.POSITIVE_INFINITY : this.identity.size - this.#base
    const room = Math.min(Math.max(chunkBytes, this.#rest.length * 2), Math.max(left, this.#rest.length) + 1)
    const buffer = Buffer.allocUnsafeSlow(room)
    this.#rest.copy(buffer)
    let length = this.#rest.length
    while (length < room && !this.#isAtEnd) {
      const read = await this.#source.readInto(buffer, length)
      length += read
      this.#isAtEnd = read === 0
    }
    if (length * 2 >= room) return buffer.subarray(0, length)
    const own = Buffer.allocUnsafeSlow(length)
    buffer.copy(own, 0, 0, length)
    return own
  }

  /** How many leading rows were stored before the file was opened. */
  #storedRows({ ends, batch }: Decoded, base: number): number {
    const { offset, events } = this.#target
    let at = base
    let since = 0
    for (let row = 0; row < batch.length; row++) {
      if (at > offset || (at === offset && since >= events)) return row
      const end = ends[row] ?? -1
      since = end < 0 ? since + 1 : 0
      if (end >= 0) at = base + end
    }
    return batch.length
  }
}

function shorterThan(offset: number): string {
  return `it is shorter than the ${offset} bytes that are stored of it`
}
