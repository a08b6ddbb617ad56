import { ActiveSegment } from './active-segment.ts'
import { DiskError, type OpenFile } from './files.ts'
import { ByteWriter } from './format/byte-writer.ts'
import { endMarkBytes, recordBytes, recordTypes } from './format/record.ts'
import {
  againSuffix,
  segmentIdOf,
  segmentName,
  spareName,
  unpublishedSuffix,
  writeGone,
  writeSegmentHeader,
} from './format/segment-header.ts'
import { controlHeader } from './group-assembly.ts'
import type { LogOptions } from './log-options.ts'
import type { LogState } from './log-state.ts'
import { framed } from './record-frame.ts'
import type { Recovery } from './recovery.ts'
import { copyPuts } from './segment-copy.ts'
import { type DoubtfulTail, firstRecordOffset, type Segment, segmentOf } from './segments.ts'

/** The files of the segments: which there are, how one begins and how one goes. */
export class SegmentStore {
  readonly #options: LogOptions
  readonly #channelId: Uint8Array
  readonly #segments: Segment[]
  readonly #sizes = new Map<number, number>()
  readonly #spares = new Set<string>()
  #tombstones: Segment[] = []
  /** Replaced, or in doubt. */
  #superfluous: Segment[]
  #unsureNames: readonly Segment[]
  #lastId: number

  constructor(options: LogOptions, channelId: Uint8Array, found: Recovery) {
    this.#options = options
    this.#channelId = channelId
    this.#segments = [...found.segments]
    this.#superfluous = [...found.superfluous]
    this.#unsureNames = found.unsureNames
    this.#lastId = found.lastSegmentId
    this.#sweep()
  }

  /** By number, the one that is written last. */
  get segments(): readonly Segment[] {
    return this.#segments
  }

  get lastId(): number {
    return this.#lastId
  }

  get bytes(): number {
    let bytes = 0
    for (const { endOffset = 0, id } of this.#segments) bytes += endOffset || (this.#sizes.get(id) ?? 0)
    return bytes
  }

  /**
   * Makes the names of all segments durable that a start has found and no checkpoint lists: to be called before anything
   * is taken away that they replace, and before a checkpoint lists them. The process that gave them may have died because
   * the directory could not be synced, and a later sync that succeeds says nothing about what was done before one that
   * failed. So each is renamed, there and back. @throws DiskError
   */
  secureNames(): void {
    const unsure = this.#unsureNames.filter((segment) => this.#segments.includes(segment))
    for (const segment of unsure) this.#renameAgain(segment)
    for (const directory of new Set(unsure.map(({ directory }) => directory))) {
      this.#options.files.syncDirectory(directory)
    }
    this.#unsureNames = []
  }

  #renameAgain(segment: Segment): void {
    const { files } = this.#options
    const { path } = segment
    const name = path.endsWith(againSuffix) ? path.slice(0, -againSuffix.length) : path
    try {
      if (path === name) files.rename(name, name + againSuffix)
      segment.path = name + againSuffix
      files.rename(segment.path, name)
      segment.path = name
    } catch (error) {
      // Somebody took it away; reading will tell.
      if (!(error instanceof DiskError && error.code === 'ENOENT')) throw error
    }
  }

  /** Takes from a segment what is behind its records. Where that fails nothing but room is lost. */
  cut({ path, endOffset }: Segment): void {
    if (endOffset === undefined) return
    try {
      const file = this.#options.files.open(path, 'write')
      try {
        if (file.size() <= endOffset) return
        file.truncate(endOffset)
        file.sync()
      } finally {
        file.close()
      }
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
    }
  }

  /** Begins a new segment, durable under its name before anything is written to it. @throws DiskError */
  begin(state: LogState): ActiveSegment {
    const active = this.#publish(state.nextPosition, state, () => undefined)
    this.#segments.push(active.segment)
    return active
  }

