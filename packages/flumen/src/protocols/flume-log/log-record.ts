import { crc32 } from 'node:zlib'
import type { Bytes, Headers } from '../../core/index.ts'
import { DamagedBytes } from './flume-log-error.ts'
import { ProtoReader, wire } from './proto-reader.ts'

/**
 * A log of version 3 is a row of records: an opcode, the payload's length (int32, big-endian), the payload. Flume
 * allocates 1 MiB at a time and fills it with `endOfData`. A payload is three protobuf messages, each behind its
 * length: TransactionEventHeader, the body, an empty footer.
 */
export const opcode = { record: 0x7f, noop: 0x00, endOfData: 0x80 } as const

/** Opcode and length, bytes. */
export const frameLength = 5

/** The header of a payload, with its own length in front, bytes. */
export const headerLength = 24

/** The payload of a rollback: header, empty body, empty footer. No other is shorter. */
export const leastPayload = headerLength + 2

export interface RecordHeader {
  readonly type: number
  readonly transactionID: bigint
  /** Grows over all logs of a channel, also from one start of Flume to the next. */
  readonly writeOrderID: bigint
}

export const recordType = { put: 1, take: 2, rollback: 3, commit: 4 } as const

export type LogRecord =
  | (RecordHeader & { readonly type: 1; readonly put: PutBody })
  | (RecordHeader & { readonly type: 2; readonly fileID: number; readonly offset: number })
  | (RecordHeader & { readonly type: 3 })
  | (RecordHeader & { readonly type: 4; readonly of: 'put' | 'take' })

/** Where the event lies; its headers are read when somebody asks. */
export interface PutBody {
  readonly bytes: Bytes
  readonly eventStart: number
  readonly eventEnd: number
  readonly bodyStart: number
  readonly bodyEnd: number
}

/** Whether a header begins here: `17 0d <type> 11 <transaction> 19 <write order>`, always written so. */
export function isHeader(bytes: Bytes, at: number): boolean {
  const type = bytes[at + 2]!
  return (
    bytes[at] === 0x17 &&
    bytes[at + 1] === 0x0d &&
    type >= recordType.put &&
    type <= recordType.commit &&
    bytes[at + 3] === 0 &&
    bytes[at + 4] === 0 &&
    bytes[at + 5] === 0 &&
    bytes[at + 6] === 0x11 &&
    bytes[at + 15] === 0x19
  )
}

/** @param at where `isHeader` is true */
export function readHeader(bytes: Bytes, at: number): RecordHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, headerLength)
  return {
    type: bytes[at + 2]!,
    transactionID: view.getBigInt64(7, true),
    writeOrderID: view.getBigInt64(16, true),
  }
}

/** The record of a deciphered payload. @throws DamagedBytes; `checksum` when all but the body is sound */
export function readRecord(bytes: Bytes, start: number, end: number): LogRecord {
  if (end - start < leastPayload || !isHeader(bytes, start)) throw new DamagedBytes('record', 'it has no header')
  const header = readHeader(bytes, start)
  const reader = new ProtoReader(bytes, start + headerLength, end)
  reader.delimited()
  const body = reader.message()
  reader.delimited()
  if (reader.position !== end) throw new DamagedBytes('record', 'it does not end with its footer')
  return readBody(header, body)
}

/** A name that occurs twice keeps its last value, and a value may be absent. */
export function readEventHeaders(put: PutBody): Headers {
  const headers = new Map<string, string>()
  const event = new ProtoReader(put.bytes, put.eventStart, put.eventEnd)
  while (event.next()) {
    event.skip()
    if (!event.is(1, wire.delimited)) continue
    let name = ''
    let value = ''
    for (const pair = event.message(); pair.next(); ) {
      pair.skip()
      if (pair.is(1, wire.delimited)) name = pair.text()
      else if (pair.is(2, wire.delimited)) value = pair.text()
    }
    headers.set(name, value)
  }
  return headers
}

function readBody(header: RecordHeader, body: ProtoReader): LogRecord {
  switch (header.type) {
    case recordType.put:
      return { ...header, type: 1, put: readPut(body) }
    case recordType.take: {
      const [fileID, offset] = readInts(body, 2)
      return { ...header, type: 2, fileID: fileID!, offset: offset! }
    }
    case recordType.commit: {
      const [type] = readInts(body, 1)
      if (type !== recordType.put && type !== recordType.take)
        throw new DamagedBytes('record', `it commits something of type ${type}`)
      return { ...header, type: 4, of: type === recordType.put ? 'put' : 'take' }
    }
    default:
      if (body.next()) throw new DamagedBytes('record', 'a rollback has no body')
      return { ...header, type: 3 }
  }
}

/** The fixed 32-bit fields 1 to `count`; all are required. */
function readInts(body: ProtoReader, count: number): readonly number[] {
  const values: number[] = new Array(count).fill(-1)
  let found = 0
  while (body.next()) {
    if (body.type !== wire.fixed32 || body.field > count)
      throw new DamagedBytes('record', 'its body has a field that does not belong there')
    values[body.field - 1] = body.fixed32()
    found |= 1 << body.field
  }
  if (found !== 2 ** (count + 1) - 2) throw new DamagedBytes('record', 'a field of its body is missing')
  return values
}

function readPut(reader: ProtoReader): PutBody {
  let event: ProtoReader | undefined
  let checksum: bigint | undefined
  while (reader.next()) {
    if (reader.is(1, wire.delimited)) {
      reader.delimited()
      event = reader.message()
    } else if (reader.is(2, wire.fixed64)) checksum = reader.fixed64()
    else reader.skip()
  }
  if (event === undefined) throw new DamagedBytes('record', 'the put has no event')
  const { bytes, position: eventStart, end: eventEnd } = event
  const [bodyStart, bodyEnd] = checkEvent(event)
  if (checksum !== undefined && checksum !== BigInt(crc32(bytes.subarray(bodyStart, bodyEnd))))
    throw new DamagedBytes('checksum', 'the checksum of the body does not fit')
  return { bytes, eventStart, eventEnd, bodyStart, bodyEnd }
}

/** Walks the whole event once, so that `readEventHeaders` meets nothing unsound. Answers where its body lies. */
function checkEvent(event: ProtoReader): readonly [number, number] {
  let start = -1
  let stop = -1
  while (event.next()) {
    event.skip()
    if (event.is(1, wire.delimited)) checkPair(event.message())
    else if (event.is(2, wire.delimited)) {
      start = event.start
      stop = event.stop
    }
  }
  if (start < 0) throw new DamagedBytes('record', 'the event has no body')
  return [start, stop]
}

function checkPair(pair: ProtoReader): void {
  let named = false
  while (pair.next()) {
    pair.skip()
    named ||= pair.is(1, wire.delimited)
  }
  if (!named) throw new DamagedBytes('record', 'a header of the event has no name')
}
