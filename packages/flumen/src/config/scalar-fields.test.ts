import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Field, readFields } from './field.ts'
import type { Problem } from './problem.ts'
import { scalarFields as field } from './scalar-fields.ts'
import { Secret } from './secret.ts'
import { sectionOf } from './section.ts'

interface ReadValue<T> {
  readonly value: T
  readonly problems: readonly Problem[]
}

/** Reads one field named `key`. */
async function read<T>(one: Field<T>, values: Readonly<Record<string, string>>): Promise<ReadValue<T>> {
  const section = sectionOf(values)
  const { key } = await readFields({ key: one }, section)
  return { value: key as T, problems: section.reading.problems.all }
}

/** What a value is read as, without any problem. */
async function good<T>(one: Field<T>, text: string): Promise<T> {
  const { value, problems } = await read(one, { key: text })
  assert.deepEqual(problems, [], text)
  return value
}

/** The one problem of a value: `severity message; fix`. */
async function bad(one: Field<unknown>, text: string): Promise<string> {
  const { problems } = await read(one, { key: text })
  assert.equal(problems.length, 1, text)
  const { severity, message, fix } = problems[0]!
  return `${severity} ${message}; ${fix}`
}

const doc = 'A field.'

test('a field that is not set has its default, nothing without one, and is missing where it is required', async () => {
  assert.equal((await read(field.int({ doc, default: 7 }), {})).value, 7)
  assert.equal((await read(field.int({ doc }), {})).value, undefined)
  const { problems } = await read(field.int({ doc, required: true }), {})
  assert.deepEqual(
    problems.map(({ severity, key, message, fix, missing }) => [severity, key, message, fix, missing]),
    [['error', 'key', 'key is needed', 'add key = …', true]],
  )
})

test('a bad value is refused, or mended as Flume does where the field says so', async () => {
  const refused = await read(field.int({ doc, default: 7 }), { key: 'x' })
  assert.deepEqual([refused.problems[0]?.severity, refused.value], ['error', 7])
  const mended = await read(field.int({ doc, default: 7, onInvalid: 'default' }), { key: 'x' })
  assert.deepEqual([mended.problems[0]?.severity, mended.value], ['warning', 7])
  assert.equal(mended.problems[0]?.message, '"x" is not a whole number; 7 is used, as in Flume')
  const optional = field.int({ doc, min: 1, onInvalid: 'default' })
  assert.equal(
    await bad(optional, '0'),
    'warning 0 is out of range; it is left out, as in Flume; write a whole number, at least 1',
  )
})

test('an alias is read like the key; both are one too many', async () => {
  const header = field.string({ doc, default: 'timestamp', aliases: ['header'] })
  assert.deepEqual(await read(header, { header: 'at' }), { value: 'at', problems: [] })
  const both = await read(header, { header: 'at', key: 'then' })
  assert.equal(both.value, 'then')
  assert.deepEqual(
    both.problems.map(({ severity, key }) => [severity, key]),
    [['warning', 'header']],
  )
})

test('a key that does nothing is a note and no error, whatever its value is', async () => {
  const ignored = field.int({ doc, ignored: 'there is no JVM' })
  assert.equal(await bad(ignored, '5'), 'note key does nothing here: there is no JVM; remove key')
  assert.equal(await bad(ignored, 'five'), 'note key does nothing here: there is no JVM; remove key')
})

test('a string is taken as it stands', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ minLength: 1 }), async (text) => {
      assert.equal(await good(field.string({ doc }), text), text)
      assert.equal(await good(field.path({ doc }), text), text)
    }),
  )
})

test('an int is a whole number within its bounds', async () => {
  const int = field.int({ doc, min: -5, max: 10 })
  assert.deepEqual([await good(int, '-5'), await good(int, '+10'), await good(int, '007')], [-5, 10, 7])
  for (const text of ['1.5', '1e3', '0x10', 'ten', '1 2', '٣', '--1', '1_000']) {
    assert.equal(await bad(int, text), `error "${text}" is not a whole number; write a whole number`)
  }
  assert.equal(await bad(int, '11'), 'error 11 is out of range; write a whole number, -5 to 10')
  assert.match(await bad(field.int({ doc, max: 3 }), '4'), /at most 3$/)
})

