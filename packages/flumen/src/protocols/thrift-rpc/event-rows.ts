import { BatchBuilder, EventBatch, type NamedColumn, Part } from '../../core/index.ts'
import { malformed } from './thrift-error.ts'

/** One header of all rows. */
interface Column {
  readonly name: string
  /** Where the name and the value of the row before stand. */
  nameStart: number
  nameEnd: number
  valueStart: number
  valueEnd: number
  value: string
  /** Undefined while all values are equal. */
  values: string[] | undefined
}

const firstRows = 256
/** About what a decoded text takes beside its characters, a row with headers of its own, and each of these; bytes. */
const textBytes = 40
const ownRowBytes = 400
const ownHeaderBytes = 48

/**
 * Bounds what the headers of a request take in memory: eight times the request and 8 MiB. Events as people send them
 * stay far below; without a bound a few MiB of tiny events with ever other names would take hundreds.
 */
class Budget {
  #left: number

  constructor(requestBytes: number) {
    this.#left = 8 * (requestBytes + 1024 * 1024)
  }

  spend(bytes: number): void {
    this.#left -= bytes
    if (this.#left < 0) throw malformed('the headers of the events take too much memory for the size of the request')
  }
}

/**
 * Makes a batch of rows over one slab, with headers that are pieces of the slab too. While all rows have the same names
 * in the same order their headers become columns at once; a text that stands in the row before as well is not decoded
 * again.
 */
export class EventRows {
  readonly #slab: Buffer
  readonly #arrivedAt: number
  readonly #budget: Budget
  #start: Uint32Array
  #end: Uint32Array
  #rows = 0
  #bodyBytes = 0
  #columns: Column[] = []
  /** Headers that the open row has so far. */
  #pairs = 0
  /** Rows that are not of one kind. */
  #uneven: UnevenRows | undefined

  /** @param rows how many are expected; the caller has checked that they fit into the slab */
  constructor(slab: Buffer, arrivedAt: number, rows = 1) {
    this.#slab = slab
    this.#arrivedAt = arrivedAt
    this.#budget = new Budget(slab.length)
    this.#start = new Uint32Array(Math.min(rows, firstRows))
    this.#end = new Uint32Array(Math.min(rows, firstRows))
  }

