import { EventBatch, Part } from '../../core/index.ts'
import type { AvroReader } from './avro-reader.ts'
import { HeaderColumns } from './header-columns.ts'

/** The least that an event takes: no headers and no body, a byte each. */
const smallestEvent = 2

/** One event; its body stays where it is. @throws AvroRpcError */
export function readEvent(reader: AvroReader, arrivedAt: number): EventBatch {
  const headers = new HeaderColumns(reader)
  headers.read(0)
  const length = reader.length()
  reader.at += length
  const { columns, rare } = headers.build(1)
  return new EventBatch([
    new Part({ arrivedAt, slab: reader.bytes, start: [reader.at - length], end: [reader.at], columns, rare }),
  ])
}

/** An array of events, in blocks; the bodies stay where they are. @throws AvroRpcError */
export function readEvents(reader: AvroReader, arrivedAt: number): EventBatch {
  const headers = new HeaderColumns(reader)
  let count = reader.block(smallestEvent)
  let start = new Uint32Array(count)
  let end = new Uint32Array(count)
  let row = 0
  for (; count > 0; count = reader.block(smallestEvent)) {
    if (row + count > start.length) {
      start = grown(start, row + count)
      end = grown(end, row + count)
    }
    for (; count > 0; count--, row++) {
      headers.read(row)
      const length = reader.length()
      start[row] = reader.at
      reader.at += length
      end[row] = reader.at
    }
  }
  if (row === 0) return EventBatch.empty
  const columns = headers.build(row)
  return new EventBatch([
    new Part({ arrivedAt, slab: reader.bytes, start: start.subarray(0, row), end: end.subarray(0, row), ...columns }),
  ])
}

function grown(numbers: Uint32Array<ArrayBuffer>, needed: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.max(needed, numbers.length * 2))
  larger.set(numbers)
  return larger
}
