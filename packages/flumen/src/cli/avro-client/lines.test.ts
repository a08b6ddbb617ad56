import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LineCutter } from './lines.ts'

function linesOf(text: string, pieces: readonly number[], longest = 1000): readonly string[] {
  const bytes = Buffer.from(text)
  const cutter = new LineCutter(longest)
  const lines: string[] = []
  const add = (batch: Iterable<{ readonly body: Uint8Array }>): void => {
    for (const { body } of batch) lines.push(Buffer.from(body).toString())
  }
  let from = 0
  for (const size of pieces) {
    add(cutter.cut(bytes.subarray(from, from + size)))
    from += size
  }
  add(cutter.cut(bytes.subarray(from)))
  add(cutter.end())
  return lines
}

/** As BufferedReader.readLine gives them. */
function javaLines(text: string): readonly string[] {
  const lines = text.split(/\r\n|\r|\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

test('lines are those of Java, however the bytes come', () => {
  const piece = fc.constantFrom('a', 'é', '\n', '\r', '\r\n', 'xyz', '')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.array(fc.nat(8), { maxLength: 20 }), (words, pieces) => {
      const text = words.join('')
      assert.deepEqual(linesOf(text, pieces), javaLines(text))
    }),
    { numRuns: 2000 },
  )
})

test('a line that is too long is cut as soon as so much of it is there', () => {
  const cutter = new LineCutter(10)
  assert.equal(cutter.cut(Buffer.from('0123456')).length, 0)
  const cut = cutter.cut(Buffer.from('789abc'))
  assert.deepEqual([cut.length, cut.text(0), cutter.cuts], [1, '0123456789abc', 1])
  const rest = cutter.cut(Buffer.from('def\ng\n'))
  assert.deepEqual([rest.text(0), rest.text(1)], ['def', 'g'])
})
