import { type Bytes, createEvent, type Event, type Headers, noHeaders } from './event.ts'
import { EventBatch } from './event-batch.ts'
import { type Column, type NamedColumn, Part } from './part.ts'

interface PendingRows {
  readonly slab: Bytes
  readonly start: number[]
  readonly end: number[]
  readonly headers: (Headers | undefined)[]
}

/**
 * Makes a batch row by row and all its columns at once: chained `withHeader` costs eight times as much for twenty
 * headers. Rows over the same slab that follow each other become one part.
 */
export class BatchBuilder {
  readonly #arrivedAt: number
  readonly #done: PendingRows[] = []
  #open: PendingRows | undefined
  #length = 0

  /** @param arrivedAt wall clock of arrival, ms since the epoch */
  constructor(arrivedAt: number = Date.now()) {
    this.#arrivedAt = arrivedAt
  }

  get length(): number {
    return this.#length
  }

  row(slab: Bytes, start: number, end: number, headers?: Headers): void {
    if (this.#open?.slab !== slab) {
      this.#open = { slab, start: [], end: [], headers: [] }
      this.#done.push(this.#open)
    }
    this.#open.start.push(start)
    this.#open.end.push(end)
    this.#open.headers.push(headers?.size ? headers : undefined)
    this.#length++
  }

  /** A row with a body of its own: UTF-8 of a text, or a copy of bytes. */
  event(body: string | Bytes, headers?: Headers): void {
    const { body: slab } = createEvent(body)
    this.row(slab, 0, slab.length, headers)
  }

  /** @param constants headers that every row gets; a row's own header of the same name wins */
  build(constants: Headers = noHeaders): EventBatch {
    const parts = this.#done.map((rows) => toPart(rows, constants, this.#arrivedAt))
    this.#done.length = 0
    this.#open = undefined
    this.#length = 0
    return new EventBatch(parts)
  }
}

/** A batch of events; bodies are taken over as they are, so nobody may write them again. */
export function batchOf(events: Iterable<Event>, arrivedAt: number = Date.now()): EventBatch {
  const builder = new BatchBuilder(arrivedAt)
  for (const { headers, body } of events) builder.row(body, 0, body.length, headers)
  return builder.build()
}

/** A batch of one event; the body is taken over. */
export function batchOfOne(body: Bytes, headers: Headers = noHeaders, arrivedAt: number = Date.now()): EventBatch {
  const columns = headers.size === 0 ? undefined : constantColumns(headers)
  const shape = { arrivedAt, slab: body, start: [0], end: [body.length] }
  return new EventBatch([new Part(columns ? { ...shape, columns } : shape)])
}

/**
 * A batch of rows over one slab, without headers.
 * @param start @param end offsets; at most `length` of them count, the arrays are copied
 */
export function batchOfRows(
  slab: Bytes,
  start: readonly number[],
  end: readonly number[],
  arrivedAt: number = Date.now(),
): EventBatch {
  if (start.length === 1) return new EventBatch([new Part({ arrivedAt, slab, start, end })])
  return new EventBatch([new Part({ arrivedAt, slab, start: Uint32Array.from(start), end: Uint32Array.from(end) })])
}

function toPart(rows: PendingRows, constants: Headers, arrivedAt: number): Part {
  const { slab, start, end, headers } = rows
  const one = start.length === 1
  const shape = {
    arrivedAt,
    slab,
    start: one ? start : Uint32Array.from(start),
    end: one ? end : Uint32Array.from(end),
  }
  if (headers.every((each) => each === headers[0])) {
    return new Part({ ...shape, columns: constantColumns(merged(constants, headers[0])) })
  }
  return new Part({ ...shape, ...columnsOf(headers, constants) })
}

function merged(constants: Headers, own: Headers | undefined): Headers {
  if (!own) return constants
  return constants.size === 0 ? own : new Map([...constants, ...own])
}

function constantColumns(headers: Headers): NamedColumn[] {
  const columns: NamedColumn[] = []
  for (const [name, value] of headers) columns.push([name, { kind: 'constant', value }])
  return columns
}

/** A name that at least half of the rows have becomes a column, any other lies row by row. */
function columnsOf(
  headers: readonly (Headers | undefined)[],
  constants: Headers,
): { columns: NamedColumn[]; rare: (Headers | undefined)[] | undefined } {
  const counts = new Map<string, number>()
  for (const own of headers) if (own) for (const name of own.keys()) counts.set(name, (counts.get(name) ?? 0) + 1)
  const columns: NamedColumn[] = constantColumns(constants).filter(([name]) => !counts.has(name))
  const rareNames = new Set<string>()
  for (const [name, count] of counts) {
    if (count * 2 < headers.length && !constants.has(name)) rareNames.add(name)
    else columns.push([name, columnOf(name, headers, constants.get(name))])
  }
  return { columns, rare: rareNames.size === 0 ? undefined : headers.map((own) => only(own, rareNames)) }
}

function columnOf(name: string, headers: readonly (Headers | undefined)[], otherwise: string | undefined): Column {
  const values = headers.map((own) => own?.get(name) ?? otherwise)
  const first = values[0]
  if (first !== undefined && values.every((value) => value === first)) return { kind: 'constant', value: first }
  return { kind: 'list', values }
}

function only(headers: Headers | undefined, names: ReadonlySet<string>): Headers | undefined {
  if (!headers) return undefined
  const kept = new Map<string, string>()
  for (const [name, value] of headers) if (names.has(name)) kept.set(name, value)
  return kept.size === 0 ? undefined : kept
}
