import * as fs from 'node:fs'
import { readLine } from './writer.ts'

const mostShown = 20

/** Why a line may be missing: what it stood in was truncated, or deleted when the reader had just closed it. */
export type Doom = 'truncated' | 'deleted'

/** Lines that were written between a copy and the truncation, those of them that are missing, and what else is. */
export interface Doomed {
  readonly lines: number
  readonly missing: number
  readonly deleted: number
}

/** What was written to a file since it was this long. */
export function appendedTo(path: string, offset: number): Buffer {
  const descriptor = fs.openSync(path, 'r')
  const bytes = Buffer.alloc(fs.fstatSync(descriptor).size - offset)
  fs.readSync(descriptor, bytes, 0, bytes.length, offset)
  fs.closeSync(descriptor)
  return bytes
}

/** What was stored: lines, and a mark after each put. */
export class Ledger {
  readonly #path: string
  /** Of each writer: its lines, and the put that each came with last. */
  readonly #seen: Map<number, number>[]
  /** Of each writer: all its lines below are there. */
  readonly #below: number[]
  /** The same before the last put: those positions are on the disk. */
  #recorded: readonly number[]
  #belowAtPut: readonly number[]
  readonly #doomed: Map<number, Doom>[]
  #offset = 0
  #putLines = 0
  #puts = 0
  /** The last puts before kills: what they stored may not have been recorded. */
  readonly #unrecorded = new Set<number>()
  corrupt = 0
  repeated = 0
  /** Of those the lines that came again although no kill came right after their put. */
  unexcused = 0
  /** Most bytes of such lines between two kills. */
  mostUnexcused = 0
  #unexcusedBytes = 0
  /** The first of the corrupt lines. */
  readonly torn: string[] = []
  /** The first of those that came again and should not: writer and number. */
  readonly twice: string[] = []
  stored = 0
  largestPut = 0

  constructor(path: string, writers: number) {
    this.#path = path
    fs.writeFileSync(path, '')
    this.#seen = Array.from({ length: writers }, () => new Map<number, number>())
    this.#below = Array.from({ length: writers }, () => 0)
    this.#doomed = Array.from({ length: writers }, () => new Map<number, Doom>())
    this.#recorded = [...this.#below]
    this.#belowAtPut = this.#recorded
  }

  storedBelow(writer: number): number {
    return this.#below[writer] ?? 0
  }

  recordedBelow(writer: number): number {
    return this.#recorded[writer] ?? 0
  }

  /** The line is destroyed, and whether it was read before is chance. */
  doom(writer: number, sequence: number, how: Doom): void {
    this.#doomed[writer]?.set(sequence, how)
    this.#advance(writer)
  }

  /**
   * The reader is dead: of its last put, and of no other one, it may not know any more. What it was about to write is no
   * put: a channel undoes it, here it is cut off.
   */
  killed(): void {
    this.read()
    fs.truncateSync(this.#path, this.#offset)
    this.#unrecorded.add(this.#puts - 1)
    this.#unexcusedBytes = 0
  }

  get doomed(): Doomed {
    const count = { lines: 0, missing: 0, deleted: 0 }
    for (const [writer, doomed] of this.#doomed.entries()) {
      for (const [line, how] of doomed) {
        const isMissing = !this.#seen[writer]?.has(line)
        if (how === 'truncated') count.lines++
        if (isMissing) count[how === 'truncated' ? 'missing' : 'deleted']++
      }
    }
    return count
  }

  /** All lines that may be missing and are. */
  get gone(): number {
    const { missing, deleted } = this.doomed
    return missing + deleted
  }

  /** The first lines of each writer that are missing although they should not be. @param written of each writer */
  missing(written: readonly number[]): readonly string[] {
    return written.flatMap((lines, writer) => {
      const isThere = (line: number): boolean => !!(this.#seen[writer]?.has(line) || this.#doomed[writer]?.has(line))
      const missing = Array.from({ length: lines }, (_, line) => line).filter((line) => !isThere(line))
      return missing.slice(0, mostShown).map((line) => `${writer} ${line}`)
    })
  }

  /** Takes in the puts that have come. */
  read(): void {
    const bytes = appendedTo(this.#path, this.#offset)
    const last = bytes.lastIndexOf('\n#\n')
    const end = last < 0 ? 0 : last + 3
    this.#offset += end
    for (const line of bytes.toString('utf8', 0, end).split('\n').slice(0, -1)) this.#take(line)
  }

  #take(line: string): void {
    if (line === '#') {
      this.largestPut = Math.max(this.largestPut, this.#putLines)
      this.#putLines = 0
      this.#puts++
      this.#recorded = this.#belowAtPut
      this.#belowAtPut = [...this.#below]
      return
    }
    this.#putLines++
    const read = readLine(line)
    const seen = read && this.#seen[read.writer]
    if (!seen) {
      this.corrupt++
      if (this.torn.length < mostShown) this.torn.push(line)
      return
    }
    const before = seen.get(read.sequence)
    seen.set(read.sequence, this.#puts)
    if (before === undefined) {
      this.stored++
      this.#advance(read.writer)
      return
    }
    this.repeated++
    if (this.#unrecorded.has(before)) return
    this.unexcused++
    this.#unexcusedBytes += line.length + 1
    this.mostUnexcused = Math.max(this.mostUnexcused, this.#unexcusedBytes)
    if (this.twice.length < mostShown) this.twice.push(`${read.writer} ${read.sequence}`)
  }

  #advance(writer: number): void {
    let below = this.storedBelow(writer)
    while (this.#seen[writer]?.has(below) || this.#doomed[writer]?.has(below)) below++
    this.#below[writer] = below
  }
}
