import assert from 'node:assert/strict'
import { test } from 'node:test'
import { didYouMean } from './did-you-mean.ts'

const memoryFields = ['capacity', 'transactionCapacity', 'keep-alive', 'byteCapacity', 'byteCapacityBufferPercentage']

test('typing mistakes find the word that was meant', () => {
  assert.equal(didYouMean('capcity', memoryFields), 'capacity')
  assert.equal(didYouMean('transactoinCapacity', memoryFields), 'transactionCapacity')
  assert.equal(didYouMean('hosst', ['port', 'host', 'hosts.h1']), 'host')
  assert.equal(didYouMean('prot', ['type', 'port']), 'port')
  assert.equal(didYouMean('ahcnnel', ['channels', 'channel', 'type']), 'channel')
})

test('case and separators do not count', () => {
  assert.equal(didYouMean('keepAlive', memoryFields), 'keep-alive')
  assert.equal(didYouMean('BATCHSIZE', ['batchDurationMillis', 'batchSize']), 'batchSize')
  assert.equal(didYouMean('abcde', ['a-b_c.d-e']), 'a-b_c.d-e')
  assert.equal(didYouMean('batch_size', ['batchSize', 'batch-sizes']), 'batchSize')
})

test('among equally near words the longer common beginning decides, then the order', () => {
  assert.equal(didYouMean('sinc', ['sync', 'sink']), 'sink')
  assert.equal(didYouMean('a1.c', ['a1.a', 'a1.b']), 'a1.a')
})

test('a word that was cut short finds the whole', () => {
  assert.equal(didYouMean('cap', memoryFields), 'capacity')
})

test('a word that is near to nothing finds nothing', () => {
  assert.equal(didYouMean('zookeeper', memoryFields), undefined)
  assert.equal(didYouMean('x', ['y', 'z']), undefined)
  assert.equal(didYouMean('', memoryFields), undefined)
  assert.equal(didYouMean('capacity', []), undefined)
})

test('the word itself is never the suggestion', () => {
  assert.equal(didYouMean('port', ['port', 'sort']), 'sort')
})

test('work is bounded: candidates after the first ten thousand are not looked at', () => {
  const fillers = Array.from({ length: 9_999 }, (_, index) => `${'x'.repeat(90)}${index}`)
  assert.equal(didYouMean('capacity', [...fillers, 'capacitx']), 'capacitx')
  assert.equal(didYouMean('capacity', [...fillers, 'filler', 'capacitx']), undefined)
  assert.equal(didYouMean('x'.repeat(100_000), ['x'.repeat(100_000)]), undefined)
})
