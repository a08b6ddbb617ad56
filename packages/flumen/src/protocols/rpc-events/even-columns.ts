import type { NamedColumn } from '../../core/index.ts'
import type { PairSink } from './event-reader.ts'
import type { HeaderBudget } from './header-budget.ts'
import { isSameIn, textIn } from './slab-text.ts'

/** More names than that are not columns: one costs more than a header of a row. */
export const mostColumns = 64
const pointerBytes = 8

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

/**
 * Headers of rows that all have the same names in the same order, as most requests have: columns at once. A text that
 * stands in the row before as well is not decoded again. Nothing more is done once a row is of another kind.
 */
export class EvenColumns implements PairSink {
  readonly #slab: Buffer
  readonly #budget: HeaderBudget
  readonly #rows: number
  #columns: Column[] = []
  #row = 0
  /** Headers that the open row has so far. */
  #pairs = 0
  #isEven = true

  /** @param rows how many are expected */
  constructor(slab: Buffer, budget: HeaderBudget, rows: number) {
    this.#slab = slab
    this.#budget = budget
    this.#rows = rows
  }

  /** False: rows are of different kinds, or columns take too much memory. */
  get isEven(): boolean {
    return this.#isEven
  }

  pair(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    if (!this.#isEven) return
    const column = this.#columns[this.#pairs++]
    if (this.#row === 0) this.#newColumn(nameStart, nameEnd, valueStart, valueEnd)
    else if (!column || !isSameIn(this.#slab, column.nameStart, column.nameEnd, nameStart, nameEnd)) this.#giveUp()
    else {
      column.nameStart = nameStart
      column.nameEnd = nameEnd
      this.#addValue(column, valueStart, valueEnd)
    }
  }

  drop(): void {
    if (this.#row > 0 && this.#pairs > 0) this.#giveUp()
    this.#columns = this.#row === 0 ? [] : this.#columns
    this.#pairs = 0
  }

  endRow(): void {
    if (this.#pairs < this.#columns.length) this.#giveUp()
    this.#pairs = 0
    this.#row++
  }

  finish(): readonly NamedColumn[] {
    return this.#columns.map(({ name, value, values }) => {
      if (!values) return [name, { kind: 'constant', value }]
      if (values.length !== this.#row) values.length = this.#row
      return [name, { kind: 'list', values }]
    })
  }

  #newColumn(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    this.#budget.spendText(nameEnd - nameStart)
    this.#budget.spendText(valueEnd - valueStart)
    const name = textIn(this.#slab, nameStart, nameEnd)
    // A name that comes twice has the later value, as in Java's map.
    if (this.#columns.length === mostColumns || this.#columns.some((column) => column.name === name)) {
      this.#giveUp()
      return
    }
    const value = textIn(this.#slab, valueStart, valueEnd)
    this.#columns.push({ name, nameStart, nameEnd, valueStart, valueEnd, value, values: undefined })
  }

  #addValue(column: Column, valueStart: number, valueEnd: number): void {
    if (!isSameIn(this.#slab, column.valueStart, column.valueEnd, valueStart, valueEnd)) {
      if (!column.values) {
        this.#budget.spend(pointerBytes * Math.max(this.#rows, this.#row))
        if (this.#budget.isSpent) {
          this.#giveUp()
          return
        }
        column.values = new Array<string>(Math.max(this.#rows, this.#row)).fill(column.value, 0, this.#row)
      }
      this.#budget.spendText(valueEnd - valueStart)
      column.value = textIn(this.#slab, valueStart, valueEnd)
      if (this.#budget.isSpent) this.#giveUp()
    }
    column.valueStart = valueStart
    column.valueEnd = valueEnd
    if (column.values) column.values[this.#row] = column.value
  }

  #giveUp(): void {
    this.#isEven = false
    this.#columns = []
  }
}
