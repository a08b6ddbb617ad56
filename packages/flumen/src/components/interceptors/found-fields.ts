import type { Headers, NamedColumn, Part } from '../../core/index.ts'

/** Which headers the fields become, and how much of them there may be. */
export interface FieldRules {
  readonly prefix: string
  /** Only these, unless it is empty. */
  readonly fields: readonly string[]
  readonly excludeFields: readonly string[]
  /** Field to header; the prefix is not put before it. */
  readonly rename: ReadonlyMap<string, string>
  readonly preserveExisting: boolean
  /** Of one row. */
  readonly maxFields: number
  /** Characters; a longer value is cut. */
  readonly maxValueLength: number
}

/** The longest name of a field, characters. */
export const longestName = 256
/** Of fields that are known from part to part. */
const mostNames = 1000
/** Shorter pieces of a string are copied by V8 itself; a longer one keeps the whole string alive. */
const shortestPinning = 13

/** Why a row is given up; thrown, and caught by the interceptor. */
export class NotParsed extends Error {}

/** A header, and what the rows of the current part have in it. */
class FoundColumn {
  readonly header: string
  rows: number[] = []
  values: string[] = []

  constructor(header: string) {
    this.header = header
  }
}

/** A field by its name. */
export interface Field {
  /** Undefined: it becomes no header. */
  readonly column: FoundColumn | undefined
  readonly isTime: boolean
}

/**
 * The fields of the rows of one part after the other, which become its columns at once. A parser asks for the field of
 * a name and sets its value; the last value of a row counts. Bounded by what stands in the part and by the limits.
 */
export class FoundFields {
  readonly #rules: FieldRules
  readonly #timeField: string | undefined
  readonly #wanted: ReadonlySet<string>
  readonly #unwanted: ReadonlySet<string>
  readonly #fields = new Map<string, Field>()
  readonly #columns = new Map<string, FoundColumn>()
  /** Those with values in this part. */
  readonly #used = new Set<FoundColumn>()
  readonly #ofRow: FoundColumn[] = []
  #part: Part | undefined
  #row = 0
  #text = ''
  /** Where the text lies in the slab, if each of its characters is a byte there. */
  #bytesFrom = -1
  /** Rises when names are forgotten: a parser that keeps fields must ask for them again. */
  generation = 0
  /** Of the time field in this row. */
  time: string | undefined

  /** @param timeField its value is kept in `time` as well, whether it becomes a header or not */
  constructor(rules: FieldRules, timeField: string | undefined) {
    this.#rules = rules
    this.#timeField = timeField
    this.#wanted = new Set(rules.fields)
    this.#unwanted = new Set(rules.excludeFields)
  }

