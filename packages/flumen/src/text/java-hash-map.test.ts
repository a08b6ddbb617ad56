import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { javaHashCode, javaHashMapOrder } from './java-hash-map.ts'

test('hash codes are those of java.lang.String', () => {
  const known: readonly (readonly [string, number])[] = [
    ['', 0],
    ['a', 97],
    ['hello', 99162322],
    ['timestamp', 55126294],
    ['polygenelubricants', -2147483648],
    ['Aa', 2112],
    ['BB', 2112],
    ['é', 233],
    ['😀', 1772899],
  ]
  for (const [text, hash] of known) assert.equal(javaHashCode(text), hash, text)
})

test('keys come by bucket of a table of sixteen, as in an event that interceptors filled', () => {
  assert.deepEqual(javaHashMapOrder(['a', 'b', 'empty', 'timestamp', 'u']), ['a', 'b', 'u', 'empty', 'timestamp'])
})

test('keys of one bucket keep the order of their arrival, also after the table has grown', () => {
  assert.deepEqual(javaHashMapOrder(['Aa', 'BB']), ['Aa', 'BB'])
  assert.deepEqual(javaHashMapOrder(['BB', 'Aa']), ['BB', 'Aa'])
  const many = [...Array.from({ length: 20 }, (_, index) => `k${index}`), 'BB', 'Aa']
  const order = javaHashMapOrder(many)
  assert.ok(order.indexOf('BB') < order.indexOf('Aa'))
  assert.deepEqual([...order].sort(), [...many].sort())
})

test('four hundred maps are walked as Java walks them', () => {
  const golden = readFileSync(join(import.meta.dirname, '../../../../test/golden/java-hash-map.jsonl'), 'utf8')
  const maps = golden.trimEnd().split('\n')
  assert.equal(maps.length, 400)
  for (const map of maps) {
    const { put, order } = JSON.parse(map) as { readonly put: string[]; readonly order: string[] }
    assert.deepEqual(javaHashMapOrder(put), order)
  }
})
