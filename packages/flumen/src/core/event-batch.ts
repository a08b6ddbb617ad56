import { type Bytes, type Event, ownedBytes } from './event.ts'
import type { Column, Part } from './part.ts'

/** Ascending row numbers; `null` means all rows. */
export type Rows = Uint32Array | null

/**
 * The unit that flows: rows over the slabs of a list of parts. Immutable; every change gives a new batch that shares
 * slabs. Rows are numbered over all parts. An event is a view on one row.
 */
export class EventBatch implements Iterable<Event> {
  readonly parts: readonly Part[]
  readonly length: number
  #bodyBytes = -1
  #retainedBytes = -1
  #offsets: Uint32Array | undefined

  static readonly empty = new EventBatch([])

  constructor(parts: readonly Part[]) {
    this.parts = parts
    let length = 0
    for (const part of parts) length += part.length
    this.length = length
  }

  /** All rows of all batches, in order; nothing is copied but the list of parts. */
  static join(batches: readonly EventBatch[]): EventBatch {
    if (batches.length === 1) return batches[0]!
    const parts: Part[] = []
    for (const batch of batches) for (const part of batch.parts) parts.push(part)
    return new EventBatch(parts)
  }

  /** Sum of the body lengths. */
  get bodyBytes(): number {
    if (this.#bodyBytes < 0) {
      this.#bodyBytes = 0
      for (const part of this.parts) this.#bodyBytes += part.bodyBytes
    }
    return this.#bodyBytes
  }

  /** Bytes of memory that this batch keeps alive: every slab's whole buffer once, and the text of headers. */
  get retainedBytes(): number {
    if (this.#retainedBytes < 0) this.#retainedBytes = retained(this.parts)
    return this.#retainedBytes
  }

  header(row: number, name: string): string | undefined {
    const index = this.#partOf(row)
    return this.parts[index]!.header(row - this.#firstRow(index), name)
  }

  headers(row: number): Map<string, string> {
    const index = this.#partOf(row)
    return this.parts[index]!.headers(row - this.#firstRow(index))
  }

  /** A view on the slab, not a copy; whoever keeps it pins the slab. */
  body(row: number): Bytes {
    const index = this.#partOf(row)
    return this.parts[index]!.body(row - this.#firstRow(index))
  }

  /** The body as UTF-8 text. */
  text(row: number): string {
    const index = this.#partOf(row)
    return this.parts[index]!.text(row - this.#firstRow(index))
  }

  /** A row as an event with a body of its own. */
  event(row: number): Event {
    return { headers: this.headers(row), body: ownedBytes(this.body(row)) }
  }

  slice(from: number, to: number): EventBatch {
    if (from <= 0 && to >= this.length) return this
    const parts: Part[] = []
    let first = 0
    for (const part of this.parts) {
      const start = Math.max(from - first, 0)
      const end = Math.min(to - first, part.length)
      if (start < end) parts.push(part.slice(start, end))
      first += part.length
      if (first >= to) break
    }
    return new EventBatch(parts)
  }

  /**
   * The last row, at most `to`, where one part ends and the next begins; `to` where there is none behind `from`. A piece
   * that ends there shares no slab with what follows, where each part has its own.
   */
  borderWithin(from: number, to: number): number {
    if (to >= this.length || this.parts.length === 1) return Math.min(to, this.length)
    const index = this.#partOf(to)
    const border = this.#firstRow(index)
    return border > from ? border : to
  }

  /** How many of the first rows, at most `rows`, have bodies of no more than `bytes` together. */
  rowsWithin(rows: number, bytes: number): number {
    const most = Math.min(rows, this.length)
    if (bytes === Number.POSITIVE_INFINITY || (most === this.length && this.bodyBytes <= bytes)) return most
    let fitting = 0
    let left = bytes
    for (const { start, end, length } of this.parts) {
      for (let row = 0; row < length; row++) {
        left -= end[row]! - start[row]!
        if (fitting === most || left < 0) return fitting
        fitting++
      }
    }
    return fitting
  }

  select(rows: Rows): EventBatch {
    if (rows === null || rows.length === this.length) return this
    const parts: Part[] = []
    let first = 0
    let at = 0
    for (const part of this.parts) {
      const begin = at
      while (at < rows.length && rows[at]! < first + part.length) at++
      if (at > begin) parts.push(part.select(local(rows, begin, at, first)))
      first += part.length
    }
    return new EventBatch(parts)
  }

  concat(other: EventBatch): EventBatch {
    if (this.length === 0) return other
    return other.length === 0 ? this : EventBatch.join([this, other])
  }

  /** A list column has a value (or a hole) for each row of the batch. A header of that name is replaced. */
  withHeader(name: string, column: Column): EventBatch {
    let first = 0
    return new EventBatch(
      this.parts.map((part) => {
        const from = first
        first += part.length
        if (column.kind === 'constant' || this.parts.length === 1) return part.withHeader(name, column)
        return part.withHeader(name, { kind: 'list', values: column.values.slice(from, first) })
      }),
    )
  }

  withoutHeader(name: string): EventBatch {
    const parts = this.parts.map((part) => part.withoutHeader(name))
    return parts.every((part, index) => part === this.parts[index]) ? this : new EventBatch(parts)
  }

  /** The same headers with other bodies, one a row; they are copied. */
  withBodies(bodies: readonly Bytes[]): EventBatch {
    if (bodies.length !== this.length) throw new RangeError(`${this.length} bodies are needed, not ${bodies.length}`)
    let first = 0
    return new EventBatch(
      this.parts.map((part) => {
        first += part.length
        return part.withBodies(bodies.slice(first - part.length, first))
      }),
    )
  }

  /** This batch, or where its own bodies are under half of what its slabs hold, one with slabs of their own size. */
  compact(): EventBatch {
    return this.bodyBytes * 2 >= slabBytes(this.parts) ? this : new EventBatch(this.parts.map((part) => part.compact()))
  }

  *[Symbol.iterator](): Iterator<Event> {
    for (const part of this.parts) {
      for (let row = 0; row < part.length; row++) {
        yield { headers: part.headers(row), body: ownedBytes(part.body(row)) }
      }
    }
  }

  #firstRow(index: number): number {
    return index === 0 ? 0 : this.#offsets![index]!
  }

  #partOf(row: number): number {
    if (!(row >= 0 && row < this.length)) throw new RangeError(`row ${row} of a batch of ${this.length}`)
    if (this.parts.length === 1) return 0
    this.#offsets ??= offsets(this.parts)
    let low = 0
    let high = this.parts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#offsets[middle]! <= row) low = middle
      else high = middle - 1
    }
    return low
  }
}

function offsets(parts: readonly Part[]): Uint32Array {
  const first = new Uint32Array(parts.length)
  let row = 0
  for (let index = 0; index < parts.length; index++) {
    first[index] = row
    row += parts[index]!.length
  }
  return first
}

function retained(parts: readonly Part[]): number {
  let bytes = slabBytes(parts)
  for (const part of parts) bytes += part.headerBytes
  return bytes
}

function slabBytes(parts: readonly Part[]): number {
  if (parts.length === 1) return parts[0]!.slab.buffer.byteLength
  let bytes = 0
  const seen = new Set<ArrayBufferLike>()
  for (const { slab } of parts) {
    if (seen.has(slab.buffer)) continue
    seen.add(slab.buffer)
    bytes += slab.buffer.byteLength
  }
  return bytes
}

function local(rows: Uint32Array, begin: number, end: number, first: number): Uint32Array {
  const part = rows.slice(begin, end)
  if (first > 0) for (let index = 0; index < part.length; index++) part[index]! -= first
  return part
}
