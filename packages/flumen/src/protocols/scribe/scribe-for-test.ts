import { BinaryReader } from '../thrift-rpc/binary-reader.ts'
import { framesOf } from '../thrift-rpc/rpc-for-test.ts'
import { thriftType } from '../thrift-rpc/thrift-types.ts'

export interface EntryForTest {
  readonly category?: string
  readonly message?: string | Uint8Array
}

export interface CallForTest {
  readonly sequence?: number
  readonly method?: string
  /** A head with the version, as strict writers have it. */
  readonly isStrict?: boolean
}

/** A call as a client writes it, with the length of its frame. @param entries undefined: no list at all */
export function encodeLog(entries: readonly EntryForTest[] | undefined, call: CallForTest = {}): Buffer {
  const { sequence = 1, method = 'Log', isStrict = false } = call
  const head = isStrict
    ? [Buffer.from('80010001', 'hex'), text(method), i32(sequence)]
    : [text(method), Buffer.from([1]), i32(sequence)]
  const list = entries && [Buffer.from('0f00010c', 'hex'), i32(entries.length), ...entries.flatMap(entryBytes)]
  const content = Buffer.concat([...head, ...(list ?? []), Buffer.from([0])])
  return Buffer.concat([i32(content.length), content])
}

function entryBytes({ category, message }: EntryForTest): readonly Buffer[] {
  return [
    ...(category === undefined ? [] : [Buffer.from('0b0001', 'hex'), text(category)]),
    ...(message === undefined ? [] : [Buffer.from('0b0002', 'hex'), text(message)]),
    Buffer.from([0]),
  ]
}

function text(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([i32(bytes.length), bytes])
}

function i32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

/** Answers that are whole: `1 result 0`, `1 exception 1 text`. */
export function answersIn(bytes: Buffer): readonly string[] {
  return framesOf(bytes).map((frame) => {
    const reader = new BinaryReader(frame)
    reader.messageHead()
    const words: string[] = []
    while (reader.nextField()) {
      words.push(reader.fieldType === thriftType.i32 ? String(reader.i32()) : reader.string())
    }
    const kind = reader.messageType === 2 ? 'result' : 'exception'
    return `${reader.name} ${reader.sequence} ${kind} ${words.join(' ')}`
  })
}
