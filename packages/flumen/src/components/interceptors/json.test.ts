import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOfRows, createEvent } from '../../core/index.ts'
import { Random } from '../../testing/disk/random.ts'
import { batchOfOnePart, createForTest, interceptorContract, readForTest } from '../../testing/index.ts'
import { parseLines } from '../../testing/parse-lines.ts'
import json from './json.ts'

interceptorContract(json)
interceptorContract(json, { values: { onFailure: 'reject', fromHeader: 'host' } })
interceptorContract(json, { values: { onFailure: 'drop', preserveExisting: 'true' } })

test('json sets a header for each field, and leaves numbers as they are written', async () => {
  const parse = await parseLines(json)
  const line = '{"s":"text","n":1.50,"big":12345678901234567890,"e":-1E+2,"yes":true,"no":false,"none":null,"empty":""}'
  assert.deepEqual(parse([line]).headers, [
    { s: 'text', n: '1.50', big: '12345678901234567890', e: '-1E+2', yes: 'true', no: 'false', empty: '' },
  ])
})

test('json names what lies in an object by all names on the way, and leaves arrays as they stand', async () => {
  const parse = await parseLines(json)
  const line = ' {"a" : {"b":{"c": 1},"d":[1, {"x":"y"}]}, "e":{ }, "f":[], "g.h":2} \n'
  assert.deepEqual(parse([line]).headers, [{ 'a.b.c': '1', 'a.d': '[1, {"x":"y"}]', e: '{ }', f: '[]', 'g.h': '2' }])
})

test('json takes separator, prefix, choice, new names and arrays by index from its configuration', async () => {
  const values = {
    separator: '_',
    prefix: 'p.',
    excludeFields: 'secret',
    'rename.user_id': 'uid',
    arrays: 'index',
  }
  const parse = await parseLines(json, values)
  const line = '{"user":{"id":7,"name":"x"},"secret":"s","tags":["a",["b"]]}'
  assert.deepEqual(parse([line]).headers, [{ uid: '7', 'p.user_name': 'x', 'p.tags_0': 'a', 'p.tags_1_0': 'b' }])
  const some = await parseLines(json, { fields: 'user.id tags' })
  assert.deepEqual(some([line]).headers, [{ 'user.id': '7', tags: '["a",["b"]]' }])
})

test('json gives what lies deeper than maxDepth as one value', async () => {
  const parse = await parseLines(json, { maxDepth: '2' })
  assert.deepEqual(parse(['{"a":{"b":{"c":{"d":1}}},"x":1}']).headers, [{ 'a.b': '{"c":{"d":1}}', x: '1' }])
})

test('json undoes escapes in names and values, and makes well-formed text of torn characters', async () => {
  const parse = await parseLines(json)
  const line = String.raw`{"a\"b\\":"\u0041\n\t\/\b\f\r","\u005c":1,"smile":"\ud83d\ude00","torn":"\ud83d!","é":"日本語 naïve and more"}`
  assert.deepEqual(parse([line]).headers, [
    { 'a"b\\': 'A\n\t/\b\f\r', '\\': '1', smile: '😀', torn: '\uFFFD!', é: '日本語 naïve and more' },
  ])
})

const notJson = [
  '',
  'text',
  '[1]',
  '"text"',
  '{',
  '{}x',
  '{"a"}',
  '{"a":}',
  '{"a":1,}',
  '{a:1}',
  '{"a":01}',
  '{"a":1.}',
  '{"a":.5}',
  '{"a":+1}',
  '{"a":truex}',
  '{"a":"\\x"}',
  '{"a":"\\u12g4"}',
  '{"a":"open}',
  '{"a":"a\tb"}',
  '{"a":[1,]}',
  '{"a":[1 2]}',
  '{"a":{"b":[}}',
  '{"a":1} {"a":2}',
]

test('json leaves an event that is no JSON object as it is, with the reason in a header', async () => {
  const parse = await parseLines(json)
  for (const line of notJson) {
    const [headers] = parse([line]).headers
    assert.deepEqual(Object.keys(headers!), ['parseError'], line)
    assert.match(headers!.parseError!, /^json: \S/)
  }
})

test('json rejects or drops what does not parse where it is told so', async () => {
  const lines = ['{"a":1}', '{"a":', '{"a":2}']
  const rejecting = (await parseLines(json, { onFailure: 'reject' }))(lines)
  assert.deepEqual(rejecting.headers, [{ a: '1' }, { a: '2' }])
  assert.deepEqual(rejecting.rejected, [[1, 'json: a value is missing at 5']])
  const dropping = (await parseLines(json, { onFailure: 'drop' }))(lines)
  assert.deepEqual([dropping.headers, dropping.rejected], [[{ a: '1' }, { a: '2' }], []])
})

