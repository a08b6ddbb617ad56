import type { Bytes, NamedColumn, PartHeaders, UnreadHeaders } from '../../core/index.ts'

/** The values that one header has in some rows, ascending. */
interface HeaderColumn {
  readonly name: string
  readonly nameBytes: Bytes
  /** There is neither a quote nor a backslash in it. */
  readonly isPlain: boolean
  readonly rows: number[]
  /** Where each value stands in the bytes: first byte, byte behind the last. */
  readonly spans: number[]
  /** Of all values. */
  bytes: number
  /** All values are one and the same. */
  isUniform: boolean
}

/**
 * Gathers headers whose names and values are ranges of some bytes, row by row, and makes columns of them when somebody asks
 * for one. Rows mostly have the same names in the same order, and many values are those of the row before: neither is
 * decoded again.
 */
export class HeaderColumns {
  readonly #bytes: Buffer
  readonly #columns: HeaderColumn[] = []
  readonly #byName = new Map<string, HeaderColumn>()
  /** Of the row: how many headers were looked up; the column of that number is tried first. */
  #position = 0
  readonly #ofRow: HeaderColumn[] = []
  #countOfRow = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** The next header is the first of a row. */
  beginRow(): void {
    this.#position = 0
    this.#countOfRow = 0
  }

  /** The column that the next header of the row has, where rows have the same ones; its name is written without escapes. */
  get guess(): HeaderColumn | undefined {
    const guess = this.#columns[this.#position]
    return guess?.isPlain === true ? guess : undefined
  }

  /** The column of a name. */
  find(from: number, to: number): HeaderColumn {
    const guess = this.#columns[this.#position++]
    if (guess && isSame(this.#bytes, from, to, guess.nameBytes)) return guess
    const name = utf8(this.#bytes, from, to)
    const known = this.#byName.get(name)
    if (known) return known
    const nameBytes = Uint8Array.from(this.#bytes.subarray(from, to))
    const isPlain = !/["\\]/.test(name)
    const column = { name, nameBytes, isPlain, rows: [], spans: [], bytes: 0, isUniform: true }
    this.#byName.set(name, column)
    this.#columns.push(column)
    return column
  }

  /** Whether the row has this header already. */
  has(column: HeaderColumn, row: number): boolean {
    return column.rows.length > 0 && column.rows[column.rows.length - 1] === row
  }

  set(column: HeaderColumn, row: number, from: number, to: number): void {
    const { spans, rows } = column
    if (column.isUniform && rows.length > 0) column.isUniform = this.#isRepeated(spans, spans.length, from, to)
    spans.push(from, to)
    rows.push(row)
    column.bytes += to - from
    this.#ofRow[this.#countOfRow++] = column
  }

  /** The headers of the row are written a second time, and only those count. */
  forget(): void {
    this.#position = 0
    for (let index = 0; index < this.#countOfRow; index++) {
      const column = this.#ofRow[index]!
      const { rows, spans } = column
      rows.pop()
      const to = spans.pop()!
      column.bytes -= to - spans.pop()!
    }
    this.#countOfRow = 0
  }

  /** The headers of so many rows; the bytes stay as they are. */
  finish(rows: number): UnreadHeaders {
    let bytes = 0
    for (const column of this.#columns) {
      const isOnce = column.isUniform && column.rows.length === rows
      bytes += column.name.length + (isOnce ? column.bytes / rows : column.bytes)
    }
    return { read: () => this.#read(rows), bytes }
  }

  /** A name that at least half of the rows have becomes a column, any other lies row by row. */
  #read(rows: number): PartHeaders {
    const columns: NamedColumn[] = []
    let rare: (Map<string, string> | undefined)[] | undefined
    for (const column of this.#columns) {
      const { name } = column
      const count = column.rows.length
      if (count === rows && column.isUniform) {
        columns.push([name, { kind: 'constant', value: utf8(this.#bytes, column.spans[0]!, column.spans[1]!) }])
        continue
      }
      const values = this.#valuesOf(column)
      if (count === rows) columns.push([name, { kind: 'list', values }])
      else if (count * 2 >= rows) columns.push([name, { kind: 'list', values: withHoles(column, values, rows) }])
      else if (count > 0) {
        rare ??= Array.from({ length: rows }, () => undefined)
        for (let index = 0; index < count; index++) {
          const row = column.rows[index]!
          const headers = rare[row] ?? new Map<string, string>()
          rare[row] = headers.set(name, values[index]!)
        }
      }
    }
    return { columns, rare }
  }

  #valuesOf({ spans }: HeaderColumn): string[] {
    const values: string[] = []
    for (let at = 0; at < spans.length; at += 2) {
      const from = spans[at]!
      const to = spans[at + 1]!
      values.push(at > 0 && this.#isRepeated(spans, at, from, to) ? values.at(-1)! : utf8(this.#bytes, from, to))
    }
    return values
  }

  /** Whether the bytes are those of the span before `at`. */
  #isRepeated(spans: readonly number[], at: number, from: number, to: number): boolean {
    const oldFrom = spans[at - 2]!
    const length = to - from
    if (length !== spans[at - 1]! - oldFrom || length > longestCompared) return false
    const bytes = this.#bytes
    for (let index = 0; index < length; index++) if (bytes[from + index] !== bytes[oldFrom + index]) return false
    return true
  }
}

/** A text of its own, which pins nothing. */
function utf8(bytes: Buffer, from: number, to: number): string {
  // Half the time for a short text, which most values are.
  if (to - from <= longestLooked && isAscii(bytes, from, to)) return Buffer.prototype.latin1Slice.call(bytes, from, to)
  return Buffer.prototype.utf8Slice.call(bytes, from, to)
}

function isAscii(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at]! > 0x7f) return false
  return true
}

const longestLooked = 48

/** Longer values are decoded without a look at the one before. */
const longestCompared = 64

function isSame(bytes: Bytes, from: number, to: number, expected: Bytes): boolean {
  const length = to - from
  if (length !== expected.length) return false
  for (let index = 0; index < length; index++) if (bytes[from + index] !== expected[index]) return false
  return true
}

function withHoles({ rows }: HeaderColumn, values: readonly string[], length: number): (string | undefined)[] {
  const all: (string | undefined)[] = Array.from({ length }, () => undefined)
  for (let index = 0; index < rows.length; index++) all[rows[index]!] = values[index]
  return all
}