  /**
   * A new segment with the events of another one, from a position on, that cannot be trusted there; from then on that
   * one goes as far as the new one begins. @throws DiskError, StorageError
   */
  replace({ segment: suspect, position: from, offset }: DoubtfulTail, state: LogState): ActiveSegment {
    const active = this.#publish(from, state, (unpublished) => {
      copyPuts(this.#options, suspect, unpublished, state)
      unpublished.sync()
    })
    active.segment.end = Math.max(from, suspect.end)
    if (suspect.base < from) suspect.endOffset = offset
    this.#exchange(suspect, active.segment)
    return active
  }

  /**
   * A segment gets its name when it is complete and durable. From then on it is not taken away before a later one is
   * there: if a power cut brought it back, the numbers after it would have been used again meanwhile.
   */
  #publish(base: number, state: LogState, fill: (active: ActiveSegment) => void): ActiveSegment {
    const { files, dataDirectories } = this.#options
    const id = this.#lastId + 1
    this.#lastId = id
    const directory = dataDirectories[id % dataDirectories.length]!
    const path = `${directory}/${segmentName(id)}`
    const unpublished = path + unpublishedSuffix
    const file = this.#create(directory, unpublished)
    let active: ActiveSegment
    try {
      active = this.#writeHead(file, { id, path, directory, base }, state)
      fill(active)
      files.rename(unpublished, path)
    } catch (error) {
      close(file)
      this.#remove(unpublished)
      throw error
    }
    try {
      files.syncDirectory(directory)
      return active
    } catch (error) {
      close(file)
      this.#superfluous.push(active.segment)
      throw error
    }
  }

  /**
   * Frees the space of a segment whose events are all acknowledged.
   *
   * @param isSaid on the disk; otherwise what is left of the file says it
   */
  giveUp(segment: Segment, isSaid: boolean): void {
    try {
      if (isSaid) this.#putAside(segment)
      else this.#replaceByTombstone(segment)
    } catch (error) {
      // It stays in the list, for the next time.
      if (error instanceof DiskError) return
      throw error
    }
    this.#segments.splice(this.#segments.indexOf(segment), 1)
    this.#sizes.delete(segment.id)
  }

  #putAside({ directory, path }: Segment): void {
    const { files } = this.#options
    const isSpare = !this.#spares.has(directory)
    try {
      if (isSpare) files.rename(path, `${directory}/${spareName}`)
      else files.unlink(path)
    } catch (error) {
      if (!(error instanceof DiskError && error.code === 'ENOENT')) throw error
      files.syncDirectory(directory)
      return
    }
    files.syncDirectory(directory)
    // Not before: what is written to it would be found under its old name.
    if (isSpare) this.#spares.add(directory)
  }

  #exchange(suspect: Segment, by: Segment): void {
    const { base } = by
    if (base > suspect.base) {
      suspect.end = base
      this.#segments.push(by)
      return
    }
    this.#segments[this.#segments.indexOf(suspect)] = by
    this.#sizes.delete(suspect.id)
    // If it stays, the next start sees that it is replaced.
    this.#remove(suspect.path)
  }

  #replaceByTombstone(segment: Segment): void {
    const bytes = writeGone(segment)
    const file = this.#options.files.open(segment.path, 'write')
    try {
      file.write([bytes], 0)
      file.sync()
      file.truncate(bytes.length)
      file.sync()
    } finally {
      file.close()
    }
    this.#tombstones.push(segment)
  }

  /** Files that can go when the state is durable. */
  get hasLeftovers(): boolean {
    return this.#superfluous.length > 0 || this.#tombstones.length > 0
  }

  /** To be called when the state is durable. */
  removeLeftovers(): void {
    for (const { path } of this.#tombstones) this.#remove(path)
    this.#tombstones = []
    const last = this.#segments.at(-1)?.id ?? 0
    for (const { id, path } of this.#superfluous) if (id < last) this.#remove(path)
    this.#superfluous = this.#superfluous.filter(({ id }) => id >= last)
  }

  dropSpares(): void {
    for (const directory of this.#spares) this.#remove(`${directory}/${spareName}`)
    this.#spares.clear()
  }

  #create(directory: string, path: string): OpenFile {
    const { files } = this.#options
    if (this.#spares.delete(directory)) {
      try {
        files.rename(`${directory}/${spareName}`, path)
        return files.open(path, 'write')
      } catch (error) {
        if (!(error instanceof DiskError && error.code === 'ENOENT')) throw error
      }
    }
    return files.open(path, 'create')
  }

  #writeHead(
    file: OpenFile,
    shape: { id: number; path: string; directory: string; base: number },
    state: LogState,
  ): ActiveSegment {
    const { ciphers, now, segmentBytes } = this.#options
    const made = ciphers?.create()
    const segment = segmentOf(this.#channelId, { ...shape, key: made?.key })
    segment.cipher = made?.cipher
    segment.hasOpened = true
    const sequence = state.nextSequence++
    const header = writeSegmentHeader({
      id: segment.id,
      channelId: this.#channelId,
      base: segment.base,
      sequence,
      createdAt: now(),
      key: made?.key,
    })
    const payload = statePayload(state, segment)
    const head = controlHeader(recordTypes.state, payload.length, 0, sequence, segment.base)
    const record = framed(head, payload, segment.salt, firstRecordOffset)
    file.write([header, ...record, new Uint8Array(endMarkBytes)], 0)
    file.sync()
    const active = new ActiveSegment(segment, file, segmentBytes)
    active.end = firstRecordOffset + recordBytes(payload.length)
    active.durable = active.end
    segment.endOffset = active.end
    active.headEnd = active.end
    return active
  }

  /** What was left behind: segments that were never published, and spares, whose names may not be durable. */
  #sweep(): void {
    const { files, dataDirectories } = this.#options
    for (const directory of dataDirectories) {
      for (const name of files.list(directory)) {
        const id = segmentIdOf(name.slice(0, -unpublishedSuffix.length))
        if (name === spareName || (name.endsWith(unpublishedSuffix) && id !== undefined)) {
          this.#remove(`${directory}/${name}`)
        }
      }
    }
    for (const { id, endOffset, path } of this.#segments) {
      if (endOffset !== undefined) continue
      const file = files.open(path, 'read')
      this.#sizes.set(id, file.size())
      file.close()
    }
  }

  #remove(path: string): void {
    try {
      this.#options.files.unlink(path)
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
    }
  }
}

/** The error that led here is the one to tell. */
function close(file: OpenFile): void {
  try {
    file.close()
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
  }
}

/** The state, and the key again: the head of a segment can be damaged. */
function statePayload(state: LogState, segment: Segment): Uint8Array {
  const writer = new ByteWriter()
  state.write(writer)
  writer.u8(segment.key ? 1 : 0)
  if (segment.key) {
    writer.text(segment.key.id)
    writer.bytes(segment.key.salt)
  }
  return writer.written
}
