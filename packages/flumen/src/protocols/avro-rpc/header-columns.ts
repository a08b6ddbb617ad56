import type { Headers, NamedColumn } from '../../core/index.ts'
import type { AvroReader } from './avro-reader.ts'

/** More names than that become headers of single rows: a column for each costs more. */
const mostColumns = 64

interface Gathered {
  readonly name: string
  /** Where the name stood last. */
  nameStart: number
  nameEnd: number
  /** Where the last value stood, and what it is. */
  valueStart: number
  valueEnd: number
  value: string
  readonly values: (string | undefined)[]
  filled: number
  isConstant: boolean
}

/**
 * The headers of the rows of one request as columns. Most requests have the same names in the same order and many equal
 * values in row after row: those are compared as bytes and not decoded again.
 */
export class HeaderColumns {
  readonly #reader: AvroReader
  readonly #columns: Gathered[] = []
  readonly #byName = new Map<string, Gathered>()
  readonly #rare: (Map<string, string> | undefined)[] = []

  constructor(reader: AvroReader) {
    this.#reader = reader
  }

  /** Reads the map of a row. */
  read(row: number): void {
    const reader = this.#reader
    let place = 0
    for (let count = reader.block(2); count > 0; count = reader.block(2)) {
      for (; count > 0; count--) this.#pair(row, place++)
    }
  }

  /** @param rows how many there are */
  build(rows: number): {
    readonly columns: readonly NamedColumn[]
    readonly rare: readonly (Headers | undefined)[] | undefined
  } {
    const columns: NamedColumn[] = []
    let hasRare = this.#rare.length > 0
    for (const { name, values, filled, isConstant, value } of this.#columns) {
      if (filled === rows && isConstant) columns.push([name, { kind: 'constant', value }])
      else if (filled * 2 >= rows) {
        while (values.length < rows) values.push(undefined)
        columns.push([name, { kind: 'list', values }])
      } else {
        hasRare = true
        // A walk by index would visit every hole.
        for (const row in values) this.#addRare(Number(row), name, values[row]!)
      }
    }
    if (hasRare) this.#rare.length = rows
    return { columns, rare: hasRare ? Array.from(this.#rare) : undefined }
  }

  #pair(row: number, place: number): void {
    const reader = this.#reader
    const nameLength = reader.length()
    const nameStart = reader.at
    const nameEnd = nameStart + nameLength
    reader.at = nameEnd
    const valueLength = reader.length()
    const valueStart = reader.at
    const valueEnd = valueStart + valueLength
    reader.at = valueEnd
    const column = this.#columnAt(place, nameStart, nameEnd)
    if (!column) {
      this.#addRare(row, this.#text(nameStart, nameEnd), this.#text(valueStart, valueEnd))
      return
    }
    const isSame = column.filled > 0 && this.#equal(column.valueStart, column.valueEnd, valueStart, valueEnd)
    const value = isSame ? column.value : this.#text(valueStart, valueEnd)
    if (!isSame && column.filled > 0) column.isConstant = false
    column.value = value
    column.valueStart = valueStart
    column.valueEnd = valueEnd
    if (column.values[row] === undefined) column.filled++
    column.values[row] = value
  }

  #columnAt(place: number, start: number, end: number): Gathered | undefined {
    const expected = this.#columns[place]
    if (expected && this.#equal(expected.nameStart, expected.nameEnd, start, end)) {
      expected.nameStart = start
      expected.nameEnd = end
      return expected
    }
    const name = this.#text(start, end)
    const known = this.#byName.get(name)
    if (known || this.#columns.length >= mostColumns) return known
    const made = {
      name,
      nameStart: start,
      nameEnd: end,
      valueStart: 0,
      valueEnd: 0,
      value: '',
      values: [],
      filled: 0,
      isConstant: true,
    }
    this.#columns.push(made)
    this.#byName.set(name, made)
    return made
  }

  #addRare(row: number, name: string, value: string): void {
    const known = this.#rare[row]
    if (known) known.set(name, value)
    else this.#rare[row] = new Map([[name, value]])
  }

  #text(start: number, end: number): string {
    return Buffer.prototype.utf8Slice.call(this.#reader.bytes, start, end)
  }

  #equal(start: number, end: number, otherStart: number, otherEnd: number): boolean {
    const { bytes } = this.#reader
    const length = end - start
    if (length !== otherEnd - otherStart) return false
    for (let index = 0; index < length; index++) {
      if (bytes[start + index] !== bytes[otherStart + index]) return false
    }
    return true
  }
}