  /** A header of the row that `row` will end: where its name and its value stand. */
  header(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    if (this.#uneven) {
      this.#uneven.header(nameStart, nameEnd, valueStart, valueEnd)
      return
    }
    const column = this.#columns[this.#pairs]
    if (this.#rows === 0) this.#newColumn(nameStart, nameEnd, valueStart, valueEnd)
    else if (column === undefined || !this.#isSame(column.nameStart, column.nameEnd, nameStart, nameEnd)) {
      this.#becomeUneven(this.#pairs).header(nameStart, nameEnd, valueStart, valueEnd)
    } else this.#addValue(column, nameStart, nameEnd, valueStart, valueEnd)
    this.#pairs++
  }

  /** Ends a row. @param start @param end its body in the slab */
  row(start: number, end: number): void {
    if (this.#uneven) {
      this.#uneven.row(start, end)
      return
    }
    if (this.#pairs < this.#columns.length) {
      this.#becomeUneven(this.#pairs).row(start, end)
      return
    }
    if (this.#rows === this.#start.length) {
      this.#start = grown(this.#start)
      this.#end = grown(this.#end)
    }
    this.#start[this.#rows] = start
    this.#end[this.#rows++] = end
    this.#bodyBytes += end - start
    this.#pairs = 0
  }

  /** Throws away what the open row has so far: its headers are written once more. */
  dropOpenRow(): void {
    if (this.#uneven) this.#uneven.dropOpenRow()
    else if (this.#rows === 0) this.#columns = []
    else if (this.#pairs > 0) this.#becomeUneven(0)
    this.#pairs = 0
  }

  finish(): EventBatch {
    if (this.#uneven) return this.#uneven.finish()
    const rows = this.#rows
    if (rows === 0) return EventBatch.empty
    const one = rows === 1
    const part = new Part({
      arrivedAt: this.#arrivedAt,
      slab: this.#slab,
      start: one ? [this.#start[0]!] : this.#start.subarray(0, rows),
      end: one ? [this.#end[0]!] : this.#end.subarray(0, rows),
      columns: this.#columns.map(toColumn),
      bodyBytes: this.#bodyBytes,
    })
    return new EventBatch([part])
  }

  #newColumn(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    const name = this.#text(nameStart, nameEnd)
    const value = this.#text(valueStart, valueEnd)
    if (this.#columns.some((column) => column.name === name)) {
      // A name that comes twice has the later value, as in Java's map.
      this.#becomeUneven(this.#pairs).header(nameStart, nameEnd, valueStart, valueEnd)
    } else this.#columns.push({ name, nameStart, nameEnd, valueStart, valueEnd, value, values: undefined })
  }

  #addValue(column: Column, nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    column.nameStart = nameStart
    column.nameEnd = nameEnd
    if (!this.#isSame(column.valueStart, column.valueEnd, valueStart, valueEnd)) {
      column.values ??= new Array<string>(this.#rows).fill(column.value)
      column.value = this.#text(valueStart, valueEnd)
    }
    column.valueStart = valueStart
    column.valueEnd = valueEnd
    column.values?.push(column.value)
  }

  /** @param pairs headers that the open row has already */
  #becomeUneven(pairs: number): UnevenRows {
    const uneven = new UnevenRows(this.#slab, this.#arrivedAt, this.#budget)
    for (let row = 0; row < this.#rows; row++) {
      for (const { name, value, values } of this.#columns) uneven.pair(name, values?.[row] ?? value)
      uneven.row(this.#start[row]!, this.#end[row]!)
    }
    for (const { name, value } of this.#columns.slice(0, pairs)) uneven.pair(name, value)
    this.#uneven = uneven
    return uneven
  }

  #isSame(start: number, end: number, otherStart: number, otherEnd: number): boolean {
    const length = end - start
    if (length !== otherEnd - otherStart) return false
    const slab = this.#slab
    for (let index = 0; index < length; index++) if (slab[start + index] !== slab[otherStart + index]) return false
    return true
  }

  #text(start: number, end: number): string {
    this.#budget.spend(textBytes + end - start)
    return Buffer.prototype.utf8Slice.call(this.#slab, start, end)
  }
}

/** Rows with headers of all kinds. */
class UnevenRows {
  readonly #slab: Buffer
  readonly #builder: BatchBuilder
  readonly #budget: Budget
  #open = new Map<string, string>()
  /** Headers of the row before: rows that have the same share them. */
  #last: ReadonlyMap<string, string> = this.#open

  constructor(slab: Buffer, arrivedAt: number, budget: Budget) {
    this.#slab = slab
    this.#budget = budget
    this.#builder = new BatchBuilder(arrivedAt)
  }

  header(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    this.#budget.spend(2 * textBytes + nameEnd - nameStart + valueEnd - valueStart)
    const text = (start: number, end: number): string => Buffer.prototype.utf8Slice.call(this.#slab, start, end)
    this.pair(text(nameStart, nameEnd), text(valueStart, valueEnd))
  }

  pair(name: string, value: string): void {
    this.#open.set(name, value)
  }

  row(start: number, end: number): void {
    if (!isEqual(this.#open, this.#last)) {
      this.#budget.spend(ownRowBytes + ownHeaderBytes * this.#open.size)
      this.#last = this.#open
    }
    this.#builder.row(this.#slab, start, end, this.#last)
    this.#open = new Map()
  }

  dropOpenRow(): void {
    this.#open = new Map()
  }

  finish(): EventBatch {
    return this.#builder.build()
  }
}

function isEqual(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  if (one.size !== other.size) return false
  for (const [name, value] of one) if (other.get(name) !== value) return false
  return true
}

function toColumn({ name, value, values }: Column): NamedColumn {
  return [name, values ? { kind: 'list', values } : { kind: 'constant', value }]
}

function grown(numbers: Uint32Array): Uint32Array {
  const larger = new Uint32Array(numbers.length * 2)
  larger.set(numbers)
  return larger
}
