// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the placeholders of configurations.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { Problems } from './problem.ts'
import { Settings } from './settings.ts'
import { type SubstitutionSources, substitute } from './substitution.ts'

interface Golden {
  readonly case: string
  readonly input: { readonly properties: Record<string, string>; readonly system: Record<string, string> }
  readonly output: { readonly properties?: Record<string, string>; readonly clock?: number }
}

const golden = readFileSync(new URL('../../../../test/golden/substitution.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Golden)

/** What the cases of the golden file were run with. */
const environment = {
  FLUMEN_ALPHA: 'alpha',
  FLUMEN_EMPTY: '',
  FLUMEN_SPACES: '  two words ',
  FLUMEN_UNICODE: 'zürich 東京',
  FLUMEN_NAME: 'FLUMEN_ALPHA',
  FLUMEN_NESTED: `\${env:FLUMEN_ALPHA}`,
  FLUMEN_DOLLAR: 'a$b\\c',
}

test('values are resolved as Flume resolves them, then trimmed; what Flume refuses is an error', () => {
  let compared = 0
  for (const { case: name, input, output } of golden) {
    if (output.clock !== undefined) continue
    const { values, found } = run(input.properties, {
      environment,
      systemProperties: new Map(Object.entries(input.system)),
    })
    compared++
    if (!output.properties)
      assert.ok(
        found.some((text) => text.startsWith('error')),
        name,
      )
    else assert.deepEqual(values, trimmedWhereChanged(output.properties, input.properties), name)
  }
  assert.ok(compared > 100)
})

test('what stays as written is told, unless the text itself is meant', () => {
  for (const { case: name, input, output } of golden) {
    if (output.clock !== undefined || !output.properties) continue
    const isEscaped = /\$\$\{/.test(JSON.stringify(input.properties))
    const isLeft = Object.values(output.properties).some((value) => value.includes('${')) && !isEscaped
    const { found } = run(input.properties, { environment, systemProperties: new Map(Object.entries(input.system)) })
    assert.equal(
      found.some((text) => text.startsWith('error') || text.endsWith('it stays as it is')),
      isLeft,
      name,
    )
  }
})

test('another setting is found in whatever order they stand, through several steps', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }), (order) => {
      const all = [
        '${k1}-${k2}',
        '${k3}a',
        '${k3}b',
        '${k4:-no}',
        '$${k5}${k5}',
        'x${k${seven}}y',
        'other',
        'leaf',
      ].map((value, index) => [`k${index}`, value] as const)
      const { values, found } = run({ seven: '7', ...Object.fromEntries(order.map((index) => all[index]!)) })
      assert.deepEqual(found, [])
      assert.equal(values.k0, '${k5}xleafya-${k5}xleafyb')
    }),
  )
})

test('what a default makes good is no problem, however deep within a name', () => {
  const systemProperties = new Map([['b', 'B']])
  const { values, found } = run({ a: '${sys:${nope}:-d}', c: '${sys:${env:NO${x}:-b}}' }, { systemProperties })
  assert.deepEqual(values, { a: 'd', c: 'B' })
  assert.deepEqual(found, [])
})

test('a circle is one error that names all its settings with their places, and leaves them as they are', () => {
  const { values, found } = run({ 'a.start': '${a.x}!', 'a.x': '1 ${a.y}', 'a.y': '${a.z}${a.z}', 'a.z': '${a.x:-d}' })
  assert.deepEqual(values, { 'a.start': '${a.x}!', 'a.x': '1 ${a.y}', 'a.y': '${a.z}${a.z}', 'a.z': '${a.x:-d}' })
  assert.deepEqual(found, [
    'error 2 a.x: settings refer to each other in a circle: a.x (f:2) -> a.y (f:3) -> a.z (f:4) -> a.x',
  ])
  assert.deepEqual(run({ a: '${a}' }).found, ['error 1 a: settings refer to each other in a circle: a (f:1) -> a'])
})

test('a name that is nearly right gets the right one as a fix', () => {
  const { fixes } = run(
    {
      'a1.sources.r1.host': 'h',
      a: '${a1.sources.r1.hots}',
      b: '${env:HOMME}',
      c: '${HOME}',
      d: '${evn:HOME}',
      e: '${sys:usr}',
    },
    { environment: { HOME: '/root' }, systemProperties: new Map([['user', 'u']]) },
  )
  assert.deepEqual(fixes, [
    'did you mean ${a1.sources.r1.host}',
    'did you mean ${env:HOME}',
    'write ${env:HOME} for the environment variable',
    'did you mean env:',
    'did you mean ${sys:user}',
  ])
})

test('config filters are said to come later, with what to use now', () => {
  for (const placeholder of [`\${f1['key']}`, '${f1["key"]}', '${f1[key]}']) {
    const { values, found, fixes } = run({ 'a1.x': placeholder })
    assert.deepEqual(values, { 'a1.x': placeholder })
    assert.deepEqual(found, [
      `error 1 a1.x: ${placeholder} asks a config filter; config filters come in a later version`,
    ])
    assert.match(fixes[0]!, /\$\{env:NAME\}.*\$\{file:\/path\}/)
  }
})

