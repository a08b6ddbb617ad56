import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalogueOf } from '../testing/catalogue-of.ts'
import { readForTest } from '../testing/harness.ts'
import { defineEventSerializer, defineExtractorSerializer, defineInterceptor, defineSink, field } from './kit.ts'

const unused = (): never => assert.fail('nothing is made in this test')

const plain = defineExtractorSerializer({
  type: 'plain',
  summary: 'Takes the text as it is.',
  fields: {},
  examples: [],
  create: () => ({ serialize: (value) => value }),
})
const padded = defineExtractorSerializer({
  type: 'padded',
  className: 'org.example.PaddedSerializer',
  summary: 'Makes the text longer.',
  fields: { width: field.int({ required: true, doc: 'Characters.' }) },
  examples: [],
  check({ width }, section) {
    if (width === 13) section.error('width', 'width 13 brings bad luck', 'write 12')
  },
  create: ({ width }) => ({ serialize: (value) => value.padEnd(width) }),
})
const csv = defineEventSerializer({
  type: 'csv',
  summary: 'Writes lines.',
  fields: { separator: field.string({ default: ',', doc: 'Between fields.' }) },
  examples: [],
  create: unused,
})
const catalogue = catalogueOf(plain, padded, csv)

const interceptor = defineInterceptor({
  type: 'example',
  summary: 'An example.',
  fields: {
    parts: field.named({
      doc: 'The parts.',
      fields: {
        name: field.string({ required: true, doc: 'Name of a header.' }),
        type: field.component('extractor', { default: 'plain', siblings: true, doc: 'What makes the value.' }),
      },
    }),
  },
  examples: [],
  create: unused,
})
const sink = defineSink({
  type: 'example',
  summary: 'An example.',
  fields: { serializer: field.component('serializer', { default: 'csv', doc: 'What writes.' }) },
  examples: [],
  create: unused,
})

test('a nested component reads its own keys below its name', async () => {
  const { read, problems, unknown } = await readForTest(
    sink,
    { serializer: 'CSV', 'serializer.separator': ';', 'serializer.sep': '' },
    catalogue,
  )
  assert.equal(read.serializer.type, 'CSV')
  assert.deepEqual(problems.all, [])
  assert.deepEqual(unknown, ['serializer.sep'])
})

test('a nested component whose keys are siblings reads them beside its type', async () => {
  const values = {
    parts: 'a b',
    'parts.a.name': 'x',
    'parts.b.name': 'y',
    'parts.b.type': 'padded',
    'parts.b.width': '5',
    'parts.a.width': '9',
  }
  const { read, problems, unknown } = await readForTest(interceptor, values, catalogue)
  assert.deepEqual(problems.all, [])
  assert.deepEqual(unknown, ['parts.a.width'], 'plain has no width')
  const serializers = await Promise.all(read.parts.map(({ type }) => type.create(undefined as never)))
  assert.deepEqual(
    serializers.map((serializer) => serializer.serialize('text')),
    ['text', 'text '],
  )
})

test('problems of a nested component stand at its own keys', async () => {
  const check = async (values: Record<string, string>): Promise<unknown> => {
    const { problems } = await readForTest(interceptor, { parts: 'a', 'parts.a.name': 'x', ...values }, catalogue)
    return problems.all.map(({ key }) => key)
  }
  assert.deepEqual(await check({ 'parts.a.type': 'padded' }), ['parts.a.width'])
  assert.deepEqual(await check({ 'parts.a.type': 'padded', 'parts.a.width': '13' }), ['parts.a.width'])
  assert.deepEqual(await check({ 'parts.a.type': 'paded' }), ['parts.a.type'])
})

test('a field called name wins over the name in the list', async () => {
  const { read } = await readForTest(interceptor, { parts: 'a', 'parts.a.name': 'header' }, catalogue)
  assert.deepEqual(
    read.parts.map(({ name }) => name),
    ['header'],
  )
})

test('the reference has a row for the keys of a nested component, below or beside it', () => {
  assert.deepEqual(
    sink.fields.serializer.rows('serializer').map(({ key }) => key),
    ['serializer', 'serializer.*'],
  )
  assert.deepEqual(
    interceptor.fields.parts.rows('parts').map(({ key }) => key),
    ['parts', 'parts.<name>.name', 'parts.<name>.type', 'parts.<name>.*'],
  )
})
