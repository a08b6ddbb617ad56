import { zoneOffset } from './zone-offset.ts'

/** How to read a time; `auto` tells the forms apart by their look. */
export const timeFormats = ['auto', 'iso8601', 'epoch', 'epoch_ms', 'clf', 'error_log', 'syslog'] as const
export type TimeFormat = (typeof timeFormats)[number]

/** What a time without a zone, or without a year, is completed with. */
export interface TimeContext {
  /** IANA name of the zone; the process's own unless given. */
  readonly zone: string | undefined
  /** ms since the epoch: a time of syslog has no year. */
  now(): number
}

/** @returns ms since the epoch, not a number where the text is no such time */
export function readTime(text: string, format: TimeFormat, context: TimeContext): number {
  switch (format) {
    case 'iso8601':
      return readIso8601(text, context)
    case 'epoch':
      return readEpoch(text, 1000)
    case 'epoch_ms':
      return readEpoch(text, 1)
    case 'clf':
      return readClf(text)
    case 'error_log':
      return readErrorLogTime(text, context)
    case 'syslog':
      return readSyslogTime(text, context)
    default:
      return readAny(text, context)
  }
}

function readAny(text: string, context: TimeContext): number {
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return readEpoch(text, scaleOf(text))
  for (const read of [readIso8601, readClf, readErrorLogTime, readSyslogTime]) {
    const time = read(text, context)
    if (!Number.isNaN(time)) return time
  }
  return Number.NaN
}

/** Seconds have 9 to 11 digits from 1973 to 5138, milliseconds 12 to 14, and so on. */
function scaleOf(text: string): number {
  const digits = /\d+/.exec(text)![0].length
  if (digits <= 11) return 1000
  if (digits <= 14) return 1
  return digits <= 17 ? 0.001 : 0.000_001
}

function readEpoch(text: string, scale: number): number {
  return /^-?\d{1,20}(?:\.\d{1,20})?$/.test(text) ? within(Math.floor(Number(text) * scale)) : Number.NaN
}

const iso8601 =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?\s?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i

function readIso8601(text: string, context: TimeContext): number {
  const match = iso8601.exec(text)
  if (!match) return Number.NaN
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction, offset] = match
  const local = localTime(Number(year), Number(month), Number(day), `${hour}:${minute}:${second}`, fraction)
  return offset === undefined ? fromZone(local, context) : local - offsetMs(offset)
}

const clf = /^(\d\d?)\/([A-Za-z]{3})\/(\d{4}):(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))? ([+-]\d\d:?\d\d)$/

function readClf(text: string): number {
  const match = clf.exec(text)
  if (!match) return Number.NaN
  const [, day, month, year, clock, fraction, offset] = match
  return localTime(Number(year), monthOf(month!), Number(day), clock!, fraction) - offsetMs(offset!)
}

const apacheError = /^(?:[A-Za-z]{3} )?([A-Za-z]{3}) +(\d\d?) (\d\d:\d\d:\d\d)(?:\.(\d{1,9}))? (\d{4})$/
const nginxError = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d:\d\d:\d\d)$/

function readErrorLogTime(text: string, context: TimeContext): number {
  const nginx = nginxError.exec(text)
  if (nginx) {
    const [, year, month, day, clock] = nginx
    return fromZone(localTime(Number(year), Number(month), Number(day), clock!, undefined), context)
  }
  const apache = apacheError.exec(text)
  if (!apache) return Number.NaN
  const [, month, day, clock, fraction, year] = apache
  return fromZone(localTime(Number(year), monthOf(month!), Number(day), clock!, fraction), context)
}

const syslog = /^([A-Za-z]{3}) +(\d\d?) (\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?$/
const monthMs = 30 * 86_400_000

/** The year is this one, or the last one where that would be more than a month ahead. */
function readSyslogTime(text: string, context: TimeContext): number {
  const match = syslog.exec(text)
  if (!match) return Number.NaN
  const [, month, day, clock, fraction] = match
  const now = context.now()
  const year = new Date(now).getUTCFullYear()
  const timeIn = (ofYear: number): number =>
    fromZone(localTime(ofYear, monthOf(month!), Number(day), clock!, fraction), context)
  const time = timeIn(year)
  return time - now > monthMs || Number.isNaN(time) ? timeIn(year - 1) : time
}

const months = 'janfebmaraprmayjunjulaugsepoctnovdec'

/** 1 to 12; 0: no month. */
function monthOf(name: string): number {
  const at = months.indexOf(name.toLowerCase())
  return at % 3 === 0 ? at / 3 + 1 : 0
}

/** ms since the epoch if the clock were UTC's; a leap second counts as the second before it. */
function localTime(year: number, month: number, day: number, clock: string, fraction: string | undefined): number {
  const [hour, minute, second] = clock.split(':').map(Number) as [number, number, number]
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return Number.NaN
  if (hour > 23 || minute > 59 || second > 60) return Number.NaN
  const ms = fraction === undefined ? 0 : Number(fraction.slice(0, 3).padEnd(3, '0'))
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.setUTCHours(hour, minute, Math.min(second, 59), ms)
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** `Z`, `+02`, `+0200` or `+02:00`. */
function offsetMs(offset: string): number {
  if (offset === 'Z' || offset === 'z') return 0
  const hours = Number(offset.slice(1, 3))
  const minutes = Number(offset.slice(3).replace(':', '') || '0')
  if (hours > 23 || minutes > 59) return Number.NaN
  return (offset[0] === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000
}

function fromZone(local: number, { zone }: TimeContext): number {
  if (Number.isNaN(local)) return local
  if (zone === 'UTC') return local
  if (zone === undefined) {
    const date = new Date(local)
    const day = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()] as const
    const time = new Date(2000, 0, 1)
    time.setFullYear(...day)
    return time.setHours(date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), date.getUTCMilliseconds())
  }
  const guess = local - zoneOffset(local, zone) * 60_000
  return local - zoneOffset(guess, zone) * 60_000
}

function within(time: number): number {
  return Math.abs(time) <= 8.64e15 ? time : Number.NaN
}
