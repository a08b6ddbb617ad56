import type { LogDamage } from './flume-log-error.ts'
import type { LogReader } from './log-reader.ts'
import { type LogRecord, recordType } from './log-record.ts'

/** A record and where it was written. */
export interface PlacedRecord {
  readonly fileID: number
  readonly offset: number
  readonly record: LogRecord
}

interface Head extends PlacedRecord {
  readonly reader: LogReader
}

/**
 * The records of several logs in the order in which Flume replays them: of the records that stand next in each log the
 * one with the lowest write order. Records of one log keep their order, even where two writers crossed.
 */
export class RecordMerge {
  /** A heap; the lowest is first. */
  readonly #heads: Head[] = []
  readonly #report: ((damage: LogDamage) => void) | undefined

  /** @param readers by the number of their log, set to where they begin */
  constructor(readers: ReadonlyMap<number, LogReader>, report: ((damage: LogDamage) => void) | undefined) {
    this.#report = report
    for (const [fileID, reader] of readers) {
      const head = this.#headOf(fileID, reader)
      if (head !== undefined) this.#push(head)
    }
  }

  next(): PlacedRecord | undefined {
    const first = this.#heads[0]
    if (first === undefined) return undefined
    const following = this.#headOf(first.fileID, first.reader)
    if (following !== undefined) this.#sink(following)
    else {
      const last = this.#heads.pop()!
      if (last !== first) this.#sink(last)
    }
    return first
  }

  /** The next record of one log; damage on the way is reported. */
  #headOf(fileID: number, reader: LogReader): Head | undefined {
    for (let step = reader.next(); step !== undefined; step = reader.next()) {
      if (step.kind === 'record') return { fileID, offset: step.start, record: step.record, reader }
      const { start, end, reason, message } = step
      this.#report?.({ file: reader.file, start, end, reason, message })
    }
    return undefined
  }

  #push(head: Head): void {
    const heads = this.#heads
    let at = heads.push(head) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(head, heads[parent]!)) break
      heads[at] = heads[parent]!
      at = parent
    }
    heads[at] = head
  }

  /** Puts a head in the place of the first. */
  #sink(head: Head): void {
    const heads = this.#heads
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= heads.length) break
      if (child + 1 < heads.length && isBefore(heads[child + 1]!, heads[child]!)) child++
      if (!isBefore(heads[child]!, head)) break
      heads[at] = heads[child]!
      at = child
    }
    heads[at] = head
  }
}

/** Flume 1.2 gave a write order twice: then the transaction decides, and in it what ends it comes last. */
function isBefore(one: Head, other: Head): boolean {
  const a = one.record
  const b = other.record
  if (a.writeOrderID !== b.writeOrderID) return a.writeOrderID < b.writeOrderID
  if (a.transactionID !== b.transactionID) return a.transactionID < b.transactionID
  if (a.type !== b.type) return rank(a.type) < rank(b.type)
  return one.fileID < other.fileID
}

function rank(type: number): number {
  if (type === recordType.take) return 0
  return type
}
