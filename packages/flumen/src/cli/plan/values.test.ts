import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCount, parseLimit, parseRate, parseRoom, parseShares, parseTime } from './values.ts'

test('a rate is events a second, minute, hour or day, with the bytes of an event or without', () => {
  assert.deepEqual(parseRate('5000'), { perSecond: 5000, eventBytes: undefined })
  assert.deepEqual(parseRate('0/s'), { perSecond: 0, eventBytes: undefined })
  assert.deepEqual(parseRate('1.5k/s'), { perSecond: 1500, eventBytes: undefined })
  assert.deepEqual(parseRate('300k/m'), { perSecond: 5000, eventBytes: undefined })
  assert.deepEqual(parseRate('36M/h x2kB'), { perSecond: 10_000, eventBytes: 2000 })
  assert.deepEqual(parseRate('86400/dx500'), { perSecond: 1, eventBytes: 500 })
  for (const text of ['', '-1/s', '5/y', '5x', '5x0', 'many', '5/s/s', '1e3/s', 'NaN', '5K']) {
    assert.equal(parseRate(text), undefined, text)
  }
})

test('a limit is a rate, or the time that a batch takes', () => {
  assert.deepEqual(parseLimit('2000/s'), { perSecond: 2000 })
  assert.deepEqual(parseLimit('20ms'), { batchSeconds: 0.02 })
  for (const text of ['', '0ms', '5/sx3', '20 parsecs', '-1s']) assert.equal(parseLimit(text), undefined, text)
})

test('shares are parts or percents, once for each channel', () => {
  assert.deepEqual(
    parseShares('c1:80%, c2:0.2'),
    new Map([
      ['c1', 0.8],
      ['c2', 0.2],
    ]),
  )
  for (const text of ['', 'c1', 'c1:101%', 'c1:1.1', 'c1:5', 'c1:50%,c1:50%', ':1']) {
    assert.equal(parseShares(text), undefined, text)
  }
})

test('a time needs its unit, a room may be in TiB, a count is whole and at least 1', () => {
  assert.deepEqual(['1h', '90m', '0s', '5', '', 'x'].map(parseTime), [
    3_600_000,
    5_400_000,
    0,
    undefined,
    undefined,
    undefined,
  ])
  assert.deepEqual(['2TiB', '1 TB', '5GiB', '0', 'x'].map(parseRoom), [2 ** 41, 1e12, 5 * 2 ** 30, 0, undefined])
  assert.deepEqual(['1', '500', '0', '1.5', '-1', ''].map(parseCount), [
    1,
    500,
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})
