import { EventBatch, messageOf, type NamedColumn, type Part, type SourceContext } from '../../../core/index.ts'
import { mayBeCopyOf } from '../../../protocols/tail-positions/index.ts'
import type { Copies } from './copies.ts'
import { type FileState, isFresh, stateOfOpen } from './descriptors.ts'
import { type Discovery, moreOpenFiles } from './discovery.ts'
import { type CutLines, LineCutter, type LineCutterOptions } from './line-cutter.ts'
import { partOf } from './lines.ts'
import type { TailSet } from './tail-set.ts'
import { beginning, type TailedFile } from './tailed-file.ts'

export interface ReaderOptions extends LineCutterOptions {
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
  readonly lines: CutLines
  readonly chunk: Buffer
  /** What stands before the chunk. */
  readonly before: Buffer
  /** The file may have more. */
  readonly hasMore: boolean
  /** Of the monotonic clock: before it was looked at and read. */
  readonly at: number
  /** The name that the file had then. */
  readonly path: string
}

/** Bytes that one read asks for, and that one round takes before it puts. */
const chunkBytes = 1024 ** 2
/** Most files of one round. */
const mostFiles = 512
/** Files that are read at the same time. */
const mostAtOnce = 8

/** Reads lines of files where something may have come, each in its turn, and keeps how far they are stored. */
export class Reader {
  readonly #options: ReaderOptions
  readonly #context: SourceContext
  readonly #set: TailSet
  readonly #discovery: Discovery
  readonly #copies: Copies
  readonly #cutter: LineCutter
  /** Files with new content, of whose old one there may be a copy. */
  readonly #restarted: TailedFile[] = []
  /** Files that were found to be copies: after a kill it may not be possible to tell any more. */
  readonly #copied: TailedFile[] = []

  constructor(options: ReaderOptions, context: SourceContext, set: TailSet, discovery: Discovery, copies: Copies) {
    this.#options = options
    this.#context = context
    this.#set = set
    this.#discovery = discovery
    this.#copies = copies
    this.#cutter = new LineCutter(options)
  }

