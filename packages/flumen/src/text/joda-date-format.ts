import { DateFormatError, dayNames, monthNames, type PatternToken, patternTokens } from './date-pattern.ts'
import { zoneOffset } from './zone-offset.ts'

export interface JodaPattern {
  /**
   * Milliseconds since the epoch; in the process's own zone unless the text says an offset.
   * @throws Error with Joda-Time's message for a text that does not fit
   */
  parse(text: string): number
}

/** What was read, by the name that Joda-Time gives the field. */
type Fields = Map<string, number>

/** Reads from a position; the next one, or the complement of where it failed. */
type Reader = (text: string, position: number, fields: Fields) => number

const letters = 'GCYxweEyDMdaKhHkmsSzZ'
const numeric = 'CYxweyDdKhHkmsS'
const ranges: Readonly<Record<string, readonly [number, number]>> = {
  monthOfYear: [1, 12],
  dayOfMonth: [1, 31],
  dayOfYear: [1, 366],
  dayOfWeek: [1, 7],
  weekOfWeekyear: [1, 53],
  hourOfDay: [0, 23],
  clockhourOfDay: [1, 24],
  hourOfHalfday: [0, 11],
  clockhourOfHalfday: [1, 12],
  minuteOfHour: [0, 59],
  secondOfMinute: [0, 59],
}

/** The abbreviations that Joda-Time parses; those of North America name a zone, whatever its offset is at the time. */
const zoneAbbreviations = new Map([
  ['UTC', 'UTC'],
  ['UT', 'UTC'],
  ['GMT', 'UTC'],
  ['EST', 'America/New_York'],
  ['EDT', 'America/New_York'],
  ['CST', 'America/Chicago'],
  ['CDT', 'America/Chicago'],
  ['MST', 'America/Denver'],
  ['MDT', 'America/Denver'],
  ['PST', 'America/Los_Angeles'],
  ['PDT', 'America/Los_Angeles'],
])

/** A pattern of Joda-Time's DateTimeFormat.forPattern, in English. @throws DateFormatError for a letter that it does not have */
export function compileJodaPattern(pattern: string): JodaPattern {
  if (pattern === '') throw new DateFormatError('Invalid pattern specification', 0)
  const tokens = patternTokens(pattern, letters, (letter) => `Illegal pattern component: ${letter}`)
  const readers = tokens.map((token, index) => reader(token, tokens[index + 1]))
  return {
    parse(text) {
      const fields: Fields = new Map()
      let position = 0
      for (const read of readers) {
        position = read(text, position, fields)
        if (position < 0) throw new Error(invalid(text, ~position))
      }
      if (position < text.length) throw new Error(invalid(text, position))
      return millisOf(fields, text)
    },
  }
}

function reader(token: PatternToken, next: PatternToken | undefined): Reader {
  if (token.kind === 'text') return literal(token.text)
  const { letter, count, position } = token
  const numberFollows =
    next?.kind === 'letters' && (numeric.includes(next.letter) || (next.letter === 'M' && next.count < 3))
  switch (letter) {
    case 'G':
      return oneOf('era', ['BC', 'AD', 'BCE', 'CE'], [0, 1, 0, 1])
    case 'C':
      return digits('centuryOfEra', count >= 9 ? count : 9, true)
    case 'x':
    case 'y':
    case 'Y':
      return yearReader(letter === 'x' ? 'weekyear' : letter === 'y' ? 'year' : 'yearOfEra', count, numberFollows)
    case 'M':
      return count < 3
        ? digits('monthOfYear', Math.max(2, count))
        : names('monthOfYear', monthNames, (index) => index + 1)
    case 'd':
      return digits('dayOfMonth', Math.max(2, count))
    case 'D':
      return digits('dayOfYear', Math.max(3, count))
    case 'w':
      return digits('weekOfWeekyear', Math.max(2, count))
    case 'e':
      return digits('dayOfWeek', Math.max(1, count))
    case 'E':
      return names('dayOfWeek', dayNames, (index) => index || 7)
    case 'a':
      return oneOf('halfdayOfDay', ['AM', 'PM'], [0, 1])
    case 'H':
      return digits('hourOfDay', Math.max(2, count))
    case 'k':
      return digits('clockhourOfDay', Math.max(2, count))
    case 'K':
      return digits('hourOfHalfday', Math.max(2, count))
    case 'h':
      return digits('clockhourOfHalfday', Math.max(2, count))
    case 'm':
      return digits('minuteOfHour', Math.max(2, count))
    case 's':
      return digits('secondOfMinute', Math.max(2, count))
    case 'S':
      return fraction(count)
    case 'z':
      if (count >= 4) throw new DateFormatError('Parsing not supported: the name of a zone', position)
      return oneOf(
        'zone',
        [...zoneAbbreviations.keys()],
        [...zoneAbbreviations.keys()].map((_, index) => index),
      )
    default:
      if (count > 2) throw new DateFormatError('the identifier of a zone (ZZZ) is not supported; use Z or ZZ', position)
      return offset
  }
}

