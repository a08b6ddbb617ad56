import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytes, count, duration, latency, percent, rate, signedRate } from './human.ts'

test('counts are whole to four digits and have three digits and a unit above', () => {
  assert.deepEqual([0, 7, 1000, 9999, 12_345, 123_456, 999_600, 1_234_567].map(count), [
    '0',
    '7',
    '1000',
    '9999',
    '12.3 k',
    '123 k',
    '1 M',
    '1.23 M',
  ])
  assert.equal(count(Number.POSITIVE_INFINITY), '∞')
})

test('rates below ten have decimals, and growth has its sign', () => {
  assert.deepEqual([0, 0.001, 0.05, 0.5, 9, 9.94, 100, 12_345].map(rate), [
    '0/s',
    '0/s',
    '0.05/s',
    '0.5/s',
    '9/s',
    '9.9/s',
    '100/s',
    '12.3 k/s',
  ])
  assert.deepEqual([50, -20, 0].map(signedRate), ['+50/s', '-20/s', '0/s'])
})

test('bytes have binary units', () => {
  assert.deepEqual([0, 999, 1000, 1024 ** 2 * 84.1, 1024 ** 3 * 1.2].map(bytes), [
    '0 B',
    '999 B',
    '0.98 KiB',
    '84.1 MiB',
    '1.2 GiB',
  ])
})

test('durations have two units at most', () => {
  assert.deepEqual([-1, 0.4, 20, 59.6, 192, 7500, 273_600].map(duration), [
    '0 s',
    '0 s',
    '20 s',
    '1 m',
    '3 m 12 s',
    '2 h 5 m',
    '3 d 4 h',
  ])
})

test('latencies are fine below ten seconds', () => {
  assert.deepEqual([0, 0.0002, 0.005, 0.12, 0.9996, 1.25, 9.96, 3725].map(latency), [
    '0 ms',
    '0.2 ms',
    '5 ms',
    '120 ms',
    '1.0 s',
    '1.3 s',
    '10 s',
    '1 h 2 m',
  ])
})

test('a part is never shown as all or nothing unless it is', () => {
  assert.deepEqual([0, 0.001, 0.42, 0.999, 1].map(percent), ['0 %', '1 %', '42 %', '99 %', '100 %'])
})
