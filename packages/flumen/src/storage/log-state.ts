import { type Range, RangeSet } from '../core/ranges.ts'
import type { ByteReader } from './format/byte-reader.ts'
import type { ByteWriter } from './format/byte-writer.ts'

/** The cursor of a channel that has one. */
export const onlyCursor = 'channel'

/** Written like a cursor: the positions that no cursor will ever see. */
export const nobody = ''

/** Positions of a range that are wanted. */
export interface Needed {
  readonly position: number
  readonly until: number
  /** How many the cursor needs that needs the most. */
  readonly events: number
}

/**
 * What the log knows beside the events: where the next one goes, which ones each cursor has acknowledged, and which
 * ranges of each producer are stored. Written into acknowledgement records, at the head of each segment and into the
 * checkpoint; merging an older one into a newer one changes nothing.
 */
export class LogState {
  nextPosition = 0
  nextSequence = 1
  readonly cursors = new Map<string, RangeSet>()
  /** Positions that no cursor will ever see, also none that is made later: lost, or never given to an event. */
  readonly nobodys = new RangeSet()
  readonly producers = new Map<string, RangeSet>()
  /** Cursors that some written state has: the others are new. */
  readonly written = new Set<string>()

  acknowledge(cursor: string, ranges: Iterable<Range>): void {
    this.cursor(cursor).addAll(ranges)
  }

  discard(from: number, to: number): void {
    this.nobodys.add(from, to)
    for (const ranges of this.cursors.values()) ranges.add(from, to)
  }

  /** What of a range some cursor needs: from the first such position to the last. */
  needed(from: number, to: number): Needed {
    let position = to
    let until = from
    let most = 0
    for (const ranges of this.cursors.values()) {
      const missing = ranges.missing(from, to)
      position = Math.min(position, missing[0]?.[0] ?? to)
      until = Math.max(until, missing.at(-1)?.[1] ?? from)
      const events = missing.reduce((sum, [first, next]) => sum + next - first, 0)
      most = Math.max(most, events)
    }
    return most === 0 ? { position: from, until: from, events: 0 } : { position, until, events: most }
  }

  /** Takes in what another one holds. */
  include(other: LogState): void {
    this.nextPosition = Math.max(this.nextPosition, other.nextPosition)
    this.nextSequence = Math.max(this.nextSequence, other.nextSequence)
    this.nobodys.addAll(other.nobodys.ranges)
    for (const [name, { ranges }] of other.cursors) this.cursor(name).addAll(ranges)
    for (const name of other.written) this.written.add(name)
    for (const [name, { ranges }] of other.producers) this.producer(name).addAll(ranges)
  }

  /** Whether no cursor needs them any more. */
  isDone(from: number, to: number): boolean {
    for (const ranges of this.cursors.values()) if (!ranges.covers(from, to)) return false
    return true
  }

  /** The first position that some cursor still needs. */
  get firstNeeded(): number {
    let first = this.nextPosition
    for (const ranges of this.cursors.values()) first = Math.min(first, ranges.firstMissing(0))
    return first
  }

  cursor(name: string): RangeSet {
    return name === nobody ? this.nobodys : setOf(this.cursors, name)
  }

  producer(name: string): RangeSet {
    return setOf(this.producers, name)
  }

  write(writer: ByteWriter): void {
    writer.u64(this.nextPosition)
    writer.u64(this.nextSequence)
    writeSets(writer, [[nobody, this.nobodys], ...this.cursors])
    writeSets(writer, [...this.producers])
  }

  /** Takes in what was written before. */
  merge(reader: ByteReader): void {
    this.nextPosition = Math.max(this.nextPosition, reader.u64())
    this.nextSequence = Math.max(this.nextSequence, reader.u64())
    for (const name of mergeSets(reader, (each) => this.cursor(each))) this.written.add(name)
    mergeSets(reader, (each) => this.producer(each))
  }
}

export function writeRanges(writer: ByteWriter, ranges: readonly Range[]): void {
  writer.u32(ranges.length)
  for (const [from, to] of ranges) {
    writer.u64(from)
    writer.u64(to)
  }
}

export function readRanges(reader: ByteReader): Range[] {
  const ranges: Range[] = []
  for (let left = reader.count(16); left > 0; left--) ranges.push([reader.u64(), reader.u64()])
  return ranges
}

function setOf(sets: Map<string, RangeSet>, name: string): RangeSet {
  const known = sets.get(name)
  if (known) return known
  const set = new RangeSet()
  sets.set(name, set)
  return set
}

function writeSets(writer: ByteWriter, sets: readonly (readonly [name: string, set: RangeSet])[]): void {
  writer.u32(sets.length)
  for (const [name, { ranges }] of sets) {
    writer.text(name)
    writeRanges(writer, ranges)
  }
}

function mergeSets(reader: ByteReader, setNamed: (name: string) => RangeSet): string[] {
  const names: string[] = []
  for (let left = reader.count(8); left > 0; left--) {
    const name = reader.text()
    setNamed(name).addAll(readRanges(reader))
    names.push(name)
  }
  return names
}