  beginPart(part: Part): void {
    this.#part = part
    if (this.#fields.size <= mostNames) return
    this.#fields.clear()
    this.#columns.clear()
    this.generation++
  }

  /** @param isBody whether the text is the row's body, decoded */
  beginRow(row: number, text: string, isBody: boolean): void {
    const part = this.#part!
    this.#row = row
    this.#text = text
    this.time = undefined
    this.#ofRow.length = 0
    const from = part.start[row]!
    this.#bytesFrom = isBody && text.length === part.end[row]! - from ? from : -1
  }

  /** Takes back what the row has got. */
  dropRow(): void {
    for (const column of this.#ofRow) {
      column.rows.pop()
      column.values.pop()
    }
    this.#ofRow.length = 0
  }

  /** @returns undefined for a field that nobody wants */
  field(name: string): Field | undefined {
    let field = this.#fields.get(name)
    if (!field) {
      if (name.length > longestName) throw new NotParsed(`a name has more than ${longestName} characters`)
      const own = unpinned(name)
      const header = this.#headerOf(own)
      field = { column: header === undefined ? undefined : this.#column(header), isTime: own === this.#timeField }
      this.#fields.set(own, field)
    }
    return field.column === undefined && !field.isTime ? undefined : field
  }

  /** A piece of the row's text. */
  slice(field: Field, from: number, to: number): void {
    const end = Math.min(to, from + this.#rules.maxValueLength)
    if (end - from < shortestPinning) this.#put(field, this.#text.slice(from, wholeEnd(this.#text, end, to)))
    else if (this.#bytesFrom < 0) this.#put(field, unpinned(this.#text.slice(from, wholeEnd(this.#text, end, to))))
    else {
      const start = this.#bytesFrom
      this.#put(field, Buffer.prototype.utf8Slice.call(this.#part!.slab, start + from, start + end))
    }
  }

  /** A text that the parser has made. */
  set(field: Field, value: string): void {
    const end = Math.min(value.length, this.#rules.maxValueLength)
    const cut = end === value.length ? value : value.slice(0, wholeEnd(value, end, value.length))
    this.#put(field, unpinned(cut))
  }

  /** A header of the row, whatever the limits say. */
  mark(header: string, value: string): void {
    this.#add(this.#column(header), value)
  }

  /** The part with all that was found; what the rows had before stays where nothing was found. */
  endPart(): Part {
    const part = this.#part!
    const columns = new Map<string, NamedColumn>()
    const rare: FoundColumn[] = []
    const existing = new Set(part.columns.map(([name]) => name))
    for (const column of this.#used) {
      const { header, rows } = column
      if (rows.length === 0) continue
      if (rows.length * 2 < part.length && !existing.has(header)) rare.push(column)
      else columns.set(header, [header, columnOf(part, column, this.#rules.preserveExisting)])
    }
    const result = columns.size + rare.length === 0 ? part : this.#changed(part, columns, rare)
    for (const column of this.#used) {
      column.rows = []
      column.values = []
    }
    this.#used.clear()
    this.#part = undefined
    return result
  }

  #changed(part: Part, columns: ReadonlyMap<string, NamedColumn>, rare: readonly FoundColumn[]): Part {
    return part.with({
      columns: [...part.columns.filter(([name]) => !columns.has(name)), ...columns.values()],
      rare: rareOf(part, columns, rare, this.#rules.preserveExisting),
    })
  }

  #headerOf(name: string): string | undefined {
    if (this.#unwanted.has(name) || (this.#wanted.size > 0 && !this.#wanted.has(name))) return undefined
    return this.#rules.rename.get(name) ?? this.#rules.prefix + name
  }

  #column(header: string): FoundColumn {
    let column = this.#columns.get(header)
    if (!column) {
      column = new FoundColumn(header)
      this.#columns.set(header, column)
    }
    return column
  }

  #put({ column, isTime }: Field, value: string): void {
    if (isTime) this.time = value
    if (column === undefined) return
    if (this.#ofRow.length >= this.#rules.maxFields && column.rows.at(-1) !== this.#row) {
      throw new NotParsed(`there are more than ${this.#rules.maxFields} fields`)
    }
    this.#add(column, value)
  }

  #add(column: FoundColumn, value: string): void {
    const { rows, values } = column
    const last = rows.length - 1
    if (last >= 0 && rows[last] === this.#row) {
      values[last] = value
      return
    }
    if (last < 0) this.#used.add(column)
    rows.push(this.#row)
    values.push(value)
    this.#ofRow.push(column)
  }
}

/** Two units of one character are not torn. */
function wholeEnd(text: string, end: number, length: number): number {
  const code = end < length && end > 0 ? text.charCodeAt(end - 1) : 0
  return code >= 0xd800 && code < 0xdc00 ? end - 1 : end
}

/** A string that holds nothing but itself: one that is cut out of another keeps all of that in memory. */
function unpinned(text: string): string {
  return text.length < shortestPinning ? text : Buffer.from(text, 'utf8').toString('utf8')
}

function columnOf(part: Part, { header, rows, values }: FoundColumn, preserveExisting: boolean): NamedColumn[1] {
  if (rows.length === part.length && !preserveExisting) {
    const first = values[0]!
    return values.every((value) => value === first) ? { kind: 'constant', value: first } : { kind: 'list', values }
  }
  const all = Array.from({ length: part.length }, (_, row) => part.header(row, header))
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index]!
    all[row] = preserveExisting ? (all[row] ?? values[index]) : values[index]
  }
  return { kind: 'list', values: all }
}

function rareOf(
  part: Part,
  columns: ReadonlyMap<string, unknown>,
  added: readonly FoundColumn[],
  preserveExisting: boolean,
): readonly (Headers | undefined)[] | undefined {
  if (added.length === 0 && !part.rare) return undefined
  const rare: (Map<string, string> | undefined)[] = new Array(part.length)
  for (let row = 0; row < part.length; row++) {
    const before = part.rare?.[row]
    rare[row] = before && new Map([...before].filter(([name]) => !columns.has(name)))
  }
  for (const { header, rows, values } of added) {
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index]!
      rare[row] ??= new Map()
      if (!preserveExisting || !rare[row].has(header)) rare[row].set(header, values[index]!)
    }
  }
  for (let row = 0; row < part.length; row++) if (rare[row]?.size === 0) rare[row] = undefined
  return rare.some((headers) => headers !== undefined) ? rare : undefined
}
