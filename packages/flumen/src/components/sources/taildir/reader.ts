import { EventBatch, messageOf, type NamedColumn, type Part, type SourceContext } from '../../../core/index.ts'
import { readBytes, sizeOfOpen } from './descriptors.ts'
import type { Discovery } from './discovery.ts'
import { type FoundLines, findLines, partOf } from './lines.ts'
import type { TailSet } from './tail-set.ts'
import { beginning, type TailedFile } from './tailed-file.ts'

export interface ReaderOptions {
  /** Most lines of one file before the next one has its turn. */
  readonly maxLines: number
  readonly maxLineLength: number
  readonly byteOffsetHeader: boolean
  readonly fileHeader: boolean
  readonly fileHeaderKey: string
  /** Ms. */
  readonly idleTimeout: number
  readonly maxOpenFiles: number
}

/** Lines of one file, not stored yet. */
export interface Piece {
  readonly file: TailedFile
  readonly part: Part
  readonly lines: FoundLines
  readonly chunk: Buffer
  /** What stands before the chunk. */
  readonly before: Buffer
  /** The file may have more. */
  readonly hasMore: boolean
}

/** Bytes that one read asks for, and that one round takes before it puts. */
const chunkBytes = 1024 ** 2
/** Most files of one round. */
const mostFiles = 512

/** Reads lines of files where something may have come, each in its turn, and keeps how far they are stored. */
export class Reader {
  readonly #options: ReaderOptions
  readonly #context: SourceContext
  readonly #set: TailSet
  readonly #discovery: Discovery

  constructor(options: ReaderOptions, context: SourceContext, set: TailSet, discovery: Discovery) {
    this.#options = options
    this.#context = context
    this.#set = set
    this.#discovery = discovery
  }

  /** Pieces of the files whose turn it is, of each one at most. */
  async gather(signal: AbortSignal): Promise<readonly Piece[]> {
    const { ready } = this.#set
    const pieces: Piece[] = []
    const visited = new Set<TailedFile>()
    const again: TailedFile[] = []
    let bytes = 0
    for (const file of ready) {
      if (bytes >= chunkBytes || visited.size >= mostFiles || signal.aborted) break
      ready.delete(file)
      if (visited.has(file)) {
        again.push(file)
        continue
      }
      visited.add(file)
      const piece = await this.#tryRead(file)
      if (!piece) continue
      pieces.push(piece)
      bytes += piece.chunk.length
    }
    for (const file of again) this.#set.mark(file)
    return pieces
  }

  /** So many leading rows of the pieces are stored. @returns the files that have moved on */
  commit(pieces: readonly Piece[], stored: number): readonly TailedFile[] {
    const moved: TailedFile[] = []
    let left = stored
    for (const { file, part, lines, chunk, before, hasMore } of pieces) {
      const rows = Math.min(left, part.length)
      left -= rows
      const isWhole = rows === part.length
      if (rows > 0) {
        file.advance(file.place.pos + (isWhole ? lines.consumed : (lines.start[rows] ?? 0)), before, chunk)
        moved.push(file)
      }
      if (!isWhole || hasMore) this.#set.mark(file)
    }
    if (moved.length > 0) this.#set.hasMoved = true
    return moved
  }

