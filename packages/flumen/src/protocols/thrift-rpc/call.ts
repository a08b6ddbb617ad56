import { EventBatch } from '../../core/index.ts'
import type { EventReader, PairSink } from '../rpc-events/event-reader.ts'
import { readRows } from '../rpc-events/read-rows.ts'
import { BinaryReader } from './binary-reader.ts'
import { CompactReader } from './compact-reader.ts'
import { malformed, ThriftError } from './thrift-error.ts'
import { thriftForm } from './thrift-form.ts'
import type { ThriftReader } from './thrift-reader.ts'
import { applicationError, type ThriftProtocol, thriftType } from './thrift-types.ts'

/** The least that an event takes: two fields, the lengths of their values, and its end, a byte each. */
const smallestEvent = 5

/** A call that came in. */
export interface ThriftCall {
  /** As it was sent, to be sent back. */
  readonly method: string
  readonly sequence: number
  /** What is to be stored. */
  readonly batch: EventBatch
  /** Set: what was asked for cannot be done, and this is the answer; the batch is empty. */
  readonly refusal: ApplicationError | undefined
}

/** TApplicationException. */
export interface ApplicationError {
  readonly kind: number
  readonly message: string
}

/**
 * Reads the call in a frame; bodies are pieces of it. What cannot be done is answered as libthrift's processor answers:
 * an unknown method and wrong arguments have a `refusal`.
 * @param frame one frame without its length
 * @throws ThriftError where nothing can be answered: the connection is closed
 */
export function decodeCall(frame: Buffer, protocol: ThriftProtocol, arrivedAt: number): ThriftCall {
  const reader = readerOf(frame, protocol)
  reader.messageHead()
  const { name: method, sequence } = reader
  try {
    const taken =
      method === 'append' || method === 'appendBatch' ? readEvents(reader, method, protocol, arrivedAt) : undefined
    if (taken === undefined) reader.skip(thriftType.struct)
    if (reader.at < reader.end) throw new ThriftError('there is more in the frame than the call', 'close')
    if (taken) return { method, sequence, ...taken }
    return refuse(method, sequence, applicationError.unknownMethod, `Invalid method name: '${method}'`)
  } catch (error) {
    if (!(error instanceof ThriftError) || error.answer === 'close') throw error
    return refuse(method, sequence, applicationError.protocol, error.message)
  }
}

export function readerOf(frame: Buffer, protocol: ThriftProtocol): ThriftReader {
  return protocol === 'binary' ? new BinaryReader(frame) : new CompactReader(frame)
}

function refuse(method: string, sequence: number, kind: number, message: string): ThriftCall {
  return { method, sequence, batch: EventBatch.empty, refusal: { kind, message } }
}

/** The arguments: one field with the number 1, of one struct or of a list of them. */
function readEvents(
  reader: ThriftReader,
  method: 'append' | 'appendBatch',
  protocol: ThriftProtocol,
  arrivedAt: number,
): Pick<ThriftCall, 'batch' | 'refusal'> {
  const wanted = method === 'append' ? thriftType.struct : thriftType.list
  let batch: EventBatch | undefined
  const outer = reader.enterStruct()
  while (reader.nextField()) {
    if (reader.fieldId !== 1 || reader.fieldType !== wanted) reader.skip(reader.fieldType)
    else if (method === 'append') batch = readRowsOf(reader, protocol, 1, arrivedAt)
    else batch = readRowsOf(reader, protocol, listSize(reader), arrivedAt)
  }
  reader.leaveStruct(outer)
  if (batch) return { batch, refusal: undefined }
  // Java's handler fails over the null.
  const refusal = { kind: applicationError.internal, message: `Internal error processing ${method}` }
  return { batch: EventBatch.empty, refusal }
}

function listSize(reader: ThriftReader): number {
  reader.listHead()
  const { size, elementType } = reader
  if (size > 0 && elementType !== thriftType.struct) throw malformed('the list is not of structs')
  return size
}

function readRowsOf(reader: ThriftReader, protocol: ThriftProtocol, size: number, arrivedAt: number): EventBatch {
  const bytes = reader.end - reader.at
  const rows = Math.min(size, Math.ceil(bytes / smallestEvent))
  const written = { form: thriftForm[protocol], tail: 1 }
  return readRows(new ThriftEvents(reader, protocol, size), { slab: reader.bytes, arrivedAt, bytes, rows, ...written })
}

/** ThriftFlumeEvent {1: required map<string,string> headers, 2: required binary body}, one after the other. */
class ThriftEvents implements EventReader {
  readonly #reader: ThriftReader
  readonly #protocol: ThriftProtocol
  left: number
  bodyStart = -1
  bodyEnd = -1

  constructor(reader: ThriftReader, protocol: ThriftProtocol, left: number) {
    this.#reader = reader
    this.#protocol = protocol
    this.left = left
  }

  get at(): number {
    return this.#reader.at
  }

  hasNext(): boolean {
    return this.left > 0
  }

  next(pairs?: PairSink): void {
    this.left--
    const reader = this.#reader
    let hasHeaders = false
    this.bodyStart = -1
    const outer = reader.enterStruct()
    while (reader.nextField()) {
      if (reader.fieldId === 1 && reader.fieldType === thriftType.map) {
        if (hasHeaders) pairs?.drop()
        readHeaders(reader, pairs)
        hasHeaders = true
      } else if (reader.fieldId === 2 && reader.fieldType === thriftType.string) {
        reader.text()
        this.bodyStart = reader.textStart
        this.bodyEnd = reader.textEnd
      } else reader.skip(reader.fieldType)
    }
    reader.leaveStruct(outer)
    if (!hasHeaders) throw malformed("Required field 'headers' was not present!")
    if (this.bodyStart < 0) throw malformed("Required field 'body' was not present!")
  }

  from(at: number, left: number): EventReader {
    const reader = readerOf(this.#reader.bytes, this.#protocol)
    reader.at = at
    return new ThriftEvents(reader, this.#protocol, left)
  }
}

function readHeaders(reader: ThriftReader, pairs: PairSink | undefined): void {
  reader.mapHead()
  const { size } = reader
  if (size > 0 && (reader.keyType !== thriftType.string || reader.elementType !== thriftType.string)) {
    throw malformed('the map of headers is not of texts')
  }
  for (let index = 0; index < size; index++) {
    reader.text()
    const { textStart, textEnd } = reader
    reader.text()
    pairs?.pair(textStart, textEnd, reader.textStart, reader.textEnd)
  }
}
