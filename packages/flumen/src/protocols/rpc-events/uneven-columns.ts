import type { Column, Headers, NamedColumn } from '../../core/index.ts'
import { mostColumns } from './even-columns.ts'
import type { EventReader, PairSink } from './event-reader.ts'
import { costOfTexts, type HeaderBudget } from './header-budget.ts'
import { isSameIn, textIn } from './slab-text.ts'

/** About what these take in memory beside their texts, bytes. */
const pointerBytes = 8
const nameCost = 320
const mapCost = 200
const mapEntryCost = 64
/** Rows with more names than that hardly share any, and what is known of each name would be thrown away. */
const mostNames = 2048

/** A name of headers. */
interface Name {
  readonly text: string
  /** Where it stood last. */
  start: number
  end: number
  /** Rows that have it, and the last of them. */
  rows: number
  lastRow: number
  /** Undefined: it lies row by row. */
  values: (string | undefined)[] | undefined
  value: string
  valueStart: number
  valueEnd: number
  isConstant: boolean
}

export interface UnevenHeaders {
  readonly columns: readonly NamedColumn[]
  readonly rare: readonly (Headers | undefined)[] | undefined
}

/**
 * Headers of rows of all kinds: a name that at least half of the rows have becomes a column, any other lies row by row.
 * @param events at the first of the rows; they are read twice
 * @returns undefined where that takes too much memory
 */
export function unevenColumns(
  events: EventReader,
  rows: number,
  slab: Buffer,
  budget: HeaderBudget,
): UnevenHeaders | undefined {
  const names = new Names(slab, budget)
  const { at, left } = events
  const counting = new Counting(names)
  for (let row = 0; row < rows && !names.isTooMuch; row++) {
    counting.begin(row)
    events.hasNext()
    events.next(counting)
  }
  if (names.isTooMuch) return undefined
  const wanted = names.choose(rows)
  budget.spend(costOfTexts(counting.pairs, counting.valueBytes) + wanted)
  if (budget.isSpent) return undefined
  const filling = new Filling(names, slab, rows)
  const again = events.from(at, left)
  for (let row = 0; row < rows; row++) {
    filling.begin(row)
    again.hasNext()
    again.next(filling)
  }
  return { columns: names.columns(rows), rare: filling.rare }
}

class Names {
  readonly #slab: Buffer
  readonly #budget: HeaderBudget
  readonly #all = new Map<string, Name>()
  /** Of the row before, by their places in it. */
  readonly #places: Name[] = []

  constructor(slab: Buffer, budget: HeaderBudget) {
    this.#slab = slab
    this.#budget = budget
  }

  get isTooMuch(): boolean {
    return this.#budget.isSpent || this.#all.size > mostNames
  }

  at(place: number, start: number, end: number): Name {
    const expected = this.#places[place]
    if (expected && isSameIn(this.#slab, expected.start, expected.end, start, end)) return expected
    this.#budget.spendText(end - start)
    const text = textIn(this.#slab, start, end)
    const name = this.#all.get(text) ?? this.#add(text, start, end)
    name.start = start
    name.end = end
    this.#places[place] = name
    return name
  }

  /** Which become columns. @returns what columns and rows will take, without texts */
  choose(rows: number): number {
    let [columns, rarePairs] = [0, 0]
    for (const name of this.#all.values()) {
      if (name.rows * 2 >= rows && columns < mostColumns) {
        name.values = []
        columns++
      } else rarePairs += name.rows
    }
    const rare = rarePairs === 0 ? 0 : pointerBytes * rows + mapCost * Math.min(rows, rarePairs)
    return columns * pointerBytes * rows + rare + rarePairs * mapEntryCost
  }

  columns(rows: number): readonly NamedColumn[] {
    const columns: NamedColumn[] = []
    for (const { text, values, value, isConstant, rows: filled } of this.#all.values()) {
      if (!values || values.length === 0) continue
      const isWhole = isConstant && filled === rows && !values.includes(undefined)
      const column: Column = isWhole ? { kind: 'constant', value } : { kind: 'list', values }
      columns.push([text, column])
    }
    return columns
  }

  #add(text: string, start: number, end: number): Name {
    this.#budget.spend(nameCost)
    const name: Name = {
      text,
      start,
      end,
      rows: 0,
      lastRow: -1,
      values: undefined,
      value: '',
      valueStart: 0,
      valueEnd: 0,
      isConstant: true,
    }
    this.#all.set(text, name)
    return name
  }
}

/** Counts how many rows have each name. */
class Counting implements PairSink {
  readonly #names: Names
  #row = 0
  #place = 0
  pairs = 0
  valueBytes = 0

  constructor(names: Names) {
    this.#names = names
  }

  begin(row: number): void {
    this.#row = row
    this.#place = 0
  }

  pair(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    const name = this.#names.at(this.#place++, nameStart, nameEnd)
    if (name.lastRow !== this.#row) name.rows++
    name.lastRow = this.#row
    this.pairs++
    this.valueBytes += valueEnd - valueStart
  }

  drop(): void {
    this.#place = 0
  }
}

class Filling implements PairSink {
  readonly #names: Names
  readonly #slab: Buffer
  readonly #rows: number
  readonly #touched: Name[] = []
  #rare: (Map<string, string> | undefined)[] | undefined
  #row = 0
  #place = 0

  constructor(names: Names, slab: Buffer, rows: number) {
    this.#names = names
    this.#slab = slab
    this.#rows = rows
  }

  get rare(): readonly (Headers | undefined)[] | undefined {
    return this.#rare
  }

  begin(row: number): void {
    this.#row = row
    this.#place = 0
    this.#touched.length = 0
  }

  pair(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    const name = this.#names.at(this.#place++, nameStart, nameEnd)
    if (!name.values) {
      this.#addRare(name.text, textIn(this.#slab, valueStart, valueEnd))
      return
    }
    const isFirst = name.values.length === 0
    if (isFirst) name.values = new Array<string | undefined>(this.#rows).fill(undefined)
    if (isFirst || !isSameIn(this.#slab, name.valueStart, name.valueEnd, valueStart, valueEnd)) {
      name.value = textIn(this.#slab, valueStart, valueEnd)
      name.isConstant = isFirst
    }
    name.valueStart = valueStart
    name.valueEnd = valueEnd
    name.values[this.#row] = name.value
    this.#touched.push(name)
  }

  drop(): void {
    this.#place = 0
    for (const { values } of this.#touched) if (values) values[this.#row] = undefined
    this.#touched.length = 0
    if (this.#rare) this.#rare[this.#row] = undefined
  }

  #addRare(name: string, value: string): void {
    this.#rare ??= new Array<Map<string, string> | undefined>(this.#rows).fill(undefined)
    const known = this.#rare[this.#row]
    if (known) known.set(name, value)
    else this.#rare[this.#row] = new Map([[name, value]])
  }
}