test('files give their content without the line ends at its end, with a charset or without', () => {
  const readFile = (path: string, charset: string): string => `[${path} ${charset}]\n\r\n`
  const { values } = run(
    { a: '${file:/p/q}', b: '${file:ISO-8859-1:/p/q}', c: '${FILE:rel}', d: '${file:C:\\x}' },
    { readFile },
  )
  assert.deepEqual(values, { a: '[/p/q UTF-8]', b: '[/p/q ISO-8859-1]', c: '[rel UTF-8]', d: '[C:\\x UTF-8]' })
})

test('a file that cannot be read is an error, or its default', () => {
  const { values, found } = run({ a: '${file:/none}', b: '${file:/none:-d}' })
  assert.deepEqual(values, { a: '${file:/none}', b: 'd' })
  assert.deepEqual(found, ['error 1 a: the file of ${file:/none} cannot be read: there is no such file'])
})

test('a file is read once and what it holds is not resolved', () => {
  let reads = 0
  const readFile = (): string => `\${env:HOME}${reads++}`
  assert.deepEqual(run({ a: '${file:/x}', b: '${file:/x}' }, { readFile }).values, {
    a: '${env:HOME}0',
    b: '${env:HOME}0',
  })
})

test('dates are formatted with the time given, and a wrong pattern is an error', () => {
  const now = new Date(0)
  const formatDate = (pattern: string, time: Date): string => {
    if (pattern === 'nope') throw new Error('nope')
    return `${pattern}@${time.getTime()}`
  }
  const { values, found } = run({ a: '${date:yyyy-MM-dd HH:mm}', b: '${date:nope}' }, { now, formatDate })
  assert.deepEqual(values, { a: 'yyyy-MM-dd HH:mm@0', b: '${date:nope}' })
  assert.equal(found.length, 1)
})

test('java: tells of Flumen and Node, and a name that it does not have is an error', () => {
  const names = ['version', 'runtime', 'vm', 'os', 'hardware', 'locale']
  const { values, found } = run(Object.fromEntries([...names, 'nope'].map((name) => [name, `\${java:${name}}`])))
  assert.equal(values.version, `Flumen on Node.js ${process.versions.node}`)
  for (const name of names) assert.doesNotMatch(values[name]!, /\$/)
  assert.deepEqual(found, ['error 7 nope: ${java:nope} is not defined'])
})

test('values from the environment and files never get into a problem', () => {
  const secret = 'hunter2'
  const sources = {
    environment: {
      PW: secret,
      OPEN: `${secret}\${`,
      ODD: `${secret}\${${secret}}`,
      [secret]: 'x',
      [`${secret}x`]: 'y',
    },
    systemProperties: new Map([
      ['pw', secret],
      [`${secret}s`, 'z'],
    ]),
    readFile: (path: string): string => {
      if (path.includes(secret)) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' })
      return `${secret}\n`
    },
  }
  const values = [
    '${env:${env:PW}1}',
    '${${env:PW}}',
    '${sys:${sys:pw}}',
    '${${file:/x}}',
    '${file:${env:PW}}',
    '${java:${env:PW}}',
    '${date:${env:PW}}',
    '${${env:PW}:x}',
    "${${env:PW}['k']}",
    '${env:ODD}${env:OPEN}${nothing}',
    '${x${env:ODD}}',
    '${env:MISSING:-${env:PW} ${missing}}',
  ]
  const properties = Object.fromEntries(values.map((value, index) => [`k${index}`, value]))
  const { found, fixes } = run(properties, sources)
  assert.equal(new Set(found.map((text) => text.split(' ')[1])).size, values.length)
  assert.doesNotMatch([...found, ...fixes].join('\n'), /hunter2/)
})

test('what the environment leaves unresolved stays as it is without a problem', () => {
  const { values, found } = run({ a: '${env:PW}' }, { environment: { PW: 'a${b}c${' } })
  assert.deepEqual(values, { a: 'a${b}c${' })
  assert.deepEqual(found, [])
})

test('a value that is empty afterwards is dropped with a warning', () => {
  const { values, found } = run({ a: '${x:-}', b: ' ${x:- } ' })
  assert.deepEqual(values, {})
  assert.deepEqual(found, [
    'warning 1 a: a is empty once its placeholders are resolved, so it is dropped',
    'warning 2 b: b is empty once its placeholders are resolved, so it is dropped',
  ])
})

test('a problem is told once a setting and placeholder, not again where the setting is used', () => {
  const { found } = run({ a: '${b} ${b}', b: '${none} ${none} ${other}', c: '${sys:${b}}' })
  assert.deepEqual(found, [
    'warning 2 b: ${none} is not defined: there is no setting of that name; it stays as it is',
    'warning 2 b: ${other} is not defined: there is no setting of that name; it stays as it is',
  ])
})

