import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, createEvent } from 'flumen'
import { createForTest, readForTest } from 'flumen/testing'
import redact from './redact.ts'

const ignore = (): void => undefined

test('long runs of digits are replaced, short ones and the headers stay', async () => {
  const { instance } = await createForTest(redact, { digits: '6', mask: 'X' })
  const batch = instance.intercept(batchOf([createEvent('card 4111111111, pin 1234', { host: 'web1' })]), ignore)
  assert.equal(batch.text(0), 'card X, pin 1234')
  assert.equal(batch.header(0, 'host'), 'web1')
})

test('a batch without such digits is handed on as it is', async () => {
  const { instance } = await createForTest(redact)
  const batch = batchOf([createEvent('hello')])
  assert.equal(instance.intercept(batch, ignore), batch)
})

test('a length that is no number is a problem with a mend', async () => {
  const { problems } = await readForTest(redact, { digits: 'many' })
  assert.deepEqual(
    problems.all.map(({ key, message }) => [key, message]),
    [['digits', '"many" is not a whole number']],
  )
})
