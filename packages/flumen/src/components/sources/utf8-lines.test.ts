import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { javaCharset } from '../../text/java-charset.ts'
import { batchOfLines, type LineRules } from './line-splitter.ts'
import { Utf8Lines } from './utf8-lines.ts'

const rules: LineRules = { ends: 'any', maxLength: 1000, overlong: 'cut' }

function linesOf(charset: string, chunks: readonly Uint8Array[]): string[] {
  const lines = new Utf8Lines(charset, rules)
  const batches = [...chunks.map((chunk) => lines.split(Buffer.from(chunk))), lines.rest()]
  return batches.flatMap((each) =>
    [...batchOfLines(each, 0)].map(({ body }) =>
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body),
    ),
  )
}

const onebyone = (bytes: Uint8Array): Uint8Array[] => Array.from(bytes, (byte) => Uint8Array.of(byte))

test('UTF-8 stays as it is, in the memory that it came in', () => {
  const chunk = Buffer.from('héllo\n日本\n')
  const { slices } = new Utf8Lines('utf8', rules).split(chunk)
  assert.equal(slices[0]?.slab, chunk)
  assert.deepEqual(linesOf('UTF-8', [chunk]), ['héllo', '日本'])
})

test('what is not UTF-8 becomes U+FFFD, in its line only', () => {
  const bytes = Buffer.from([0x61, 10, 0xff, 0x62, 10, 0xc3, 0xa9, 10, 0xe6, 0x97])
  assert.deepEqual(linesOf('UTF-8', [bytes]), ['a', '\uFFFDb', 'é', '\uFFFD'])
  assert.deepEqual(linesOf('UTF-8', onebyone(bytes)), ['a', '\uFFFDb', 'é', '\uFFFD'])
})

test('other character sets become UTF-8, also across chunks', () => {
  for (const name of ['ISO-8859-1', 'windows-1252', 'UTF-16LE', 'UTF-16', 'Shift_JIS']) {
    const text = name === 'Shift_JIS' ? 'こんに\nちは\r\nabc' : 'é\nb\r\nc'
    const bytes = javaCharset(name)!.encode!(text)
    assert.deepEqual(linesOf(name, [bytes]), text.split(/\r?\n/), name)
    assert.deepEqual(linesOf(name, onebyone(bytes)), text.split(/\r?\n/), name)
  }
})

test('what is malformed in another character set becomes U+FFFD too, and reading goes on', () => {
  assert.deepEqual(linesOf('US-ASCII', [Uint8Array.of(0x61, 0xe9, 10), Buffer.from('b\n')]), ['a\uFFFD', 'b'])
  assert.deepEqual(linesOf('UTF-16LE', [Uint8Array.of(0x61, 0, 10, 0, 0x62)]), ['a', '\uFFFD'])
})

test('any bytes in any chunks give valid UTF-8', () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 12 }), { maxLength: 6 })
  fc.assert(
    fc.property(chunks, fc.constantFrom('UTF-8', 'UTF-16', 'Shift_JIS', 'US-ASCII'), (bytes, charset) => {
      assert.ok(linesOf(charset, bytes).length <= bytes.reduce((sum, { length }) => sum + length, 0) + 1)
    }),
    { numRuns: 500 },
  )
})
