import type { Bytes, Headers } from './event.ts'

/** A header of every row of a part: one value for all, or a list with holes (`undefined`: that row has no such header). */
export type Column =
  | { readonly kind: 'constant'; readonly value: string }
  | { readonly kind: 'list'; readonly values: readonly (string | undefined)[] }

export type NamedColumn = readonly [name: string, column: Column]

/** The headers of the rows of a part; see {@link Part}. */
export interface PartHeaders {
  readonly columns?: readonly NamedColumn[]
  readonly rare?: readonly (Headers | undefined)[] | undefined
}

/** Headers that still stand in the slab as they came. Rows that are only passed on never need them as texts. */
export interface UnreadHeaders {
  /** Called once at most, when somebody asks for the first of them. */
  read(): PartHeaders
  /** About what they take as texts. */
  readonly bytes: number
}

/** Rows that stand in the slab as their sender wrote them, headers and all, each right behind the one before it. */
export interface WrittenRows {
  /** Whoever writes the same form may copy them. */
  readonly form: string
  /** Where the first row begins. */
  readonly first: number
  /** Bytes that each row has behind its body. */
  readonly tail: number
}

/** What a part is made of; see {@link Part}. */
export interface PartShape extends PartHeaders {
  readonly arrivedAt: number
  readonly slab: Bytes
  readonly start: ArrayLike<number>
  readonly end: ArrayLike<number>
  /** Instead of `columns` and `rare`. */
  readonly unread?: UnreadHeaders | undefined
  readonly written?: WrittenRows | undefined
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
  /** Undefined: they are not read yet. */
  #columns: readonly NamedColumn[] | undefined
  #rare: readonly (Headers | undefined)[] | undefined
  #unread: UnreadHeaders | undefined
  readonly #written: WrittenRows | undefined
  #bodyBytes = -1

  constructor(shape: PartShape) {
    this.arrivedAt = shape.arrivedAt
    this.length = shape.start.length
    this.slab = shape.slab
    this.start = shape.start
    this.end = shape.end
    this.#unread = shape.unread
    this.#written = shape.written
    this.#columns = shape.unread ? undefined : (shape.columns ?? noColumns)
    this.#rare = shape.rare
    if (shape.bodyBytes !== undefined) this.#bodyBytes = shape.bodyBytes
  }

  /** A name is either a column or in `rare`, never both. */
  get columns(): readonly NamedColumn[] {
    return this.#columns ?? this.#read()
  }

  /** Headers that few rows have (structured data), row by row. */
  get rare(): readonly (Headers | undefined)[] | undefined {
    if (this.#columns === undefined) this.#read()
    return this.#rare
  }

  /** Sum of the body lengths. */
  get bodyBytes(): number {
    if (this.#bodyBytes < 0) this.#bodyBytes = sumOfBodies(this)
    return this.#bodyBytes
  }

  /** Characters of header names and values that this part keeps alive. */
  get headerBytes(): number {
    return this.#columns === undefined ? this.#unread!.bytes : headerBytesOf(this)
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

  /** All rows as their sender wrote them, headers and all, if that was in this form and nothing was changed since. */
  writtenAs(form: string): Bytes | undefined {
    if (this.#written?.form !== form) return undefined
    return this.slab.subarray(this.#written.first, this.end[this.length - 1]! + this.#written.tail)
  }

  slice(from: number, to: number): Part {
    if (from === 0 && to === this.length) return this
    const { arrivedAt, slab } = this
    const start = sliceNumbers(this.start, from, to)
    const end = sliceNumbers(this.end, from, to)
    const headers = this.#some(to - from, (values) => values.slice(from, to))
    return new Part({ arrivedAt, slab, start, end, ...headers, written: this.#writtenFrom(from) })
  }

  /** Rows by their numbers in this part, ascending. */
  select(rows: ArrayLike<number>): Part {
    if (rows.length === this.length) return this
    const { arrivedAt, slab } = this
    const start = pickNumbers(this.start, rows)
    const end = pickNumbers(this.end, rows)
    return new Part({ arrivedAt, slab, start, end, ...this.#some(rows.length, (values) => pick(values, rows)) })
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

  #read(): readonly NamedColumn[] {
    const { columns = noColumns, rare } = this.#unread!.read()
    this.#columns = columns
    this.#rare = rare
    this.#unread = undefined
    return columns
  }

  /** Those of some rows: read when all are, if they are not read yet. */
  #some(rows: number, choose: <T>(all: readonly T[]) => readonly T[]): Pick<PartShape, 'columns' | 'rare' | 'unread'> {
    const read = (): PartHeaders => ({
      columns: mapLists(this.columns, choose),
      rare: this.rare && choose(this.rare),
    })
    if (this.#columns !== undefined) return read()
    return { unread: { read, bytes: Math.ceil((this.#unread!.bytes * rows) / this.length) } }
  }

  #writtenFrom(row: number): WrittenRows | undefined {
    if (row === 0 || !this.#written) return this.#written
    const { form, tail } = this.#written
    return { form, first: this.end[row - 1]! + tail, tail }
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

/** Characters of names and values. */
export function headerBytesOf({ columns = noColumns, rare = [] }: PartHeaders): number {
  let bytes = 0
  for (const [name, column] of columns) bytes += name.length + textOf(column)
  for (const headers of rare) {
    if (headers) for (const [name, value] of headers) bytes += name.length + value.length
  }
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
