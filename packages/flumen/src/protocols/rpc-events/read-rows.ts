import { EventBatch, Part, type PartShape } from '../../core/index.ts'
import { EvenColumns } from './even-columns.ts'
import type { EventReader } from './event-reader.ts'
import { HeaderBudget } from './header-budget.ts'
import { EventMarks, headersOnDemand } from './headers-on-demand.ts'
import { unevenColumns } from './uneven-columns.ts'

const offsetBytes = 8
/** Larger arrays than this are cut to the number of rows. */
const slack = 1.25

export interface RequestRows {
  readonly slab: Buffer
  readonly arrivedAt: number
  /** Of the request. */
  readonly bytes: number
  /** How many rows are expected; the caller has checked that so many may be there. */
  readonly rows: number
}

/**
 * Makes a batch of the events of a request: rows over the slab that they stand in. What headers take in memory is
 * bounded by the size of the request, and no request is refused for it.
 */
export function readRows(events: EventReader, { slab, arrivedAt, bytes, rows: expected }: RequestRows): EventBatch {
  const budget = new HeaderBudget(bytes)
  budget.spend(expected * offsetBytes)
  const even = new EvenColumns(slab, budget, expected)
  const marks = new EventMarks()
  let start = new Uint32Array(expected)
  let end = new Uint32Array(expected)
  let row = 0
  let bodyBytes = 0
  for (; events.hasNext(); row++) {
    if (row === start.length) {
      budget.spend(start.length * offsetBytes)
      start = grown(start)
      end = grown(end)
    }
    marks.pass(row, events)
    events.next(even)
    even.endRow()
    start[row] = events.bodyStart
    end[row] = events.bodyEnd
    bodyBytes += events.bodyEnd - events.bodyStart
  }
  if (row === 0) return EventBatch.empty
  const shape = { arrivedAt, slab, start: cut(start, row), end: cut(end, row), bodyBytes }
  return new EventBatch([new Part({ ...shape, ...headersOf(events, even, marks, row, slab, budget) })])
}

function headersOf(
  events: EventReader,
  even: EvenColumns,
  marks: EventMarks,
  rows: number,
  slab: Buffer,
  budget: HeaderBudget,
): Pick<PartShape, 'columns' | 'rare'> {
  if (even.isEven) return { columns: even.finish() }
  const uneven = budget.isSpent ? undefined : unevenColumns(marks.reader(0, events).reader, rows, slab, budget)
  return uneven ?? { rare: headersOnDemand(slab, rows, marks, events) }
}

function grown(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.max(16, numbers.length * 2))
  larger.set(numbers)
  return larger
}

/** A part of one row uses plain arrays. */
function cut(numbers: Uint32Array<ArrayBuffer>, rows: number): ArrayLike<number> {
  if (rows === 1) return [numbers[0]!]
  return numbers.length > rows * slack ? numbers.slice(0, rows) : numbers.subarray(0, rows)
}