test('a name with a dot could be a key, so it is an error; a variable of a shell is not', () => {
  const { found } = run({ a: 'echo ${HOME} ${a1.none}' })
  assert.deepEqual(found, [
    'warning 1 a: ${HOME} is not defined: there is no setting of that name; it stays as it is',
    'error 1 a: ${a1.none} is not defined: there is no setting of that name',
  ])
})

test('placeholders may lead to others 32 times, and the order of the settings does not matter', () => {
  for (const isReversed of [false, true]) {
    const chain = Array.from({ length: 40 }, (_, index): [string, string] => [
      `k${index}`,
      index < 39 ? `\${k${index + 1}}` : 'end',
    ])
    const { values, found } = run(Object.fromEntries(isReversed ? chain.reverse() : chain))
    assert.deepEqual(Object.keys(values).filter((key) => values[key] === 'end').length, 33)
    assert.equal(found.length, 7)
    assert.match(found[0]!, /its placeholders lead to others more than 32 times, or in a circle/)
  }
  assert.match(run({ a: `${'${'.repeat(50)}${'}'.repeat(50)}` }).found.join(), /more than 32 times/)
  const loop = run({ a: '${env:A}' }, { environment: { A: '${env:A}' } })
  assert.match(loop.found.join(), /in a circle/)
})

test('values that multiply end with an error at 1 MiB each and 64 MiB together', () => {
  const doubling = Object.fromEntries(
    Array.from({ length: 30 }, (_, index) => [`k${index}`, `\${k${index + 1}}\${k${index + 1}}`]),
  )
  const doubled = run({ ...doubling, k30: 'x'.repeat(64) })
  assert.ok(doubled.found.length > 0)
  for (const text of doubled.found) assert.match(text, /give more than 1 MiB/)
  const wide = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`k${index}`, '${big}']))
  const { found } = run({ ...wide, big: 'x'.repeat(1024 * 1024) })
  assert.equal(found.length, 1)
  assert.match(found[0]!, /all placeholders together give more than 64 MiB/)
})

test('whatever values say, substitution ends without an exception, and without placeholders nothing changes', () => {
  const piece = fc.constantFrom(
    '${',
    '}',
    '$',
    ':-',
    'k0',
    'k1',
    'k2',
    'env:',
    'A',
    'sys:',
    'file:',
    'date:',
    'java:',
    '[x]',
    ' ',
    ':',
  )
  const value = fc.array(piece, { maxLength: 16 }).map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(value, value, value, value, (k0, k1, k2, A) => {
      const { values } = run({ k0, k1, k2 }, { environment: { A } })
      for (const [key, written] of Object.entries({ k0, k1, k2 })) {
        if (!written.includes('${')) assert.equal(values[key], written)
      }
    }),
    { numRuns: 2_000 },
  )
})

test('places and implied lists stay', () => {
  const settings = new Settings()
  settings.set({ key: 'a1.sources.r1.host', value: '${x:-h}', place: { file: 'f', line: 7, column: 3 } })
  settings.imply('a1.sources', ['r1'])
  const resolved = substitute(settings, sourcesOf({}), new Problems())
  assert.deepEqual(resolved.get('a1.sources.r1.host'), {
    key: 'a1.sources.r1.host',
    value: 'h',
    place: { file: 'f', line: 7, column: 3 },
  })
  assert.deepEqual(resolved.implied('a1.sources'), ['r1'])
})

function run(properties: Readonly<Record<string, string>>, sources: Partial<SubstitutionSources> = {}) {
  const settings = new Settings()
  let line = 0
  for (const [key, value] of Object.entries(properties))
    settings.set({ key, value, place: { file: 'f', line: ++line, column: 1 } })
  const problems = new Problems()
  const resolved = substitute(settings, sourcesOf(sources), problems)
  return {
    values: Object.fromEntries([...resolved].map(({ key, value }) => [key, value])),
    found: problems.all.map(({ severity, place, key, message }) => `${severity} ${place.line} ${key}: ${message}`),
    fixes: problems.all.map(({ fix }) => fix),
  }
}

function sourcesOf(sources: Partial<SubstitutionSources>): SubstitutionSources {
  return {
    environment: {},
    systemProperties: new Map(),
    now: new Date(0),
    formatDate: () => assert.fail('no date is asked for'),
    readFile: () => {
      throw Object.assign(new Error(), { code: 'ENOENT' })
    },
    ...sources,
  }
}

/** Flume's reader trims after it has resolved, and drops what is empty. */
function trimmedWhereChanged(resolved: Readonly<Record<string, string>>, written: Readonly<Record<string, string>>) {
  const trimmed = Object.entries(resolved).map(
    ([key, value]) => [key, value === written[key] ? value : value.trim()] as const,
  )
  return Object.fromEntries(trimmed.filter(([key, value]) => value !== '' || value === written[key]))
}
