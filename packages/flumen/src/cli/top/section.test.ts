import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { section, shares } from './section.ts'
import { type Column, layOut, naturalWidths } from './table.ts'
import { paint, Span, widthOf } from './text.ts'

type Row = readonly [name: string, note: string]

const name: Column<Row> = { title: 'NAMES', weight: 9, least: 6, cell: ([text]) => [new Span(text)] }
const size: Column<Row> = { title: 'SIZE', align: 'right', weight: 5, cell: ([text]) => [new Span(`${text.length}`)] }
const rest: Column<Row> = { title: 'REST', weight: 1, cell: () => [new Span('rest')] }

function shown(rows: readonly Row[], width: number, room: number): string[] {
  const columns = [name, size, rest]
  const table = section<Row>({ columns, rows, notes: ([, note]) => (note === '' ? [] : [new Span(note)]) })
  return table.lines(width, room, table.groups).map((line) => paint(line, false).trimEnd())
}

test('a table has a heading, aligned columns, and notes below their rows', () => {
  assert.deepEqual(
    shown(
      [
        ['one', ''],
        ['fifteen', 'odd'],
      ],
      40,
      9,
    ),
    ['NAMES    SIZE  REST', 'one         3  rest', 'fifteen     7  rest', '└ odd'],
  )
})

test('a name is cut before a column goes, and the column with the least weight goes first', () => {
  const rows: readonly Row[] = [['fifteen', '']]
  assert.deepEqual(shown(rows, 18, 9), ['NAMES   SIZE  REST', 'fifte…     7  rest'])
  assert.deepEqual(shown(rows, 17, 9), ['NAMES    SIZE', 'fifteen     7'])
  assert.deepEqual(shown(rows, 7, 9), ['NAMES', 'fifteen'])
  assert.deepEqual(shown(rows, 3, 9), ['NA…', 'fi…'])
})

test('where lines are missing, notes go first, and the last line counts the rows that are left out', () => {
  const rows: readonly Row[] = [
    ['a', 'odd'],
    ['b', ''],
    ['c', ''],
    ['d', ''],
  ]
  assert.deepEqual(shown(rows, 30, 3).slice(1).map(firstWord), ['a', '└', '…'])
  assert.equal(shown(rows, 30, 3)[3], '… 3 more')
  assert.deepEqual(shown(rows, 30, 2).slice(1), ['a         1  rest', '… 3 more'])
  assert.deepEqual(shown(rows, 30, 1).slice(1), ['… 4 more'])
  assert.deepEqual(shown(rows, 30, 0), ['NAMES  SIZE  REST'])
  assert.deepEqual(shown(rows.slice(3), 30, 1).slice(1), ['d         1  rest'])
})

test('a table without rows says so', () => {
  assert.deepEqual(shown([], 30, 5), ['NAMES  SIZE  REST', 'none'])
})

test('shown columns fit whatever the width, as long as one does', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), fc.integer({ min: 6, max: 60 }), (names, width) => {
      const rows = names.map((text): Row => [text, ''])
      const columns = [name, size, rest]
      const { widths } = layOut(columns, naturalWidths(columns, rows), width)
      assert.ok(widths.reduce((sum, each) => sum + each, 2 * (widths.length - 1)) <= width)
    }),
  )
})

test('lines are divided so that who wants little gets it, and none is wasted or given twice', () => {
  assert.deepEqual(shares([2, 10, 4], 12), [2, 6, 4])
  assert.deepEqual(shares([1, 1, 1], 12), [1, 1, 1])
  assert.deepEqual(shares([5, 5, 5], 2), [1, 1, 0])
  fc.assert(
    fc.property(fc.array(fc.nat(50)), fc.nat(100), (wanted, room) => {
      const given = shares(wanted, room)
      const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
      assert.equal(sum(given), Math.min(room, sum(wanted)))
      for (const [index, each] of given.entries()) assert.ok(each <= wanted[index]!)
    }),
  )
})

test('columns of several tables in one group get the same width', () => {
  const table = section<Row>({ columns: [{ ...name, group: 'name' }, size], rows: [['ab', '']], notes: () => [] })
  const [, line] = table.lines(40, 5, new Map([['name', 12]]))
  assert.equal(widthOf(line!), 12 + 2 + 4)
})

function firstWord(line: string): string {
  return line.split(' ')[0]!
}
