import type { Headers } from '../../core/index.ts'
import type { EventReader, PairSink } from './event-reader.ts'
import { textIn } from './slab-text.ts'

/** Every so many rows it is known where the event begins; those between are read over. */
const rowsBetween = 64

/** Where some of the events of a request begin. */
export class EventMarks {
  readonly #at: number[] = []
  readonly #left: number[] = []

  /** Before each event is read. */
  pass(row: number, { at, left }: EventReader): void {
    if (row % rowsBetween !== 0) return
    this.#at.push(at)
    this.#left.push(left)
  }

  /** Begins at the last mark that is not behind a row. */
  reader(row: number, events: EventReader): { readonly reader: EventReader; readonly row: number } {
    const mark = Math.floor(row / rowsBetween)
    return { reader: events.from(this.#at[mark] ?? 0, this.#left[mark] ?? 0), row: mark * rowsBetween }
  }
}

/**
 * The headers of each row as a list that holds none of them: one is read when it is asked for. For rows whose headers as
 * objects would take many times the memory that the request has.
 */
export function headersOnDemand(
  slab: Buffer,
  rows: number,
  marks: EventMarks,
  events: EventReader,
): readonly (Headers | undefined)[] {
  const source = new HeaderSource(slab, marks, events)
  const indexOf = (property: string | symbol): number => (typeof property === 'string' ? Number(property) : Number.NaN)
  const isRow = (index: number): boolean => Number.isInteger(index) && index >= 0 && index < rows
  return new Proxy<(Headers | undefined)[]>([], {
    get(target, property, receiver) {
      if (property === 'length') return rows
      const index = indexOf(property)
      return isRow(index) ? source.headers(index) : Reflect.get(target, property, receiver)
    },
    has: (target, property) => isRow(indexOf(property)) || Reflect.has(target, property),
    set: () => false,
  })
}

class HeaderSource implements PairSink {
  readonly #slab: Buffer
  readonly #marks: EventMarks
  readonly #events: EventReader
  #reader: EventReader
  /** The one that the reader reads next. */
  #row = 0
  #isWanted = false
  #headers: Map<string, string> | undefined

  constructor(slab: Buffer, marks: EventMarks, events: EventReader) {
    this.#slab = slab
    this.#marks = marks
    this.#events = events
    this.#reader = marks.reader(0, events).reader
  }

  headers(row: number): Headers | undefined {
    if (row < this.#row || row >= this.#row + rowsBetween) {
      const { reader, row: first } = this.#marks.reader(row, this.#events)
      this.#reader = reader
      this.#row = first
    }
    this.#isWanted = false
    for (; this.#row < row; this.#row++) this.#next()
    this.#isWanted = true
    this.#row++
    this.#next()
    const headers = this.#headers
    this.#headers = undefined
    return headers
  }

  pair(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    if (!this.#isWanted) return
    this.#headers ??= new Map()
    this.#headers.set(textIn(this.#slab, nameStart, nameEnd), textIn(this.#slab, valueStart, valueEnd))
  }

  drop(): void {
    this.#headers = undefined
  }

  #next(): void {
    this.#reader.hasNext()
    this.#reader.next(this)
  }
}
