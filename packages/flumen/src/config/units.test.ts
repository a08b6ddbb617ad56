import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  durationUnits,
  parseDuration,
  parseSize,
  sizeUnits,
  toBytes,
  toMilliseconds,
  withSimilarUnits,
} from './units.ts'

test('a bare number has the unit of its field', () => {
  assert.equal(parseDuration('3', 's'), 3000)
  assert.equal(parseDuration('3', 'ms'), 3)
  assert.equal(parseSize('2', 'B'), 2)
  assert.equal(parseSize('2', 'MiB'), 2 * 1024 ** 2)
})

test('every unit is taken, with a blank before it or not', () => {
  assert.deepEqual(
    durationUnits.map((unit) => parseDuration(`2${unit}`, 's')),
    [2, 2000, 120_000, 7_200_000, 172_800_000],
  )
  assert.deepEqual(
    sizeUnits.map((unit) => parseSize(`2 ${unit}`, 'MB')),
    [2, 2000, 2048, 2_000_000, 2 * 1024 ** 2, 2_000_000_000, 2 * 1024 ** 3],
  )
})

test('fractions are exact where the smaller unit is whole', () => {
  assert.equal(parseDuration('1.5s', 'ms'), 1500)
  assert.equal(parseDuration('0.5', 'ms'), 0.5)
  assert.equal(parseSize('1.5KiB', 'B'), 1536)
  assert.equal(parseSize('1.005 kB', 'B'), 1005)
  assert.equal(parseSize('0.5', 'B'), undefined)
  assert.equal(parseSize('1.0001 kB', 'B'), undefined)
})

test('whole numbers of any unit are scaled without an error', () => {
  fc.assert(
    fc.property(fc.nat({ max: 1_000_000 }), fc.constantFrom(...sizeUnits), (number, unit) => {
      assert.equal(parseSize(`${number}${unit}`, 'B'), toBytes(number, unit))
    }),
  )
  fc.assert(
    fc.property(fc.nat({ max: 1_000_000 }), fc.constantFrom(...durationUnits), (number, unit) => {
      assert.equal(parseDuration(`${number} ${unit}`, 'd'), toMilliseconds(number, unit))
    }),
  )
})

test('signs are taken; words, other units, exponents and other digits are not', () => {
  assert.equal(parseDuration('-1 s', 'ms'), -1000)
  assert.equal(parseDuration('+1', 's'), 1000)
  for (const text of ['', 's', '1 sec', '1S', '1e3', '1,5s', '1 s s', '٣', '0x10', '1.', '.5', 'Infinity']) {
    assert.equal(parseDuration(text, 's'), undefined, text)
  }
  for (const text of ['1kb', '1KB', '1 K', '1 TB', '64k']) assert.equal(parseSize(text, 'B'), undefined, text)
})

test('more than JavaScript holds exactly is no size, and what is infinite is no duration', () => {
  assert.equal(parseSize('9007199254740993', 'B'), undefined)
  assert.equal(parseSize('9999999999 GiB', 'B'), undefined)
  assert.equal(parseDuration(`${'9'.repeat(400)} d`, 's'), undefined)
})

test('a unit that there is not suggests those that begin alike', () => {
  assert.deepEqual(withSimilarUnits('64KB', sizeUnits), ['64kB', '64KiB'])
  assert.deepEqual(withSimilarUnits('1.5 min', durationUnits), ['1.5ms', '1.5m'])
  assert.deepEqual(withSimilarUnits('5 weeks', durationUnits), [])
  assert.deepEqual(withSimilarUnits('64kB', sizeUnits), [])
  assert.deepEqual(withSimilarUnits('abc', sizeUnits), [])
})
