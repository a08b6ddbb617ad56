import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { batchOf, type ChannelSelector, ConfigurationError, createEvent, EventBatch } from '../../core/index.ts'
import { batchOfOnePart, createForTest, readForTest, selectorContract } from '../../testing/index.ts'
import multiplexing from './multiplexing.ts'

const channels = ['c1', 'c2', 'c3', 'c4']
const values = {
  header: 'state',
  'mapping.CZ': 'c1',
  'mapping.US': 'c1\t c2',
  'mapping.a.b': 'c3',
  'optional.US': 'c2 c4',
  'optional.DE': 'c3 c4',
  default: 'c3',
}

selectorContract(multiplexing, {
  values: { header: 'host', 'mapping.web-1': 'c1 c2', 'optional.web-1': 'c2 c3', default: 'c3' },
})
selectorContract(multiplexing, { values: { header: 'key', 'mapping.web-1': 'c1' } })

test('multiplexing routes a batch with a constant header as a whole', async () => {
  const { instance } = await createForTest(multiplexing, values, { channels })
  const whole = (value: string): unknown => instance.select(batchOfOnePart([withState(value), withState(value)]))
  assert.deepEqual(whole('CZ'), [{ channel: 0, required: true, rows: null }])
  assert.deepEqual(whole('US'), [
    { channel: 0, required: true, rows: null },
    { channel: 1, required: true, rows: null },
    { channel: 3, required: false, rows: null },
  ])
})

test('multiplexing splits a batch by the value of each row', async () => {
  const { instance } = await createForTest(multiplexing, values, { channels })
  const batch = batchOfOnePart([
    withState('CZ'),
    withState('US'),
    withState(undefined),
    withState('CZ'),
    withState('other'),
  ])
  assert.deepEqual(plain(instance, batch), ['c1 0,1,3', 'c2 1', 'c3 2,4', 'c4? 1'])
})

test('multiplexing compares exactly, and takes blank values for missing ones', async () => {
  const { instance } = await createForTest(multiplexing, { ...values, 'mapping. ': 'c4' }, { channels })
  const batch = batchOfOnePart(['cz', 'CZ ', '', ' ', '\t', 'a.b'].map(withState))
  assert.deepEqual(plain(instance, batch), ['c3 all'])
})

test('multiplexing takes a channel that is required for a value, be it by default, out of its optional ones', async () => {
  const { instance } = await createForTest(multiplexing, values, { channels })
  assert.deepEqual(plain(instance, batchOfOnePart([withState('DE'), withState('FR')])), ['c3 all', 'c4? 0'])
})

test('multiplexing without a default leaves rows that no mapping has unrouted', async () => {
  const { instance } = await createForTest(multiplexing, { header: 'state', 'mapping.CZ': 'c1' }, { channels })
  assert.deepEqual(plain(instance, batchOfOnePart([withState('CZ'), withState('US'), withState(undefined)])), ['c1 0'])
  assert.deepEqual(instance.select(batchOfOnePart([withState('US')])), [])
})

test('multiplexing looks at flume.selector.header by default', async () => {
  const { instance } = await createForTest(multiplexing, { 'mapping.x': 'c2' }, { channels })
  assert.deepEqual(plain(instance, batchOfOnePart([createEvent('', { 'flume.selector.header': 'x' })])), ['c2 all'])
})

test('multiplexing puts an event once into a channel that a list names twice', async () => {
  const { instance } = await createForTest(multiplexing, { default: 'c1 c1' }, { channels })
  assert.deepEqual(plain(instance, batchOfOnePart([withState('x')])), ['c1 all'])
})

test('multiplexing names every channel with its key for the check, and refuses one that the source does not have', async () => {
  const { read } = await readForTest(multiplexing, { 'mapping.a': 'c1 c2', default: 'c3', 'optional.b': 'c4' })
  assert.deepEqual(multiplexing.namesChannels?.(read), [
    { key: 'mapping.a', channel: 'c1' },
    { key: 'mapping.a', channel: 'c2' },
    { key: 'default', channel: 'c3' },
    { key: 'optional.b', channel: 'c4' },
  ])
  await assert.rejects(createForTest(multiplexing, { default: 'c9' }, { channels }), ConfigurationError)
})

test('multiplexing refuses a mapping to no channel', async () => {
  const { problems } = await readForTest(multiplexing, { 'mapping.a': ' ' })
  assert.deepEqual(
    problems.all.map(({ key, message }) => [key, message]),
    [['mapping.a', 'mapping.a names no channel']],
  )
})

test('multiplexing routes every row of any batch as the same row alone', async () => {
  const { instance } = await createForTest(multiplexing, values, { channels })
  const make = [batchOf, batchOfOnePart]
  const state = fc.constantFrom('CZ', 'US', 'DE', 'a.b', '', 'x', undefined)
  fc.assert(
    fc.property(fc.array(fc.array(state, { minLength: 1, maxLength: 12 }), { maxLength: 5 }), (parts) => {
      const batch = EventBatch.join(parts.map((states, index) => make[index % 2]!(states.map(withState))))
      const alone = Array.from({ length: batch.length }, (_, row) => targets(instance, batch.slice(row, row + 1))[0])
      assert.deepEqual(targets(instance, batch), alone)
    }),
  )
})

function withState(state: string | undefined): ReturnType<typeof createEvent> {
  return createEvent('body', state === undefined ? {} : { state })
}

/** `c1 0,2`: rows 0 and 2 to c1; `c1?`: optional. */
function plain(selector: ChannelSelector, batch: EventBatch): string[] {
  return selector
    .select(batch)
    .map(
      ({ channel, required, rows }) =>
        `${channels[channel]}${required ? '' : '?'} ${rows === null ? 'all' : rows.join()}`,
    )
}

function targets(selector: ChannelSelector, batch: EventBatch): string[] {
  const found = Array.from({ length: batch.length }, () => [] as string[])
  for (const { channel, required, rows } of selector.select(batch)) {
    for (const row of rows ?? found.keys()) found[row]!.push(`${channel} ${required}`)
  }
  return found.map((each) => each.sort().join())
}
