import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { definitionList, table, widthOf, wrap } from './text-table.ts'

describe('help texts', () => {
  test('are broken at blanks, and a word that is too long stays whole', () => {
    assert.deepEqual(wrap('one two three', 7), ['one two', 'three'])
    assert.deepEqual(wrap('a longer-than-that b', 5), ['a', 'longer-than-that', 'b'])
  })

  test('keep all words in order, in lines that fit where their words do', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,12}$/)), fc.integer({ min: 12, max: 60 }), (words, width) => {
        const lines = wrap(words.join(' '), width)
        assert.equal(lines.join(' '), words.join(' '))
        for (const line of lines) assert.ok(line.length <= width)
      }),
    )
  })

  test('are as wide as the terminal, within what can be read', () => {
    assert.deepEqual(
      [widthOf({ columns: 80 }), widthOf({ columns: 20 }), widthOf({ columns: 500 }), widthOf({})],
      [80, 60, 120, 100],
    )
  })

  test('a definition list has its explanations in one column, below a term that is too long', () => {
    const long = 'x'.repeat(40)
    assert.equal(
      definitionList(
        [
          ['a', 'one'],
          ['bcd', 'two'],
        ],
        80,
      ),
      '  a    one\n  bcd  two\n',
    )
    assert.equal(definitionList([[long, 'one']], 80), `  ${long}\n${' '.repeat(36)}one\n`)
  })

  test('a table has a line of headings and breaks long cells without losing a character', () => {
    const key = 'k'.repeat(40)
    const text = table(['key', 'meaning'], [[key, 'what it means']], 60)
    assert.equal(text.replaceAll(/\s/g, '').includes('key'), true)
    assert.equal([...text].filter((character) => character === 'k').length, 40 + 1)
    assert.match(text, /^ {2}key {2,}meaning\n {2}--- {2,}-------\n/)
  })
})
