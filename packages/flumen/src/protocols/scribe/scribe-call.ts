import { EventBatch, type NamedColumn, Part } from '../../core/index.ts'
import { isSameIn, textIn } from '../rpc-events/slab-text.ts'
import { BinaryReader } from '../thrift-rpc/binary-reader.ts'
import { type ApplicationError, ThriftError } from '../thrift-rpc/index.ts'
import type { ThriftReader } from '../thrift-rpc/thrift-reader.ts'
import { applicationError, thriftType } from '../thrift-rpc/thrift-types.ts'

/** The least that an entry with a message takes: a field's head, a length, and the end of the struct. */
const smallestEntry = 8

/** The header that holds an entry's category. */
export const categoryHeader = 'category'

/** A call of `Log`, or of something that there is not. */
export interface ScribeCall {
  /** As it was sent, to be sent back. */
  readonly method: string
  readonly sequence: number
  /** What is to be stored; empty where there is a `refusal` or a `fault`. */
  readonly batch: EventBatch
  /** Set: this is the answer, an exception. */
  readonly refusal?: ApplicationError
  /** Set: the entries cannot be stored as they are; the answer is TRY_LATER, as in Flume. */
  readonly fault?: string
}

/**
 * Reads a call: `Log(1: list<LogEntry {1: string category, 2: string message}>)` in TBinaryProtocol, its head with or
 * without a version. Bodies are pieces of the frame. Wrong arguments are answered as libthrift's processor answers.
 * @param frame one frame without its length
 * @throws ThriftError where nothing can be answered: the connection is closed
 */
export function decodeScribeCall(frame: Buffer, arrivedAt: number): ScribeCall {
  const reader = new BinaryReader(frame)
  reader.messageHead()
  const { name: method, sequence } = reader
  const head = { method, sequence, batch: EventBatch.empty }
  try {
    const read = method === 'Log' ? readArguments(reader, arrivedAt) : undefined
    if (!read) reader.skip(thriftType.struct)
    if (reader.at < reader.end) throw new ThriftError('there is more in the frame than the call', 'close')
    if (read) return { ...head, ...read }
    return { ...head, refusal: { kind: applicationError.unknownMethod, message: `Invalid method name: '${method}'` } }
  } catch (error) {
    if (!(error instanceof ThriftError) || error.answer === 'close') throw error
    return { ...head, refusal: { kind: applicationError.protocol, message: error.message } }
  }
}

type Entries = Pick<ScribeCall, 'batch'> | Pick<ScribeCall, 'fault'>

function readArguments(reader: ThriftReader, arrivedAt: number): Entries {
  let entries: Entries = { fault: 'there is no list of entries' }
  while (reader.nextField()) {
    if (reader.fieldId === 1 && reader.fieldType === thriftType.list) entries = readEntries(reader, arrivedAt)
    else reader.skip(reader.fieldType)
  }
  return entries
}

function readEntries(reader: ThriftReader, arrivedAt: number): Entries {
  reader.listHead()
  const { size, elementType, bytes: slab } = reader
  if (size > 0 && elementType !== thriftType.struct) throw new ThriftError('the list is not of structs', 'exception')
  const rows = Math.min(size, Math.ceil((reader.end - reader.at) / smallestEntry))
  const start = new Uint32Array(rows)
  const end = new Uint32Array(rows)
  const categories = new Categories(slab, rows)
  const entry = new LogEntry()
  let bodyBytes = 0
  let isWhole = true
  for (let row = 0; row < size; row++) {
    entry.read(reader)
    isWhole &&= entry.hasMessage
    if (!isWhole) continue
    start[row] = entry.messageStart
    end[row] = entry.messageEnd
    bodyBytes += entry.messageEnd - entry.messageStart
    categories.add(row, entry.categoryStart, entry.categoryEnd)
  }
  if (!isWhole) return { fault: 'an entry has no message' }
  if (size === 0) return { batch: EventBatch.empty }
  const places = size === 1 ? { start: [start[0] ?? 0], end: [end[0] ?? 0] } : { start, end }
  return { batch: new EventBatch([new Part({ arrivedAt, slab, ...places, bodyBytes, columns: categories.columns() })]) }
}

/** Where the parts of the entry that was read last stand. */
class LogEntry {
  categoryStart = -1
  categoryEnd = -1
  messageStart = -1
  messageEnd = -1

  get hasMessage(): boolean {
    return this.messageStart >= 0
  }

  read(reader: ThriftReader): void {
    this.categoryStart = -1
    this.messageStart = -1
    while (reader.nextField()) {
      const isText = reader.fieldType === thriftType.string
      if (isText && reader.fieldId === 1) {
        reader.text()
        this.categoryStart = reader.textStart
        this.categoryEnd = reader.textEnd
      } else if (isText && reader.fieldId === 2) {
        reader.text()
        this.messageStart = reader.textStart
        this.messageEnd = reader.textEnd
      } else reader.skip(reader.fieldType)
    }
  }
}

/** The category of each entry: one text for those that follow each other with the same, and a constant where all have it. */
class Categories {
  readonly #slab: Buffer
  readonly #values: (string | undefined)[]
  #isConstant = true
  #start = -1
  #end = -1
  #value: string | undefined

  constructor(slab: Buffer, rows: number) {
    this.#slab = slab
    this.#values = new Array<string | undefined>(rows)
  }

  /** @param start -1: the entry has none */
  add(row: number, start: number, end: number): void {
    if (row === 0 || !this.#isSame(start, end)) {
      this.#isConstant &&= row === 0
      this.#value = start < 0 ? undefined : textIn(this.#slab, start, end)
    }
    this.#start = start
    this.#end = end
    this.#values[row] = this.#value
  }

  columns(): readonly NamedColumn[] {
    if (!this.#isConstant) return [[categoryHeader, { kind: 'list', values: this.#values }]]
    return this.#value === undefined ? [] : [[categoryHeader, { kind: 'constant', value: this.#value }]]
  }

  #isSame(start: number, end: number): boolean {
    if (start < 0 || this.#start < 0) return start === this.#start
    return isSameIn(this.#slab, this.#start, this.#end, start, end)
  }
}
