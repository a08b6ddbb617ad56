import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOptions } from './options.ts'

const workloads = ['W1', 'answers']

test('workloads are named in any case, and without a name all are meant', () => {
  assert.deepEqual(readOptions(['w1', 'ANSWERS', '--smoke'], workloads), {
    isSmoke: true,
    isPageOnly: false,
    names: ['W1', 'answers'],
  })
  assert.deepEqual(readOptions([], workloads).names, [])
})

test('a word that is not understood is named, with those that are', () => {
  assert.throws(() => readOptions(['W9'], workloads), /no workload W9; there are W1, answers/)
  assert.throws(() => readOptions(['--fast'], workloads), /--fast is not understood/)
})
