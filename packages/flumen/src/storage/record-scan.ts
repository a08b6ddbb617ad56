import { DiskError, type Files, readFile } from './files.ts'
import { originOf } from './format/batch.ts'
import { ByteReader, FormatError } from './format/byte-reader.ts'
import { recordBytes, recordTypes } from './format/record.ts'
import { type LogState, readRanges } from './log-state.ts'
import type { BlockCodec, Ciphers } from './payload.ts'
import { openPayload } from './segment-payload.ts'
import { type Hole, type ScanEnd, type ScannedRecord, SegmentScanner } from './segment-scanner.ts'
import type { DoubtfulTail } from './segments.ts'
import { type Damage, firstRecordOffset, limitsOf, type Segment } from './segments.ts'

export interface ScanOptions {
  readonly files: Files
  readonly cursors: readonly string[]
  readonly ciphers?: Ciphers | undefined
  lz4(): BlockCodec
  progress?(bytes: number): void
}

const progressBytes = 16 << 20
const torn = 'the last write was torn, by a crash before it was acknowledged or by damage; it is cut off'
const tornWithin = 'a write was torn by a crash before it was acknowledged, or damaged'
export const noRecord = 'these bytes are no record'

/** Where the scan of one segment is. */
interface Progress {
  readonly segment: Segment
  readonly scanner: SegmentScanner
  /** Where later segments have the events. */
  readonly limit: number
  /** Position of the next put. */
  expected: number | undefined
  /** Up to where records say that everything was durable. */
  durable: number
  /** Puts behind that. */
  undurable: { readonly offset: number; readonly position: number }[]
  readonly holes: { readonly from: number; readonly to: number; readonly position: number; readonly until: number }[]
}

/** Takes into the state what the records say that it does not hold yet. */
export class RecordScan {
  readonly damages: Damage[] = []
  readonly #options: ScanOptions
  readonly #state: LogState
  readonly #losses: (Omit<Damage, 'events'> & { readonly until: number })[] = []
  scannedBytes = 0
  /** The last segment ends as a stop or a crash of the process leaves it. */
  tailIsClean = true
  tailOffset = 0
  doubtfulTail: DoubtfulTail | undefined

  constructor(options: ScanOptions, state: LogState) {
    this.#options = options
    this.#state = state
  }

