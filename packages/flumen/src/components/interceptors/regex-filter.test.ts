import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { batchOfRows, createEvent, EventBatch } from '../../core/index.ts'
import { batchOfOnePart, createForTest, interceptorContract, readForTest } from '../../testing/index.ts'
import regexFilter from './regex-filter.ts'

interceptorContract(regexFilter)
interceptorContract(regexFilter, { values: { regex: 't|é', excludeEvents: 'true' } })
interceptorContract(regexFilter, { values: { regex: '(.)\\1' } })

const never = (): void => assert.fail('no row is rejected')

test('regex_filter keeps events with a match anywhere in the body', async () => {
  assert.deepEqual(await kept({ regex: 'b+' }, ['abc', 'xyz', '', 'b']), ['abc', 'b'])
  assert.deepEqual(await kept({ regex: '^b' }, ['abc', 'b']), ['b'])
})

test('regex_filter drops the events with a match, if it is told to', async () => {
  assert.deepEqual(await kept({ regex: 'b+', excludeEvents: 'true' }, ['abc', 'xyz', '', 'b']), ['xyz', ''])
})

test('regex_filter keeps everything by default', async () => {
  assert.deepEqual(await kept({}, ['abc', '', '\n']), ['abc', '', '\n'])
})

test('regex_filter reads bodies as UTF-8', async () => {
  assert.deepEqual(await kept({ regex: '^.$' }, ['é', '日', 'ab']), ['é', '日'])
})

test('regex_filter gives the batch itself when it keeps all, and shares the slab when it does not', async () => {
  const slab = Buffer.from('one two three')
  const batch = batchOfRows(slab, [0, 4, 8], [3, 7, 13])
  const all = await createForTest(regexFilter)
  assert.equal(all.instance.intercept(batch, never), batch)
  const some = await createForTest(regexFilter, { regex: 't' })
  const after = some.instance.intercept(batch, never)
  assert.deepEqual(
    after.parts.map((part) => [part.slab === slab, part.length]),
    [[true, 2]],
  )
})

test('regex_filter rejects an event on which the expression takes too long, and goes on', async () => {
  const { instance } = await createForTest(regexFilter, { regex: '^(?=(a+)+$)' })
  const rejected: unknown[] = []
  const evil = `${'a'.repeat(5000)}!`
  const batch = batchOfOnePart([createEvent('aaa'), createEvent(evil), createEvent('aa'), createEvent('b')])
  const after = instance.intercept(batch, (row, reason) => rejected.push([row, reason]))
  assert.deepEqual(
    Array.from(after, ({ body }) => Buffer.from(body).toString()),
    ['aaa', 'aa'],
  )
  assert.deepEqual(rejected, [[1, 'the regular expression took too long on this event and was cut off']])
})

test('regex_filter keeps of any batch what JavaScript would keep', async () => {
  const { instance } = await createForTest(regexFilter, { regex: 'a.*b' })
  const parts = fc.array(fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'x', 'é') }), { minLength: 1 }), {
    maxLength: 4,
  })
  fc.assert(
    fc.property(parts, (bodies) => {
      const batch = EventBatch.join(bodies.map((each) => batchOfOnePart(each.map((body) => createEvent(body)))))
      const after = Array.from(instance.intercept(batch, never), ({ body }) => Buffer.from(body).toString())
      assert.deepEqual(
        after,
        bodies.flat().filter((body) => /a.*b/.test(body)),
      )
    }),
  )
})

test('regex_filter refuses an expression that is wrong, and says where', async () => {
  const { problems } = await readForTest(regexFilter, { regex: 'a(' })
  assert.deepEqual(
    problems.all.map(({ severity, key }) => [severity, key]),
    [['error', 'regex']],
  )
})

async function kept(values: Record<string, string>, bodies: readonly string[]): Promise<string[]> {
  const { instance } = await createForTest(regexFilter, values)
  const after = instance.intercept(batchOfOnePart(bodies.map((body) => createEvent(body))), never)
  return Array.from(after, ({ body }) => Buffer.from(body).toString())
}