function literal(expected: string): Reader {
  return (text, position) => {
    const found = text.slice(position, position + expected.length)
    const same =
      found === expected ||
      found.toUpperCase() === expected.toUpperCase() ||
      found.toLowerCase() === expected.toLowerCase()
    return same ? position + expected.length : ~position
  }
}

function digits(field: string, most: number, signed = false): Reader {
  return (text, position, fields) => {
    let at = position
    const sign = signed && (text[at] === '-' || text[at] === '+') && isDigit(text, at + 1) ? text[at] : undefined
    if (sign) at++
    const first = at
    while (at - first < most && isDigit(text, at)) at++
    if (at === first) return ~position
    const value = Number(text.slice(first, at))
    if (value > 2_147_483_647) return ~position
    fields.set(field, sign === '-' ? -value : value)
    return at
  }
}

/** Two letters read two digits around the present; with nothing numeric behind them, any other number of digits as it stands. */
function yearReader(field: string, count: number, numberFollows: boolean): Reader {
  const signed = field !== 'yearOfEra'
  const whole = digits(field, numberFollows ? count : 9, signed)
  if (count !== 2) return whole
  return (text, position, fields) => {
    let end = position
    while (isDigit(text, end)) end++
    const lenient = !numberFollows
    if (lenient && (end - position !== 2 || text[position] === '-' || text[position] === '+'))
      return digits(field, 9, signed)(text, position, fields)
    if (end - position < 2) return ~position
    const pivot = new Date().getFullYear() - 30
    const low = pivot - 50
    const two = Number(text.slice(position, position + 2))
    fields.set(field, low + ((((two - low) % 100) + 100) % 100))
    return position + 2
  }
}

function fraction(count: number): Reader {
  return (text, position, fields) => {
    let at = position
    while (at - position < count && isDigit(text, at)) at++
    if (at === position) return ~position
    fields.set('millisOfSecond', Math.floor(Number(`0.${text.slice(position, at)}0`) * 1000 + 1e-6))
    return at
  }
}

/** Short or long names, written as usual, in capitals or in small letters. */
function names(field: string, long: readonly string[], number: (index: number) => number): Reader {
  const all = [...long, ...long.map((name) => name.slice(0, 3))]
  return oneOf(
    field,
    all,
    all.map((_, index) => number(index % long.length)),
  )
}

function oneOf(field: string, words: readonly string[], values: readonly number[]): Reader {
  const known = new Map<string, number>()
  for (const [index, word] of words.entries()) {
    for (const written of [word, word.toUpperCase(), word.toLowerCase()]) known.set(written, values[index]!)
  }
  const longest = Math.max(...words.map((word) => word.length))
  return (text, position, fields) => {
    for (let end = Math.min(text.length, position + longest); end > position; end--) {
      const value = known.get(text.slice(position, end))
      if (value === undefined) continue
      fields.set(field, value)
      return end
    }
    return ~position
  }
}

/** `Z`, `+0200`, `+02:00`, with seconds if there are. */
const offset: Reader = (text, position, fields) => {
  if (text[position] === 'Z' || text[position] === 'z') {
    fields.set('offsetMinutes', 0)
    return position + 1
  }
  if (text[position] !== '+' && text[position] !== '-') return ~position
  const match = /^([+-])(\d\d)(?:(:?)(\d\d)(?:\3(\d\d))?)?/.exec(text.slice(position, position + 9))
  if (!match || Number(match[2]) > 23) return ~(position + 1)
  const minutes = Number(match[2]) * 60 + Number(match[4] ?? 0) + Number(match[5] ?? 0) / 60
  if (Number(match[4] ?? 0) > 59) return ~position
  fields.set('offsetMinutes', match[1] === '-' ? -minutes : minutes)
  return position + match[0].length
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 48 && code <= 57
}

function millisOf(fields: Fields, text: string): number {
  for (const [field, value] of fields) {
    const [low, high] = ranges[field] ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
    if (value < low || value > high) throw new Error(outOfRange(text, field, value, low, high))
  }
  const date = dateOf(fields, text)
  const time = timeOf(fields)
  const minutes = fields.get('offsetMinutes')
  if (minutes !== undefined) return date.getTime() + time - minutes * 60_000
  const abbreviation = fields.get('zone')
  if (abbreviation !== undefined) return inZone(date.getTime() + time, [...zoneAbbreviations.values()][abbreviation]!)
  return localToEpoch(date, time, text)
}

