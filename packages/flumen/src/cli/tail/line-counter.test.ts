import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type EncodingOf, encodingByMark, encodingWith, LineCounter } from './line-counter.ts'

test('lines are counted alike in whatever pieces they come', () => {
  const text = fc.array(fc.constantFrom('\n', 'a', '\r', '\u0a0a', '\u0a00', '\u000b'), { maxLength: 30 })
  const charset = fc.constantFrom('UTF-8', 'UTF-16LE', 'UTF-16BE', undefined)
  fc.assert(
    fc.property(text, charset, fc.array(fc.nat(9), { maxLength: 30 }), (characters, name, lengths) => {
      const little = Buffer.from(characters.join(''), name?.startsWith('UTF-16') ? 'utf16le' : 'utf8')
      const bytes = name === 'UTF-16BE' ? little.swap16() : little
      const counter = new LineCounter(encodingWith(name)(bytes))
      let at = 0
      for (const length of lengths) {
        counter.add(bytes.subarray(at, at + length))
        at += length
      }
      assert.equal(counter.linesWith(bytes.subarray(at)), characters.filter((each) => each === '\n').length)
      counter.add(bytes.subarray(at))
      const last = characters.at(-1)
      assert.equal(
        counter.lines,
        characters.join('').split('\n').length - (last === undefined || last === '\n' ? 1 : 0),
      )
    }),
    { numRuns: 1000 },
  )
})

test('only where no configuration says how a file is read does its byte order mark', () => {
  const bytes = Buffer.from('\ufeffone\ntwo\n\u0a0a\n', 'utf16le')
  const linesBy = (encodingOf: EncodingOf): number => {
    const counter = new LineCounter(encodingOf(bytes))
    counter.add(bytes)
    return counter.lines
  }
  assert.equal(linesBy(encodingByMark), 3)
  assert.equal(linesBy(encodingWith('UTF-16')), 3)
  // Each byte that is a line feed ends an event of such a source, and the last byte is none.
  assert.equal(linesBy(encodingWith(undefined)), 6)
  assert.equal(linesBy(encodingWith('UTF-8')), 6)
})
