import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChannelContext, EventSerializer, Sink, SourceContext } from '../core/index.ts'
import { defineChannel, defineSink, defineSource, field, type Nested, type OptionsOf } from './kit.ts'
import type { Written } from './written.ts'

/** True only where two types are the same, `any`, optional and readonly members included. */
type Same<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false

/** Does not compile where the types differ. */
function expectSame<One, Other>(same: Same<One, Other>): void {
  assert.equal(same, true)
}

const doc = 'A field.'

const sink = defineSink({
  type: 'example',
  summary: 'An example.',
  fields: {
    directory: field.path({ required: true, doc }),
    'roll.size': field.size({ doc }),
    mode: field.enum({ values: ['fast', 'safe'], default: 'safe', doc }),
    serializer: field.component('serializer', { default: 'text', doc }),
    header: field.prefix({ doc }),
    password: field.secret({ doc }),
    hosts: field.list({ default: [], doc }),
  },
  examples: [],
  check(options, section) {
    expectSame<typeof options.mode, 'fast' | 'safe'>(true)
    section.note('mode', options.mode, '')
  },
  batchSize: (options) => {
    expectSame<(typeof options)['roll.size'], number | undefined>(true)
    return undefined
  },
  create(options): Sink {
    expectSame<typeof options.directory, string>(true)
    expectSame<typeof options.serializer, Nested<'serializer'>>(true)
    expectSame<Awaited<ReturnType<typeof options.serializer.create>>, EventSerializer>(true)
    return assert.fail('nothing is made in this test')
  },
})

test('create, check and the questions of a plan get exactly the types that the fields say', () => {
  expectSame<OptionsOf<typeof sink.fields>['hosts'], readonly string[]>(true)
  assert.equal(sink.kind, 'sink')
})

test('each kind of component gets its own surroundings', () => {
  const unused = { summary: 'S.', fields: {}, examples: [] }
  defineSource({
    ...unused,
    create: (_options, context) => {
      expectSame<typeof context, SourceContext>(true)
      return assert.fail('nothing is made in this test')
    },
  })
  defineChannel({
    ...unused,
    create: (_options, context) => {
      expectSame<typeof context, ChannelContext>(true)
      return assert.fail('nothing is made in this test')
    },
  })
})

test('what a declaration may not say does not compile', () => {
  const wrong = (): unknown => [
    // @ts-expect-error what a sink creates is no source
    defineSink({ summary: 'S.', fields: {}, examples: [], create: () => ({ kind: 'event-driven' as const }) }),
    // @ts-expect-error an option that there is not
    defineSink({ summary: 'S.', fields: {}, examples: [], create: ({ port }) => port as never }),
    // @ts-expect-error no examples
    defineSink({ summary: 'S.', fields: {}, create: () => undefined as never }),
    // @ts-expect-error no kind of component
    field.component('codec', { default: 'x', doc }),
  ]
  assert.equal(typeof wrong, 'function')
})

test('a program writes options in the way of its language', () => {
  const written: Written<typeof sink> = {
    directory: '/var/log',
    'roll.size': '64 MiB',
    mode: 'fast',
    serializer: { type: 'avro_event', compressionCodec: 'snappy' },
    header: { web: 1 },
    password: 'hunter2',
    hosts: ['a', 'b'],
  }
  const others: Written<typeof sink> = { 'roll.size': 1024, serializer: 'text', hosts: 'a b' }
  const wrong: readonly Written<typeof sink>[] = [
    // @ts-expect-error not one of the words
    { mode: 'slow' },
    // @ts-expect-error an option that there is not
    { directry: '/var/log' },
    // @ts-expect-error a list is no number
    { hosts: 7 },
  ]
  assert.deepEqual([Object.keys(written).length, Object.keys(others).length, wrong.length], [7, 3, 3])
})