/** The instant of a local time in a zone; of the two in an overlap the first. */
function inZone(local: number, zone: string): number {
  const first = local - zoneOffset(local - 86_400_000, zone) * 60_000
  return zoneOffset(first, zone) === zoneOffset(local - 86_400_000, zone)
    ? first
    : local - zoneOffset(local, zone) * 60_000
}

/** Midnight of the day, as UTC. */
function dateOf(fields: Fields, text: string): Date {
  const day = (year: number, month: number, date: number): Date => {
    const midnight = new Date(0)
    midnight.setUTCFullYear(year, month, date)
    if (Number.isNaN(midnight.getTime())) throw new Error(`Cannot parse "${text}": the year ${year} is out of range`)
    return midnight
  }
  let date: Date
  if (fields.has('weekyear') || fields.has('weekOfWeekyear')) {
    const fourth = day(fields.get('weekyear') ?? yearOf(fields), 0, 4)
    const monday = fourth.getUTCDate() - ((fourth.getUTCDay() + 6) % 7)
    date = day(fourth.getUTCFullYear(), 0, monday + ((fields.get('weekOfWeekyear') ?? 1) - 1) * 7)
  } else {
    const year = yearOf(fields)
    const ofYear = fields.get('dayOfYear')
    const month = (fields.get('monthOfYear') ?? 1) - 1
    const ofMonth = fields.get('dayOfMonth') ?? 1
    date = ofYear === undefined ? day(year, month, ofMonth) : day(year, 0, ofYear)
    if (ofYear === undefined && date.getUTCMonth() !== month) {
      throw new Error(outOfRange(text, 'dayOfMonth', ofMonth, 1, day(year, month + 1, 0).getUTCDate()))
    }
    if (ofYear !== undefined && date.getUTCFullYear() !== year)
      throw new Error(outOfRange(text, 'dayOfYear', ofYear, 1, 365))
  }
  const weekday = fields.get('dayOfWeek')
  if (weekday === undefined) return date
  return day(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() - ((date.getUTCDay() + 6) % 7) + weekday - 1)
}

/** Joda-Time takes the year 2000 for a date without one, and 1970 for a time without a date. */
function yearOf(fields: Fields): number {
  const ofEra = fields.get('yearOfEra')
  const year = fields.get('year') ?? (ofEra !== undefined && fields.get('era') === 0 ? 1 - ofEra : ofEra)
  if (year !== undefined) return year
  const century = fields.get('centuryOfEra')
  if (century !== undefined) return century * 100 + 70
  const hasDate = ['monthOfYear', 'dayOfMonth', 'dayOfYear', 'dayOfWeek', 'weekOfWeekyear'].some((field) =>
    fields.has(field),
  )
  return hasDate ? 2000 : 1970
}

function timeOf(fields: Fields): number {
  const clockhour = fields.get('clockhourOfDay')
  const ofHalfday =
    fields.get('hourOfHalfday') ??
    (fields.has('clockhourOfHalfday') ? fields.get('clockhourOfHalfday')! % 12 : undefined)
  const halfday = fields.get('halfdayOfDay')
  let hour = fields.get('hourOfDay') ?? (clockhour === undefined ? 0 : clockhour % 24)
  if (ofHalfday !== undefined) hour = ofHalfday + (halfday ?? (hour >= 12 ? 1 : 0)) * 12
  else if (halfday !== undefined) hour = (hour % 12) + halfday * 12
  const minutes = hour * 60 + (fields.get('minuteOfHour') ?? 0)
  return (minutes * 60 + (fields.get('secondOfMinute') ?? 0)) * 1000 + (fields.get('millisOfSecond') ?? 0)
}

/** The instant of a local time; a time that the change to summer time leaves out does not exist. */
function localToEpoch(date: Date, time: number, text: string): number {
  const local = new Date(date.getTime() + time)
  const instant = new Date(0)
  instant.setFullYear(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate())
  instant.setHours(local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds(), local.getUTCMilliseconds())
  if (instant.getHours() !== local.getUTCHours() || instant.getMinutes() !== local.getUTCMinutes()) {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
    throw new Error(`Cannot parse "${text}": Illegal instant due to time zone offset transition (${timeZone})`)
  }
  return instant.getTime()
}

function outOfRange(text: string, field: string, value: number, low: number, high: number): string {
  return `Cannot parse "${text}": Value ${value} for ${field} must be in the range [${low},${high}]`
}

function invalid(text: string, at: number): string {
  const sample = text.length <= at + 35 ? text : `${text.slice(0, at + 32)}...`
  if (at <= 0) return `Invalid format: "${sample}"`
  return at >= text.length
    ? `Invalid format: "${sample}" is too short`
    : `Invalid format: "${sample}" is malformed at "${sample.slice(at)}"`
}
