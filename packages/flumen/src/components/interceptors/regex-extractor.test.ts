import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineExtractorSerializer } from '../../component/kit.ts'
import { batchOfRows, createEvent, type Event, type EventBatch } from '../../core/index.ts'
import { batchOfOnePart, catalogueOf, createForTest, interceptorContract, readForTest } from '../../testing/index.ts'
import standard from '../extractors/default.ts'
import regexExtractor from './regex-extractor.ts'

/** Makes a number of a text, and refuses what is none. */
const number = defineExtractorSerializer({
  type: 'number',
  summary: 'Reads a number.',
  fields: {},
  examples: [],
  create: () => ({
    serialize(value) {
      if (value === '0') return undefined
      if (!/^\d+$/.test(value)) throw new Error(`${value} is not a number`)
      return String(Number(value))
    },
  }),
})
const catalogue = catalogueOf(standard, number)
const never = (): void => assert.fail('no row is rejected')

interceptorContract(regexExtractor, {
  values: { regex: '(\\w)(é)?', serializers: 'a b', 'serializers.a.name': 'host', 'serializers.b.name': 'key' },
  harness: { catalogue },
})
interceptorContract(regexExtractor, {
  values: { regex: '(.)\\1', serializers: 'a', 'serializers.a.name': 'x', 'serializers.a.type': 'number' },
  harness: { catalogue },
})

test('regex_extractor sets a header for each group of the first match', async () => {
  const extract = await make('(\\w+)=(\\w+)', { key: {}, value: {} })
  assert.deepEqual(headersOf(extract(['a=1 b=2', 'é x=y'])), [
    { key: 'a', value: '1' },
    { key: 'x', value: 'y' },
  ])
})

test('regex_extractor leaves an event without a match as it is', async () => {
  const extract = await make('(\\d+)', { n: {} })
  const batch = batchOfOnePart([
    createEvent('none', { n: 'old', k: 'v' }),
    createEvent('7', { n: 'old' }),
    createEvent('none'),
  ])
  assert.deepEqual(headersOf(extract(batch)), [{ n: 'old', k: 'v' }, { n: '7' }, {}])
  const none = batchOfOnePart([createEvent('none', { n: 'old' }), createEvent('x')])
  assert.equal(extract(none), none)
})

test('regex_extractor leaves out the header of a group that takes no part in the match', async () => {
  const extract = await make('(\\d+)?x(\\d+)', { first: {}, second: {} })
  const batch = batchOfOnePart([createEvent('x5', { first: 'old' }), createEvent('4x5')])
  assert.deepEqual(headersOf(extract(batch)), [{ second: '5' }, { first: '4', second: '5' }])
})

test('regex_extractor sets an empty header for a group that matches nothing', async () => {
  const extract = await make('()a', { x: {} })
  assert.deepEqual(headersOf(extract(['a'])), [{ x: '' }])
})

test('regex_extractor ignores groups without a serializer, and serializers without a group', async () => {
  assert.deepEqual(headersOf((await make('(.)(.)', { a: {} }))(['xy'])), [{ a: 'x' }])
  const own = batchOfOnePart([createEvent('xy', { b: 'old' })])
  assert.deepEqual(headersOf((await make('(.).', { a: {}, b: {} }))(own)), [{ a: 'x', b: 'old' }])
})

test('regex_extractor lets the last of two groups with one header win', async () => {
  const values = { regex: '(.)(.)', serializers: 'a b', 'serializers.a.name': 'x', 'serializers.b.name': 'x' }
  const { instance } = await createForTest(regexExtractor, values, { catalogue })
  assert.deepEqual(headersOf(instance.intercept(batchOfOnePart([createEvent('ab')]), never)), [{ x: 'b' }])
})

test('regex_extractor rejects an event whose value its serializer refuses, and goes on', async () => {
  const extract = await make('^(\\S+) (\\S+)', { n: { type: 'number' }, word: {} })
  const rejected: unknown[] = []
  const after = extract(['007 a', 'x b', '0 c', '5 d'], (row, reason) => rejected.push([row, reason]))
  assert.deepEqual(headersOf(after), [{ n: '7', word: 'a' }, { word: 'c' }, { n: '5', word: 'd' }])
  assert.deepEqual(rejected, [[1, 'header n: x is not a number']])
})

