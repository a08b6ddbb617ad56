import assert from 'node:assert/strict'
import { test } from 'node:test'
import { componentContract, createForTest, readForTest } from '../../testing/index.ts'
import millis from './millis.ts'

process.env.TZ = 'America/New_York'

// The header's name belongs to the interceptor that holds the serializer.
componentContract(millis, { values: { pattern: 'yyyy' } }, ['name'])

test('millis gives the ms since 1970 of a time, in the zone of the process or in its own', async () => {
  const local = await createForTest(millis, { pattern: 'yyyy-MM-dd HH:mm:ss,SSS' })
  assert.equal(local.instance.serialize('2012-10-18 18:47:57,614'), '1350600477614')
  const zoned = await createForTest(millis, { pattern: "yyyy-MM-dd'T'HH:mm:ssZ" })
  assert.equal(zoned.instance.serialize('2012-10-18T18:47:57+0200'), '1350578877000')
})

test('millis throws the reason for a text that is no such time', async () => {
  const { instance } = await createForTest(millis, { pattern: 'yyyy-MM-dd' })
  assert.throws(() => instance.serialize('garbage'), { message: 'Invalid format: "garbage"' })
  assert.throws(() => instance.serialize('2011-02-29'), /Value 29 for dayOfMonth must be in the range \[1,28\]/)
})

test('millis needs a pattern that is one', async () => {
  const keys = async (values: Record<string, string>): Promise<string[]> => {
    const { problems } = await readForTest(millis, values)
    return problems.all.map(({ severity, key }) => `${severity} ${key}`)
  }
  assert.deepEqual(await keys({ pattern: 'yyyy' }), [])
  assert.deepEqual(await keys({}), ['error pattern'])
  assert.deepEqual(await keys({ pattern: '' }), ['error pattern'])
  assert.deepEqual(await keys({ pattern: 'yyyy-bb' }), ['error pattern'])
})
