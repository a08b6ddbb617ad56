import type { Bytes, EventBatch, Part } from '../../core/index.ts'
import { thriftForm } from './thrift-form.ts'
import { messageType, type ThriftProtocol, thriftType } from './thrift-types.ts'
import { ThriftWriter } from './thrift-writer.ts'

export interface CallOptions {
  readonly protocol: ThriftProtocol
  /** 32 bits; the answer has the same. */
  readonly sequence: number
  /** `append` wants a batch of one row. */
  readonly method?: 'append' | 'appendBatch'
}

/** About what an event takes beside its body, and each of its headers. */
const overhead = 24
/** Bodies of more bytes than this are hardly copied. */
const mostExpected = 1024 * 1024

/**
 * A call with the rows of a batch, ready for a socket: pieces, the first of which begins with the length of the frame.
 * Large bodies are pieces of the batch's own slabs.
 */
export function encodeCall(
  batch: EventBatch,
  { protocol, sequence, method = 'appendBatch' }: CallOptions,
): readonly Bytes[] {
  const writer = new ThriftWriter(protocol, expectedBytes(batch, protocol))
  writer.messageHead(method, messageType.call, sequence)
  if (method === 'append') writer.field(thriftType.struct, 1, 1)
  else {
    writer.field(thriftType.list, 1, 1)
    writer.structList(batch.length)
  }
  for (const part of batch.parts) {
    const rows = part.writtenAs(thriftForm[protocol])
    if (rows) writer.stored(rows, 0, rows.length)
    else encodePart(writer, part)
  }
  writer.stop()
  return writer.finish()
}

function encodePart(writer: ThriftWriter, part: Part): void {
  const { length, slab, start, end } = part
  const isConstant = part.rare === undefined && part.columns.every(([, column]) => column.kind === 'constant')
  let head: Bytes | undefined
  for (let row = 0; row < length; row++) {
    if (head) writer.raw(head)
    else {
      const mark = writer.length
      encodeHeaders(writer, part, row)
      if (isConstant && length > 1) head = writer.since(mark)
    }
    writer.field(thriftType.string, 2, 1)
    writer.body(slab, start[row]!, end[row]!)
    writer.stop()
  }
}

function encodeHeaders(writer: ThriftWriter, { columns, rare }: Part, row: number): void {
  let size = rare?.[row]?.size ?? 0
  for (const [, column] of columns) if (column.kind === 'constant' || column.values[row] !== undefined) size++
  writer.field(thriftType.map, 1, 1)
  writer.textMap(size)
  for (const [name, column] of columns) {
    const value = column.kind === 'constant' ? column.value : column.values[row]
    if (value === undefined) continue
    writer.text(name)
    writer.text(value)
  }
  for (const [name, value] of rare?.[row] ?? []) {
    writer.text(name)
    writer.text(value)
  }
}

function expectedBytes(batch: EventBatch, protocol: ThriftProtocol): number {
  let bytes = overhead
  for (const part of batch.parts) {
    const rows = part.writtenAs(thriftForm[protocol])
    bytes += rows?.length ?? part.bodyBytes + (part.columns.length + 1) * part.length * overhead
  }
  return Math.min(bytes, mostExpected)
}