test('json takes nothing of an event that does not parse to its end', async () => {
  const parse = await parseLines(json, { failureHeader: 'bad' })
  const { headers } = parse(['{"a":1,"b":2', '{"a":3}', '{"a":{"c":1},"a":4'])
  assert.deepEqual(Object.keys(headers[0]!), ['bad'])
  assert.deepEqual(headers[1], { a: '3' })
  assert.deepEqual(Object.keys(headers[2]!), ['bad'])
})

test('json lets the last of two fields with one name count', async () => {
  const parse = await parseLines(json)
  assert.deepEqual(parse(['{"a":1,"a":"two"}', '{"a":{"b":1},"a.b":2}']).headers, [{ a: 'two' }, { 'a.b': '2' }])
})

test('json replaces the headers of an event unless they are to be kept, and leaves all others', async () => {
  const events = [createEvent('{"a":"new","b":1}', { a: 'old', k: 'v' }), createEvent('{"b":2}', { a: 'old' })]
  const after = async (values: Record<string, string>): Promise<object[]> => {
    const { instance } = await createForTest(json, values)
    const batch = instance.intercept(batchOfOnePart(events), assert.fail)
    return Array.from(batch, ({ headers }) => Object.fromEntries(headers))
  }
  assert.deepEqual(await after({}), [
    { a: 'new', k: 'v', b: '1' },
    { a: 'old', b: '2' },
  ])
  assert.deepEqual(await after({ preserveExisting: 'true' }), [
    { a: 'old', k: 'v', b: '1' },
    { a: 'old', b: '2' },
  ])
})

test('json parses a header where it is told so; an event without it does not parse', async () => {
  const { instance } = await createForTest(json, { fromHeader: 'data', onFailure: 'reject' })
  const rejected: unknown[] = []
  const batch = batchOfOnePart([createEvent('x', { data: '{"long":"a value that is long"}' }), createEvent('{"a":1}')])
  const after = instance.intercept(batch, (...each) => rejected.push(each))
  assert.equal(after.header(0, 'long'), 'a value that is long')
  assert.deepEqual([after.length, rejected], [1, [[1, 'json: there is no header data']]])
})

test('json sets the time of an event from a field, be it a header or not; what is no time does not parse', async () => {
  const parse = await parseLines(json, { timestampField: 'time.at', fields: 'a' })
  const { headers } = parse([
    '{"a":1,"time":{"at":"2026-11-21T04:12:57.614Z"}}',
    '{"a":2}',
    '{"a":3,"time":{"at":"soon"}}',
    '{"time":{"at":1795234377}}',
  ])
  assert.deepEqual(headers, [
    { a: '1', timestamp: '1795234377614' },
    { a: '2' },
    { parseError: 'json: time.at is no time' },
    { timestamp: '1795234377000' },
  ])
  const own = await parseLines(json, {
    timestampField: 'timestamp',
    timestampFormat: 'dd.MM.yyyy HH:mm',
    timestampZone: 'UTC',
  })
  assert.deepEqual(own(['{"timestamp":"21.11.2026 04:12"}']).headers, [{ timestamp: '1795234320000' }])
})

test('json bounds fields, values, names and nesting', async () => {
  const parse = await parseLines(json, { maxFields: '3', maxValueLength: '20' })
  const long = 'é'.repeat(19)
  assert.deepEqual(parse([`{"a":"${long}😀","b":"${'x'.repeat(1000)}","c":1,"c":2}`]).headers, [
    { a: long, b: 'x'.repeat(20), c: '2' },
  ])
  const reasons = [
    '{"a":1,"b":2,"c":3,"d":4}',
    `{"${'n'.repeat(257)}":1}`,
    `{"a":${'['.repeat(100_000)}`,
    `${'{"a":'.repeat(600)}1${'}'.repeat(600)}`,
  ].map((line) => parse([line]).headers[0]!.parseError)
  assert.deepEqual(reasons, [
    'json: there are more than 3 fields',
    'json: a name has more than 256 characters',
    'json: brackets are nested deeper than 500',
    'json: brackets are nested deeper than 500',
  ])
})

test('json makes columns of what most rows have and keeps what few have row by row', async () => {
  const { instance } = await createForTest(json)
  const lines = Array.from({ length: 300 }, (_, row) => `{"level":"info","n":${row},"own${row}":"${row}"}`)
  const slab = Buffer.from(lines.join(''))
  const ends = lines.map((_, row) => lines.slice(0, row + 1).join('').length)
  const [part] = instance.intercept(batchOfRows(slab, [0, ...ends.slice(0, -1)], ends), assert.fail).parts
  assert.equal(part!.slab, slab)
  assert.deepEqual(
    part!.columns.map(([name, { kind }]) => [name, kind]),
    [
      ['level', 'constant'],
      ['n', 'list'],
    ],
  )
  assert.deepEqual(
    part!.headers(7),
    new Map([
      ['level', 'info'],
      ['n', '7'],
      ['own7', '7'],
    ]),
  )
})

