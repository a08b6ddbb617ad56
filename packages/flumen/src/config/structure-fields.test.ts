import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Fields, type OptionsOf, readFields } from './field.ts'
import type { Problem } from './problem.ts'
import { scalarFields } from './scalar-fields.ts'
import { type Section, sectionOf } from './section.ts'
import { structureFields } from './structure-fields.ts'

const field = { ...scalarFields, ...structureFields }

interface Read<F extends Fields> {
  readonly options: OptionsOf<F>
  readonly problems: readonly Problem[]
  readonly section: Section
}

async function read<const F extends Fields>(fields: F, values: Readonly<Record<string, string>>): Promise<Read<F>> {
  const section = sectionOf(values)
  const options = await readFields(fields, section)
  return { options, problems: section.reading.problems.all, section }
}

const serializers = field.named({
  doc: 'Parts.',
  required: true,
  fields: {
    header: field.string({ required: true, doc: 'Name of a header.' }),
    width: field.int({ default: 3, doc: 'Characters.' }),
  },
})

test('an open-ended prefix takes all keys below its name as they stand, in order', async () => {
  const fields = { header: field.prefix({ doc: 'Headers.' }) }
  const { options, section } = await read(fields, { 'header.web.color': 'red', 'header.a': '1', headers: 'x' })
  assert.deepEqual(
    [...options.header],
    [
      ['web.color', 'red'],
      ['a', '1'],
    ],
  )
  assert.deepEqual([...section.reading.used], ['header.web.color', 'header.a'])
  assert.equal((await read(fields, {})).options.header.size, 0)
})

test('a prefix whose keys do nothing says so of each', async () => {
  const fields = { jvm: field.prefix({ doc: 'For the JVM.', ignored: 'there is none' }) }
  const { problems } = await read(fields, { 'jvm.a': '1', 'jvm.b': '2' })
  assert.deepEqual(
    problems.map(({ severity, key, message }) => [severity, key, message]),
    [
      ['note', 'jvm.a', 'jvm.a does nothing here: there is none'],
      ['note', 'jvm.b', 'jvm.b does nothing here: there is none'],
    ],
  )
})

test('a group reads its fields below its name, groups in groups too', async () => {
  const fields = {
    tls: field.group({
      doc: 'Encryption.',
      fields: {
        port: field.port({ required: true, doc: 'Port.' }),
        key: field.group({ doc: 'The key.', fields: { file: field.path({ default: 'key.pem', doc: 'Its file.' }) } }),
      },
    }),
  }
  const { options, problems } = await read(fields, { 'tls.port': '443', 'tls.key.file': 'other.pem' })
  assert.deepEqual(options, { tls: { port: 443, key: { file: 'other.pem' } } })
  assert.deepEqual(problems, [])
  const missing = await read(fields, {})
  assert.deepEqual(missing.options.tls.key, { file: 'key.pem' })
  assert.deepEqual(
    missing.problems.map(({ key }) => key),
    ['tls.port'],
  )
})

test('a list of names has fields for each name, in the order of the list', async () => {
  const values = { parts: 's2 s1', 'parts.s1.header': 'one', 'parts.s2.header': 'two', 'parts.s2.width': '9' }
  const { options, problems } = await read({ parts: serializers }, values)
  assert.deepEqual(options.parts, [
    { name: 's2', header: 'two', width: 9 },
    { name: 's1', header: 'one', width: 3 },
  ])
  assert.deepEqual(problems, [])
})

test('in a map the keys are the list of names', async () => {
  const section = sectionOf({ 'parts.s1.header': 'one' })
  section.reading.settings.imply('parts', ['s1'])
  const { parts } = await readFields({ parts: serializers }, section)
  assert.deepEqual(parts, [{ name: 's1', header: 'one', width: 3 }])
})

test('a list of names that is needed is missing, and so are the fields of each name', async () => {
  const none = await read({ parts: serializers }, {})
  assert.deepEqual(
    none.problems.map(({ key, message }) => [key, message]),
    [['parts', 'parts is needed']],
  )
  const some = await read({ parts: serializers }, { parts: 's1 s2', 'parts.s2.header': 'x' })
  assert.deepEqual(
    some.problems.map(({ key }) => key),
    ['parts.s1.header'],
  )
})

test('known keys are patterns, so that a misspelt one can be compared with them', async () => {
  const fields = {
    header: field.prefix({ doc: 'Headers.' }),
    tls: field.group({ doc: 'Encryption.', fields: { port: field.port({ doc: 'Port.', aliases: ['p'] }) } }),
    parts: serializers,
  }
  const { section } = await read(fields, {})
  assert.deepEqual(section.reading.known.get(''), [
    'header.*',
    'tls.port',
    'tls.p',
    'parts',
    'parts.*.header',
    'parts.*.width',
  ])
})

test('the reference has a row a key', () => {
  const keys = [
    ...field.prefix({ doc: 'Headers.', placeholder: 'name' }).rows('header'),
    ...field.group({ doc: 'G.', fields: { port: field.port({ doc: 'Port.' }) } }).rows('tls'),
    ...serializers.rows('parts'),
  ].map(({ key }) => key)
  assert.deepEqual(keys, ['header.<name>', 'tls.port', 'parts', 'parts.<name>.header', 'parts.<name>.width'])
})

test('the schema of a group has the schemas of its fields, also those of open-ended keys', () => {
  const group = field.group({
    doc: 'G.',
    fields: { port: field.port({ doc: 'Port.' }), header: field.prefix({ doc: 'Headers.' }) },
  })
  const { properties, patternProperties } = group.schema('tls')
  assert.deepEqual(Object.keys(properties ?? {}), ['tls.port', 'tls.header'])
  assert.deepEqual(Object.keys(patternProperties ?? {}), ['^tls.header\\..+$'])
})
