import { type Bytes, EventBatch, type Headers, type NamedColumn, Part } from '../../core/index.ts'
import { SyslogFields, type SyslogParser } from './fields.ts'
import type { MessageSink } from './framer.ts'
import { type KeptFields, keptPrefix } from './keep-fields.ts'
import { readStructuredData } from './structured-data.ts'

export interface MessageRules {
  readonly parser: SyslogParser
  readonly keep: KeptFields
  /** Names of the headers for priority and version, which Flume's sources write differently. */
  readonly names: { readonly priority: string; readonly version: string }
  /** What RFC 5424 has behind the host becomes headers too. */
  readonly structuredData: boolean
}

const statusHeader = 'flume.syslog.status'

/** Makes batches of messages: their bodies are pieces of the slabs that they came in wherever that is possible. */
export class MessageBatch implements MessageSink {
  readonly #rules: MessageRules
  readonly #fields = new SyslogFields()
  readonly #facility = new ColumnMaker('Facility')
  readonly #severity = new ColumnMaker('Severity')
  readonly #priority: ColumnMaker
  readonly #version: ColumnMaker
  readonly #timestamp = new ColumnMaker('timestamp')
  readonly #host = new ColumnMaker('host')
  readonly #status = new ColumnMaker(statusHeader)
  readonly #appName = new ColumnMaker('appName')
  readonly #processId = new ColumnMaker('procId')
  readonly #messageId = new ColumnMaker('msgId')
  readonly #makers: readonly ColumnMaker[]
  #constants: readonly NamedColumn[] = []
  #isTaken: (name: string) => boolean = () => false
  #arrivedAt = 0
  #parts: Part[] = []
  #slab: Buffer | undefined
  #start = new Uint32Array(1024)
  #end = new Uint32Array(1024)
  #rows = 0
  #bytes = 0
  /** Where structured data is, by row. */
  #rare: (Headers | undefined)[] | undefined
  #invalid = 0
  #cut = 0
  /** Bodies that are put together, where some fields of the head are kept. */
  #pieces: Buffer[] = []