  /** Pieces of the files whose turn it is, of each one at most. */
  async gather(signal: AbortSignal): Promise<readonly Piece[]> {
    const { ready } = this.#set
    await this.#closeUntil(this.#options.maxOpenFiles)
    const pieces: Piece[] = []
    const visited = new Set<TailedFile>()
    const again: TailedFile[] = []
    let bytes = 0
    while (bytes < chunkBytes && visited.size < mostFiles && !signal.aborted) {
      await this.#openNext(ready)
      const files = this.#nextOf(ready, chunkBytes - bytes, (file) => {
        // Whether it is a copy of what is in these pieces is known when they are stored.
        const isEarly = !file.isJudged && pieces.some((piece) => mayBeCopyOf(file, piece.file))
        if (visited.has(file) || isEarly) again.push(file)
        return !(visited.has(file) || isEarly)
      })
      if (files.length === 0) break
      for (const file of files) visited.add(file)
      for (const piece of await Promise.all(files.map((file) => this.#tryRead(file)))) {
        if (!piece) continue
        piece.file.isInHand = true
        pieces.push(piece)
        bytes += piece.chunk.length
      }
      for (const file of this.#restarted.splice(0)) await this.#copies.findOutside([file])
    }
    for (const file of again) this.#set.mark(file)
    return pieces
  }

  /** One file, or some that do not look at each other: each read waits for the disk, and all at once wait once. */
  #nextOf(ready: Set<TailedFile>, room: number, isWanted: (file: TailedFile) => boolean): readonly TailedFile[] {
    const files: TailedFile[] = []
    let bytes = 0
    for (const file of ready) {
      const isFree = file.descriptor !== undefined && (file.isJudged || this.#copies.isAlone(file))
      if (files.length > 0 && !isFree) break
      ready.delete(file)
      if (!isWanted(file)) continue
      files.push(file)
      bytes += Math.min(Math.max(0, file.size - file.place.pos), chunkBytes)
      if (!isFree || files.length === mostAtOnce || bytes >= room) break
    }
    return files
  }

  /** Files that were found to be copies since the last call. */
  takeCopied(): readonly TailedFile[] {
    return this.#copied.splice(0)
  }

  /** So many leading rows of the pieces are stored. @returns the files that have moved on */
  commit(pieces: readonly Piece[], stored: number): readonly TailedFile[] {
    const moved: TailedFile[] = []
    let left = stored
    for (const { file, part, lines, chunk, before, hasMore, at, path } of pieces) {
      const rows = Math.min(left, part.length)
      left -= rows
      const isWhole = rows === part.length
      if (rows > 0) {
        file.advance(file.place.pos + (isWhole ? lines.consumed : (lines.start[rows] ?? 0)), before, chunk, path)
        if (isWhole) {
          file.isInLongLine = lines.isCut
          file.lookedAt = at
        }
        if (this.#set.has(file)) moved.push(file)
      }
      this.#set.release(file)
      if (!isWhole || hasMore) this.#set.mark(file)
      if (!file.isPresent && file.descriptor === undefined) this.#discovery.touch(file.path)
    }
    if (moved.length > 0) this.#set.hasMoved = true
    return moved
  }

  /** Looks after open files: those without a name are read on, those that are quiet for long are closed. */
  async maintain(): Promise<void> {
    const now = this.#context.clock.monotonic()
    for (const file of this.#set.files.values()) {
      if (file.descriptor === undefined && (file.isRead || file.isPassedOver || !file.isPresent)) continue
      if (now - file.changedAt >= this.#options.idleTimeout) file.takesRest = true
      if (file.isJoining && now - file.changedAt >= this.#options.joinTimeout) file.isQuiet = true
      if (file.takesRest || file.isQuiet || !file.isPresent) this.#set.mark(file)
    }
    this.#set.markUnjudged()
    await this.#copies.lookAgain()
  }

  async #tryRead(file: TailedFile): Promise<Piece | undefined> {
    try {
      if (file.descriptor === undefined && !(await this.#open(file))) return undefined
      const piece = await this.#read(file)
      const mayHaveMore = this.#set.ready.has(file) || (!file.isJudged && file.size > 0 && !file.isPassedOver)
      if (!piece && file.takesRest && !mayHaveMore) await this.#finish(file)
      return piece
    } catch (error) {
      this.#context.metrics.counter('readFailures').add(1)
      this.#context.log.warn('A file cannot be read; it is tried again.', { file: file.path, error: messageOf(error) })
      return undefined
    }
  }

  async #open(file: TailedFile): Promise<boolean> {
    await this.#closeUntil(this.#options.maxOpenFiles - 1)
    if (await this.#tryOpen(file)) return true
    this.#discovery.touch(file.path)
    return false
  }

  async #tryOpen(file: TailedFile): Promise<boolean> {
    if (!(await file.open(file.path, isFresh(file, this.#context.clock.now())))) return false
    if (this.#set.has(file)) return true
    // It was let go meanwhile.
    await file.close()
    return false
  }

  /** The next ones that are closed: each waits for the disk, and all at once wait once. */
  async #openNext(ready: ReadonlySet<TailedFile>): Promise<void> {
    const { maxOpenFiles } = this.#options
    const most = Math.min(mostAtOnce, Math.floor(maxOpenFiles / 4))
    const closed: TailedFile[] = []
    let looked = 0
    for (const file of ready) {
      if (looked++ === most) break
      if (file.descriptor === undefined) closed.push(file)
    }
    if (closed.length < 2) return
    await this.#closeUntil(maxOpenFiles - closed.length)
    // One that cannot be opened says so when it is read.
    await Promise.allSettled(closed.map((file) => this.#tryOpen(file)))
  }

  async #closeUntil(open: number): Promise<void> {
    while (this.#set.openNamed > open) {
      let closed = 0
      for (const file of this.#leastNeeded(open)) {
        if (await this.#isLastWay(file)) continue
        await file.close()
        closed++
      }
      if (closed === 0) return
    }
  }

  /** It was deleted, and there is more of it than was read: nobody could open it again. */
  async #isLastWay(file: TailedFile): Promise<boolean> {
    const { descriptor } = file
    if (descriptor === undefined || file.isPassedOver) return false
    try {
      const { links, size } = await stateOfOpen(descriptor, file.isLocal)
      if (links > 0 || (file.isRead && file.size === size)) return false
      this.#set.mark(file)
      return true
    } catch {
      // What cannot be looked at cannot be read.
      return false
    }
  }

  /**
   * Of the files of which all is read the quietest, and some more than must be closed, so that not each new file looks at
   * all. Where too many are open that have a name, or else those that wait for more, or else those that were opened last,
   * since those that are read in turn come again in this order; of those that were not begun so many may be open in
   * addition as finding opens. One that has no name, or is empty, stays open: nobody could find it, or know it again
   * under another name. One that is not followed yet is not reading's.
   */
  #leastNeeded(open: number): readonly TailedFile[] {
    const { opened, openNamed: named, ready } = this.#set
    const read: TailedFile[] = []
    const waiting: TailedFile[] = []
    const begun: TailedFile[] = []
    const unread: TailedFile[] = []
    for (const file of opened) {
      if (!file.isPresent || file.place.head.length === 0 || !this.#set.has(file)) continue
      if (ready.has(file)) (file.place.pos > 0 ? begun : unread).push(file)
      else (file.isRead || file.isPassedOver ? read : waiting).push(file)
    }
    const closed = read.sort(byChange).slice(0, named - open + Math.floor(open / 8))
    const more = [...waiting.sort(byChange), ...begun.reverse()]
    closed.push(...more.slice(0, Math.max(0, named - open - closed.length)))
    return [...closed, ...unread.reverse().slice(0, Math.max(0, named - open - moreOpenFiles - closed.length))]
  }

  async #read(file: TailedFile): Promise<Piece | undefined> {
    const { descriptor, path } = file
    if (descriptor === undefined) return undefined
    const at = this.#context.clock.monotonic()
    const state = await stateOfOpen(descriptor, file.isLocal)
    file.see({ size: state.size }, at)
    file.expect(state.size)
    if (!(await this.#isReadable(file, descriptor, state))) return undefined
    const { pos } = file.place
    const size = file.isArchive ? await file.length(descriptor) : state.size
    if (size < pos) return this.#restart(file)
    let chunk = await file.bytes(descriptor, pos, Math.min(size - pos, chunkBytes))
    if (pos === 0 && !file.isHead(chunk)) return this.#restart(file)
    let lines = await this.#cutter.cut(file, descriptor, chunk, size, false)
    if (lines.consumed === 0 && pos + chunk.length < size) {
      const most = Math.max(this.#options.maxLineLength + 2, chunkBytes)
      chunk = await file.bytes(descriptor, pos, Math.min(size - pos, most))
      lines = await this.#cutter.cut(file, descriptor, chunk, size, true)
    }
    const before = await this.#check(file, descriptor, chunk)
    if (before === undefined && file.isElsewhere) return this.#dismiss(file)
    if (before === undefined) return this.#restart(file)
    if (lines.start.length === 0) file.lookedAt = at
    if (file.isArchive && pos === size) return this.#finishArchive(file)
    const read = { file, lines, chunk, before, at, path }
    if (lines.start.length === 0) return this.#leaveOut(read)
    const part = partOf(chunk, lines, lines.encoding, this.#context.clock.now(), this.#columns(file, pos, lines))
    const hasMore = pos + chunk.length < size || lines.start.length >= this.#options.maxLines || file.isArchive
    return { ...read, part, hasMore }
  }

  /** The rest of a line that was cut is no event. */
  #leaveOut({ file, lines, before, chunk, path }: Omit<Piece, 'part' | 'hasMore'>): undefined {
    if (lines.consumed === 0) return
    file.advance(file.place.pos + lines.consumed, before, chunk, path)
    file.isInLongLine = lines.isCut
    this.#set.hasMoved = true
    this.#set.mark(file)
  }

  /** Whether there may be lines that were not read, under this name or another one. */
  async #isReadable(file: TailedFile, descriptor: number, state: FileState): Promise<boolean> {
    if (file.isArchive && file.place.pos > 0 && file.place.head.length === 0) {
      // From Flume, or for skipToEnd: what was there was none of ours to unpack.
      file.place = { ...beginning, packedSize: file.size }
    }
    if (file.isArchive && file.isRead) {
      // Another archive of the same size may have got the inode number.
      if (!file.isVerified && !(await file.hasHead(descriptor))) await this.#restart(file)
      file.isVerified = true
      return false
    }
    if (file.isJudged || file.size === 0) return true
    const verdict = await this.#copies.judge(file, descriptor, state)
    if (verdict === 'wait') return false
    if (verdict === 'copy') this.#copied.push(file)
    file.isJudged = true
    return true
  }

  #finishArchive(file: TailedFile): undefined {
    file.place = { ...file.place, packedSize: file.size }
    file.repack()
    this.#set.hasMoved = true
  }

  /** Whether what was read is what follows the stored bytes; asked after reading. */
  async #check(file: TailedFile, descriptor: number, chunk: Buffer): Promise<Buffer | undefined> {
    if (file.place.pos > 0) return file.bytesBefore()
    const first = chunk.subarray(0, 64)
    const bytes = file.bytesAgain(descriptor, 0, first.length)
    if (file.isArchive) await bytes
    const [now, length] = await Promise.all([bytes, file.length(descriptor)])
    return first.equals(now) && length >= chunk.length ? now.subarray(0, 0) : undefined
  }

  /** The content is not that of which a part was stored: truncated, or another file with the same inode number. */
  async #restart(file: TailedFile): Promise<undefined> {
    const { log, metrics } = this.#context
    const { pos } = file.place
    const wasFollowed = file.isVerified
    this.#set.cut(file, wasFollowed && !file.isArchive ? Math.max(0, file.largest - pos) : 0)
    if (pos > 0) {
      metrics.counter('filesRestarted').add(1)
      log.info('A file has new content and is read from its start.', {
        file: file.path,
        inode: file.inode,
        before: pos,
        size: file.size,
      })
    }
    file.restart()
    file.isJudged = wasFollowed
    this.#set.hasMoved = true
    this.#set.mark(file)
    this.#restarted.push(file)
  }

  /** It was opened under a name that is none of its group's, and is not what was followed. */
  async #dismiss(file: TailedFile): Promise<undefined> {
    this.#set.retire(file, 'gone')
    this.#context.log.debug('A file is not what was followed.', { file: file.path, stored: file.place.pos })
    await file.close()
  }

  /** All of it is read, and nothing has come for long. */
  async #finish(file: TailedFile): Promise<void> {
    if (!file.isPresent) this.#set.retire(file, 'gone')
    await file.rest()
  }

  #columns(file: TailedFile, base: number, { start }: CutLines): readonly NamedColumn[] {
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

function byChange(one: TailedFile, other: TailedFile): number {
  return one.changedAt - other.changedAt
}

export function batchOfPieces(pieces: readonly Piece[]): EventBatch {
  return new EventBatch(pieces.map(({ part }) => part))
}
