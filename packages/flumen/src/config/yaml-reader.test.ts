import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { settingsFromObject } from './object-reader.ts'
import { Problems } from './problem.ts'
import type { Settings } from './settings.ts'
import { readYaml } from './yaml-reader.ts'

test('nested maps become dotted keys, and their keys are implied lists', async () => {
  const { values, implied, found } = await read('a1: {sources: {r1: {type: netcat, port: 44444, channels: [c1, c2]}}}')
  assert.deepEqual(values, [
    ['a1.sources.r1.type', 'netcat'],
    ['a1.sources.r1.port', '44444'],
    ['a1.sources.r1.channels', 'c1 c2'],
  ])
  assert.deepEqual(implied, { a1: 'sources', 'a1.sources': 'r1', 'a1.sources.r1': 'type port channels' })
  assert.deepEqual(found, [])
})

test('dotted keys mean the same as nested maps at every level', async () => {
  const nested = await read('a1: {sources: {r1: {selector: {mapping: {x: c1}}, type: seq}}}')
  const dotted = await read('a1.sources:\n  r1.selector:\n    "mapping.x": c1\na1:\n  sources.r1.type: seq')
  assert.deepEqual(dotted.values, nested.values)
  assert.deepEqual(dotted.implied, nested.implied)
})

test('scalars are their text as written', async () => {
  const text = 'a: {int: 007, hex: 0x1F, exp: 1e3, yes: yes, bool: True, float: 1.50, big: 12345678901234567890}'
  assert.deepEqual(Object.fromEntries((await read(text)).values), {
    'a.int': '007',
    'a.hex': '0x1F',
    'a.exp': '1e3',
    'a.yes': 'yes',
    'a.bool': 'True',
    'a.float': '1.50',
    'a.big': '12345678901234567890',
  })
})

test('block scalars are trimmed as values of properties are, quoted text stays as it is', async () => {
  const { values } = await read('a: |\n  x\n  y\nb: >\n  x\n  y\nc: " \\t"\nd: \'  z \'\n')
  assert.deepEqual(values, [
    ['a', 'x\ny'],
    ['b', 'x y'],
    ['c', ' \t'],
    ['d', '  z '],
  ])
})

test('a value and settings below its key stand side by side', async () => {
  const { values, implied } = await read('k1:\n  serializer: text\n  serializer.appendNewline: false')
  assert.deepEqual(values, [
    ['k1.serializer', 'text'],
    ['k1.serializer.appendNewline', 'false'],
  ])
  assert.equal(implied['k1.serializer'], 'appendNewline')
})

test('an empty map or list sets nothing and is an empty implied list', async () => {
  const { values, implied, found } = await read('a1: {sources: {}, sinks: []}')
  assert.deepEqual(values, [])
  assert.deepEqual(implied, { a1: 'sources sinks', 'a1.sources': '', 'a1.sinks': '' })
  assert.deepEqual(found, [])
})

test('keys without a value are dropped and reported, but are names of the implied list', async () => {
  const { values, implied, found } = await read('a:\n  b:\n  c: null\n  d: ~\n  e: ""\n  f: "null"')
  assert.deepEqual(values, [['a.f', 'null']])
  assert.equal(implied.a, 'b c d e f')
  assert.deepEqual(found, [
    'error f.yaml:2:3 a.b: a.b has no value, so it is dropped',
    'error f.yaml:3:3 a.c: a.c has no value (null), so it is dropped',
    'error f.yaml:4:3 a.d: a.d has no value (~), so it is dropped',
    'error f.yaml:5:3 a.e: a.e has no value, so it is dropped',
  ])
})

test('a word for null is a name where a key is meant', async () => {
  assert.deepEqual((await read('sinks: {null: {type: "null"}}')).values, [['sinks.null.type', 'null']])
})

test('list items that could not be told apart are errors', async () => {
  const { values, found } = await read(
    'a: [x y, z]\nb: [{c: d}]\nc: [[x]]\nd: [x, ]\ne: [x, null]\nf: [a: 1]\ng:\n  - ok',
  )
  assert.deepEqual(values, [
    ['d', 'x'],
    ['g', 'ok'],
  ])
  assert.deepEqual(found, [
    'error f.yaml:1:1 a: a list item of a holds white space, which separates items',
    'error f.yaml:2:1 b: a list item of b is a map',
    'error f.yaml:3:1 c: a list item of c is a list',
    'error f.yaml:5:1 e: a list item of e has no value',
    'error f.yaml:6:1 f: a list item of f is a map',
  ])
})

test('places are those of the keys, also after a byte-order mark and in flow maps', async () => {
  const { places } = await read(
    '\uFEFFa1:\n  sources:\n    r1: {type: x, "port" : 1}\n\n  ? sinks.k1\n  : &n {type: y}\n',
  )
  assert.deepEqual(places, { 'a1.sources.r1.type': '3:10', 'a1.sources.r1.port': '3:19', 'a1.sinks.k1.type': '6:9' })
})

