import type { Bytes, Headers } from './event.ts'

/** A header of every row of a part: one value for all, or a list with holes (`undefined`: that row has no such header). */
export type Column =
  | { readonly kind: 'constant'; readonly value: string }
  | { readonly kind: 'list'; readonly values: readonly (string | undefined)[] }

export type NamedColumn = readonly [name: string, column: Column]

/** What a part is made of; see {@link Part}. */
export interface PartShape {
  readonly arrivedAt: number
  readonly slab: Bytes
  readonly start: ArrayLike<number>
  readonly end: ArrayLike<number>
  readonly columns?: readonly NamedColumn[]
  readonly rare?: readonly (Headers | undefined)[] | undefined
  /** Sum of the body lengths, where it is known already. */
  readonly bodyBytes?: number | undefined
}

const noColumns: readonly NamedColumn[] = []

/**
 * Rows over one slab: row `i` has the body `slab[start[i] .. end[i])`. Immutable. A part of one row uses plain arrays
 * (a typed array costs 100 ns); larger parts use Uint32Array.
 */
export class Part {
  /** Wall clock of arrival in ms since the epoch: event age is measured from it, and the durable log stores it. */
  readonly arrivedAt: number
  readonly length: number
  readonly slab: Bytes
  readonly start: ArrayLike<number>
  readonly end: ArrayLike<number>
  /** A name is either a column or in `rare`, never both. */
  readonly columns: readonly NamedColumn[]
  /** Headers that few rows have (structured data), row by row. */
  readonly rare: readonly (Headers | undefined)[] | undefined
  #bodyBytes = -1

  constructor(shape: PartShape) {
    this.arrivedAt = shape.arrivedAt
    this.length = shape.start.length
    this.slab = shape.slab
    this.start = shape.start
    this.end = shape.end
    this.columns = shape.columns ?? noColumns
    this.rare = shape.rare
    if (shape.bodyBytes !== undefined) this.#bodyBytes = shape.bodyBytes
  }