  /** @param index of the segment to begin with, at this offset */
  run(segments: readonly Segment[], index: number, offset: number): void {
    const limits = limitsOf(segments)
    for (let at = index; at < segments.length; at++) {
      const segment = segments[at]!
      readFile(this.#options.files, segment.path, (file) => {
        const from = at === index ? offset : firstRecordOffset
        const scanner = new SegmentScanner(file, segment.salt, from)
        const limit = limits[at]!
        this.#scan(
          { segment, scanner, limit, expected: undefined, durable: from, undurable: [], holes: [] },
          at + 1 === limits.length,
        )
      })
    }
    this.#settleLosses()
  }

  #scan(progress: Progress, isLast: boolean): void {
    const { segment, scanner } = progress
    const begin = scanner.offset
    let reported = begin
    for (;;) {
      const item = scanner.next()
      if (scanner.offset - reported > progressBytes) {
        this.#options.progress?.(scanner.offset - reported)
        reported = scanner.offset
      }
      if (item.kind === 'record') this.#record(item, progress)
      else if (item.kind === 'hole') this.#hole(item, progress)
      else {
        segment.endOffset = item.offset
        segment.end = Math.max(segment.end, progress.expected ?? segment.base)
        this.scannedBytes += item.offset - begin
        for (const { from, to, position, until } of progress.holes) {
          this.#lose(segment, [from, to], position, until, from < progress.durable ? noRecord : tornWithin)
        }
        if (isLast) this.#end(item, progress)
        return
      }
    }
  }

  #record(record: ScannedRecord, progress: Progress): void {
    const { type, position, events, durableBefore } = record.header
    if (durableBefore > progress.durable) {
      progress.durable = durableBefore
      progress.undurable = progress.undurable.filter(({ offset }) => offset >= durableBefore)
    }
    if (type === recordTypes.put) {
      if (position >= progress.limit) return
      if (progress.expected !== undefined && position > progress.expected) {
        this.#lose(progress.segment, [record.offset, record.offset], progress.expected, position, noRecord)
      }
      progress.expected = position + events
      progress.undurable.push({ offset: record.offset, position })
    }
    this.#apply(record, progress.segment)
  }

  #hole({ from, to, header }: Hole, progress: Progress): void {
    const next = peekPosition(progress.scanner)
    const first = header ? header.position : (progress.expected ?? next)
    const position = first ?? 0
    // What a later segment has is not lost here.
    if (position < progress.limit) {
      progress.holes.push({ from, to, position, until: Math.min(next ?? position, progress.limit) })
    }
    if (next !== undefined) progress.expected = next
  }

  #end({ offset, isClean, header }: ScanEnd, { segment, scanner, durable, undurable }: Progress): void {
    this.tailOffset = offset
    this.tailIsClean = isClean
    const doubtful = undurable.find((put) => put.offset >= durable)
    if (doubtful) this.doubtfulTail = { segment, ...doubtful }
    if (isClean) return
    const position = header?.position ?? this.#state.nextPosition
    const until = position + (header?.type === recordTypes.put ? header.events : 0)
    this.#state.nextPosition = Math.max(this.#state.nextPosition, until)
    const to = header ? offset + recordBytes(header.storedBytes) : scanner.limit
    this.#lose(segment, [offset, to], position, until, torn)
  }

  #lose({ path }: Segment, [from, to]: readonly [number, number], first: number, next: number, reason: string): void {
    this.#losses.push({ path, from, to, position: first, until: next, reason })
  }

  /** Later records can say that what is missing was acknowledged, or never there. */
  #settleLosses(): void {
    for (const loss of this.#losses) {
      const { from, to, position, until } = loss
      const needed = this.#state.needed(position, until)
      this.#state.discard(position, until)
      if (to > from || needed.events > 0) this.damages.push({ ...loss, ...needed })
    }
  }

  #apply(record: ScannedRecord, segment: Segment): void {
    const { header, payload, offset, end } = record
    const state = this.#state
    state.nextSequence = Math.max(state.nextSequence, header.sequence + 1)
    if (header.type === recordTypes.put) {
      state.nextPosition = Math.max(state.nextPosition, header.position + header.events)
      segment.end = Math.max(segment.end, header.position + header.events)
      if (header.hasOrigin) this.#applyOrigin(record, segment)
      return
    }
    try {
      const reader = new ByteReader(payload)
      if (header.type === recordTypes.state) state.merge(reader)
      else if (header.type === recordTypes.acknowledgement) {
        for (let left = reader.count(8); left > 0; left--) state.acknowledge(reader.text(), readRanges(reader))
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      this.#lose(segment, [offset, end], 0, 0, noRecord)
    }
  }

  #applyOrigin(record: ScannedRecord, segment: Segment): void {
    try {
      const payload = openPayload(record, segment, this.#options)
      const origin = payload && originOf(payload)
      if (origin) this.#state.producer(origin.producer).add(origin.first, origin.last + 1)
    } catch (error) {
      // A key that is not there, or bytes that are no batch: who reads the events finds out. Here it only means that
      // they may be stored again.
      if (error instanceof DiskError) throw error
    }
  }
}

/** Position of the next put, without going there. */
function peekPosition(scanner: SegmentScanner): number | undefined {
  const back = scanner.offset
  let position: number | undefined
  for (let item = scanner.next(); item.kind !== 'end'; item = scanner.next()) {
    if (item.kind !== 'record' || item.header.type !== recordTypes.put) continue
    position = item.header.position
    break
  }
  scanner.seek(back)
  return position
}