test('a key twice is an error that names both lines, in one map and in two', async () => {
  assert.deepEqual((await read('a: {x: 1}\nb: 2\na: {x: 3, y: 4}')).found, [
    'error f.yaml:3:1 a: a stands here and in line 1',
  ])
  assert.deepEqual((await read('a:\n  x.y: 1\na.x:\n  y: 2')).found, [
    'error f.yaml:4:3 a.x.y: a.x.y stands here and in line 2',
  ])
})

test('an alias stands for a copy of its anchor, the last one before it', async () => {
  const { values } = await read('z: &q q\na: &n 1\nb: *n\nc: &n {x: 2}\nd: *n\ne: [*q, *q]\n')
  assert.deepEqual(values, [
    ['z', 'q'],
    ['a', '1'],
    ['b', '1'],
    ['c.x', '2'],
    ['d.x', '2'],
    ['e', 'q q'],
  ])
})

test('merge keys give what a map does not set itself, and the first of several maps wins', async () => {
  const text =
    'base: &base {type: avro, port: 1, selector: {type: x}}\nother: &other {port: 2, host: h}\n' +
    'r1:\n  port: 3\n  selector.type: y\n  <<: [*base, *other]\n"<<": plain'
  const { values, found } = await read(text)
  assert.deepEqual(
    values.filter(([key]) => key.startsWith('r1') || key === '<<'),
    [
      ['r1.type', 'avro'],
      ['r1.selector.type', 'y'],
      ['r1.host', 'h'],
      ['r1.port', '3'],
      ['<<', 'plain'],
    ],
  )
  assert.deepEqual(found, [])
})

test('what a merge key gives does not replace what stands elsewhere under a dotted key', async () => {
  const { values, found } = await read('r1.type: own\nbase: &base {type: merged}\nr1: {<<: *base}')
  assert.deepEqual(Object.fromEntries(values), { 'r1.type': 'own', 'base.type': 'merged' })
  assert.deepEqual(found, [])
})

test('aliases that multiply are stopped with an error', async () => {
  const bomb = ['a0: &a0 {x: 1, y: 2}']
  for (let level = 1; level < 40; level++) bomb.push(`a${level}: &a${level} {x: *a${level - 1}, y: *a${level - 1}}`)
  const { found } = await read(bomb.join('\n'))
  assert.equal(found.length, 1)
  assert.match(found[0]!, /there are more than 200000 values or 16 MiB of keys and lists, aliases counted at each use/)
})

test('long texts, lists and merges that aliases multiply are stopped too', async () => {
  const uses = (count: number, text: string): string =>
    Array.from({ length: count }, (_, index) => `u${index}: ${text}\n`).join('')
  const texts = await read(`a: &a ${'x'.repeat(1024 * 1024)}\n${uses(100, '[*a, *a]')}`)
  assert.equal(texts.found.length, 1)
  const lists = await read(`a: &a [${'x, '.repeat(1_000)}]\n${uses(300, '*a')}`)
  assert.match(lists.found.join(), /more than 200000 values/)
  const keys = Array.from({ length: 2_000 }, (_, index) => `k${index}: v`).join(', ')
  const merges = await read(`a: &a {${keys}}\n${uses(500, '{<<: *a}')}`)
  assert.equal(merges.found.length, 1)
  assert.match(merges.found.join(), /merge keys give more than 100000 entries/)
})

test('an alias within its own anchor, an unknown alias and an unknown tag are errors', async () => {
  const { found } = await read('a: &a {b: *a}\nc: *missing\nd: !foo x\ne: !!str null\nf: !!int 5\n<<: 7')
  assert.deepEqual(found, [
    'error f.yaml:1:11 : *a refers to itself',
    'error f.yaml:2:4 : there is no anchor &missing before the alias *missing',
    'error f.yaml:3:9 : the tag !foo is not known',
    'error f.yaml:6:1 : << does not name maps',
  ])
})

test('several documents, keys that are no text and files that are no map are errors', async () => {
  assert.match(
    (await read('---\na: 1\n---\nb: 2')).found.join(),
    /f\.yaml:\d:1 : the file holds several YAML documents/,
  )
  assert.match((await read('[a]: 1\n')).found.join(), /1:1 : a key is not plain text/)
  assert.match((await read(': 1\n')).found.join(), /a key is missing/)
  assert.match((await read('- a\n- b')).found.join(), /does not hold a map/)
  assert.match((await read('a1.sources = r1\na1.channels = c1')).found.join(), /does not hold a map/)
  assert.deepEqual(await read('# nothing\n'), { values: [], implied: {}, places: {}, found: [], fixes: [] })
})

