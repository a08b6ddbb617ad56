import { dirname } from 'node:path'
import {
  ComponentFailedError,
  messageOf,
  type PollableSource,
  type SourceContext,
  settledWithin,
} from '../../../core/index.ts'
import type { StoredPositions } from '../../../protocols/tail-positions/index.ts'
import { putUntilStored, storedBy } from '../put-until-stored.ts'
import { graceMs } from '../stop-grace.ts'
import { Copies } from './copies.ts'
import { Discovery } from './discovery.ts'
import type { FileGroup } from './file-groups.ts'
import { PositionStore, type PositionsNow } from './position-store.ts'
import { batchOfPieces, type Piece, Reader, type ReaderOptions } from './reader.ts'
import { TailSet } from './tail-set.ts'
import type { TailedFile } from './tailed-file.ts'

export interface TaildirOptions extends ReaderOptions {
  readonly groups: readonly FileGroup[]
  readonly positionFile: string
  readonly skipToEnd: boolean
  /** The system tells of changes in folders where it can. */
  readonly watch: boolean
  /** Ms. */
  readonly writePosInterval: number
}

/** Between two looks at the files that are open, ms. */
const maintenanceMs = 1000

/** Position files of the sources of this process: two that write one would undo each other's. */
const inUse = new Set<string>()

/** Lines of files that grow; see the declaration. */
export class TaildirSource implements PollableSource {
  readonly kind = 'pollable'
  readonly isPaced = true
  readonly #options: TaildirOptions
  readonly #context: SourceContext
  readonly #set: TailSet
  readonly #store: PositionStore
  readonly #stopping = new AbortController()
  #discovery: Discovery | undefined
  #reader: Reader | undefined
  #stopped: Promise<void> | undefined
  /** Nothing more is put before: what a killed process repeats is one put at most. */
  #recorded: Promise<void> = Promise.resolve()
  #savedAt = 0
  #maintainedAt = Number.NEGATIVE_INFINITY
  #holdsPositions = false
  #signals: { readonly given: AbortSignal; readonly both: AbortSignal } | undefined

  constructor(options: TaildirOptions, context: SourceContext) {
    this.#options = options
    this.#context = context
    this.#set = new TailSet(context.clock)
    this.#store = new PositionStore(options.positionFile)
  }

  /** @throws ComponentFailedError where positions cannot be kept */
  async start(): Promise<void> {
    const { positionFile } = this.#options
    if (inUse.has(positionFile)) {
      throw new ComponentFailedError(`another source of this agent keeps its positions in ${positionFile}`)
    }
    inUse.add(positionFile)
    this.#holdsPositions = true
    try {
      const stored = await this.#store.load()
      if (stored.isDamaged) {
        this.#context.log.warn('The position file is damaged and says nothing.', { file: positionFile })
      }
      await this.#open(stored)
    } catch (cause) {
      await this.#release()
      throw new ComponentFailedError(`positions in ${dirname(positionFile)}: ${messageOf(cause)}`, { cause })
    }
  }

  stop(deadlineMs: number): Promise<void> {
    this.#stopped ??= this.#stop(deadlineMs)
    return this.#stopped
  }

  async poll(signal: AbortSignal): Promise<'ready'> {
    const reader = this.#reader
    if (!reader) return 'ready'
    const both = this.#both(signal)
    await this.#lookAfter(reader)
    const pieces = await reader.gather(both)
    await this.#record(reader.takeCopied())
    if (pieces.length > 0) await this.#put(reader, pieces, both)
    else await this.#set.wait(this.#restMs(), both)
    return 'ready'
  }

