import type { Range, RangeSet } from '../core/ranges.ts'
import type { Files, OpenFile } from './files.ts'
import { recordTypes } from './format/record.ts'
import type { BlockCodec, Ciphers } from './payload.ts'
import { isUnreadable, salvaged } from './salvage.ts'
import { openPayload } from './segment-payload.ts'
import { type ScannedRecord, SegmentScanner } from './segment-scanner.ts'
import { seekBefore } from './segment-seek.ts'
import { type Damage, firstRecordOffset, limitsOf, type Segment } from './segments.ts'

/** A stored put, or what of it the cursor has not acknowledged. */
export interface ReadRecord {
  readonly position: number
  readonly events: number
  /** The batch as the format writes it, aligned to 8. */
  readonly payload: Uint8Array
  /** Bytes of the record in the segment. */
  readonly bytes: number
  /** Positions that are wanted; all where it is missing. */
  readonly wanted?: readonly Range[]
}

export interface ReadResult {
  readonly records: readonly ReadRecord[]
  /** Where to go on. */
  readonly next: number
}

export interface ReaderSource {
  readonly files: Files
  readonly ciphers: Ciphers | undefined
  lz4(): BlockCodec
  /** By number; those that are gone are not in it. */
  segments(): readonly Segment[]
  /** Position after the last event. */
  end(): number
}

interface Place {
  readonly segment: Segment
  readonly file: OpenFile
  readonly scanner: SegmentScanner
  readonly limit: number
  /** From this position on later segments have the events: what stands here was refused, or replaced. */
  readonly until: number
  /** Set where bytes could not be read; told with the positions that they cost. */
  hole: { from: number; to: number; reason: string } | undefined
}

/** So many reads of a segment fail before what cannot be read counts as lost. */
const patience = 3

/** Reads the events of one cursor in order of their positions, sequentially, a chunk at a time. */
export class LogReader {
  readonly #source: ReaderSource
  #place: Place | undefined
  #position = -1
  #afterSegment = 0
  /** The segment that was opened last, and reads that the disk refused, by segment. */
  #current = 0
  readonly #refused = new Map<number, number>()
  #damages: Damage[] = []

  constructor(source: ReaderSource) {
    this.#source = source
  }

  /**
   * @param from the first position that is wanted
   * @param acknowledged positions that are not
   * @param maxBytes of payloads, where more than one record comes
   */
  read(from: number, acknowledged: RangeSet, maxBytes: number): ReadResult {
    try {
      return this.#read(from, acknowledged, maxBytes)
    } catch (error) {
      if (isUnreadable(error)) this.#refused.set(this.#current, (this.#refused.get(this.#current) ?? 0) + 1)
      throw error
    }
  }

  #read(from: number, acknowledged: RangeSet, maxBytes: number): ReadResult {
    if (from !== this.#position) this.reset()
    const records: ReadRecord[] = []
    let bytes = 0
    let position = acknowledged.firstMissing(from)
    while (position < this.#source.end() && bytes < maxBytes) {
      this.#place ??= this.#openAt(position)
      const place = this.#place
      if (!place) {
        position = this.#lose(undefined, position, this.#source.end(), acknowledged)
        break
      }
      const item = this.#next(place)
      if (item === 'end') {
        position = this.#leave(place, position, acknowledged)
        continue
      }
      if (item.header.type !== recordTypes.put) continue
      const first = item.header.position
      const next = Math.min(first + item.header.events, place.until)
      if (next <= position) continue
      if (first > position) position = this.#lose(place, position, first, acknowledged)
      const read = this.#open(item, place, acknowledged.missing(Math.max(first, position), next))
      if (read === 'damaged') position = this.#lose(place, position, next, acknowledged)
      else {
        place.hole = undefined
        position = acknowledged.firstMissing(next)
        if (read) {
          records.push(read)
          bytes += read.payload.length
        }
      }
    }
    this.#position = position
    return { records, next: position }
  }

