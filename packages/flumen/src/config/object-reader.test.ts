import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settingsFromObject } from './object-reader.ts'
import { Problems } from './problem.ts'

test('a program may nest, dot, list and mix what it configures', () => {
  const { values, implied, found } = read({
    a1: {
      sources: new Map([['r1', { type: 'seq', channels: ['c1', 'c2'], totalEvents: 10n, ratio: 0.5 }]]),
      'channels.c1': { type: 'memory', enabled: true, unset: undefined },
      sinks: {},
    },
  })
  assert.deepEqual(values, [
    ['a1.sources.r1.type', 'seq'],
    ['a1.sources.r1.channels', 'c1 c2'],
    ['a1.sources.r1.totalEvents', '10'],
    ['a1.sources.r1.ratio', '0.5'],
    ['a1.channels.c1.type', 'memory'],
    ['a1.channels.c1.enabled', 'true'],
  ])
  assert.deepEqual(implied('a1'), ['sources', 'channels', 'sinks'])
  assert.deepEqual(implied('a1.sources'), ['r1'])
  assert.deepEqual(implied('a1.sinks'), [])
  assert.deepEqual(found, [])
})

test('settings have the label as their file and no line', () => {
  const settings = settingsFromObject({ a: 1 }, 'program', new Problems())
  assert.deepEqual(settings.get('a')?.place, { file: 'program', line: 0, column: 0 })
})

test('what is no text, number, boolean, list or map is an error that names the key', () => {
  const { values, found } = read({
    a: { d: new Date(), n: Number.NaN, f: () => 1, u: null, e: '', ok: 1, l: [undefined] },
  })
  assert.deepEqual(values, [['a.ok', '1']])
  assert.deepEqual(found, [
    'a.d is no plain object',
    'a.n is NaN',
    'a.f is a value of type function',
    'an item of a.l is a value of type undefined',
    'a.u has no value, so it is dropped',
    'a.e has no value, so it is dropped',
  ])
  assert.deepEqual(read('text').found, ['the configuration is not an object'])
  assert.deepEqual(read(undefined).found, ['it is a value of type undefined'])
  assert.deepEqual(read({ '': 1 }).found, ['a key in it is no text'])
  assert.deepEqual(read(new Map([[1, 2]])).found, ['a key in it is no text'])
  assert.deepEqual(read({ a: { b: 1 }, 'a.b': 2 }).found, ['a.b stands twice'])
})

test('cycles, getters that throw, huge arrays and deep nesting are errors, not exceptions', () => {
  const cycle: Record<string, unknown> = {}
  cycle.self = { cycle }
  assert.deepEqual(read({ cycle }).found, ['cycle.self.cycle refers to an object that holds it'])
  const thrower = {
    get a(): never {
      throw new Error('not today')
    },
  }
  assert.deepEqual(read(thrower).found, ['the configuration cannot be read: not today'])
  assert.deepEqual(read({ a: new Array(1e9) }).found, ['the configuration has more than 200000 members'])
  let deep: object = { x: 1 }
  for (let level = 0; level < 10_000; level++) deep = { d: deep }
  assert.deepEqual(read(deep).found, ['maps and lists are nested more than 64 levels deep'])
})

test('an object used in several places is read in each, within bounds', () => {
  const shared = { x: 1 }
  assert.deepEqual(read({ a: shared, b: shared }).values, [
    ['a.x', '1'],
    ['b.x', '1'],
  ])
  let doubled: object = shared
  for (let level = 0; level < 40; level++) doubled = { a: doubled, b: doubled }
  assert.match(read(doubled).found.join(), /more than 200000 values/)
})

test('names of Object.prototype are ordinary keys', () => {
  const object = JSON.parse('{"__proto__": {"constructor": "x"}}') as unknown
  assert.deepEqual(read(object).values, [['__proto__.constructor', 'x']])
})

function read(object: unknown) {
  const problems = new Problems()
  const settings = settingsFromObject(object, 'program', problems)
  return {
    values: [...settings].map(({ key, value }) => [key, value]),
    implied: (key: string) => settings.implied(key),
    found: problems.all.map(({ message }) => message),
  }
}