test('a syntax error has a place and a hint, and nothing of the file is used', async () => {
  const cases: [text: string, found: RegExp, fix: RegExp][] = [
    ['a: 1\nb: %{host}/x', /2:4 : not YAML: Plain value cannot start with/, /in quotes/],
    ['a:\n\tb: 1', /2:1 : not YAML: Tabs/, /indent with blanks/],
    ['a: "x\nb: 1', /not YAML: Missing closing "quote/, /close the quote/],
    ['a:1\nb: 2', /not YAML: Implicit/, /blank after the colon/],
    ['a: b: c', /1:4 : not YAML: Nested mappings/, /in quotes if it holds a colon/],
    [`a: {path: \${env:X}, b: 1}`, /1:\d+ : not YAML/, /braces in quotes/],
    ['a: "\\d+"', /Invalid escape sequence/, /single quotes/],
    ['a: 1\n b: 2\n', /1:4 : not YAML: Nested mappings/, /indent the next line/],
    ['['.repeat(100_000), /nested too deep/, /dotted keys/],
  ]
  for (const [text, message, fix] of cases) {
    const { values, found, fixes } = await read(text)
    assert.deepEqual(values, [])
    assert.match(found.join('\n'), message)
    assert.match(fixes.join('\n'), fix, text.slice(0, 80))
  }
  assert.equal((await read('a: @\n'.repeat(1_000))).found.length, 21)
})

test('maps nested deeper than 64 levels are errors, also through aliases', async () => {
  const deep = `${'{a: '.repeat(70)}1${'}'.repeat(70)}`
  assert.match((await read(`x: ${deep}`)).found.join(), /more than 64 levels/)
  assert.match((await read(`x: ${'['.repeat(70)}${']'.repeat(70)}`)).found.join(), /more than 64 levels/)
  const chain = ['a0: &a0 {x: 1}']
  for (let level = 1; level < 80; level++) chain.push(`a${level}: &a${level} {x: *a${level - 1}}`)
  assert.match((await read(chain.join('\n'))).found.join(), /more than 64 levels/)
})

test('names of Object.prototype are ordinary keys', async () => {
  const { values } = await read('__proto__: {constructor: 1}\ntoString: 2')
  assert.deepEqual(values, [
    ['__proto__.constructor', '1'],
    ['toString', '2'],
  ])
})

test('whatever bytes come, reading ends without an exception and places lie within the file', async () => {
  const piece = fc.constantFrom(
    'a',
    'b: ',
    '\n',
    '  ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    ',',
    '*x',
    '&x ',
    '<<: ',
    '"',
    "'",
    '|',
    '? ',
    ':',
    '#',
    '!t ',
    '\t',
    '---\n',
    '%',
    '\u0000',
  )
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 40 }), async (pieces) => {
      const text = pieces.join('')
      const problems = new Problems()
      const settings = await readYaml(text, 'f', problems)
      for (const place of [...settings, ...problems.all].map((item) => item.place)) {
        const line = text.split('\n')[place.line - 1]
        assert.ok(line !== undefined && place.column >= 1 && place.column <= line.length + 1, JSON.stringify(text))
      }
    }),
    { numRuns: 500 },
  )
})

test('a structure written as YAML gives the same settings as the structure itself', async () => {
  const name = fc.stringMatching(/^[a-z_][a-z0-9_-]{0,6}$/)
  const word = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => text.trim() === text && !/\s/.test(text))
  const scalar = fc.oneof(word, fc.integer(), fc.boolean())
  const { tree } = fc.letrec<{ tree: unknown; map: object }>((tie) => ({
    tree: fc.oneof({ maxDepth: 4 }, scalar, fc.array(scalar, { maxLength: 3 }), tie('map')),
    map: fc.dictionary(name, tie('tree'), { maxKeys: 4 }),
  }))
  await fc.assert(
    fc.asyncProperty(fc.dictionary(name, tree, { maxKeys: 4 }), async (object) => {
      const problems = new Problems()
      const written = await readYaml(stringify(object), 'f', problems)
      assert.deepEqual(problems.all, [])
      assert.deepEqual(pairsOf(written), pairsOf(settingsFromObject(object, 'program', problems)))
      assert.deepEqual(impliedOf(written), impliedOf(settingsFromObject(object, 'program', problems)))
      assert.deepEqual(pairsOf(written), flattened(object))
    }),
    { numRuns: 200 },
  )
})

async function read(text: string) {
  const problems = new Problems()
  const settings = await readYaml(text, 'f.yaml', problems)
  return {
    values: pairsOf(settings),
    implied: impliedOf(settings),
    places: Object.fromEntries([...settings].map(({ key, place }) => [key, `${place.line}:${place.column}`])),
    found: problems.all.map(
      ({ severity, place: { file, line, column }, key, message }) =>
        `${severity} ${file}:${line}:${column} ${key}: ${message}`,
    ),
    fixes: problems.all.map(({ fix }) => fix),
  }
}

function pairsOf(settings: Settings): [string, string][] {
  return [...settings].map(({ key, value }) => [key, value])
}

function impliedOf(settings: Settings): Record<string, string> {
  return Object.fromEntries([...settings.impliedKeys].map((key) => [key, settings.implied(key)!.join(' ')]))
}

function flattened(object: object, prefix = ''): [string, string][] {
  return Object.entries(object).flatMap(([key, value]): [string, string][] => {
    if (Array.isArray(value)) return value.length === 0 ? [] : [[prefix + key, value.join(' ')]]
    if (typeof value === 'object') return flattened(value, `${prefix}${key}.`)
    return [[prefix + key, String(value)]]
  })
}
