import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { afterEach, test } from 'node:test'
import { Timestamps, type Zone } from './timestamps.ts'

const zone = process.env.TZ
afterEach(() => {
  if (zone === undefined) delete process.env.TZ
  else process.env.TZ = zone
})

const now = Date.UTC(2026, 10, 21, 2, 8, 25)

function long(text: string, zone: Zone = 'UTC', digits = 6): string | undefined {
  const timestamps = new Timestamps(zone, () => now)
  const bytes = Buffer.from(`${text} `)
  if (!timestamps.readLong(bytes, 0, bytes.length, digits)) return undefined
  assert.equal(timestamps.end, bytes.length - 1)
  return new Date(timestamps.ms!).toISOString()
}

function short(text: string, zone: Zone = 'UTC', at = now): string | undefined {
  const timestamps = new Timestamps(zone, () => at)
  const bytes = Buffer.from(text)
  if (!timestamps.readShort(bytes, 0, bytes.length)) return undefined
  return timestamps.ms === undefined ? 'no month' : new Date(timestamps.ms).toISOString()
}

test('fractions and offsets of RFC 5424 count', () => {
  assert.equal(long('2003-10-11T22:14:15Z'), '2003-10-11T22:14:15.000Z')
  assert.equal(long('2003-10-11T22:14:15.12Z'), '2003-10-11T22:14:15.120Z')
  assert.equal(long('2003-10-11T22:14:15.123999+02:00'), '2003-10-11T20:14:15.123Z')
  assert.equal(long('2003-10-11T22:14:15-07:30'), '2003-10-12T05:44:15.000Z')
  assert.equal(long('0099-01-01T00:00:00Z'), '0099-01-01T00:00:00.000Z')
})

test('what is no date of RFC 5424 is refused', () => {
  for (const text of ['2003-10-11T22:14', '2003-10-11T22:14:1x', '2003/10/11T22:14:15', '2003-10-11T22:14:15.Z']) {
    assert.equal(long(text), undefined, text)
  }
  assert.equal(long('2003-10-11T22:14:15.1234567Z'), undefined)
  assert.equal(long('2003-10-11T22:14:15+0200'), undefined)
})

test('a field that is too large rolls over', () => {
  assert.equal(long('2003-02-31T25:61:61Z'), '2003-03-04T02:02:01.000Z')
  assert.equal(short('Feb 29 12:00:00'), '2026-03-01T12:00:00.000Z')
})

test('a date without a zone is in the local one, of an hour that comes twice the second', () => {
  process.env.TZ = 'America/New_York'
  assert.equal(long('2026-07-01T12:00:00', 'local'), '2026-07-01T16:00:00.000Z')
  assert.equal(long('2026-11-01T01:30:00', 'local'), '2026-11-01T06:30:00.000Z')
  assert.equal(long('2026-03-08T02:30:00', 'local'), '2026-03-08T07:30:00.000Z')
  assert.equal(short('Jul  1 12:00:00', 'local'), '2026-07-01T16:00:00.000Z')
})

test('a date without a year is at most a month ahead and eleven back', () => {
  assert.equal(short('Dec 21 02:08:25'), '2026-12-21T02:08:25.000Z')
  assert.equal(short('Dec 21 02:08:26'), '2025-12-21T02:08:26.000Z')
  const newYearsEve = Date.UTC(2026, 11, 31, 23, 59)
  assert.equal(short('Jan  1 00:00:01', 'UTC', newYearsEve), '2027-01-01T00:00:01.000Z')
  assert.equal(short('Dec 31 23:59:59', 'UTC', Date.UTC(2027, 0, 1)), '2026-12-31T23:59:59.000Z')
})

test('dates of RFC 3164 have one or two blanks, and a month that there is', () => {
  assert.equal(short('Oct 1 01:02:03'), '2026-10-01T01:02:03.000Z')
  assert.equal(short('Oct  1 01:02:03'), '2026-10-01T01:02:03.000Z')
  assert.equal(short('Xyz  1 01:02:03'), 'no month')
  for (const text of ['oct 11 01:02:03', 'Oct   1 01:02:03', 'Oct 11 1:02:03 x', 'Oct 11 01:02', 'Oct11 01:02:03']) {
    assert.equal(short(text), undefined, text)
  }
})

interface Choice {
  readonly source: string
  readonly jvm_tz: string
  readonly now: string
  readonly input: string
  readonly events: readonly { readonly headers: { readonly timestamp: string } }[]
}

test('years are chosen as Flume chooses them; multiport does as the others, in UTC', () => {
  const file = new URL('../../../../../test/golden/syslog-year-choice.jsonl', import.meta.url)
  const choices = readFileSync(file, 'utf8').trim().split('\n')
  for (const line of choices) {
    const { source, jvm_tz, now: ranAt, input, events } = JSON.parse(line) as Choice
    process.env.TZ = jvm_tz
    const isMultiport = source === 'multiport_syslogtcp'
    const ours = short(input.slice(4, 19), isMultiport ? 'UTC' : 'local', Date.parse(ranAt))!
    const flume = new Date(Number(events[0]!.headers.timestamp)).toISOString()
    if (isMultiport) {
      assert.equal(ours.slice(4), flume.slice(4), input)
      assert.match(ours, /^202[56]/)
    } else assert.equal(ours, flume, `${jvm_tz} ${input}`)
  }
})