  async #open({ positions, ended }: StoredPositions): Promise<void> {
    const { groups, skipToEnd, watch, maxOpenFiles } = this.#options
    this.#set.ended.restore(ended, this.#context.clock.monotonic(), groups)
    const copies = new Copies(this.#context, this.#set)
    const onTaken = (files: readonly TailedFile[]): Promise<void> => this.#record(files)
    this.#discovery = new Discovery(
      { groups, skipToEnd, watch, maxOpenFiles, onTaken },
      this.#context,
      this.#set,
      positions,
    )
    await this.#discovery.start()
    this.#reader = new Reader(this.#options, this.#context, this.#set, this.#discovery, copies)
    await this.#save()
    this.#context.log.info('Files are followed.', { files: this.#set.files.size })
  }

  async #put(reader: Reader, pieces: readonly Piece[], signal: AbortSignal): Promise<void> {
    const batch = batchOfPieces(pieces)
    this.#context.metrics.counter('batchesReceived').add(1)
    let stored = 0
    try {
      await this.#recorded
      await putUntilStored(this.#context, batch, signal)
      stored = batch.length
      this.#context.metrics.counter('batchesStored').add(1)
    } catch (error) {
      stored = storedBy(error)
      throw error
    } finally {
      this.#recorded = this.#record(reader.commit(pieces, stored))
    }
  }

  /** A position that cannot be written is written with the next ones; nothing is lost by it, a crash repeats more. */
  async #record(moved: readonly TailedFile[]): Promise<void> {
    if (moved.length === 0) return
    const ended = this.#set.ended.takeUnsaved()
    try {
      await this.#store.record([...ended, ...moved.map(({ position }) => position)])
    } catch (error) {
      this.#positionsFailed('Positions could not be written.', error)
    }
  }

  async #lookAfter(reader: Reader): Promise<void> {
    const now = this.#context.clock.monotonic()
    if (now - this.#maintainedAt >= maintenanceMs) {
      this.#maintainedAt = now
      await reader.maintain()
      this.#context.metrics.gauge('files').set(this.#set.files.size)
      this.#context.metrics.gauge('openFiles').set(this.#set.opened.size)
    }
    if (!this.#set.hasMoved || now - this.#savedAt < this.#options.writePosInterval) return
    try {
      await this.#save()
    } catch (error) {
      this.#positionsFailed('Positions could not be saved.', error)
    }
  }

  #positionsFailed(message: string, error: unknown): void {
    this.#context.metrics.counter('positionFailures').add(1)
    this.#context.log.warn(message, { error: messageOf(error) })
  }

  async #save(): Promise<void> {
    this.#savedAt = this.#context.clock.monotonic()
    this.#set.hasMoved = false
    try {
      await this.#store.save(() => this.#now())
    } catch (error) {
      this.#set.hasMoved = true
      throw error
    }
  }

  #now(): PositionsNow {
    const files = [...this.#set.files.values()]
    this.#set.ended.takeUnsaved()
    return {
      positions: files.map(({ position }) => position),
      ended: this.#set.ended.all,
      shown: files
        .filter(({ isPresent, isArchive, isRead }) => isPresent && (!isArchive || isRead))
        .map(({ inode, path, place, isArchive, size }) => ({ inode, pos: isArchive ? size : place.pos, file: path })),
    }
  }

  #restMs(): number {
    const { hasMoved, opened } = this.#set
    return hasMoved || opened.size > 0 ? maintenanceMs : Number.POSITIVE_INFINITY
  }

  #both(given: AbortSignal): AbortSignal {
    if (this.#signals?.given !== given) {
      this.#signals = { given, both: AbortSignal.any([given, this.#stopping.signal]) }
    }
    return this.#signals.both
  }

  async #stop(deadlineMs: number): Promise<void> {
    this.#stopping.abort()
    const work = this.#release()
    await settledWithin(work, deadlineMs + graceMs, this.#context.clock)
  }

  async #release(): Promise<void> {
    await this.#discovery?.stop()
    try {
      if (this.#reader && this.#set.hasMoved) await this.#save()
    } catch (error) {
      this.#positionsFailed('Positions could not be saved.', error)
    }
    await this.#store.close()
    for (const file of this.#set.files.values()) await file.close()
    if (this.#holdsPositions) inUse.delete(this.#options.positionFile)
    this.#holdsPositions = false
  }
}
