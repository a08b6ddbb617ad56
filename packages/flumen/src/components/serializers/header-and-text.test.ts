import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, createEvent } from '../../core/index.ts'
import { createForTest, serialized, serializerContract } from '../../testing/index.ts'
import headerAndText from './header-and-text.ts'

serializerContract(headerAndText)
serializerContract(headerAndText, { values: { appendNewline: 'false' } })

test('header_and_text writes headers as Java prints a map, then a space and the body', async () => {
  const { instance } = await createForTest(headerAndText)
  const batch = batchOf([createEvent('no headers'), createEvent('body', { a: '1', b: '' })])
  assert.equal(String(await serialized(instance, batch)), '{} no headers\n{a=1, b=} body\n')
})

test('header_and_text writes half of a surrogate pair as a question mark, as Java does', async () => {
  const { instance } = await createForTest(headerAndText, { appendNewline: 'false' })
  const batch = batchOf([createEvent('', { cut: 'a\ud83d', whole: '😀' })])
  assert.match(String(await serialized(instance, batch)), /cut=a\?.*whole=😀|whole=😀.*cut=a\?/)
})

test('header_and_text gives each row its own headers where columns have holes', async () => {
  const { instance } = await createForTest(headerAndText)
  const batch = batchOf([
    createEvent('1', { a: 'x', b: 'y' }),
    createEvent('2', { a: 'z' }),
    createEvent('3', { b: 'y' }),
  ])
  assert.equal(String(await serialized(instance, batch)), '{a=x, b=y} 1\n{a=z} 2\n{b=y} 3\n')
})
