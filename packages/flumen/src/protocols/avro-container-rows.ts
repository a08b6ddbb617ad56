import type { Bytes, Part } from '../core/index.ts'
import { javaHashMapOrder } from '../text/java-hash-map.ts'
import { type HeaderPair, javaOrderedHeaders } from '../text/java-header-order.ts'
import { AvroEncoder } from './avro-container-encoder.ts'

/** Writes one row of a part as Flume's record `Event {headers, body}`. */
export type WriteRow = (encoder: AvroEncoder, row: number) => void

/** About what a record takes beside its body, and each of its headers. */
const recordOverhead = 32
/** For fewer rows it does not pay to encode first what they share. */
const fewRows = 8

/** Bytes of a row of this part, about. */
export function expectedRowBytes(part: Part): number {
  return part.bodyBytes / part.length + part.columns.length * recordOverhead + recordOverhead
}

/** Rows that all have the same names are written from their columns; headers stand in the order of Java's map. */
export function rowWriter(part: Part): WriteRow {
  const headers = evenHeaders(part) ?? unevenHeaders(part)
  return (encoder, row) => {
    headers(encoder, row)
    encoder.bytes(part.slab, part.start[row]!, part.end[row]!)
  }
}

/** A value of each row, and what stands before it: the same in every row. */
interface Step {
  readonly before: Bytes
  readonly values: readonly (string | undefined)[]
}

function evenHeaders(part: Part): WriteRow | undefined {
  if (part.rare !== undefined || part.length < fewRows) return undefined
  const columns = new Map(part.columns)
  const steps: Step[] = []
  let fixed = new AvroEncoder(64)
  if (columns.size > 0) fixed.long(columns.size)
  for (const name of javaHashMapOrder([...columns.keys()])) {
    const column = columns.get(name)!
    fixed.string(name)
    if (column.kind === 'constant') fixed.string(column.value)
    else {
      if (column.values.includes(undefined)) return undefined
      steps.push({ before: fixed.encoded, values: column.values })
      fixed = new AvroEncoder(64)
    }
  }
  fixed.long(0)
  const last = fixed.encoded
  return (encoder, row) => {
    for (const { before, values } of steps) {
      encoder.raw(before)
      encoder.string(values[row]!)
    }
    encoder.raw(last)
  }
}

function unevenHeaders(part: Part): WriteRow {
  const headersOf = javaOrderedHeaders(part)
  return (encoder, row) => encodeMap(encoder, headersOf(row))
}

/** A map is one block of its pairs; the end of a map is a block of none. */
function encodeMap(encoder: AvroEncoder, pairs: readonly HeaderPair[]): void {
  if (pairs.length > 0) encoder.long(pairs.length)
  for (const [name, value] of pairs) {
    encoder.string(name)
    encoder.string(value)
  }
  encoder.long(0)
}
