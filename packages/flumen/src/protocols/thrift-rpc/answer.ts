import type { Bytes } from '../../core/index.ts'
import { type ApplicationError, readerOf } from './call.ts'
import { malformed } from './thrift-error.ts'
import type { ThriftReader } from './thrift-reader.ts'
import { messageType, type ThriftProtocol, thriftType } from './thrift-types.ts'
import { ThriftWriter } from './thrift-writer.ts'

/** To which call an answer belongs. */
export interface AnswerHead {
  readonly method: string
  readonly sequence: number
}

export interface ThriftAnswer extends AnswerHead {
  /** Undefined: an exception, or no result at all. */
  readonly status: number | undefined
  readonly error: ApplicationError | undefined
}

const expected = 64

/** A status, with the length of its frame. */
export function encodeStatus({ method, sequence }: AnswerHead, status: number, protocol: ThriftProtocol): Bytes {
  const writer = new ThriftWriter(protocol, expected + method.length)
  writer.messageHead(method, messageType.reply, sequence)
  writer.field(thriftType.i32, 0, 0)
  writer.i32(status)
  writer.stop()
  return writer.finish()[0]!
}

/** An exception of the server, with the length of its frame. */
export function encodeError(
  { method, sequence }: AnswerHead,
  error: ApplicationError,
  protocol: ThriftProtocol,
): Bytes {
  const writer = new ThriftWriter(protocol, expected + method.length + error.message.length)
  writer.messageHead(method, messageType.exception, sequence)
  writer.field(thriftType.string, 1, 1)
  writer.text(error.message)
  writer.field(thriftType.i32, 2, 1)
  writer.i32(error.kind)
  writer.stop()
  return writer.finish()[0]!
}

/**
 * Reads the answer in a frame.
 * @param frame one frame without its length
 * @throws ThriftError for bytes that are no answer
 */
export function decodeAnswer(frame: Buffer, protocol: ThriftProtocol): ThriftAnswer {
  const reader = readerOf(frame, protocol)
  reader.messageHead()
  const { name: method, sequence } = reader
  if (reader.messageType === messageType.exception) {
    return { method, sequence, status: undefined, error: readError(reader) }
  }
  if (reader.messageType !== messageType.reply) throw malformed(`a message of type ${reader.messageType} is no answer`)
  return { method, sequence, status: readStatus(reader), error: undefined }
}

function readStatus(reader: ThriftReader): number | undefined {
  let status: number | undefined
  reader.enterStruct()
  while (reader.nextField()) {
    if (reader.fieldId === 0 && reader.fieldType === thriftType.i32) status = reader.i32()
    else reader.skip(reader.fieldType)
  }
  return status
}

function readError(reader: ThriftReader): ApplicationError {
  let message = ''
  let kind = 0
  reader.enterStruct()
  while (reader.nextField()) {
    if (reader.fieldId === 1 && reader.fieldType === thriftType.string) message = reader.string()
    else if (reader.fieldId === 2 && reader.fieldType === thriftType.i32) kind = reader.i32()
    else reader.skip(reader.fieldType)
  }
  return { kind, message }
}
