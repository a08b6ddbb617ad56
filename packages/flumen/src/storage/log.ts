import { randomBytes } from 'node:crypto'
import { checkpointPaths, writeCheckpoint } from './checkpoint.ts'
import { messageOf, StorageError, storageError } from './errors.ts'
import { endMarkBytes, recordBytes } from './format/record.ts'
import { FreeSpace } from './free-space.ts'
import { assembleGroup } from './group-assembly.ts'
import type { Acknowledgement, LogOptions, LogStatus, LogTimings, WriteGroup } from './log-options.ts'
import { LogReader, type ReadResult } from './log-reader.ts'
import { type LogState, nobody } from './log-state.ts'
import { type Recovery, recover } from './recovery.ts'
import { SegmentStore } from './segment-store.ts'
import { SegmentWriter } from './segment-writer.ts'
import type { Damage, Segment } from './segments.ts'
import { UnsavedAcknowledgements } from './unsaved-acknowledgements.ts'

export type { Acknowledgement, LogOptions, LogStatus, LogTimings, PutRecord, WriteGroup } from './log-options.ts'

/**
 * Positions that are given up where a crash may have cost the last ones: none is ever used for two events, since a
 * receiver may have had the first.
 */
const positionJump = 2 ** 20

/**
 * An append-only log of batches with cursors that acknowledge ranges of positions. Everything is synchronous; one thread
 * owns it. What `commit` has returned for is durable; what it has thrown for will not be read.
 *
 * - Each record is checksummed with its place; a write of several puts is one write and one sync.
 * - A sync that failed is never tried again on the same file: its events are copied into a new segment, and the old one
 *   is dropped.
 * - A segment is given up when all cursors have acknowledged it and that is durable.
 * - Losing an acknowledgement repeats events; it never loses any.
 */
export class Log {
  readonly recovery: Recovery
  readonly #options: LogOptions
  readonly #state: LogState
  readonly #store: SegmentStore
  readonly #writer: SegmentWriter
  readonly #checkpointPaths: readonly string[]
  readonly #channelId: Uint8Array
  readonly #readers = new Map<string, LogReader>()
  readonly #free: FreeSpace
  readonly #unsaved = new UnsavedAcknowledgements()
  #generation: number
  #isCheckpointDue = false
  #damages: Damage[] = []
  /** Why names of segments could not be made durable: until they are nothing is given up. */
  #namesFailure: StorageError | undefined
  readonly #timings: LogTimings = { checksum: 0, write: 0, sync: 0, syncs: 0, commits: 0, writtenBytes: 0 }

  /**
   * Recovers what is there. After a crash it copies what may not be durable, and cuts a torn tail, where the disk lets it.
   * @throws NewerFormatError, DiskError
   */
  static open(options: LogOptions): Log {
    for (const directory of [...options.dataDirectories, ...options.checkpointDirectories]) {
      options.files.makeDirectory(directory)
    }
    return new Log(options)
  }

  private constructor(options: LogOptions) {
    this.#options = options
    this.#free = new FreeSpace(options)
    this.#checkpointPaths = checkpointPaths(options.checkpointDirectories)
    const recovery = recover({ ...options, checkpointPaths: this.#checkpointPaths })
    const { state, wasStopped } = recovery
    this.recovery = recovery
    this.#state = state
    this.#channelId = recovery.channelId ?? randomBytes(16)
    this.#generation = recovery.generation
    this.#requireKeys(recovery.segments)
    this.#store = new SegmentStore(options, this.#channelId, recovery)
    this.#writer = new SegmentWriter({
      options,
      store: this.#store,
      state,
      timings: this.#timings,
      isDurable: wasStopped || recovery.channelId === undefined,
      onReplaced: () => this.#resetReaders(),
    })
    for (const { position, until = position } of recovery.damages) this.#giveUp(position, until)
    if (recovery.channelId && !wasStopped) this.#afterCrash()
  }

