import { type LegacyEvent, mostFields, priorities } from '../legacy-events/legacy-event.ts'
import { textIn } from '../rpc-events/slab-text.ts'
import { BinaryReader } from '../thrift-rpc/binary-reader.ts'
import { malformed, ThriftError } from '../thrift-rpc/thrift-error.ts'
import { messageType, thriftType } from '../thrift-rpc/thrift-types.ts'
import { ThriftWriter } from '../thrift-rpc/thrift-writer.ts'

/** A message of a client of the service ThriftFlumeEventServer. */
export type LegacyCall =
  /** Is not answered. Undefined: there is no event in it. */
  | { readonly kind: 'append'; readonly event: LegacyEvent | undefined }
  | { readonly kind: 'answered'; readonly answer: Uint8Array; readonly problem: string | undefined }

/**
 * Reads `append(1: ThriftFlumeEvent evt)`, `close()`, or a call of something that there is not.
 * @param message as the splitter gives it: bytes that nobody writes any more
 * @throws ThriftError for what is no such call
 */
export function decodeLegacyCall(message: Buffer): LegacyCall {
  const reader = new LegacyReader(message)
  reader.messageHead()
  const { name: method, sequence } = reader
  if (method === 'append') return { kind: 'append', event: readArguments(reader) }
  reader.skip(thriftType.struct)
  if (method === 'close') return { kind: 'answered', answer: closeAnswer(sequence), problem: undefined }
  const problem = `Invalid method name: '${method.slice(0, 100)}'`
  return { kind: 'answered', answer: unknownMethod(method, sequence, problem), problem }
}

class LegacyReader extends BinaryReader {
  /** Its decimal text. */
  i64(): string {
    return this.bytes.readBigInt64BE(this.take(8)).toString()
  }
}

function readArguments(reader: LegacyReader): LegacyEvent | undefined {
  let event: LegacyEvent | undefined
  while (reader.nextField()) {
    if (reader.fieldId === 1 && reader.fieldType === thriftType.struct) event = readEvent(reader)
    else reader.skip(reader.fieldType)
  }
  if (reader.at < reader.end) throw new ThriftError('there is more in the message than the call', 'close')
  return event
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

const noBytes = new Uint8Array(0)

/** ThriftFlumeEvent {1: i64 timestamp, 2: Priority priority, 3: binary body, 4: i64 nanos, 5: string host, 6: map<string,binary> fields}. */
function readEvent(reader: LegacyReader): LegacyEvent {
  const event: Mutable<LegacyEvent> = {
    timestamp: '0',
    nanos: '0',
    priority: undefined,
    host: undefined,
    fields: new Map(),
    body: noBytes,
  }
  while (reader.nextField()) if (!readField(reader, event)) reader.skip(reader.fieldType)
  return event
}

/** @returns false: it is none that is known, and is still to be read */
function readField(reader: LegacyReader, event: Mutable<LegacyEvent>): boolean {
  const { fieldId: id, fieldType: type } = reader
  if (type === thriftType.i64 && id === 1) event.timestamp = reader.i64()
  else if (type === thriftType.i32 && id === 2) event.priority = priorities[reader.i32()]
  else if (type === thriftType.string && id === 3) {
    reader.text()
    event.body = reader.bytes.subarray(reader.textStart, reader.textEnd)
  } else if (type === thriftType.i64 && id === 4) event.nanos = reader.i64()
  else if (type === thriftType.string && id === 5) event.host = reader.string()
  else if (type === thriftType.map && id === 6) event.fields = readFields(reader)
  else return false
  return true
}

function readFields(reader: LegacyReader): ReadonlyMap<string, string> {
  reader.mapHead()
  const { size, keyType, elementType } = reader
  if (size > 0 && (keyType !== thriftType.string || elementType !== thriftType.string)) {
    throw malformed('the map of fields is not of texts')
  }
  if (size > mostFields) throw malformed(`an event has ${size} fields, ${mostFields} are the most here`)
  const fields = new Map<string, string>()
  for (let index = 0; index < size; index++) {
    const name = reader.string()
    reader.text()
    fields.set(name, textIn(reader.bytes, reader.textStart, reader.textEnd))
  }
  return fields
}

const lengthBytes = 4

function closeAnswer(sequence: number): Uint8Array {
  const writer = new ThriftWriter('binary', 64)
  writer.messageHead('close', messageType.reply, sequence)
  writer.stop()
  return unframed(writer)
}

function unknownMethod(method: string, sequence: number, problem: string): Uint8Array {
  const writer = new ThriftWriter('binary', 64 + method.length + problem.length)
  writer.messageHead(method, messageType.exception, sequence)
  writer.field(thriftType.string, 1, 1)
  writer.text(problem)
  writer.field(thriftType.i32, 2, 1)
  writer.i32(1)
  writer.stop()
  return unframed(writer)
}

function unframed(writer: ThriftWriter): Uint8Array {
  return Buffer.concat(writer.finish()).subarray(lengthBytes)
}
