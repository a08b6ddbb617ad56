import { cropped, type Line, pad, Span, widthOf } from './text.ts'

/** One column of a table. */
export interface Column<Row> {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** Where there is no room for all columns, those with the least go first. */
  readonly weight: number
  /** It may shrink to so many cells before columns go; absent: it does not. */
  readonly least?: number
  /** Columns of other tables with the same name get the same width, so that tables below each other align. */
  readonly group?: string
  /** Cells that it takes where its content says nothing. */
  readonly natural?: number
  cell(row: Row, width: number): Line
}

/** A table that is laid out: how wide each shown column is. */
export interface Layout<Row> {
  readonly columns: readonly Column<Row>[]
  readonly widths: readonly number[]
}

const gap = 2

/** Width that each column would like. */
export function naturalWidths<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): number[] {
  return columns.map(({ title, natural, cell }) => {
    if (natural !== undefined) return Math.max(natural, title.length)
    return rows.reduce((most, row) => Math.max(most, widthOf(cell(row, Number.POSITIVE_INFINITY))), title.length)
  })
}

/** Shrinks what may shrink, then leaves out columns by weight, until the line fits. One column always stays. */
export function layOut<Row>(columns: readonly Column<Row>[], natural: readonly number[], width: number): Layout<Row> {
  let shown = columns.map((column, index) => ({ column, width: natural[index] ?? 0 }))
  for (;;) {
    const least = shown.reduce((sum, each) => sum + smallest(each), gap * (shown.length - 1))
    if (least <= width || shown.length <= 1) break
    const first = shown.reduce((lightest, each) => (each.column.weight < lightest.column.weight ? each : lightest))
    shown = shown.filter((each) => each !== first)
  }
  const widths = shrunk(shown, width - gap * (shown.length - 1))
  return { columns: shown.map(({ column }) => column), widths }
}

export function heading<Row>({ columns, widths }: Layout<Row>): Line {
  return joined(
    columns.map(({ title, align }, index) => {
      return pad([new Span(title, index === 0 ? 'strong' : 'dim')], widths[index] ?? 0, side(align))
    }),
  )
}

export function tableLine<Row>({ columns, widths }: Layout<Row>, row: Row): Line {
  return joined(
    columns.map(({ align, cell }, index) => {
      const width = widths[index] ?? 0
      return pad(cropped(cell(row, width), width), width, side(align))
    }),
  )
}

function side(align: 'left' | 'right' | undefined): 'left' | 'right' {
  return align ?? 'left'
}

function smallest<Row>({ column, width }: { column: Column<Row>; width: number }): number {
  return Math.min(width, column.least ?? width)
}

/** Takes cells from the widest column that can give one, until all fit. */
function shrunk<Row>(shown: readonly { column: Column<Row>; width: number }[], room: number): number[] {
  const widths = shown.map(({ width }) => width)
  let over = widths.reduce((sum, each) => sum + each, 0) - room
  while (over > 0) {
    let widest = -1
    for (const [index, { column, width }] of shown.entries()) {
      const canGive = widths[index]! > smallest({ column, width })
      if (canGive && (widest < 0 || widths[index]! > widths[widest]!)) widest = index
    }
    if (widest < 0) break
    widths[widest]!--
    over--
  }
  return widths
}

function joined(cells: readonly Line[]): Line {
  return cells.flatMap((cell, index) => (index === 0 ? cell : [new Span(' '.repeat(gap)), ...cell]))
}
