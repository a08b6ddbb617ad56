import assert from 'node:assert/strict'
import { test } from 'node:test'
import { componentContract, createForTest } from '../../testing/index.ts'
import standard from './default.ts'

// The header's name belongs to the interceptor that holds the serializer.
componentContract(standard, {}, ['name'])

test('default gives the text as it is', async () => {
  const { instance } = await createForTest(standard)
  for (const text of ['', 'a b', ' é\n']) assert.equal(instance.serialize(text), text)
})
