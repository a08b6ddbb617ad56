import { type Column, EventBatch, type Headers, type NamedColumn, type Origin, Part } from '../../core/index.ts'
import { ByteReader, FormatError } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'

/*
 * A batch in a record of the log, little-endian, everything aligned to 8 where it says so:
 *
 *   u32 number of parts, u32 1 where an origin follows
 *   [origin: text producer, (align) u64 first, u64 last]                                         (align)
 *   for each part:
 *     f64 arrival, ms since the epoch
 *     u32 rows, u32 bytes of the slab, u32 bytes of the headers, u32 0
 *     u32 x rows: where each body begins in the slab
 *     u32 x rows: where it ends                                                                  (align)
 *     headers                                                                                    (align)
 *     slab: the bytes in which the bodies lie                                                    (align)
 *
 *   headers: u32 columns, each: text name, u8 0 = one value for all rows: text
 *                                          u8 1 = a value a row: u8 0 = none or 1 = text, for each row
 *            u8 1 where some rows have headers of their own: for each row u32 count, then text name, text value each
 *   text: u32 bytes, UTF-8
 *
 * The slab goes to the disk as it is, separators between the bodies included, unless less than half of it is bodies.
 */

const constant = 0
const list = 1
/** Bytes that a part takes at least. */
const smallestPart = 24

/** What was stored together. */
export interface StoredBatch {
  readonly batch: EventBatch
  readonly origin?: Origin
}

/** Appends the batch; the writer's length must be a multiple of 8. */
export function writeBatch(writer: ByteWriter, batch: EventBatch, origin?: Origin): void {
  writer.u32(batch.parts.length)
  writer.u32(origin ? 1 : 0)
  if (origin) {
    writer.text(origin.producer)
    writer.alignTo8()
    writer.u64(origin.first)
    writer.u64(origin.last)
  }
  for (const part of batch.parts) writePart(writer, part)
}

/** @throws FormatError where the bytes are no batch */
export function readBatch(payload: Uint8Array): StoredBatch {
  const reader = new ByteReader(payload)
  const count = reader.count(smallestPart)
  const origin = reader.u32() === 0 ? undefined : readOrigin(reader)
  const parts: Part[] = []
  for (let index = 0; index < count; index++) parts.push(readPart(reader))
  const batch = new EventBatch(parts)
  return origin ? { batch, origin } : { batch }
}

/** The origin alone, without looking at the rows. */
export function originOf(payload: Uint8Array): Origin | undefined {
  const reader = new ByteReader(payload)
  reader.u32()
  return reader.u32() === 0 ? undefined : readOrigin(reader)
}

function readOrigin(reader: ByteReader): Origin {
  const producer = reader.text()
  reader.alignTo8()
  return { producer, first: reader.u64(), last: reader.u64() }
}

function writePart(writer: ByteWriter, given: Part): void {
  const { part, from, to } = dense(given)
  const { length: rows } = part
  const slabLength = to - from
  writer.ensure(smallestPart + rows * 8 + slabLength + 64)
  writer.f64(part.arrivedAt)
  writer.u32(rows)
  writer.u32(slabLength)
  const headersLengthAt = writer.length
  writer.u32(0)
  writer.u32(0)
  writer.u32List(part.start, from)
  writer.u32List(part.end, from)
  writer.alignTo8()
  const headersAt = writer.length
  writeHeaders(writer, part)
  writer.putU32(headersLengthAt, writer.length - headersAt)
  writer.alignTo8()
  writer.bytes(slabLength === part.slab.length ? part.slab : part.slab.subarray(from, to))
  writer.alignTo8()
}

/** The part, or one with a slab of its own size, and which bytes of the slab its bodies lie in. */
function dense(part: Part): { readonly part: Part; readonly from: number; readonly to: number } {
  const { start, end, length } = part
  let from = Number.POSITIVE_INFINITY
  let to = 0
  for (let row = 0; row < length; row++) {
    if (start[row]! < from) from = start[row]!
    if (end[row]! > to) to = end[row]!
  }
  if (length === 0) return { part, from: 0, to: 0 }
  if (to - from <= 2 * part.bodyBytes + 64) return { part, from, to }
  return { part: part.compact(), from: 0, to: part.bodyBytes }
}

function writeHeaders(writer: ByteWriter, { columns, rare, length }: Part): void {
  writer.u32(columns.length)
  for (const [name, column] of columns) {
    writer.text(name)
    writer.u8(column.kind === 'constant' ? constant : list)
    if (column.kind === 'constant') writer.text(column.value)
    else for (let row = 0; row < length; row++) writeOptional(writer, column.values[row])
  }
  writer.u8(rare ? 1 : 0)
  if (!rare) return
  for (let row = 0; row < length; row++) {
    const headers = rare[row]
    writer.u32(headers?.size ?? 0)
    for (const [name, value] of headers ?? []) {
      writer.text(name)
      writer.text(value)
    }
  }
}

function writeOptional(writer: ByteWriter, value: string | undefined): void {
  writer.u8(value === undefined ? 0 : 1)
  if (value !== undefined) writer.text(value)
}

function readPart(reader: ByteReader): Part {
  const arrivedAt = reader.f64()
  const rows = reader.u32()
  const slabLength = reader.u32()
  const headersLength = reader.u32()
  reader.u32()
  if (rows * 8 > reader.left) throw new FormatError(`${rows} rows are more than there is room for`)
  const start = reader.u32List(rows)
  const end = reader.u32List(rows)
  reader.alignTo8()
  const { columns, rare } = readHeaders(new ByteReader(reader.bytes(headersLength)), rows)
  reader.alignTo8()
  const slab = reader.bytes(slabLength)
  reader.alignTo8()
  for (let row = 0; row < rows; row++) {
    if (start[row]! > end[row]! || end[row]! > slabLength) throw new FormatError(`the body of row ${row} is outside`)
  }
  return rows === 1
    ? new Part({ arrivedAt, slab, start: [start[0]!], end: [end[0]!], columns, rare })
    : new Part({ arrivedAt, slab, start, end, columns, rare })
}

function readHeaders(
  reader: ByteReader,
  rows: number,
): { columns: NamedColumn[]; rare: (Headers | undefined)[] | undefined } {
  const columns: NamedColumn[] = []
  for (let left = reader.count(5); left > 0; left--) columns.push([reader.text(), readColumn(reader, rows)])
  return { columns, rare: reader.u8() === 0 ? undefined : readRare(reader, rows) }
}

function readColumn(reader: ByteReader, rows: number): Column {
  if (reader.u8() === constant) return { kind: 'constant', value: reader.text() }
  if (rows > reader.left) throw new FormatError(`${rows} values are more than there is room for`)
  const values: (string | undefined)[] = []
  for (let row = 0; row < rows; row++) values.push(reader.u8() === 0 ? undefined : reader.text())
  return { kind: 'list', values }
}

function readRare(reader: ByteReader, rows: number): (Headers | undefined)[] {
  if (rows * 4 > reader.left) throw new FormatError(`${rows} rows are more than there is room for`)
  const rare: (Headers | undefined)[] = []
  for (let row = 0; row < rows; row++) {
    const count = reader.count(8)
    const headers = new Map<string, string>()
    for (let index = 0; index < count; index++) headers.set(reader.text(), reader.text())
    rare.push(count === 0 ? undefined : headers)
  }
  return rare
}
