import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEvent } from '../../core/index.ts'
import { batchOfOnePart, createForTest, interceptorContract } from '../../testing/index.ts'
import uuid from './uuid.ts'

interceptorContract(uuid, { random: ['id'] })
interceptorContract(uuid, { values: { preserveExisting: 'false', headerName: 'event' }, random: ['event'] })

const never = (): void => assert.fail('no row is rejected')
const version4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test('uuid gives each event a random UUID of version 4', async () => {
  const { instance } = await createForTest(uuid)
  const seen = new Set<string>()
  for (let batch = 0; batch < 20; batch++) {
    const after = instance.intercept(batchOfOnePart(Array.from({ length: 100 }, () => createEvent('a'))), never)
    for (const { headers } of after) {
      const id = headers.get('id')!
      assert.match(id, version4)
      seen.add(id)
    }
  }
  assert.equal(seen.size, 2000)
})

test('uuid sets every bit that is free at some time', async () => {
  const { instance } = await createForTest(uuid)
  const batch = batchOfOnePart(Array.from({ length: 400 }, () => createEvent('a')))
  const digits = Array.from({ length: 36 }, () => new Set<string>())
  for (const { headers } of instance.intercept(batch, never)) {
    for (const [index, digit] of [...headers.get('id')!].entries()) digits[index]!.add(digit)
  }
  const counts = digits.map((each) => each.size)
  assert.deepEqual([counts[8], counts[13], counts[14], counts[18], counts[19], counts[23]], [1, 1, 1, 1, 4, 1])
  for (const index of [0, 7, 9, 12, 15, 17, 20, 22, 24, 35]) assert.equal(counts[index], 16, `digit ${index}`)
})

test('uuid puts its prefix before each id', async () => {
  const { instance } = await createForTest(uuid, { prefix: 'événement-' })
  const id = instance.intercept(batchOfOnePart([createEvent('a')]), never).header(0, 'id')!
  assert.ok(id.startsWith('événement-'))
  assert.match(id.slice('événement-'.length), version4)
})

test('uuid keeps the ids that events have, be they empty, unless it is told otherwise', async () => {
  const batch = batchOfOnePart([createEvent('a', { id: '' }), createEvent('b', { id: 'own' }), createEvent('c')])
  const ids = async (values: Record<string, string>): Promise<(string | undefined)[]> => {
    const { instance } = await createForTest(uuid, values)
    return Array.from(instance.intercept(batch, never), ({ headers }) => headers.get('id'))
  }
  const [first, second, third] = await ids({})
  assert.deepEqual([first, second], ['', 'own'])
  assert.match(third!, version4)
  for (const id of await ids({ preserveExisting: 'false' })) assert.match(id!, version4)
})