  constructor(rules: MessageRules) {
    this.#rules = rules
    this.#priority = new ColumnMaker(rules.names.priority)
    this.#version = new ColumnMaker(rules.names.version)
    const plain = [this.#facility, this.#severity, this.#priority, this.#version, this.#timestamp, this.#host]
    const structured = rules.structuredData ? [this.#appName, this.#processId, this.#messageId] : []
    this.#makers = [...plain, this.#status, ...structured]
  }

  /** @param constants headers of all rows; they win over those of the messages */
  begin(arrivedAt: number, constants: readonly NamedColumn[]): void {
    this.#arrivedAt = arrivedAt
    if (constants === this.#constants) return
    this.#constants = constants
    const taken = new Set([...constants.map(([name]) => name), ...this.#makers.map(({ name }) => name)])
    this.#isTaken = (name) => taken.has(name)
  }

  message(slab: Buffer, start: number, end: number, isCut: boolean, isCounted: boolean): void {
    const { parser, keep, structuredData } = this.#rules
    const fields = this.#fields
    parser.parse(slab, start, end, isCounted, fields)
    if (structuredData && fields.isParsed && !fields.custom && fields.version === '1') {
      readStructuredData(slab, end, fields, this.#isTaken)
    }
    if (typeof keep === 'string' && (keep === 'all' || !fields.custom)) {
      if (slab !== this.#slab) this.#newSlab(slab)
      // A message without a text is kept as it came.
      const isWhole = keep === 'all' || !fields.isParsed || fields.restStart >= end
      this.#row(isWhole ? start : fields.restStart, end)
    } else {
      if (this.#slab) this.#newSlab(undefined)
      this.#compose(slab, start, end)
    }
    this.#addHeaders(fields, isCut)
  }

  /** A body that is no piece of the slab. */
  #compose(slab: Buffer, start: number, end: number): void {
    const fields = this.#fields
    const { keep } = this.#rules
    const body: Buffer[] = typeof keep === 'string' || !fields.isParsed ? [] : keptPrefix(slab, fields, keep)
    if (fields.custom) body.push(Buffer.from(fields.custom.rest))
    else body.push(slab.subarray(fields.isParsed ? fields.restStart : start, end))
    let bytes = 0
    for (const piece of body) bytes += piece.length
    if (bytes === 0) body.push(slab.subarray(start, end))
    const from = this.#bytes
    this.#pieces.push(...body)
    this.#row(from, from + (bytes || end - start))
  }

  /** The batch of all messages since `begin`. */
  finish(): EventBatch {
    this.#newSlab(undefined)
    const parts = this.#parts
    if (parts.length === 0) return EventBatch.empty
    this.#parts = []
    return new EventBatch(parts)
  }

  /** Messages that were invalid, and pieces with a rest, since it was asked last. */
  takeCounts(): { readonly invalid: number; readonly cut: number } {
    const counts = { invalid: this.#invalid, cut: this.#cut }
    this.#invalid = 0
    this.#cut = 0
    return counts
  }

  #addHeaders(fields: SyslogFields, isCut: boolean): void {
    this.#facility.add(fields.facility)
    this.#severity.add(fields.severity)
    this.#priority.add(fields.priority)
    this.#version.add(fields.version)
    this.#timestamp.add(fields.timestamp)
    this.#host.add(fields.host)
    if (fields.isInvalid) this.#invalid++
    if (isCut) this.#cut++
    this.#status.add(fields.isInvalid ? 'Invalid' : isCut ? 'Incomplete' : undefined)
    if (!this.#rules.structuredData) return
    this.#appName.add(fields.appName)
    this.#processId.add(fields.processId)
    this.#messageId.add(fields.messageId)
    if (fields.structured) {
      this.#rare ??= []
      this.#rare[this.#rows - 1] = fields.structured
    }
  }

  #row(start: number, end: number): void {
    if (this.#rows === this.#start.length) {
      this.#start = grown(this.#start)
      this.#end = grown(this.#end)
    }
    this.#start[this.#rows] = start
    this.#end[this.#rows++] = end
    this.#bytes += end - start
  }

  /** Ends the part over the last slab. */
  #newSlab(slab: Buffer | undefined): void {
    if (this.#rows > 0) this.#parts.push(this.#part())
    this.#slab = slab
    this.#rows = 0
    this.#bytes = 0
    this.#rare = undefined
  }

  #part(): Part {
    const rows = this.#rows
    const columns = [...this.#constants]
    for (const maker of this.#makers) {
      const column = maker.take()
      if (column && !this.#constants.some(([name]) => name === maker.name)) columns.push(column)
    }
    const rare = this.#rare
    return new Part({
      arrivedAt: this.#arrivedAt,
      slab: this.#slab ?? this.#joinedPieces(),
      start: rows === 1 ? [this.#start[0]!] : this.#start.slice(0, rows),
      end: rows === 1 ? [this.#end[0]!] : this.#end.slice(0, rows),
      columns,
      rare: rare && Array.from({ length: rows }, (_, row) => rare[row]),
      bodyBytes: this.#bytes,
    })
  }

  #joinedPieces(): Bytes {
    const slab = Buffer.allocUnsafeSlow(this.#bytes)
    let at = 0
    for (const piece of this.#pieces) at += piece.copy(slab, at)
    this.#pieces = []
    return slab
  }
}

/** One header of the rows of a part. */
class ColumnMaker {
  readonly name: string
  #rows = 0
  #first: string | undefined
  /** Undefined while all are equal. */
  #values: (string | undefined)[] | undefined

  constructor(name: string) {
    this.name = name
  }

  add(value: string | undefined): void {
    if (this.#values) this.#values.push(value)
    else if (this.#rows === 0) this.#first = value
    else if (value !== this.#first) {
      this.#values = new Array<string | undefined>(this.#rows).fill(this.#first)
      this.#values.push(value)
    }
    this.#rows++
  }

  /** Undefined: no row has it. */
  take(): NamedColumn | undefined {
    const [values, value] = [this.#values, this.#first]
    this.#values = undefined
    this.#first = undefined
    this.#rows = 0
    if (values) return [this.name, { kind: 'list', values }]
    return value === undefined ? undefined : [this.name, { kind: 'constant', value }]
  }
}

function grown(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(numbers.length * 2)
  larger.set(numbers)
  return larger
}