  get channelId(): string {
    return Buffer.from(this.#channelId).toString('hex')
  }

  get state(): LogState {
    return this.#state
  }

  get status(): LogStatus {
    const failure = this.#failure
    return {
      segments: this.#store.segments.length,
      bytes: this.#store.bytes,
      freeBytes: this.#free.bytes,
      ...(failure !== undefined && { failure: messageOf(failure) }),
      hasUnsavedAcknowledgements: !this.#unsaved.isEmpty,
      timings: this.#timings,
    }
  }

  /** Damage that reading has found since the last call. */
  takeDamages(): Damage[] {
    const damages = this.#damages
    this.#damages = []
    return damages
  }

  /**
   * Writes the group and, where it has puts, syncs. Acknowledgements count from then on even if they cannot be written:
   * the next write brings them along.
   *
   * @returns the position of the first event
   * @throws DiskFullError, StorageError: no put of the group is stored
   */
  commit(group: WriteGroup): number {
    for (const { cursor, ranges } of group.acknowledgements) this.#state.acknowledge(cursor, ranges)
    this.#unsaved.add(group.acknowledgements)
    if (group.puts.length === 0) {
      this.#saveAcknowledgements()
      return this.#state.nextPosition
    }
    this.#free.require()
    const position = this.#state.nextPosition
    this.#write(group)
    this.#release(false)
    return position
  }

  /** Events of a cursor from a position on, as many as have `maxBytes`. @throws StorageError where the disk fails */
  read(cursor: string, from: number, maxBytes: number): ReadResult {
    const reader = this.#readerOf(cursor)
    const acknowledged = this.#state.cursor(cursor)
    try {
      return reader.read(from, acknowledged, maxBytes)
    } catch (error) {
      reader.reset()
      if (error instanceof StorageError) throw error
      throw new StorageError(`reading failed: ${messageOf(error)}`, { cause: error })
    } finally {
      this.#saveLosses(cursor, reader.takeDamages())
    }
  }

  /** Events that a program or a policy gives up for all cursors. */
  discard(from: number, to: number): void {
    this.commit({ bytes: new Uint8Array(0), puts: [], acknowledgements: this.#byAll(from, to) })
  }

  /**
   * To be called now and then, and when the disk had no room: saves what could not be saved, syncs what is not, gives
   * segments up, tries to get well again.
   *
   * @throws StorageError where the disk still fails; all that can be done without it was done
   */
  tend(): void {
    const failures = [
      attempt(() => this.#secureNames()),
      attempt(() => this.#writer.heal()),
      attempt(() => this.#saveAcknowledgements()),
      attempt(() => this.#writer.flush()),
    ]
    this.#release(true)
    this.prepare()
    if (this.#writer.failure !== undefined || this.#free.isShort) this.#store.dropSpares()
    // It may also have failed on the way, where a segment was to be given up.
    const failure = this.#failure
    if (failure !== undefined) throw failures.find((each) => each !== undefined) ?? storageError(failure)
  }

  /** Prepares room for what comes next while nobody waits. */
  prepare(): void {
    this.#writer.active?.allocateAhead()
  }

  /** @returns false where nothing has changed since the last one @throws DiskError, StorageError */
  checkpoint(isStop = false): boolean {
    if (!this.#isCheckpointDue && !isStop) return false
    this.#secureNames()
    this.#writer.heal()
    this.#writer.flush()
    const { segments } = this.#store
    const last = segments.at(-1)
    const generation = this.#generation + 1
    writeCheckpoint(this.#options.files, this.#checkpointPaths, {
      channelId: this.#channelId,
      generation,
      writtenAt: this.#options.now(),
      isStop,
      tailSegment: last?.id ?? this.#store.lastId,
      tailOffset: last?.endOffset ?? 0,
      state: this.#state,
      segments: segments.map(({ id, base, end, endOffset = 0 }) => ({ id, base, end, endOffset })),
    })
    this.#generation = generation
    this.#isCheckpointDue = false
    this.#writer.noteDurable()
    return true
  }

  /** Saves all there is to save. What fails is left to the next start, which finds out. */
  close(): void {
    try {
      if (this.#writer.active || !this.#unsaved.isEmpty || !this.recovery.wasStopped) {
        this.tend()
        this.checkpoint(true)
      }
    } finally {
      this.#resetReaders()
      this.#writer.close()
    }
  }

  #afterCrash(): void {
    const { doubtfulTail, segments } = this.recovery
    const last = segments.at(-1)
    attempt(() => this.#secureNames())
    if (doubtfulTail) this.#writer.rescue(doubtfulTail)
    if (last && !this.#writer.hasDoubt) this.#store.cut(last)
    const from = this.#state.nextPosition
    const to = from + positionJump
    this.#state.nextPosition = to
    this.#giveUp(from, to)
  }

  /** @throws StorageError */
  #secureNames(): void {
    try {
      this.#store.secureNames()
      this.#namesFailure = undefined
    } catch (error) {
      this.#namesFailure = storageError(error)
      throw this.#namesFailure
    }
  }

  get #failure(): unknown {
    return this.#writer.failure ?? this.#namesFailure
  }

  /** No cursor will see them. Also in a record of its own, for the case that the head of the next segment is damaged. */
  #giveUp(from: number, to: number): void {
    if (to <= from) return
    this.#state.discard(from, to)
    this.#unsaved.add(this.#byAll(from, to))
  }

  #byAll(from: number, to: number): Acknowledgement[] {
    return [nobody, ...this.#options.cursors].map((cursor) => ({ cursor, ranges: [[from, to] as const] }))
  }

  #write(group: WriteGroup): void {
    const acknowledgements = this.#unsaved.encode()
    const more = acknowledgements ? recordBytes(acknowledgements.length) : 0
    const active = this.#writer.activeFor(group.bytes.length + more + endMarkBytes)
    const start = active.end
    const begin = performance.now()
    const { buffers, bytes, nextPosition, nextSequence } = assembleGroup(
      active,
      group,
      acknowledgements,
      this.#state,
      this.#options,
    )
    this.#timings.checksum += performance.now() - begin
    this.#writer.write(active, buffers, bytes)
    this.#timings.writtenBytes += bytes
    this.#free.noteWritten(bytes)
    if (this.#options.syncEachCommit) this.#writer.sync(active, start)
    this.#timings.commits++
    this.#unsaved.clear()
    this.#isCheckpointDue = true
    this.#state.nextPosition = nextPosition
    this.#state.nextSequence = nextSequence
    active.segment.end = nextPosition
    for (const { origin } of group.puts) {
      if (origin) this.#state.producer(origin.producer).add(origin.first, origin.last + 1)
    }
  }

  /** Without a sync: the next one of a put, or of {@link tend}, makes them durable. What fails is tried again. */
  #saveAcknowledgements(): void {
    const payload = this.#unsaved.encode()
    if (!payload) return
    const failure = attempt(() => {
      const active = this.#writer.activeFor(recordBytes(payload.length) + endMarkBytes)
      const group = { bytes: new Uint8Array(0), puts: [], acknowledgements: [] }
      const { buffers, bytes, nextSequence } = assembleGroup(active, group, payload, this.#state, this.#options)
      this.#writer.write(active, buffers, bytes)
      this.#state.nextSequence = nextSequence
      this.#unsaved.clear()
      this.#isCheckpointDue = true
      this.#release(false)
    })
    if (!failure) return
    this.#unsaved.compact()
    // What a full disk needs first is room.
    attempt(() => this.#release(true))
  }

  /**
   * Gives up segments that nobody needs. What the disk does not let it do is left for the next time. What they say beside
   * events is in the head of every later segment; so the newest one stays.
   *
   * @param all looks at each one, not only at the oldest
   */
  #release(all: boolean): void {
    const { segments } = this.#store
    const oldest = [...segments]
    const done = (all ? oldest : oldest.slice(0, 1)).filter(
      (segment) => segment !== oldest.at(-1) && this.#state.isDone(segment.base, segment.end),
    )
    if (done.length === 0 && !(all && this.#store.hasLeftovers)) return
    if (attempt(() => this.#secureNames())) return
    // What says that they are done has to be durable first. A full disk may not be able to, and needs the room.
    const areSaved = this.#unsaved.isEmpty && this.#writer.secure()
    if (areSaved) this.#store.removeLeftovers()
    done.forEach((segment, index) => {
      const isThere = this.#store.segments.includes(segment)
      if (isThere && (areSaved || oldest[index] === segment)) this.#store.giveUp(segment, areSaved)
    })
    if (done.length === 0) return
    this.#isCheckpointDue = true
    this.#free.noteReleased()
  }

  /** What was found to be lost is acknowledged, so that it is told once. */
  #saveLosses(cursor: string, damages: readonly Damage[]): void {
    if (damages.length === 0) return
    this.#damages.push(...damages)
    this.#unsaved.add(
      damages.map(({ position, events, until = position + events }) => ({
        cursor,
        ranges: [[position, until] as const],
      })),
    )
    this.#saveAcknowledgements()
  }

  #readerOf(cursor: string): LogReader {
    const known = this.#readers.get(cursor)
    if (known) return known
    const { files, ciphers, lz4 } = this.#options
    const segments = (): readonly Segment[] => this.#store.segments
    const reader = new LogReader({ files, ciphers, lz4, segments, end: () => this.#state.nextPosition })
    this.#readers.set(cursor, reader)
    return reader
  }

  #resetReaders(): void {
    for (const reader of this.#readers.values()) reader.reset()
  }

  /** Keys that stored events need have to be there before anything starts. */
  #requireKeys(segments: readonly Segment[]): void {
    const { ciphers } = this.#options
    for (const segment of segments) {
      if (!segment.key || this.#state.isDone(segment.base, segment.end)) continue
      if (!ciphers) {
        throw new StorageError(
          `${segment.path} is enciphered with the key ${JSON.stringify(segment.key.id)} and no keys are configured; set encryption.*`,
        )
      }
      segment.cipher = ciphers.open(segment.key)
    }
  }
}

/** The error where the disk failed; any other one is thrown. */
function attempt(work: () => void): StorageError | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    if (error instanceof StorageError) return error
    throw error
  }
}
