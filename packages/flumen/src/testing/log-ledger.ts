import { RangeSet } from '../core/ranges.ts'
import { StorageError } from '../storage/errors.ts'
import { DiskError, type Files } from '../storage/files.ts'
import { Log, type LogOptions, type WriteGroup } from '../storage/log.ts'
import { groupOf, logOptions, readAll, textsOf } from './log-bench.ts'

export type MarkingFiles = Files & { mark(label: string): void }

/** Of the events that a ledger sends: each has the number of the event as its position there. */
export const producer = 'ledger'

/**
 * A log that notes down what it acknowledged to whom, for any state of its disk to be held against:
 *
 *     sent N                    events with numbers below N may be there
 *     stored POSITION NUMBER    must be there
 *     known NUMBER              the log says that it has it: it must be there
 *     delivered CURSOR POSITION NUMBER   may be gone for this cursor
 *     discarded NUMBER          may be gone
 *     failed NUMBER             was refused; where syncs are few, what was written of it may take the place of another
 *                               one after a power cut, for which nothing was promised either
 */
export class LedgerLog {
  readonly log: Log
  readonly disk: MarkingFiles
  readonly #isSynced: boolean
  readonly #cursors: readonly string[]
  #sent: number
  #undurable: string[] = []

  constructor(disk: MarkingFiles, options: Partial<LogOptions> = {}, sent = 0) {
    this.disk = disk
    const all = logOptions(disk, options)
    this.#isSynced = all.syncEachCommit
    this.#cursors = all.cursors
    this.log = Log.open(all)
    this.#sent = sent
    // A sender that asks again is told so, unless the log is not well.
    if (this.log.status.failure !== undefined || !this.#isSynced) return
    for (const [from, to] of this.log.state.producer(producer).ranges) {
      for (let number = from; number < to; number++) disk.mark(`known ${number}`)
    }
  }

  get sent(): number {
    return this.#sent
  }

  /** Puts of so many events each. */
  put(sizes: readonly number[], padding = 0): void {
    const first = this.#sent
    const origins = sizes.map((size) => {
      const origin = { producer, first: this.#sent, last: this.#sent + size - 1 }
      this.#sent += size
      return origin
    })
    const puts = origins.map((origin) =>
      Array.from({ length: origin.last + 1 - origin.first }, (_, row) => textOf(origin.first + row, padding)),
    )
    this.disk.mark(`sent ${this.#sent}`)
    const position = this.#commit(groupOf(puts, [], origins), first)
    for (let number = first; number < this.#sent; number++) {
      this.#undurable.push(`stored ${position + number - first} ${number}`)
    }
    if (this.#isSynced) this.#markStored()
  }

  #commit(group: WriteGroup, first: number): number {
    try {
      return this.log.commit(group)
    } catch (error) {
      for (let number = first; !this.#isSynced && number < this.#sent; number++) this.disk.mark(`failed ${number}`)
      throw error
    }
  }

  /** Reads up to so many bytes and acknowledges all of it, or only every second event. */
  take(cursor: string, from: number, maxBytes: number, onlyEven = false): number {
    const result = this.log.read(cursor, from, maxBytes)
    const ranges = new RangeSet()
    for (const [position, text] of textsOf(result)) {
      if (onlyEven && position % 2 === 1) continue
      this.disk.mark(`delivered ${cursor} ${position} ${numberOf(text)}`)
      ranges.add(position, position + 1)
    }
    if (!ranges.isEmpty) this.log.commit(groupOf([], [{ cursor, ranges: ranges.ranges }]))
    return result.next
  }

  /** Gives up so many of the oldest events that some cursor still needs. */
  discard(events: number): void {
    const from = this.log.state.firstNeeded
    const to = Math.min(from + events, this.log.state.nextPosition)
    for (const cursor of this.#cursors) {
      for (const [position, text] of readAll(this.log, cursor)) {
        if (position >= from && position < to) this.disk.mark(`discarded ${numberOf(text)}`)
      }
    }
    if (to > from) this.log.discard(from, to)
  }

  tend(): void {
    this.log.tend()
    this.#markStored()
  }

  #markStored(): void {
    for (const mark of this.#undurable) this.disk.mark(mark)
    this.#undurable = []
  }
}

interface Ledger {
  sent: number
  /** Numbers by position. */
  readonly stored: Map<number, number>
  readonly known: Set<number>
  /** What stood at a position when it was delivered. */
  readonly seen: Map<number, number>
  readonly delivered: Map<string, Set<number>>
  readonly discarded: Set<number>
  readonly failed: Set<number>
}

/**
 * Opens what a crash left and holds it against the marks: what was stored and not delivered is there, at its place;
 * nothing is there that was never sent; no position has had two events; nothing is told to be lost that was not.
 */
export function violationsOf(disk: Files, marks: readonly string[], change: Partial<LogOptions> = {}): string[] {
  const options = logOptions(disk, change)
  const ledger = ledgerOf(marks, options.cursors)
  let log: Log
  try {
    log = Log.open(options)
  } catch (error) {
    return [`open: ${error instanceof Error ? error.stack : error}`]
  }
  try {
    const violations = options.cursors.flatMap((cursor) => violationsAt(log, cursor, ledger))
    for (const { reason, position, events, until = position + events } of [
      ...log.recovery.damages,
      ...log.takeDamages(),
    ]) {
      // Those of the range that are not lost were acknowledged.
      const acknowledged = until - position - events
      const stored = [...ledger.stored.keys()].filter((at) => at >= position && at < until).length
      if (stored > acknowledged) violations.push(`told: ${reason}: ${events} from ${position} up to ${until}`)
    }
    return violations
  } finally {
    closeAsFarAsItGoes(log)
  }
}

/** A full disk may not let it: the next start finds out. */
function closeAsFarAsItGoes(log: Log): void {
  try {
    log.close()
  } catch (error) {
    if (!(error instanceof StorageError || error instanceof DiskError)) throw error
  }
}

function violationsAt(log: Log, cursor: string, ledger: Ledger): string[] {
  const violations: string[] = []
  const found = new Map([...readAll(log, cursor)].map(([position, text]) => [position, numberOf(text)]))
  const numbers = new Set(found.values())
  const isGone = (number: number): boolean =>
    ledger.discarded.has(number) || ledger.delivered.get(cursor)?.has(number) === true
  for (const [position, number] of ledger.stored) {
    if (!isGone(number) && found.get(position) !== number) {
      violations.push(`${cursor}: lost ${number} at ${position}, found ${found.get(position)}`)
    }
  }
  for (const number of ledger.known) {
    if (!isGone(number) && !numbers.has(number)) violations.push(`${cursor}: ${number} was said to be there`)
  }
  for (const [position, number] of found) {
    if (!(number < ledger.sent)) violations.push(`${cursor}: invented ${number}`)
    const other = ledger.stored.get(position) ?? ledger.seen.get(position)
    if (other !== undefined && other !== number && !ledger.failed.has(number))
      violations.push(`${position} was of ${other} and is of ${number}`)
  }
  if (numbers.size < found.size) violations.push(`${cursor}: an event is there twice`)
  return violations
}

function ledgerOf(marks: readonly string[], cursors: readonly string[]): Ledger {
  const ledger: Ledger = {
    sent: 0,
    stored: new Map(),
    known: new Set(),
    seen: new Map(),
    delivered: new Map(cursors.map((cursor) => [cursor, new Set()])),
    discarded: new Set(),
    failed: new Set(),
  }
  for (const mark of marks) {
    const [kind, first = '', second = '', third = ''] = mark.split(' ')
    if (kind === 'sent') ledger.sent = Number(first)
    else if (kind === 'stored') ledger.stored.set(Number(first), Number(second))
    else if (kind === 'known') ledger.known.add(Number(first))
    else if (kind === 'failed') ledger.failed.add(Number(first))
    else if (kind === 'discarded') ledger.discarded.add(Number(first))
    else if (kind === 'delivered') {
      ledger.delivered.get(first)?.add(Number(third))
      ledger.seen.set(Number(second), Number(third))
    }
  }
  return ledger
}

function textOf(number: number, padding: number): string {
  return `event-${number}`.padEnd(padding, '.')
}

/** NaN where it is no text of a ledger. */
function numberOf(text: string): number {
  return Number(/^event-([0-9]+)\.*$/.exec(text)?.[1] ?? Number.NaN)
}
