import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodable } from './java-utf8.ts'

test('only halves of surrogate pairs become question marks', () => {
  assert.equal(encodable('a\ud83d, \udc00b, 😀, ünï, \ud83d\ud83d\ude00'), 'a?, ?b, 😀, ünï, ?😀')
  assert.equal(encodable(''), '')
})
