import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readJson } from './json-reader.ts'
import { settingsFromObject } from './object-reader.ts'
import { Problems } from './problem.ts'
import type { Settings } from './settings.ts'

test('objects become settings with the place of each key', () => {
  const { values, places, found } = read(
    '\uFEFF{\n  "a1": { "sources": {"r1" : {"type": "seq",\n"n": 1.50e3, "ok": true}}}}\n',
  )
  assert.deepEqual(values, [
    ['a1.sources.r1.type', 'seq'],
    ['a1.sources.r1.n', '1.50e3'],
    ['a1.sources.r1.ok', 'true'],
  ])
  assert.deepEqual(places, ['2:31', '3:1', '3:14'])
  assert.deepEqual(found, [])
})

test('texts mean what JSON.parse makes of them', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.boolean(), (text, escapesAll) => {
      const escaped = [...Array(text.length).keys()].map((unit) => `\\u${hex(text.charCodeAt(unit))}`).join('')
      const json = escapesAll ? `"${escaped}"` : JSON.stringify(text)
      assert.deepEqual(read(`{${json}: ${json}}`).values, [[text, text]])
    }),
  )
  assert.deepEqual(read('{"a": "\\"\\\\\\/\\b\\f\\n\\r\\t"}').values, [['a', '"\\/\b\f\n\r\t']])
})

test('what is not JSON has a place, a message and a hint', () => {
  const cases: [text: string, found: string, fix: RegExp][] = [
    ['', '1:1 the file is empty', /\{ \}/],
    ['{"a": 1, // no\n}', '1:10 "/" found instead of a key in double quotes', /\.yaml/],
    ['{\n "a": 1,\n}', '2:8 a comma before }, found instead of a key in double quotes', /last comma/],
    ['{"a": [1, ]}', '1:9 a comma before ], found instead of a value', /last comma/],
    ["{'a': 1}", `1:2 "'" found instead of a key in double quotes`, /double quotes/],
    ['{a: 1}', '1:2 "a" found instead of a key in double quotes', /double quotes/],
    ['{"a": 01}', '1:7 "0" found instead of a value', /./],
    ['{"a": nul}', '1:7 "n" found instead of a value', /./],
    ['{"a" 1}', '1:6 "1" found instead of a colon', /./],
    ['{"a": 1 "b": 2}', '1:9 "\\"" found instead of a comma or }', /./],
    ['{"a": 1', '1:8 the file ends where a comma or } is missing', /close/],
    ['{"a": "x', '1:7 a text is not closed', /close it/],
    ['{"a": "x\ny"}', '1:9 a control character or line end in a text', /\\n/],
    ['{"a": "\\d"}', '1:8 an escape that JSON does not have', /backslash/],
    ['{"": 1}', '1:2 a key is empty', /name/],
    ['{} x', '1:4 "x" found instead of the end of the file', /./],
    [`{"a": ${'['.repeat(100_000)}`, '1:70 maps and lists are nested more than 64 levels deep', /dotted/],
  ]
  for (const [text, message, fix] of cases) {
    const { values, found, fixes } = read(text)
    assert.deepEqual(values, [])
    assert.deepEqual(found, [message.replace(' ', ' not JSON: ')])
    assert.match(fixes[0]!, fix)
  }
  assert.deepEqual(read('[1]').found, ['1:1 the file does not hold an object'])
})

test('a file is JSON exactly where JSON.parse says so', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"',
    '1',
    '-',
    '.5',
    'e1',
    'true',
    'null',
    ' ',
    '\n',
    '\\u0041',
    '\\',
  )
  const member = fc.oneof(
    fc.jsonValue().map((value) => JSON.stringify(value, null, 1)),
    fc.array(piece).map((all) => all.join('')),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('"a"', '"b" ', 'c'), member), { maxLength: 3 }), (members) => {
      const text = `{${members.map(([key, value]) => `${key}:${value}`).join(',')}}`
      const { found } = read(text)
      if (found.some((message) => /a key is empty/.test(message))) return
      const isSyntaxError = found.some((message) => /not JSON/.test(message))
      assert.equal(isSyntaxError, !parses(text), text)
    }),
    { numRuns: 1_000 },
  )
})

test('a structure written as JSON gives the same settings and problems as the structure itself', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue({ maxDepth: 4 })), (object) => {
      const problems = new Problems()
      const written = readJson(JSON.stringify(object), 'f', problems)
      const ofProgram = new Problems()
      const direct = settingsFromObject(JSON.parse(JSON.stringify(object)), 'program', ofProgram)
      assert.equal(
        problems.all.some(({ message }) => /a key is empty/.test(message)),
        ofProgram.all.some(({ message }) => /is no text/.test(message)),
      )
      if (ofProgram.all.length === 0) assert.deepEqual(pairsOf(written).sort(), pairsOf(direct).sort())
    }),
  )
})

test('a key twice in one object is an error that names both lines', () => {
  const { values, found } = read('{"a": 1,\n "a": 2}')
  assert.deepEqual(values, [['a', '2']])
  assert.deepEqual(found, ['2:2 a stands here and in line 1'])
})

function read(text: string) {
  const problems = new Problems()
  const settings = readJson(text, 'f.json', problems)
  return {
    values: pairsOf(settings),
    places: [...settings].map(({ place }) => `${place.line}:${place.column}`),
    found: problems.all.map(({ place, message }) => `${place.line}:${place.column} ${message}`),
    fixes: problems.all.map(({ fix }) => fix),
  }
}

function pairsOf(settings: Settings): [string, string][] {
  return [...settings].map(({ key, value }) => [key, value])
}

function hex(unit: number): string {
  return unit.toString(16).padStart(4, '0')
}

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