test("an int of Java's 64 bits that JavaScript does not hold counts as the next that it does", async () => {
  const { value, problems } = await read(field.int({ doc }), { key: '9223372036854775807' })
  assert.equal(value, Number.MAX_SAFE_INTEGER)
  assert.deepEqual(
    problems.map(({ severity }) => severity),
    ['warning'],
  )
  assert.equal((await read(field.int({ doc }), { key: '-9223372036854775808' })).value, Number.MIN_SAFE_INTEGER)
  for (const text of ['9223372036854775808', '9'.repeat(10_000)]) {
    assert.match(
      await bad(field.int({ doc }), text),
      /^error \d+…? is out of range; write a whole number of at most 64 bits$/,
    )
  }
  assert.match(await bad(field.int({ doc, max: 10 }), '9223372036854775807'), /^error .* out of range/)
})

test('a number may have a fraction', async () => {
  const number = field.number({ doc, min: 0, max: 1 })
  assert.deepEqual([await good(number, '0.25'), await good(number, '1')], [0.25, 1])
  assert.equal(await bad(number, '1.5'), 'error 1.5 is out of range; write a number, 0 to 1')
  for (const text of ['.5', '1.', '1e-3', 'NaN', 'Infinity', '9'.repeat(400)]) {
    assert.match(await bad(number, text), /^error ".*" is not a number; write a number$/)
  }
})

test('only true is true, in any case; what is neither true nor false is false with a warning', async () => {
  const boolean = field.boolean({ doc, default: true })
  assert.deepEqual([await good(boolean, 'TRUE'), await good(boolean, 'False')], [true, false])
  assert.equal((await read(boolean, { key: 'yes' })).value, false)
  assert.equal(await bad(boolean, '1'), 'warning "1" counts as false, as in Flume; write true or false')
})

test('a duration is in milliseconds; its default, its bounds and a bare number are in its unit', async () => {
  const seconds = field.duration({ doc, unit: 's', default: 30, min: 1, max: 60 })
  assert.equal((await read(seconds, {})).value, 30_000)
  assert.deepEqual(
    [await good(seconds, '3'), await good(seconds, '1.5s'), await good(seconds, '1 m'), await good(seconds, '1000ms')],
    [3000, 1500, 60_000, 1000],
  )
  assert.equal(await bad(seconds, '2 m'), 'error 2 m is out of range; write a duration, 1 to 60 s')
  assert.equal(await bad(seconds, '999ms'), 'error 999ms is out of range; write a duration, 1 to 60 s')
  assert.equal(await bad(seconds, '5 min'), 'error "5 min" has no unit that there is; did you mean 5ms or 5m?')
  assert.equal(
    await bad(seconds, 'soon'),
    'error "soon" is not a duration; write a duration, a number with one of ms s m h d',
  )
  assert.match(await bad(field.duration({ doc, unit: 'd' }), '999999999999999'), /^error .* is out of range; write/)
})

test('a size is in bytes; its default, its bounds and a bare number are in its unit', async () => {
  const size = field.size({ doc, default: 64, unit: 'KiB', min: 1, max: 1024 })
  assert.equal((await read(size, {})).value, 65_536)
  assert.deepEqual(
    [await good(size, '2'), await good(size, '2kB'), await good(size, '64KiB'), await good(size, '1 MiB')],
    [2048, 2000, 65_536, 1_048_576],
  )
  assert.equal(await bad(size, '2 MiB'), 'error 2 MiB is out of range; write a size, 1 to 1024 KiB')
  assert.equal(await bad(size, '512B'), 'error 512B is out of range; write a size, 1 to 1024 KiB')
  assert.equal(await bad(size, '64KB'), 'error "64KB" has no unit that there is; did you mean 64kB or 64KiB?')
  assert.match(await bad(field.size({ doc }), '1.5'), /is not a size; write a size, a number with one of B kB KiB/)
})

test('an enum takes its words in any case and suggests the nearest', async () => {
  const policy = field.enum({ doc, values: ['round_robin', 'random'], default: 'round_robin' })
  assert.equal(await good(policy, 'RANDOM'), 'random')
  assert.equal(await bad(policy, 'randon'), 'error "randon" is not one of round_robin, random; did you mean random?')
  assert.equal(await bad(policy, 'x'), 'error "x" is not one of round_robin, random; write one of round_robin, random')
})

