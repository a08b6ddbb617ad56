import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTime, type TimeContext, type TimeFormat } from './log-time.ts'

const now = Date.UTC(2026, 10, 21, 4, 12, 57)
const utc: TimeContext = { zone: 'UTC', now: () => now }

function isoOf(text: string, format: TimeFormat = 'auto', zone = 'UTC'): string | undefined {
  const time = readTime(text, format, { zone, now: () => now })
  return Number.isNaN(time) ? undefined : new Date(time).toISOString()
}

test('a time in ISO 8601 may have a zone, a fraction, or no clock at all', () => {
  assert.equal(isoOf('2026-11-21T04:12:57Z'), '2026-11-21T04:12:57.000Z')
  assert.equal(isoOf('2026-11-21 04:12:57,614'), '2026-11-21T04:12:57.614Z')
  assert.equal(isoOf('2026-11-21t04:12:57.1234567+02:00'), '2026-11-21T02:12:57.123Z')
  assert.equal(isoOf('2026-11-21 04:12 -0530'), '2026-11-21T09:42:00.000Z')
  assert.equal(isoOf('2026-11-21T04:12+01'), '2026-11-21T03:12:00.000Z')
  assert.equal(isoOf('2024-02-29'), '2024-02-29T00:00:00.000Z')
  assert.equal(isoOf('0099-01-01T00:00:00Z'), '0099-01-01T00:00:00.000Z')
})

test('a number is seconds, milliseconds, microseconds or nanoseconds by its length', () => {
  const expected = '2026-11-21T04:12:57.614Z'
  for (const text of ['1795234377.614', '1795234377614', '1795234377614000', '1795234377614000000']) {
    assert.equal(isoOf(text), expected, text)
  }
  assert.equal(isoOf('1795234377', 'epoch'), '2026-11-21T04:12:57.000Z')
  assert.equal(isoOf('1795234377', 'epoch_ms'), '1970-01-21T18:40:34.377Z')
  assert.equal(isoOf('-1.5', 'epoch'), '1969-12-31T23:59:58.500Z')
  assert.equal(isoOf('99999999999999999999', 'epoch'), undefined)
})

test('the times of access and error logs are read', () => {
  assert.equal(isoOf('10/Oct/2026:13:55:36 -0700', 'clf'), '2026-10-10T20:55:36.000Z')
  assert.equal(isoOf('10/oct/2026:13:55:36 +0530'), '2026-10-10T08:25:36.000Z')
  assert.equal(isoOf('Sat Nov 21 04:12:57.123456 2026', 'error_log'), '2026-11-21T04:12:57.123Z')
  assert.equal(isoOf('Sat Nov  1 04:12:57 2026'), '2026-11-01T04:12:57.000Z')
  assert.equal(isoOf('2026/11/21 04:12:57'), '2026-11-21T04:12:57.000Z')
})

test('a time of syslog is in this year, or in the last one where it would be far ahead', () => {
  assert.equal(isoOf('Nov 21 04:12:57', 'syslog'), '2026-11-21T04:12:57.000Z')
  assert.equal(isoOf('Dec  1 00:00:00'), '2026-12-01T00:00:00.000Z')
  assert.equal(isoOf('Dec 31 23:59:59'), '2025-12-31T23:59:59.000Z')
  assert.equal(isoOf('Feb 29 00:00:00'), undefined)
})

test('a time without a zone is in the zone of the context, in summer and in winter', () => {
  assert.equal(isoOf('2026-07-01 12:00:00', 'iso8601', 'Europe/Berlin'), '2026-07-01T10:00:00.000Z')
  assert.equal(isoOf('2026/12/01 12:00:00', 'error_log', 'Europe/Berlin'), '2026-12-01T11:00:00.000Z')
  assert.equal(isoOf('2026-03-29 03:30:00', 'iso8601', 'Europe/Berlin'), '2026-03-29T01:30:00.000Z')
  const own = readTime('2026-07-01 12:00:00', 'auto', { zone: undefined, now: () => now })
  assert.equal(own, new Date(2026, 6, 1, 12).getTime())
})

test('what is no time is none', () => {
  const texts = [
    '',
    'now',
    '2026-13-01',
    '2026-02-30',
    '2026-11-21T24:00:00Z',
    '2026-11-21T04:60Z',
    '2026-11-21T04:12:57+25:00',
    '31/Foo/2026:00:00:00 +0000',
    '31/Nov/2026:00:00:00 +0000',
    '21/anf/2026:00:00:00 +0000',
    'Nov 21',
    '1e9',
    '1'.repeat(400),
  ]
  for (const text of texts) assert.ok(Number.isNaN(readTime(text, 'auto', utc)), text)
})

test('a leap second is the second before it', () => {
  assert.equal(isoOf('2016-12-31T23:59:60Z'), '2016-12-31T23:59:59.000Z')
})
