import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keysOf } from './keys.ts'

test('keys are told apart, also when several come at once', () => {
  assert.deepEqual(keysOf('q'), ['quit'])
  assert.deepEqual(keysOf('\x03'), ['quit'])
  assert.deepEqual(keysOf('p s?'), ['pause', 'pause', 'sort', 'help'])
  assert.deepEqual(keysOf('\x1b'), ['escape'])
})

test('an arrow or a function key is one other key and not the letters in it', () => {
  assert.deepEqual(keysOf('\x1b[A'), ['other'])
  assert.deepEqual(keysOf('\x1bOPq'), ['other', 'quit'])
  assert.deepEqual(keysOf('\x1b[1;5Sx\x1b[24~'), ['other', 'other', 'other'])
})
