import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type PropertiesEntry, parseJavaProperties } from './java-properties.ts'

interface Golden {
  readonly text_b64: string
  readonly pairs?: readonly (readonly [key: string, value: string])[]
  readonly throws?: string
}

interface FlumeCase {
  readonly input: { readonly file?: string; readonly file_b64?: string }
  readonly output: Pick<Golden, 'pairs' | 'throws'>
}

const golden = readFileSync(new URL('../../../../test/golden/java-properties.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Golden)

test('every file is read as java.util.Properties of Java 17 reads it', () => {
  assert.ok(golden.length >= 300)
  for (const { text_b64, pairs, throws } of golden) {
    const text = Buffer.from(text_b64, 'base64').toString('latin1')
    const entries = [...parseJavaProperties(text)]
    const isMalformed = entries.some((entry) => entry.malformed)
    assert.equal(isMalformed, throws !== undefined, JSON.stringify(text))
    if (pairs) assert.deepEqual(pairsOf(entries), pairs, JSON.stringify(text))
  }
})

test('the cases that Flume was asked about are read in the same way', () => {
  const lines = readFileSync(new URL('../../../../test/golden/properties.jsonl', import.meta.url), 'utf8').trim()
  for (const line of lines.split('\n')) {
    const { input, output } = JSON.parse(line) as FlumeCase
    const bytes = input.file === undefined ? Buffer.from(input.file_b64 ?? '', 'base64') : Buffer.from(input.file)
    const entries = [...parseJavaProperties(bytes.toString('latin1'))]
    assert.equal(
      entries.some((entry) => entry.malformed),
      output.pairs === undefined,
      line,
    )
    if (output.pairs) assert.deepEqual(pairsOf(entries), output.pairs, line)
  }
})

test('the place of a key is its first character, also after continued lines and a byte-order mark', () => {
  assert.deepEqual(placesOf('\uFEFFa=1\n  b = 2\r\nc\r# d\n\\\n  e=3\n\tf \\\n g'), [
    ['a', 1, 1],
    ['b', 2, 3],
    ['c', 3, 1],
    ['e', 6, 3],
    ['f', 7, 2],
  ])
})

test('a malformed escape is placed at its backslash, on the physical line where it stands', () => {
  const [first, second] = parseJavaProperties('a = x\\\n   y\\u12g4\nb = 2\n')
  assert.deepEqual(first, { key: 'a', value: 'xy\\u12g4', line: 1, column: 1, malformed: { line: 2, column: 5 } })
  assert.deepEqual(second, { key: 'b', value: '2', line: 3, column: 1 })
})

test('text beyond ASCII stands for itself', () => {
  assert.deepEqual(pairsOf([...parseJavaProperties('größe = 東京 \\u00e9\n')]), [['größe', '東京 é']])
})

test('a million characters of blanks, backslashes or continued lines are read in linear time', () => {
  for (const piece of [' ', '\\', '\\\n', '\\\\\n', 'a\\\n ', '\r']) {
    const entries = [...parseJavaProperties(piece.repeat(1_000_000 / piece.length))]
    assert.ok(entries.length <= 500_000)
  }
})

/** As Java's map: the last value of a key, ordered by key. */
function pairsOf(entries: readonly PropertiesEntry[]): (readonly [string, string])[] {
  const map = new Map(entries.map(({ key, value }) => [key, value] as const))
  return [...map].sort(([left], [right]) => (left < right ? -1 : 1))
}

function placesOf(text: string): (readonly [string, number, number])[] {
  return [...parseJavaProperties(text)].map(({ key, line, column }) => [key, line, column] as const)
}