  /** Sum of the body lengths. */
  get bodyBytes(): number {
    if (this.#bodyBytes < 0) this.#bodyBytes = sumOfBodies(this)
    return this.#bodyBytes
  }

  /** Characters of header names and values that this part keeps alive. */
  get headerBytes(): number {
    let bytes = 0
    for (const [name, column] of this.columns) bytes += name.length + textOf(column)
    for (const headers of this.rare ?? []) {
      if (headers) for (const [name, value] of headers) bytes += name.length + value.length
    }
    return bytes
  }

  header(row: number, name: string): string | undefined {
    for (const [known, column] of this.columns) {
      if (known === name) return column.kind === 'constant' ? column.value : column.values[row]
    }
    return this.rare?.[row]?.get(name)
  }

  headers(row: number): Map<string, string> {
    const headers = new Map<string, string>()
    for (const [name, column] of this.columns) {
      const value = column.kind === 'constant' ? column.value : column.values[row]
      if (value !== undefined) headers.set(name, value)
    }
    for (const [name, value] of this.rare?.[row] ?? []) headers.set(name, value)
    return headers
  }

  /** A view on the slab, not a copy. */
  body(row: number): Bytes {
    return this.slab.subarray(this.start[row]!, this.end[row]!)
  }

  /** The body as UTF-8 text; bytes that are not UTF-8 become U+FFFD. The text does not pin the slab. */
  text(row: number): string {
    return Buffer.prototype.utf8Slice.call(this.slab, this.start[row]!, this.end[row]!)
  }

  slice(from: number, to: number): Part {
    if (from === 0 && to === this.length) return this
    return new Part({
      arrivedAt: this.arrivedAt,
      slab: this.slab,
      start: sliceNumbers(this.start, from, to),
      end: sliceNumbers(this.end, from, to),
      columns: mapLists(this.columns, (values) => values.slice(from, to)),
      rare: this.rare?.slice(from, to),
    })
  }

  /** Rows by their numbers in this part, ascending. */
  select(rows: ArrayLike<number>): Part {
    if (rows.length === this.length) return this
    return new Part({
      arrivedAt: this.arrivedAt,
      slab: this.slab,
      start: pickNumbers(this.start, rows),
      end: pickNumbers(this.end, rows),
      columns: mapLists(this.columns, (values) => pick(values, rows)),
      rare: this.rare && pick(this.rare, rows),
    })
  }

  withHeader(name: string, column: Column): Part {
    return this.with({
      columns: [...this.columns.filter(([known]) => known !== name), [name, column]],
      rare: this.#rareWithout(name),
    })
  }

  withoutHeader(name: string): Part {
    const known = this.columns.some(([column]) => column === name) || this.rare?.some((headers) => headers?.has(name))
    if (!known) return this
    return this.with({ columns: this.columns.filter(([column]) => column !== name), rare: this.#rareWithout(name) })
  }

  with(change: Partial<PartShape>): Part {
    const { arrivedAt, slab, start, end, columns, rare } = this
    const part = new Part({ arrivedAt, slab, start, end, columns, rare, ...change })
    if (change.start === undefined) part.#bodyBytes = this.#bodyBytes
    return part
  }

  /** The same rows over a slab that holds their bodies only. */
  compact(): Part {
    const slab = new Uint8Array(this.bodyBytes)
    const start = new Uint32Array(this.length)
    const end = new Uint32Array(this.length)
    let at = 0
    for (let row = 0; row < this.length; row++) {
      const from = this.start[row]!
      const to = this.end[row]!
      // A view of each row costs more than its bytes.
      Buffer.prototype.copy.call(this.slab, slab, at, from, to)
      start[row] = at
      at += to - from
      end[row] = at
    }
    return this.with({ slab, start, end })
  }

  /** The same headers with other bodies, one a row, copied into a slab of their own. */
  withBodies(bodies: readonly Bytes[]): Part {
    let total = 0
    for (const body of bodies) total += body.length
    const slab = new Uint8Array(total)
    const start = new Uint32Array(bodies.length)
    const end = new Uint32Array(bodies.length)
    let at = 0
    for (let row = 0; row < bodies.length; row++) {
      slab.set(bodies[row]!, at)
      start[row] = at
      at += bodies[row]!.length
      end[row] = at
    }
    return this.with({ slab, start, end })
  }

  #rareWithout(name: string): readonly (Headers | undefined)[] | undefined {
    if (!this.rare?.some((headers) => headers?.has(name))) return this.rare
    return this.rare.map((headers) => {
      if (!headers?.has(name)) return headers
      const rest = new Map(headers)
      rest.delete(name)
      return rest
    })
  }
}

function sumOfBodies(part: Part): number {
  const { start, end, length } = part
  let bytes = 0
  for (let row = 0; row < length; row++) bytes += end[row]! - start[row]!
  return bytes
}

function textOf(column: Column): number {
  if (column.kind === 'constant') return column.value.length
  let bytes = 0
  for (const value of column.values) bytes += value?.length ?? 0
  return bytes
}

function mapLists(
  columns: readonly NamedColumn[],
  change: (values: readonly (string | undefined)[]) => readonly (string | undefined)[],
): readonly NamedColumn[] {
  if (!columns.some(([, column]) => column.kind === 'list')) return columns
  return columns.map(([name, column]) =>
    column.kind === 'constant' ? [name, column] : [name, { kind: 'list', values: change(column.values) }],
  )
}

function sliceNumbers(numbers: ArrayLike<number>, from: number, to: number): ArrayLike<number> {
  if (numbers instanceof Uint32Array && to - from > 1) return numbers.subarray(from, to)
  const slice: number[] = []
  for (let index = from; index < to; index++) slice.push(numbers[index]!)
  return slice
}

function pickNumbers(numbers: ArrayLike<number>, rows: ArrayLike<number>): ArrayLike<number> {
  if (rows.length === 1) return [numbers[rows[0]!]!]
  const picked = new Uint32Array(rows.length)
  for (let index = 0; index < rows.length; index++) picked[index] = numbers[rows[index]!]!
  return picked
}

function pick<T>(values: readonly T[], rows: ArrayLike<number>): T[] {
  const picked: T[] = []
  for (let index = 0; index < rows.length; index++) picked.push(values[rows[index]!]!)
  return picked
}
