import { type Column, heading, layOut, naturalWidths, tableLine } from './table.ts'
import { cropped, type Line, Span } from './text.ts'

/** One kind of component: a table whose rows may have notes below them. */
export interface SectionPlan<Row> {
  readonly columns: readonly Column<Row>[]
  /** In the order in which they are shown. */
  readonly rows: readonly Row[]
  /** What is worth a line below the row; empty: nothing. */
  notes(row: Row): Line
}

/** A table without its rows' type. */
export interface Section {
  /** Lines of rows and notes that there are to show. */
  readonly wanted: number
  /** Width of each named group of columns. */
  readonly groups: ReadonlyMap<string, number>
  /** The heading, and the rows in at most so many lines; the last one says how many rows are left out. */
  lines(width: number, room: number, groups: ReadonlyMap<string, number>): Line[]
}

export function section<Row>({ columns, rows, notes }: SectionPlan<Row>): Section {
  const natural = naturalWidths(columns, rows)
  const below = rows.map(notes)
  const groups = new Map(columns.flatMap(({ group }, index) => (group === undefined ? [] : [[group, natural[index]!]])))
  return {
    wanted: rows.length === 0 ? 1 : rows.length + below.filter((line) => line.length > 0).length,
    groups,
    lines(width, room, shared) {
      const widths = columns.map(({ group }, index) => shared.get(group ?? '') ?? natural[index] ?? 0)
      const layout = layOut(columns, widths, width)
      const lines = [heading(layout)]
      if (rows.length === 0) return [...lines, [new Span('none', 'dim')]].slice(0, 1 + room)
      for (const [index, row] of rows.entries()) {
        const note = below[index] ?? []
        const left = room - (lines.length - 1) - (index === rows.length - 1 ? 0 : 1)
        if (left <= 0) {
          lines.push([new Span(`… ${rows.length - index} more`, 'dim')])
          break
        }
        lines.push(tableLine(layout, row))
        if (note.length > 0 && left > 1) lines.push([new Span('└ ', 'dim'), ...note])
      }
      return lines.slice(0, 1 + Math.max(room, 0)).map((line) => cropped(line, width))
    },
  }
}

/** The widest of each group over all tables. */
export function sharedGroups(sections: readonly Section[]): ReadonlyMap<string, number> {
  const shared = new Map<string, number>()
  for (const { groups } of sections) {
    for (const [group, width] of groups) shared.set(group, Math.max(width, shared.get(group) ?? 0))
  }
  return shared
}

/** Divides lines: who wants little gets it, the others share the rest evenly. */
export function shares(wanted: readonly number[], room: number): number[] {
  const given = wanted.map(() => 0)
  for (let left = Math.max(0, room); left > 0; ) {
    const hungry = wanted.flatMap((want, index) => (given[index]! < want ? [index] : []))
    if (hungry.length === 0) break
    const each = Math.max(1, Math.floor(left / hungry.length))
    for (const index of hungry) {
      const more = Math.min(each, wanted[index]! - given[index]!, left)
      given[index]! += more
      left -= more
    }
  }
  return given
}
