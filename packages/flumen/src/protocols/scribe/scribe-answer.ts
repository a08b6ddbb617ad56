import type { AnswerHead, ApplicationError } from '../thrift-rpc/index.ts'
import { messageType, thriftType } from '../thrift-rpc/thrift-types.ts'

/** What `Log` answers. */
export const scribeResult = { ok: 0, tryLater: 1 } as const

const lengthBytes = 4
const fieldHeadBytes = 3

/** A result, with the length of its frame. */
export function encodeScribeResult(head: AnswerHead, result: number): Buffer {
  const writer = new AnswerWriter(head, messageType.reply, fieldHeadBytes + lengthBytes)
  writer.field(thriftType.i32, 0)
  writer.i32(result)
  return writer.finish()
}

/** An exception of the server, with the length of its frame. */
export function encodeScribeError(head: AnswerHead, { kind, message }: ApplicationError): Buffer {
  const text = Buffer.from(message)
  const bytes = 2 * (fieldHeadBytes + lengthBytes) + text.length
  const writer = new AnswerWriter(head, messageType.exception, bytes)
  writer.field(thriftType.string, 1)
  writer.text(text)
  writer.field(thriftType.i32, 2)
  writer.i32(kind)
  return writer.finish()
}

/** TBinaryProtocol whose heads have no version: so Flume answers, whatever the head of the call was. */
class AnswerWriter {
  readonly #bytes: Buffer
  #at = 0

  /** @param bytes of the fields */
  constructor({ method, sequence }: AnswerHead, type: number, bytes: number) {
    const name = Buffer.from(method)
    this.#bytes = Buffer.alloc(3 * lengthBytes + name.length + 1 + bytes + 1)
    this.i32(this.#bytes.length - lengthBytes)
    this.text(name)
    this.#at = this.#bytes.writeUInt8(type, this.#at)
    this.i32(sequence)
  }

  field(type: number, id: number): void {
    this.#at = this.#bytes.writeUInt8(type, this.#at)
    this.#at = this.#bytes.writeInt16BE(id, this.#at)
  }

  i32(value: number): void {
    this.#at = this.#bytes.writeInt32BE(value, this.#at)
  }

  text(text: Buffer): void {
    this.i32(text.length)
    this.#at += text.copy(this.#bytes, this.#at)
  }

  /** The last byte is the stop of the struct. */
  finish(): Buffer {
    return this.#bytes
  }
}
