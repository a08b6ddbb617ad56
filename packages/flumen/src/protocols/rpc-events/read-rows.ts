import { EventBatch, Part, type PartHeaders } from '../../core/index.ts'
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
  /** Of the wire; see {@link Part.writtenAs}. */
  readonly form: string
  /** What an event has behind its body, bytes. */
  readonly tail: number
}

/**
 * Makes a batch of the events of a request: rows over the slab that they stand in. Headers are read when somebody asks
 * for them. What they take in memory then is bounded by the size of the request, and no request is refused for it.
 * @throws whatever the reader throws: all of the request is looked at here
 */
export function readRows(events: EventReader, { rows: expected, ...request }: RequestRows): EventBatch {
  const { slab, arrivedAt, bytes, form, tail } = request
  let start = new Uint32Array(expected)
  let end = new Uint32Array(expected)
  let row = 0
  let bodyBytes = 0
  let [first, left] = [0, 0]
  let isUnbroken = true
  for (let last = -1; events.hasNext(); row++) {
    if (row === start.length) {
      start = grown(start)
      end = grown(end)
    }
    if (row > 0) isUnbroken &&= events.at === last
    else [first, left] = [events.at, events.left]
    events.next()
    const { bodyStart, bodyEnd } = events
    start[row] = bodyStart
    end[row] = bodyEnd
    bodyBytes += bodyEnd - bodyStart
    last = bodyEnd + tail
    isUnbroken &&= events.at === last
  }
  if (row === 0) return EventBatch.empty
  const rows = row
  const spent = start.length * offsetBytes
  const read = (): PartHeaders => headersOf(events.from(first, left), rows, slab, new HeaderBudget(bytes, spent))
  const unread = { read, bytes: events.at - first - bodyBytes }
  const written = isUnbroken ? { form, first, tail } : undefined
  const places = { slab, start: cut(start, rows), end: cut(end, rows) }
  return new EventBatch([new Part({ arrivedAt, ...places, bodyBytes, unread, written })])
}

function headersOf(events: EventReader, rows: number, slab: Buffer, budget: HeaderBudget): PartHeaders {
  const even = new EvenColumns(slab, budget, rows)
  const marks = new EventMarks()
  for (let row = 0; row < rows; row++) {
    events.hasNext()
    marks.pass(row, events)
    events.next(even)
    even.endRow()
  }
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