  /** Looks after open files: those without a name are read on, those that are quiet for long are closed. */
  maintain(): void {
    const now = this.#context.clock.monotonic()
    for (const file of this.#set.files.values()) {
      if (file.descriptor === undefined) continue
      if (now - file.changedAt >= this.#options.idleTimeout) file.takesRest = true
      if (file.takesRest || !file.isPresent) this.#set.mark(file)
    }
  }

  async #tryRead(file: TailedFile): Promise<Piece | undefined> {
    try {
      if (file.descriptor === undefined && !(await this.#open(file))) return undefined
      const piece = await this.#read(file)
      if (!piece && file.takesRest && !this.#set.ready.has(file)) await this.#finish(file)
      return piece
    } catch (error) {
      this.#context.metrics.counter('readFailures').add(1)
      this.#context.log.warn('A file cannot be read; it is tried again.', { file: file.path, error: messageOf(error) })
      return undefined
    }
  }

  async #open(file: TailedFile): Promise<boolean> {
    if (this.#set.descriptors.open >= this.#options.maxOpenFiles) await this.#closeOne()
    if (await file.open(file.path)) return true
    this.#discovery.touch(file.path)
    return false
  }

  /** Makes room for another descriptor: closes a file of which all is read and that can be found again by its name. */
  async #closeOne(): Promise<void> {
    for (const file of this.#set.files.values()) {
      const isRead = file.isPresent && (file.place.pos === file.size || file.isPassedOver) && !this.#set.ready.has(file)
      if (file.descriptor !== undefined && isRead) return file.close()
    }
  }

  async #read(file: TailedFile): Promise<Piece | undefined> {
    const { descriptor } = file
    if (descriptor === undefined) return undefined
    const { pos } = file.place
    const size = await sizeOfOpen(descriptor)
    this.#notice(file, size)
    if (size < pos) return this.#restart(file, size)
    let chunk = await readBytes(descriptor, pos, Math.min(size - pos, chunkBytes))
    let lines = this.#linesOf(file, chunk, size)
    if (lines.consumed === 0 && pos + chunk.length < size) {
      chunk = await readBytes(descriptor, pos, Math.min(size - pos, this.#options.maxLineLength + 1))
      lines = this.#linesOf(file, chunk, size)
    }
    const before = await this.#check(file, descriptor, chunk)
    if (before === undefined && !file.isPresent && !file.isVerified) return this.#dismiss(file)
    if (before === undefined) return this.#restart(file, size)
    if (pos === 0 && isCompressed(chunk)) return this.#passOver(file)
    if (lines.start.length === 0) return undefined
    const part = partOf(chunk, lines, this.#context.clock.now(), this.#columns(file, pos, lines))
    const hasMore = pos + chunk.length < size || lines.start.length >= this.#options.maxLines
    return { file, part, lines, chunk, before, hasMore }
  }

  #linesOf(file: TailedFile, chunk: Buffer, size: number): FoundLines {
    const { maxLines, maxLineLength } = this.#options
    const takesRest = file.takesRest && file.place.pos + chunk.length === size
    return findLines(chunk, { maxLines, maxLength: maxLineLength, takesRest })
  }

  #notice(file: TailedFile, size: number): void {
    if (size === file.size) return
    file.size = size
    file.changedAt = this.#context.clock.monotonic()
    file.takesRest = false
  }

  /** Whether what was read is what follows the stored bytes; asked after reading. */
  async #check(file: TailedFile, descriptor: number, chunk: Buffer): Promise<Buffer | undefined> {
    if (file.place.pos > 0) return file.bytesBefore()
    const first = chunk.subarray(0, 64)
    const now = await readBytes(descriptor, 0, first.length)
    return first.equals(now) && (await sizeOfOpen(descriptor)) >= chunk.length ? now.subarray(0, 0) : undefined
  }

  /** The content is not that of which a part was stored: truncated, or another file with the same inode number. */
  #restart(file: TailedFile, size: number): undefined {
    const { log, metrics } = this.#context
    if (file.place.pos > 0) {
      metrics.counter('filesRestarted').add(1)
      log.info('A file has new content and is read from its start.', { file: file.path, before: file.place.pos, size })
    }
    file.place = beginning
    file.isPassedOver = false
    file.isVerified = true
    this.#set.hasMoved = true
    this.#set.mark(file)
  }

  /** It was opened under a name that is none of its group's, and is not what was followed. */
  async #dismiss(file: TailedFile): Promise<undefined> {
    this.#set.retire(file)
    await file.close()
  }

  /** What tools pack after a rotation was read before, as a rule. */
  #passOver(file: TailedFile): undefined {
    if (file.isPassedOver) return
    file.isPassedOver = true
    this.#context.metrics.counter('filesPassedOver').add(1)
    this.#context.log.warn('A compressed file is not read.', { file: file.path })
  }

  /** All of it is read, and nothing has come for long. */
  async #finish(file: TailedFile): Promise<void> {
    file.takesRest = false
    if (!file.isPresent) this.#set.retire(file)
    await file.close()
  }

  #columns(file: TailedFile, base: number, { start }: FoundLines): readonly NamedColumn[] {
    const { byteOffsetHeader, fileHeader, fileHeaderKey } = this.#options
    const columns = new Map<string, NamedColumn[1]>()
    if (byteOffsetHeader) {
      columns.set('byteoffset', { kind: 'list', values: Array.from(start, (at) => String(base + at)) })
    }
    for (const [name, value] of file.group.headers) columns.set(name, { kind: 'constant', value })
    if (fileHeader) columns.set(fileHeaderKey, { kind: 'constant', value: file.path })
    return [...columns]
  }
}

/** gzip, zstd, bzip2, xz. */
const magics = ['1f8b08', '28b52ffd', '425a68', 'fd377a585a'].map((hex) => Buffer.from(hex, 'hex'))

function isCompressed(bytes: Buffer): boolean {
  return magics.some((magic) => bytes.subarray(0, magic.length).equals(magic))
}

export function batchOfPieces(pieces: readonly Piece[]): EventBatch {
  return new EventBatch(pieces.map(({ part }) => part))
}