test('regex_extractor rejects an event on which the expression takes too long, and goes on', async () => {
  const extract = await make('^((?=(a+)+$).*)', { x: {} })
  const rejected: unknown[] = []
  const after = extract(['aa', `${'a'.repeat(5000)}!`, 'b'], (row, reason) => rejected.push([row, reason]))
  assert.deepEqual(headersOf(after), [{ x: 'aa' }, {}])
  assert.deepEqual(rejected, [[1, 'the regular expression took too long on this event and was cut off']])
})

test('regex_extractor makes one column for a batch and shares its slab', async () => {
  const extract = await make('(\\w+)', { word: {} })
  const slab = Buffer.from('one two')
  const [part] = extract(batchOfRows(slab, [0, 4], [3, 7])).parts
  assert.equal(part!.slab, slab)
  assert.deepEqual(part!.columns, [['word', { kind: 'list', values: ['one', 'two'] }]])
})

test('regex_extractor reads the keys of a serializer beside its type', async () => {
  const values = {
    regex: '(.)',
    serializers: 's',
    'serializers.s.name': 'x',
    'serializers.s.type': 'DEFAULT',
    'serializers.s.width': '3',
  }
  const { problems, unknown } = await readForTest(regexExtractor, values, catalogue)
  assert.deepEqual(problems.all, [])
  assert.deepEqual(unknown, ['serializers.s.width'])
})

test('regex_extractor refuses what Flume refuses: no regex, no serializers, no name, an unknown type', async () => {
  const good = { regex: '(.)', serializers: 's', 'serializers.s.name': 'x' }
  const keys = async (values: Record<string, string>): Promise<string[]> => {
    const { problems } = await readForTest(regexExtractor, values, catalogue)
    return problems.all.filter(({ severity }) => severity === 'error').map(({ key }) => key)
  }
  assert.deepEqual(await keys(good), [])
  assert.deepEqual(await keys({ ...good, regex: '' }), ['regex'])
  assert.deepEqual(await keys({ serializers: 's', 'serializers.s.name': 'x' }), ['regex'])
  assert.deepEqual(await keys({ regex: '(.)' }), ['serializers'])
  assert.deepEqual(await keys({ regex: '(.)', serializers: 's' }), ['serializers.s.name'])
  assert.deepEqual(await keys({ ...good, 'serializers.s.type': 'no.such.Class' }), ['serializers.s.type'])
})

test('regex_extractor warns of serializers that no group feeds', async () => {
  const values = { regex: '\\d+', serializers: 's', 'serializers.s.name': 'x' }
  const { problems } = await readForTest(regexExtractor, values, catalogue)
  assert.deepEqual(
    problems.all.map(({ severity, key }) => [severity, key]),
    [['warning', 'serializers']],
  )
})

type Extract = (events: readonly string[] | EventBatch, reject?: (row: number, reason: string) => void) => EventBatch

/** @param serializers header name to further keys of its serializer */
async function make(regex: string, serializers: Record<string, Record<string, string>>): Promise<Extract> {
  const values: Record<string, string> = { regex, serializers: Object.keys(serializers).join(' ') }
  for (const [name, more] of Object.entries(serializers)) {
    values[`serializers.${name}.name`] = name
    for (const [key, value] of Object.entries(more)) values[`serializers.${name}.${key}`] = value
  }
  const { instance } = await createForTest(regexExtractor, values, { catalogue })
  return (events, reject = never) => {
    const batch = Array.isArray(events)
      ? batchOfOnePart(events.map((body): Event => createEvent(body)))
      : (events as EventBatch)
    return instance.intercept(batch, reject)
  }
}

function headersOf(batch: EventBatch): Record<string, string>[] {
  return Array.from(batch, ({ headers }) => Object.fromEntries(headers))
}
