import {
  type Bytes,
  EventBatch,
  type Headers,
  headerBytesOf,
  type NamedColumn,
  Part,
  type PartHeaders,
  type PartShape,
} from '../../core/index.ts'
import { ColumnMaker, takeColumns } from './column-maker.ts'
import { SyslogFields, type SyslogParser } from './fields.ts'
import type { MessageSink } from './framer.ts'
import { type KeptFields, keptPrefix } from './keep-fields.ts'
import { HeadColumns, type HeadNames, MessageHeads } from './message-heads.ts'
import { readStructuredData } from './structured-data.ts'

export interface MessageRules {
  readonly parser: SyslogParser
  readonly keep: KeptFields
  /** Names of the headers for priority and version, which Flume's sources write differently. */
  readonly names: HeadNames
  /** What RFC 5424 has behind the host becomes headers too. */
  readonly structuredData: boolean
}

/** Makes batches of messages: their bodies are pieces of the slabs that they came in wherever that is possible. */
export class MessageBatch implements MessageSink {
  readonly #rules: MessageRules
  readonly #fields = new SyslogFields()
  /** Of messages that stay in their slab, and of those that are put together. */
  readonly #heads: MessageHeads
  readonly #headColumns: HeadColumns
  readonly #appName = new ColumnMaker('appName')
  readonly #processId = new ColumnMaker('procId')
  readonly #messageId = new ColumnMaker('msgId')
  readonly #structured: readonly ColumnMaker[]
  #constants: readonly NamedColumn[] = []
  #isTaken: (name: string) => boolean = () => false
  #arrivedAt = 0
  #parts: Part[] = []
  /** Undefined: the messages are put together. */
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
    this.#heads = new MessageHeads(rules.names, rules.parser)
    this.#headColumns = new HeadColumns(rules.names)
    this.#structured = rules.structuredData ? [this.#appName, this.#processId, this.#messageId] : []
  }

  /** @param constants headers of all rows; they win over those of the messages */
  begin(arrivedAt: number, constants: readonly NamedColumn[]): void {
    this.#arrivedAt = arrivedAt
    if (constants === this.#constants) return
    this.#constants = constants
    const makers = [...this.#headColumns.makers, ...this.#structured]
    const taken = new Set([...constants.map(([name]) => name), ...makers.map(({ name }) => name)])
    this.#isTaken = (name) => taken.has(name)
  }

  message(slab: Buffer, start: number, end: number, isCut: boolean, isCounted: boolean): void {
    const { parser, keep, structuredData } = this.#rules
    const fields = this.#fields
    parser.parse(slab, start, end, isCounted, fields)
    if (structuredData && fields.isParsed && !fields.custom && fields.version === '1') {
      readStructuredData(slab, end, fields, this.#isTaken)
    }
    if (typeof keep === 'string' && !fields.custom) {
      if (slab !== this.#slab) this.#newSlab(slab)
      // A message without a text is kept as it came.
      const isWhole = keep === 'all' || !fields.isParsed || fields.restStart >= end
      this.#row(isWhole ? start : fields.restStart, end)
      this.#heads.add(fields, isCut)
    } else {
      if (this.#slab) this.#newSlab(undefined)
      this.#compose(slab, start, end)
      this.#headColumns.add(slab, fields, parser, isCut)
    }
    this.#addRest(fields, isCut)
  }

  /** A body that is no piece of the slab. */
  #compose(slab: Buffer, start: number, end: number): void {
    const body = this.#bodyPieces(slab, start, end)
    let bytes = 0
    for (const piece of body) bytes += piece.length
    if (bytes === 0) body.push(slab.subarray(start, end))
    const from = this.#bytes
    this.#pieces.push(...body)
    this.#row(from, from + (bytes || end - start))
  }

  #bodyPieces(slab: Buffer, start: number, end: number): Buffer[] {
    const fields = this.#fields
    const { keep } = this.#rules
    if (keep === 'all') return [slab.subarray(start, end)]
    const pieces = keep === 'none' || !fields.isParsed ? [] : keptPrefix(slab, fields, keep)
    if (fields.custom) pieces.push(Buffer.from(fields.custom.rest))
    else pieces.push(slab.subarray(fields.isParsed ? fields.restStart : start, end))
    return pieces
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

  #addRest(fields: SyslogFields, isCut: boolean): void {
    if (fields.isInvalid) this.#invalid++
    if (isCut) this.#cut++
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
    const rare = this.#rare
    return new Part({
      arrivedAt: this.#arrivedAt,
      slab: this.#slab ?? this.#joinedPieces(),
      start: rows === 1 ? [this.#start[0]!] : this.#start.slice(0, rows),
      end: rows === 1 ? [this.#end[0]!] : this.#end.slice(0, rows),
      ...this.#headersOf(rare && Array.from({ length: rows }, (_, row) => rare[row])),
      bodyBytes: this.#bytes,
    })
  }

  #headersOf(rare: PartHeaders['rare']): Pick<PartShape, 'columns' | 'rare' | 'unread'> {
    const constants = this.#constants
    const isFree = ([name]: NamedColumn): boolean => !constants.some(([taken]) => taken === name)
    const structured = takeColumns(this.#structured).filter(isFree)
    const withHeads = (heads: readonly NamedColumn[]): PartHeaders => ({
      columns: [...constants, ...heads.filter(isFree), ...structured],
      rare,
    })
    if (!this.#slab) return withHeads(this.#headColumns.take())
    const { bytes, columns } = this.#heads.take(this.#slab)
    if (this.#rows === 1) return withHeads(columns())
    return { unread: { bytes: bytes + headerBytesOf(withHeads([])), read: () => withHeads(columns()) } }
  }

  #joinedPieces(): Bytes {
    const slab = Buffer.allocUnsafeSlow(this.#bytes)
    let at = 0
    for (const piece of this.#pieces) at += piece.copy(slab, at)
    this.#pieces = []
    return slab
  }
}

function grown(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(numbers.length * 2)
  larger.set(numbers)
  return larger
}