test('a list is words between white space, or between what its field says', async () => {
  assert.deepEqual(await good(field.list({ doc }), ' c1\tc2  c3 '), ['c1', 'c2', 'c3'])
  const comma = field.list({ doc, separator: /,/, default: ['a', 'b'] })
  assert.deepEqual(await good(comma, 'x, y z,,'), ['x', 'y z'])
  assert.deepEqual((await read(comma, {})).value, ['a', 'b'])
})

test('a host is a name or an address; an IPv6 address may stand in brackets', async () => {
  const host = field.host({ doc })
  assert.deepEqual(
    [
      await good(host, 'localhost'),
      await good(host, '0.0.0.0'),
      await good(host, '[::1]'),
      await good(host, 'fe80::1%eth0'),
    ],
    ['localhost', '0.0.0.0', '::1', 'fe80::1%eth0'],
  )
  for (const text of ['a b', 'http://x']) assert.match(await bad(host, text), /^error ".*" is not a host name/)
})

test('a port is 0 to 65535', async () => {
  const port = field.port({ doc })
  assert.deepEqual([await good(port, '0'), await good(port, '65535')], [0, 65_535])
  assert.equal(await bad(port, '65536'), 'error 65536 is out of range; write a port, 0 to 65535')
  for (const text of ['-1', '+1', '80a', '1.0']) assert.match(await bad(port, text), /^error ".*" is not a port/)
})

test('a regular expression is compiled', async () => {
  const regex = await good(field.regex({ doc }), '^a+$')
  assert.deepEqual([regex?.source, regex?.test('aaa'), regex?.test('b')], ['^a+$', true, false])
  assert.equal((await read(field.regex({ doc, default: '.*' }), {})).value?.source, '.*')
})

test('a secret is read, and stands in no problem and no row of the reference', async () => {
  const secret = field.secret({ doc, default: 'changeit' })
  const value = await good(secret, 'hunter2')
  assert.ok(value instanceof Secret)
  assert.equal(value.reveal(), 'hunter2')
  assert.equal(secret.defaultText, '(secret)')
  assert.doesNotMatch(JSON.stringify([secret.rows('key'), secret.schema('key')]), /changeit/)
})

test('a value that is too long for a line is cut off in its problem', async () => {
  const long = 'x'.repeat(100_000)
  const enumeration = field.enum({ doc, values: ['a', 'b'] })
  for (const one of [field.int({ doc }), field.boolean({ doc }), field.port({ doc }), enumeration]) {
    assert.ok((await bad(one, long)).length < 300)
  }
  assert.ok((await bad(field.host({ doc }), `${long} ${long}`)).length < 300)
})

test('a row of the reference says what the declaration says', () => {
  const [row] = field
    .duration({ doc, unit: 's', default: 3, min: 0, onInvalid: 'default', aliases: ['other'] })
    .rows('keep-alive')
  assert.deepEqual(row, {
    key: 'keep-alive',
    kind: 'duration',
    doc,
    required: false,
    defaultText: '3',
    unit: 's',
    constraint: 'at least 0',
    onInvalid: 'default',
    aliases: ['other'],
    ignored: undefined,
  })
  assert.equal(field.list({ doc, default: ['a', 'b'] }).defaultText, 'a b')
  assert.equal(field.int({ doc, defaultText: 'all processors' }).defaultText, 'all processors')
  assert.equal(field.enum({ doc, values: ['a', 'b'] }).constraint, 'a, b')
  assert.equal(field.list({ doc, separator: /,/ }).constraint, 'separated by commas')
})

test('the schema of a field has its key and its aliases, with its bounds', () => {
  const { properties } = field.int({ doc, min: 1, max: 9, aliases: ['other'] }).schema('key')
  const schema = { description: doc, anyOf: [{ type: 'integer', minimum: 1, maximum: 9 }, { type: 'string' }] }
  assert.deepEqual(properties, { key: schema, other: schema })
  assert.deepEqual(field.enum({ doc, values: ['a'] }).schema('k').properties, {
    k: { description: doc, type: 'string', examples: ['a'] },
  })
})
