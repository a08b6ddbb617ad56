import { decodeLegacyCall, type LegacyCall } from './legacy-call.ts'
import { MessageSplitter } from './message-splitter.ts'

export interface EventForTest {
  readonly timestamp?: bigint
  readonly priority?: number
  readonly body?: string | Uint8Array
  readonly nanos?: bigint
  readonly host?: string
  readonly fields?: Readonly<Record<string, string | Uint8Array>>
}

const oneWay = 4

/** A call as a client of Flume 0.9 writes it. @param event undefined: none in it */
export function appendCall(event: EventForTest | undefined, { isStrict = true, sequence = 1 } = {}): Buffer {
  const struct = event && [hexBytes('0c0001'), ...fieldsOf(event), hexBytes('00')]
  return Buffer.concat([messageHead('append', oneWay, sequence, isStrict), ...(struct ?? []), hexBytes('00')])
}

export function closeCall(sequence = 1, method = 'close'): Buffer {
  return Buffer.concat([messageHead(method, 1, sequence, true), hexBytes('00')])
}

/** Reads all whole messages; the bytes come in chunks of some size. */
export function callsOf(bytes: Buffer, chunkBytes = bytes.length, mostBytes = 1_000_000): readonly LegacyCall[] {
  return messagesOf(bytes, chunkBytes, mostBytes).map(decodeLegacyCall)
}

export function messagesOf(bytes: Buffer, chunkBytes = bytes.length, mostBytes = 1_000_000): readonly Buffer[] {
  const splitter = new MessageSplitter(mostBytes)
  const messages: Buffer[] = []
  for (let from = 0; from < bytes.length; from += chunkBytes) {
    splitter.receive(Buffer.from(bytes.subarray(from, from + chunkBytes)))
    for (let message = splitter.next(); message; message = splitter.next()) messages.push(message)
  }
  return messages
}

export function messageHead(method: string, type: number, sequence: number, isStrict: boolean): Buffer {
  const name = text(method)
  if (isStrict) return Buffer.concat([i32(0x80010000 + type - 2 ** 32), name, i32(sequence)])
  return Buffer.concat([name, Buffer.from([type]), i32(sequence)])
}

function fieldsOf({ timestamp, priority, body, nanos, host, fields }: EventForTest): readonly Buffer[] {
  const map = fields && Object.entries(fields)
  return [
    ...(timestamp === undefined ? [] : [hexBytes('0a0001'), i64(timestamp)]),
    ...(priority === undefined ? [] : [hexBytes('080002'), i32(priority)]),
    ...(body === undefined ? [] : [hexBytes('0b0003'), text(body)]),
    ...(nanos === undefined ? [] : [hexBytes('0a0004'), i64(nanos)]),
    ...(host === undefined ? [] : [hexBytes('0b0005'), text(host)]),
    ...(map
      ? [hexBytes('0d00060b0b'), i32(map.length), ...map.flatMap(([key, value]) => [text(key), text(value)])]
      : []),
  ]
}

function hexBytes(digits: string): Buffer {
  return Buffer.from(digits, 'hex')
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

function i64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(value)
  return bytes
}
