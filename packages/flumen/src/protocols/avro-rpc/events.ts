import type { EventBatch } from '../../core/index.ts'
import type { EventReader, PairSink } from '../rpc-events/event-reader.ts'
import { readRows } from '../rpc-events/read-rows.ts'
import { AvroReader } from './avro-reader.ts'

/** The least that an event takes: no headers and no body, a byte each. */
const smallestEvent = 2

/** Rows in {@link Part.writtenAs}: each the record `AvroFlumeEvent {headers, body}` in Avro's binary encoding. */
export const avroForm = 'AvroFlumeEvent'
const written = { form: avroForm, tail: 0 }

/** One event; its body stays where it is. @throws AvroRpcError */
export function readEvent(reader: AvroReader, arrivedAt: number): EventBatch {
  const rows = { slab: reader.bytes, arrivedAt, bytes: reader.left, rows: 1, ...written }
  return readRows(new AvroEvents(reader, 1, false), rows)
}

/** An array of events, in blocks; the bodies stay where they are. @throws AvroRpcError */
export function readEvents(reader: AvroReader, arrivedAt: number): EventBatch {
  const bytes = reader.left
  const first = reader.block(smallestEvent)
  const rows = { slab: reader.bytes, arrivedAt, bytes, rows: first, ...written }
  return readRows(new AvroEvents(reader, first, first > 0), rows)
}

/** Event after event, from block to block. */
export class AvroEvents implements EventReader {
  readonly #reader: AvroReader
  /** Of this block. */
  left: number
  #hasBlocks: boolean
  bodyStart = 0
  bodyEnd = 0

  /** @param hasBlocks another block, or the end, comes after this one */
  constructor(reader: AvroReader, left: number, hasBlocks: boolean) {
    this.#reader = reader
    this.left = left
    this.#hasBlocks = hasBlocks
  }

  get at(): number {
    return this.#reader.at
  }

  hasNext(): boolean {
    if (this.left === 0 && this.#hasBlocks) {
      this.left = this.#reader.block(smallestEvent)
      this.#hasBlocks = this.left > 0
    }
    return this.left > 0
  }

  next(pairs?: PairSink): void {
    this.left--
    const reader = this.#reader
    if (!pairs) reader.skipMap()
    else this.#readMap(pairs)
    const length = reader.length()
    this.bodyStart = reader.at
    reader.at += length
    this.bodyEnd = reader.at
  }

  from(at: number, left: number): EventReader {
    const { bytes, end } = this.#reader
    return new AvroEvents(new AvroReader(bytes, at, end), left, true)
  }

  #readMap(pairs: PairSink): void {
    const reader = this.#reader
    for (let count = reader.block(2); count > 0; count = reader.block(2)) {
      for (; count > 0; count--) {
        const nameLength = reader.length()
        const nameStart = reader.at
        reader.at += nameLength
        const valueLength = reader.length()
        const valueStart = reader.at
        reader.at += valueLength
        pairs.pair(nameStart, nameStart + nameLength, valueStart, reader.at)
      }
    }
  }
}
