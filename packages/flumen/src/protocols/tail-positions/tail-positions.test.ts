import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  addMark,
  digestOf,
  type FilePosition,
  formatFlumePositions,
  formatJournal,
  formatJournalLines,
  type Mark,
  marksOf,
  parseFlumePositions,
  parseJournal,
} from './index.ts'

const golden = join(import.meta.dirname, '../../../../../test/golden/positions/taildir_position.json')

const position = (inode: string, pos: number): FilePosition => ({
  device: '1',
  inode,
  pos,
  file: '/a',
  head: { length: 3, digest: digestOf(Buffer.from('abc')) },
  anchor: { length: 0, digest: '' },
})

const isAt = (text: string, inode: string, pos: number): void => {
  const positions = parseJournal(text)?.positions.map(({ marks: _marks, ...rest }) => rest)
  assert.deepEqual(positions, [position(inode, pos)])
}

test("Flume's position file is read, and written byte for byte as Flume writes it", () => {
  const text = readFileSync(golden, 'utf8')
  const positions = parseFlumePositions(text)
  assert.deepEqual(positions?.[0], { inode: '10731597', pos: 14, file: '/data/tail/a.log' })
  assert.equal(positions?.length, 3)
  assert.equal(formatFlumePositions(positions ?? []), text)
})

test('an inode keeps all its digits, and a path that looks like a member stays a path', () => {
  const entry = { inode: '18446744073709551615', pos: 3, file: '/odd/"inode":12,"pos":1' }
  assert.deepEqual(parseFlumePositions(formatFlumePositions([entry])), [entry])
})

test('an empty or torn position file says nothing, an entry without a member is left out', () => {
  assert.equal(parseFlumePositions(''), undefined)
  assert.equal(parseFlumePositions('[{"inode":1,"pos":2,"fi'), undefined)
  assert.equal(parseFlumePositions('{}'), undefined)
  assert.deepEqual(parseFlumePositions('[{"inode":1,"file":"/a"},{"inode":2,"pos":0,"file":"/b"}]'), [
    { inode: '2', pos: 0, file: '/b' },
  ])
})

test('of a journal the last record of each file counts, and one that is gone is gone', () => {
  const text = formatJournal('x', 'y', [position('1', 5), position('2', 6)])
  const more = formatJournalLines([position('1', 9), position('2', -1)])
  isAt(text + more, '1', 9)
  assert.deepEqual(parseJournal(text + more)?.digests, ['x', 'y'])
})

test('a torn record of a journal is as if it had not been written', () => {
  const text = formatJournal('x', 'y', [position('1', 5)])
  const more = formatJournalLines([position('1', 9)])
  for (let length = 0; length < more.length - 1; length++) {
    isAt(text + more.slice(0, length), '1', 5)
  }
  assert.equal(parseJournal(text.slice(1)), undefined)
})

test('a journal keeps what was read of archives, and of content that its file holds no more', () => {
  const archive = { ...position('1', 5), packedSize: 77 }
  const endedAt = 1_700_000_000_000
  const ended = [
    { ...position('2', 6), how: 'cut', endedAt, isSought: true },
    { ...position('3', 7), how: 'gone', endedAt, isSought: false },
  ] as const
  const read = parseJournal(formatJournal('x', 'y', [archive], ended))
  assert.equal(read?.positions[0]?.packedSize, 77)
  assert.deepEqual(read?.ended, ended)
})

test('content that ended under two names is known by both', () => {
  const ended = ['/a', '/b'].map((file) => {
    return { ...position('2', 6), file, how: 'gone', endedAt: 5, isSought: false } as const
  })
  assert.deepEqual(parseJournal(formatJournal('x', 'y', [], ended))?.ended, ended)
})

test('marks are thinned out towards the end', () => {
  const marks: Mark[] = []
  for (const pos of [10, 20, 160, 165, 170, 171]) addMark(marks, position('1', pos))
  assert.deepEqual(
    marks.map(({ pos }) => pos),
    [10, 20, 160, 171],
  )
})

test('a position is a mark where no others are told', () => {
  const anchor = { length: 4, digest: 'd' }
  assert.deepEqual(marksOf({ ...position('1', 7), anchor }), [{ pos: 7, anchor }])
  assert.deepEqual(marksOf(position('1', 7)), [])
})

test('the last marks and ends of lines of a position stay with it, and are none of the next one in the same file', () => {
  const marks = [10, 20, 60, 160, 171].map((pos) => ({ pos, anchor: { length: 4, digest: `d${pos}` } }))
  const ends = [150, 171].map((pos) => ({ pos, digest: `e${pos}` }))
  const before = { ...position('1', 171), marks, ends }
  const ended = { ...before, how: 'cut', endedAt: 5, isSought: true } as const
  const old = { ...ended, inode: '2', isSought: false }
  const written = formatJournal('x', 'y', [before], [ended, old])
  const read = parseJournal(written)
  assert.deepEqual(read?.positions[0]?.marks, marks.slice(1))
  assert.deepEqual(
    [...(read?.positions ?? []), ...(read?.ended ?? [])].map((each) => each.ends),
    [ends, ends, undefined],
  )
  assert.deepEqual(
    read?.ended.map((each) => each.marks),
    [marks.slice(1), undefined],
  )
  const [other] = parseJournal(written + formatJournalLines([position('1', 400)]))?.positions ?? []
  assert.deepEqual([other?.marks, other?.ends], [undefined, undefined])
})
