import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TextPlaces } from './text-places.ts'

test('lines and columns count from 1 and a line feed belongs to the line that it ends', () => {
  const places = new TextPlaces('f', 'ab\n\ncd')
  const all = [0, 1, 2, 3, 4, 5, 6].map((offset) => places.at(offset))
  assert.deepEqual(
    all.map(({ line, column }) => `${line}:${column}`),
    ['1:1', '1:2', '1:3', '2:1', '3:1', '3:2', '3:3'],
  )
  assert.equal(all[0]!.file, 'f')
})

test('offsets beyond the end are the end, and a first line may begin after a byte-order mark', () => {
  assert.deepEqual(new TextPlaces('f', 'a\n').at(99), { file: 'f', line: 2, column: 1 })
  assert.deepEqual(new TextPlaces('f', '\uFEFFab', 1).at(2), { file: 'f', line: 1, column: 2 })
})