  /** What reading has found to be lost since the last call, also where it then failed. */
  takeDamages(): Damage[] {
    const damages = this.#damages
    this.#damages = []
    return damages
  }

  /** Forgets where it is: segments have been replaced. */
  reset(): void {
    this.#place?.file.close()
    this.#place = undefined
    this.#position = -1
    this.#afterSegment = 0
  }

  #openAt(position: number): Place | undefined {
    const segments = this.#source.segments()
    const limits = limitsOf(segments)
    for (const [index, segment] of segments.entries()) {
      if (segment.id <= this.#afterSegment || segment.end <= position) continue
      const opened = this.#source.files.open(segment.path, 'read')
      // It may be a moment's trouble; then nothing is given up.
      this.#current = segment.id
      const file = (this.#refused.get(segment.id) ?? 0) >= patience ? salvaged(opened) : opened
      try {
        const limit = segment.endOffset ?? file.size()
        const scanner = new SegmentScanner(file, segment.salt, firstRecordOffset, limit)
        seekBefore(scanner, position)
        return { segment, file, limit, until: limits[index]!, scanner, hole: undefined }
      } catch (error) {
        file.close()
        throw error
      }
    }
    return undefined
  }

  #next(place: Place): ScannedRecord | 'end' {
    for (;;) {
      const item = this.#scan(place)
      if (item.kind === 'record') return isReplaced(item, place) ? 'end' : item
      const reason = 'these bytes are no record'
      if (item.kind === 'end') {
        if (item.offset < place.limit && !item.isClean) place.hole ??= { from: item.offset, to: place.limit, reason }
        return 'end'
      }
      place.hole = { from: place.hole?.from ?? item.from, to: item.to, reason }
    }
  }

  #scan(place: Place): ReturnType<SegmentScanner['next']> {
    const { segment, scanner } = place
    // The segment that is written grows.
    if (segment.endOffset !== undefined && segment.endOffset > scanner.limit) scanner.limit = segment.endOffset
    return scanner.next()
  }

  /** The end of a segment: what should still have been in it is lost. */
  #leave(place: Place, position: number, acknowledged: RangeSet): number {
    const segments = this.#source.segments()
    const next = segments.find(({ id }) => id > place.segment.id)
    const until = next ? Math.max(next.base, Math.min(place.segment.end, next.base)) : this.#source.end()
    const after = until > position ? this.#lose(place, position, until, acknowledged) : position
    if (!next) return after
    place.file.close()
    this.#refused.delete(place.segment.id)
    this.#place = undefined
    this.#afterSegment = place.segment.id
    return after
  }

  #open(record: ScannedRecord, { segment }: Place, wanted: readonly Range[]): ReadRecord | undefined | 'damaged' {
    const { position, events } = record.header
    if (wanted.length === 0) return undefined
    const payload = openPayload(record, segment, this.#source)
    if (!payload) return 'damaged'
    const whole = wanted.length === 1 && wanted[0]![1] - wanted[0]![0] === events
    const read = { position, events, payload, bytes: record.end - record.offset }
    return whole ? read : { ...read, wanted }
  }

  #lose(place: Place | undefined, from: number, to: number, acknowledged: RangeSet): number {
    const lost = acknowledged.missing(from, to)
    const events = lost.reduce((sum, [first, next]) => sum + next - first, 0)
    if (events > 0) {
      const { from: begin = 0, to: end = 0, reason = 'records are missing' } = place?.hole ?? {}
      const position = lost[0]![0]
      const until = lost.at(-1)![1]
      this.#damages.push({ path: place?.segment.path ?? '', from: begin, to: end, position, events, until, reason })
      for (const [first, next] of lost) acknowledged.add(first, next)
    }
    if (place) place.hole = undefined
    return acknowledged.firstMissing(to)
  }
}

function isReplaced({ header }: ScannedRecord, { until }: Place): boolean {
  return header.type === recordTypes.put && header.position >= until
}