test('json forgets the names of other events, and goes on to be right', async () => {
  const { instance } = await createForTest(json)
  for (let round = 0; round < 20; round++) {
    const lines = Array.from({ length: 100 }, (_, row) => `{"a":{"n${round}.${row}":${row},"x":1},"b${round}${row}":2}`)
    const after = instance.intercept(batchOfOnePart(lines.map((line) => createEvent(line))), assert.fail)
    for (let row = 0; row < 100; row++) {
      assert.deepEqual(Object.fromEntries(after.headers(row)), {
        [`a.n${round}.${row}`]: String(row),
        'a.x': '1',
        [`b${round}${row}`]: '2',
      })
    }
  }
})

test('json agrees with JSON.parse about what is JSON, and about its values', async () => {
  const random = randomOf(6)
  const parse = await parseLines(json, { maxDepth: '100', maxFields: '10000', separator: '/' })
  for (let round = 0; round < 3000; round++) {
    const text = JSON.stringify(randomObject(random, 3), null, random(2))
    const line = random(3) === 0 ? mangled(text, random) : text
    const expected = reference(line)
    const [headers] = parse([line]).headers
    if (expected === undefined) assert.ok(headers!.parseError, line)
    else assert.deepEqual(withoutArrays(headers!), withoutArrays(expected), line)
  }
})

test('json bears any bytes', async () => {
  const random = randomOf(7)
  const parse = await parseLines(json)
  for (let round = 0; round < 300; round++) {
    const lines = Array.from({ length: 20 }, () => {
      const bytes = Buffer.from(Array.from({ length: random(60) }, () => (random(2) ? 0x20 + random(96) : random(256))))
      return random(2) ? bytes : Buffer.concat([Buffer.from('{"a":"'), bytes, Buffer.from('"}')])
    })
    assert.equal(parse(lines).headers.length, 20)
  }
})

test('json refuses a format of times and a zone that there are not', async () => {
  const errors = async (values: Record<string, string>): Promise<string[]> =>
    (await readForTest(json, values)).problems.all.map(({ key, fix }) => `${key}: ${fix}`)
  assert.deepEqual(await errors({ timestampFormat: 'iso8061' }), ['timestampFormat: did you mean iso8601?'])
  assert.deepEqual(await errors({ timestampZone: 'Mars/Olympus' }), [
    'timestampZone: write a name like UTC or Europe/Berlin',
  ])
  assert.deepEqual(await errors({ timestampFormat: 'yyyy-MM-dd', timestampZone: 'Europe/Berlin' }), [])
})

type Below = (end: number) => number

function randomOf(seed: number): Below {
  const random = new Random(seed)
  return (end) => random.below(end)
}

const names = ['a', 'b', 'c c', 'é', 'x"y', '']
function randomObject(random: Below, depth: number): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  for (let count = random(5); count > 0; count--)
    object[`${names[random(names.length)]}${depth}`] = randomValue(random, depth - 1)
  return object
}

function randomValue(random: Below, depth: number): unknown {
  const texts = ['', 'plain', 'a longer text with blanks', 'esc "\\\n\u0001', '日本語', '😀', '\ud800']
  if (depth > 0 && random(3) === 0) return randomObject(random, depth)
  const kinds = [
    null,
    true,
    false,
    random(1000) - 500,
    random(1000) / 7,
    1e21,
    [],
    [1, 'two'],
    texts[random(texts.length)],
  ]
  return kinds[random(kinds.length)]
}

function mangled(text: string, random: Below): string {
  const at = random(text.length)
  const characters = '{}[]",:\\0x -.e\u0007'
  return text.slice(0, at) + characters[random(characters.length)] + text.slice(at + random(3))
}

/** An array is its text, which JSON.parse does not keep. */
function withoutArrays(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace(/^\[.*/s, '[')]))
}

/** What JSON.parse makes of it, where no name stands in it twice. */
function reference(line: string): Record<string, string> | undefined {
  let value: unknown
  try {
    value = JSON.parse(line, function (this: unknown, _key, each: unknown, context?: { source?: string }) {
      return typeof each === 'number' ? { source: context?.source } : each
    } as (key: string, value: unknown) => unknown)
  } catch {
    return undefined
  }
  if (!line.trimStart().startsWith('{')) return undefined
  const flat: Record<string, string> = {}
  flatten(value as object, '', flat)
  return flat
}

function flatten(object: object, path: string, flat: Record<string, string>): void {
  for (const [name, value] of Object.entries(object)) {
    const key = path === '' ? name : `${path}/${name}`
    if (value === null) continue
    if (Array.isArray(value)) flat[key] = '['
    else if (typeof value !== 'object') flat[key] = String(value).toWellFormed()
    else if (typeof value.source === 'string') flat[key] = value.source
    else if (Object.keys(value).length === 0) flat[key] = '{}'
    else flatten(value, key, flat)
  }
}
