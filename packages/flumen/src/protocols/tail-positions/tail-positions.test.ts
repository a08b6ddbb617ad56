import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  digestOf,
  type FilePosition,
  formatFlumePositions,
  formatJournal,
  formatJournalLines,
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

test('the marks of a file are its earlier positions in the same content, thinned out towards the end', () => {
  const marksOf = (...positions: number[]): readonly number[] | undefined => {
    const text = formatJournal(
      'x',
      'y',
      positions.map((pos) => position('1', pos)),
    )
    return parseJournal(text)?.positions[0]?.marks?.map(({ pos }) => pos)
  }
  assert.deepEqual(marksOf(10, 20, 160, 165, 170, 171), [10, 20, 160, 171])
  assert.deepEqual(marksOf(10, 20, 7), [7])
})

test('the last marks of a file stay when all positions are written anew', () => {
  const text = formatJournal(
    'x',
    'y',
    [10, 20, 160, 171].map((pos) => position('1', pos)),
  )
  const [before] = parseJournal(text)?.positions ?? []
  assert.ok(before)
  const ended = { ...before, how: 'cut', endedAt: 5, isSought: false } as const
  const after = parseJournal(formatJournal('x', 'y', [before], [ended]) + formatJournalLines([position('1', 400)]))
  assert.deepEqual(
    after?.positions[0]?.marks?.map(({ pos }) => pos),
    [20, 160, 400],
  )
  assert.deepEqual(after?.ended[0]?.marks, before.marks?.slice(1))
})
