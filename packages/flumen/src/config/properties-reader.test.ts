import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Problems } from './problem.ts'
import { readProperties } from './properties-reader.ts'

test('keys and values are trimmed as Flume does, control characters included, other Unicode blanks kept', () => {
  const { values } = read('\\ a1.x\\t = \\u0001 v \\n\na1.y = \u00a0z\u00a0')
  assert.deepEqual(values, { 'a1.x': 'v', 'a1.y': '\u00a0z\u00a0' })
})

test('there are no comments after a value', () => {
  assert.deepEqual(read('a = b # c').values, { a: 'b # c' })
})

test('an empty value is dropped and is an error at its line', () => {
  const { values, found } = read('a1.x = 1\n  a1.y =\na1.z = 2')
  assert.deepEqual(values, { 'a1.x': '1', 'a1.z': '2' })
  assert.deepEqual(found, ['error f.conf:2:3 a1.y: a1.y has no value, so it is dropped'])
})

test('the last of two equal keys wins and a warning names both lines', () => {
  const { values, found } = read('a.b = 1\nc = 2\na.b = 3')
  assert.deepEqual(values, { 'a.b': '3', c: '2' })
  assert.deepEqual(found, ['warning f.conf:3:1 a.b: a.b stands here and in line 1; this line wins'])
})

test('an empty value removes an earlier one of its key, as the last entry wins before Flume drops it', () => {
  const { values, found } = read('a = 1\na =')
  assert.deepEqual(values, {})
  assert.deepEqual(
    found.map((text) => text.split(' ')[0]),
    ['warning', 'error'],
  )
})

test('a malformed \\u is an error with its place and all other lines are read', () => {
  const { values, found } = read('a = 1\nb = x\\u00g0\nc = 3')
  assert.deepEqual(values, { a: '1', c: '3' })
  assert.deepEqual(found, [
    'error f.conf:2:6 b: a \\u is not followed by four hexadecimal digits; Flume would refuse the whole file',
  ])
})

test('a line without a key is an error', () => {
  assert.deepEqual(read('= 1\na = 2').found, ['error f.conf:1:1 : this line has no key'])
})

test('names of Object.prototype are ordinary keys', () => {
  const settings = readProperties('__proto__ = 1\nconstructor = 2', 'f', new Problems())
  assert.deepEqual(
    [...settings].map(({ key, value }) => [key, value]),
    [
      ['__proto__', '1'],
      ['constructor', '2'],
    ],
  )
})

test('settings written with all escapes are read back the same, each at its line', () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).map((word) => `x${word}x`)
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(text, text), { selector: ([key]) => key }),
      fc.func(fc.nat(2)),
      (pairs, style) => {
        const lines = pairs.map(([key, value]) => written(key, value, style(key)))
        const problems = new Problems()
        const settings = [...readProperties(lines.join(''), 'f', problems)]
        assert.deepEqual(
          settings.map(({ key, value }) => [key, value]),
          pairs,
        )
        assert.deepEqual(problems.all, [])
      },
    ),
    { numRuns: 200 },
  )
})

function read(text: string): { values: Record<string, string>; found: string[] } {
  const problems = new Problems()
  const settings = readProperties(text, 'f.conf', problems)
  const found = problems.all.map(
    ({ severity, place, key, message }) => `${severity} ${place.file}:${place.line}:${place.column} ${key}: ${message}`,
  )
  return { values: Object.fromEntries([...settings].map(({ key, value }) => [key, value])), found }
}

function written(key: string, value: string, style: number): string {
  const separator = [' = ', ':', ' '][style]!
  return `  ${escaped(key)}${separator}${escaped(value)}${style === 1 ? '\r\n' : '\n'}`
}

function escaped(text: string): string {
  return text.replace(/[\\=:#! \t\f\r\n]|[\u0000-\u001f]/g, (unit) =>
    unit < ' ' ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}` : `\\${unit}`,
  )
}
