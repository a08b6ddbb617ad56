import { type ActiveSegment, SpoiltSegmentError } from './active-segment.ts'
import { StorageError, storageError } from './errors.ts'
import { DiskError, type Files, readFile } from './files.ts'
import { recordTypes } from './format/record.ts'
import type { LogOptions, LogTimings } from './log-options.ts'
import type { LogState } from './log-state.ts'
import { SegmentScanner } from './segment-scanner.ts'
import type { SegmentStore } from './segment-store.ts'
import type { DoubtfulTail, Segment } from './segments.ts'

export interface WriterContext {
  readonly options: LogOptions
  readonly store: SegmentStore
  readonly state: LogState
  readonly timings: LogTimings
  /** What the state holds is on the disk: a stop wrote it, or nothing was ever stored. */
  readonly isDurable: boolean
  /** Segments were replaced. */
  onReplaced(): void
}

/**
 * The end of the log: the segment that is written, and what becomes of one that cannot be written any more. What it may
 * have lost is copied into a new segment before anything else is written.
 */
export class SegmentWriter {
  readonly #context: WriterContext
  #active: ActiveSegment | undefined
  /** A sync of it failed, or it holds a part of a write, or a process that died wrote it and did not sync. */
  #doubt: DoubtfulTail | undefined
  #isDurable: boolean
  /** Why puts are refused now. */
  failure: unknown

  constructor(context: WriterContext) {
    this.#context = context
    this.#isDurable = context.isDurable
  }

  get active(): ActiveSegment | undefined {
    return this.#active
  }

  get hasDoubt(): boolean {
    return this.#doubt !== undefined
  }

  /** The segment to write to, with room for so much. @throws StorageError */
  activeFor(bytes: number): ActiveSegment {
    if (this.#doubt) this.heal()
    const { options, state, store } = this.#context
    const active = this.#active
    // What is larger than a segment has one of its own.
    if (active && (active.end + bytes <= options.segmentBytes || active.end <= active.headEnd)) return active
    try {
      this.#leaveActive()
      this.#active = store.begin(state)
      this.#isDurable = true
      this.failure = undefined
      return this.#active
    } catch (error) {
      this.failure ??= error
      throw storageError(error)
    }
  }

  /** @throws StorageError: nothing of it will be read */
  write(active: ActiveSegment, buffers: readonly Uint8Array[], bytes: number): void {
    try {
      this.#timed('write', () => active.write(buffers, bytes))
    } catch (error) {
      if (error instanceof SpoiltSegmentError) this.#suspect(active, active.end, error)
      throw storageError(error)
    }
  }

  /** @param goodEnd up to where its records count if the sync fails @throws StorageError */
  sync(active: ActiveSegment, goodEnd: number): void {
    try {
      this.#timed('sync', () => active.sync())
      this.#context.timings.syncs++
    } catch (error) {
      this.#suspect(active, goodEnd, error)
      throw storageError(error)
    }
  }

  /** Makes durable what was written. @throws StorageError */
  flush(): void {
    if (this.#active?.isDirty) this.sync(this.#active, this.#active.end)
  }

  /** Whether all that the state holds is on the disk; does what it takes. */
  secure(): boolean {
    try {
      this.flush()
      if (!this.#isDurable) this.activeFor(0)
      return this.#doubt === undefined
    } catch (error) {
      if (error instanceof StorageError) return false
      throw error
    }
  }

  /** The state was written elsewhere, durably. */
  noteDurable(): void {
    if (!this.#doubt) this.#isDurable = true
  }

  /**
   * After a crash: what the process before wrote and perhaps did not sync, or in vain, is copied before it is read, since
   * what reads it relies on it: a sender that is told that it is stored already, a receiver that knows its positions.
   */
  rescue(tail: DoubtfulTail): void {
    this.#doubt = tail
    try {
      this.heal()
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
    }
  }

  /** Gets well again, if it can. @throws StorageError */
  heal(): void {
    const { onReplaced, options } = this.#context
    if (!this.#doubt) {
      if (this.failure !== undefined) this.activeFor(0)
      return
    }
    try {
      this.#active = this.#replace(this.#doubt)
      this.#doubt = undefined
      this.#isDurable = true
      this.failure = undefined
      onReplaced()
      // A group that is larger than a segment may fill it.
      if (this.#active.end > options.segmentBytes) this.#leaveActive()
    } catch (error) {
      this.failure = error
      throw storageError(error)
    }
  }

  /** Copies all of the segment, which proves that it can be read; where there is no room for that, what may be lost. */
  #replace(doubt: DoubtfulTail): ActiveSegment {
    const { options, state, store } = this.#context
    const { segment, durable } = doubt
    try {
      return store.replace(doubt, state)
    } catch (error) {
      if (durable === undefined || !isFull(error)) throw error
      return store.replace({ segment, ...firstPutFrom(options.files, segment, durable, state.nextPosition) }, state)
    }
  }

  close(): void {
    this.#active?.file.close()
    this.#active = undefined
  }

  #leaveActive(): void {
    const active = this.#active
    if (!active) return
    if (active.isDirty) this.sync(active, active.end)
    this.#active = undefined
    active.file.close()
  }

  #suspect(active: ActiveSegment, goodEnd: number, error: unknown): void {
    const { segment, file } = active
    segment.endOffset = goodEnd
    this.#doubt = { segment, offset: goodEnd, position: segment.base, durable: active.durable }
    this.#active = undefined
    this.failure = error
    try {
      // The room that was prepared may be what the new segment needs.
      file.truncate(goodEnd)
    } catch {
      // It goes in any case.
    }
    try {
      file.close()
    } catch {
      // As well.
    }
    this.#context.onReplaced()
  }

  #timed(what: 'write' | 'sync', work: () => void): void {
    const begin = performance.now()
    try {
      work()
    } finally {
      this.#context.timings[what] += performance.now() - begin
    }
  }
}

function isFull(error: unknown): boolean {
  return error instanceof DiskError && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}

/** The first put at this offset or behind it; where there is none, the next one that will be. */
function firstPutFrom(
  files: Files,
  { path, salt, endOffset }: Segment,
  from: number,
  nextPosition: number,
): { readonly offset: number; readonly position: number } {
  const found = readFile(files, path, (file) => {
    const scanner = new SegmentScanner(file, salt, from, endOffset)
    for (let item = scanner.next(); item.kind !== 'end'; item = scanner.next()) {
      if (item.kind === 'record' && item.header.type === recordTypes.put) return item
    }
    return undefined
  })
  return { offset: from, position: found?.header.position ?? nextPosition }
}
