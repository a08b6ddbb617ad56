import type { NamedColumn } from '../../core/index.ts'
import { ColumnMaker, takeColumns } from './column-maker.ts'
import { facilityText, momentText, numberText, type SyslogFields, type SyslogParser, severityText } from './fields.ts'

export interface HeadNames {
  readonly priority: string
  readonly version: string
}

const statusHeader = 'flume.syslog.status'

/** Makes the headers that each message may have. */
export class HeadColumns {
  readonly facility = new ColumnMaker('Facility')
  readonly severity = new ColumnMaker('Severity')
  readonly priority: ColumnMaker
  readonly version: ColumnMaker
  readonly timestamp = new ColumnMaker('timestamp')
  readonly host = new ColumnMaker('host')
  readonly status = new ColumnMaker(statusHeader)
  readonly makers: readonly ColumnMaker[]

  constructor(names: HeadNames) {
    this.priority = new ColumnMaker(names.priority)
    this.version = new ColumnMaker(names.version)
    const { facility, severity, priority, version, timestamp, host, status } = this
    this.makers = [facility, severity, priority, version, timestamp, host, status]
  }

  add(slab: Buffer, fields: SyslogFields, parser: SyslogParser, isCut: boolean): void {
    this.facility.add(fields.facility)
    this.severity.add(fields.severity)
    this.priority.add(fields.priority)
    this.version.add(fields.version)
    this.timestamp.add(fields.timestamp)
    this.host.add(fields.host(slab, parser))
    this.status.add(statusText(fields.isInvalid, isCut))
  }

  take(): NamedColumn[] {
    return takeColumns(this.makers)
  }
}

function statusText(isInvalid: boolean, isCut: boolean): string | undefined {
  return isInvalid ? 'Invalid' : isCut ? 'Incomplete' : undefined
}

/** Words of a message: its mark, its priority, where its host is. */
const wordsEach = 4
/** Of a mark: the version and one, or nothing. */
const versionBits = 15
const hasPriorityBit = 16
const isSaidBit = 32
const hasHostBit = 64
const isInvalidBit = 128
const isCutBit = 256
/** Bytes of texts of a message, but for its host: `16`, `6`, `134`, a moment. */
const usualBytes = 19

/**
 * The heads of messages that all stand in one slab, in numbers: outside of V8's heap they cost the collector nothing,
 * however long they wait in a channel. Texts are made when somebody asks for the headers.
 */
export class MessageHeads {
  readonly #names: HeadNames
  readonly #parser: SyslogParser
  #rows = 0
  #words = new Int32Array(1024 * wordsEach)
  #moments = new Float64Array(1024)
  /** Priorities that are not written as their number is, by row. */
  #oddPriorities: Map<number, string> | undefined
  #hostBytes = 0

  constructor(names: HeadNames, parser: SyslogParser) {
    this.#names = names
    this.#parser = parser
  }

  /** @param fields not of a custom format */
  add(fields: SyslogFields, isCut: boolean): void {
    const row = this.#rows++
    if (row === this.#moments.length) this.#grow()
    const { priorityValue } = fields
    let mark = fields.versionDigit + 1
    if (!Number.isNaN(priorityValue)) mark |= hasPriorityBit
    if (fields.isPrioritySaid) mark |= isSaidBit
    if (fields.hasHost) {
      mark |= hasHostBit
      this.#hostBytes += fields.hostEnd - fields.hostStart
    }
    if (fields.isInvalid) mark |= isInvalidBit
    if (isCut) mark |= isCutBit
    const words = this.#words
    const at = row * wordsEach
    words[at] = mark
    words[at + 1] = priorityValue
    words[at + 2] = fields.hostStart
    words[at + 3] = fields.hostEnd
    this.#moments[row] = fields.timestampMs
    if (fields.priorityText !== undefined) {
      this.#oddPriorities ??= new Map()
      this.#oddPriorities.set(row, fields.priorityText)
    }
  }

  /** Those of all messages since it was asked last. @param slab of all of them */
  take(slab: Buffer): { readonly bytes: number; columns(): NamedColumn[] } {
    const rows = this.#rows
    const words = this.#words.slice(0, rows * wordsEach)
    const moments = this.#moments.slice(0, rows)
    const odd = this.#oddPriorities
    const bytes = rows * usualBytes + this.#hostBytes
    this.#rows = this.#hostBytes = 0
    this.#oddPriorities = undefined
    return { bytes, columns: () => columnsOf(words, moments, odd, slab, this.#parser, this.#names) }
  }

  #grow(): void {
    const words = new Int32Array(this.#words.length * 2)
    words.set(this.#words)
    this.#words = words
    const moments = new Float64Array(this.#moments.length * 2)
    moments.set(this.#moments)
    this.#moments = moments
  }
}

function columnsOf(
  words: Int32Array,
  moments: Float64Array,
  odd: ReadonlyMap<number, string> | undefined,
  slab: Buffer,
  parser: SyslogParser,
  names: HeadNames,
): NamedColumn[] {
  const columns = new HeadColumns(names)
  let lastMs = Number.NaN
  let lastText: string | undefined
  for (const [row, ms] of moments.entries()) {
    const at = row * wordsEach
    const mark = words[at]!
    const value = (mark & hasPriorityBit) === 0 ? Number.NaN : words[at + 1]!
    columns.facility.add(facilityText(value))
    columns.severity.add(severityText(value))
    columns.priority.add((mark & isSaidBit) === 0 ? undefined : (odd?.get(row) ?? numberText(value)))
    columns.version.add((mark & versionBits) === 0 ? undefined : numberText((mark & versionBits) - 1))
    if (ms !== lastMs) lastText = momentText(ms)
    lastMs = ms
    columns.timestamp.add(lastText)
    columns.host.add((mark & hasHostBit) === 0 ? undefined : parser.hostText(slab, words[at + 2]!, words[at + 3]!))
    columns.status.add(statusText((mark & isInvalidBit) !== 0, (mark & isCutBit) !== 0))
  }
  return columns.take()
}
