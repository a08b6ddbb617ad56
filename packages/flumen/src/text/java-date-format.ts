import { DateFormatError, dayNames, monthNames, type PatternToken, padded, patternTokens } from './date-pattern.ts'
import { zoneOffset } from './zone-offset.ts'

export { DateFormatError } from './date-pattern.ts'
export { compileJodaPattern, type JodaPattern } from './joda-date-format.ts'

export interface JavaDateFormat {
  /** @param zone IANA name; the process's own zone unless given */
  format(epochMs: number, zone?: string): string
}

/** What a moment is in a zone: read with the UTC getters of `local`. */
interface Moment {
  readonly epochMs: number
  readonly local: Date
  readonly offsetMinutes: number
  readonly zone: string | undefined
}

const letters = 'GyYMLwWDdFEuaHkKhmsSzZX'

/** A pattern of java.text.SimpleDateFormat, in English. @throws DateFormatError for a letter that it does not have */
export function compileJavaDateFormat(pattern: string): JavaDateFormat {
  const parts = patternTokens(pattern, letters, (letter) => `Illegal pattern character '${letter}'`).map(printer)
  return {
    format(epochMs, zone) {
      const moment = momentOf(epochMs, zone)
      let text = ''
      for (const print of parts) text += print(moment)
      return text
    },
  }
}

function printer(token: PatternToken): (moment: Moment) => string {
  if (token.kind === 'text') return () => token.text
  const { letter, count, position } = token
  const number = (value: (local: Date) => number) => (moment: Moment) => padded(value(moment.local), count)
  switch (letter) {
    case 'G':
      return ({ local }) => (local.getUTCFullYear() > 0 ? 'AD' : 'BC')
    case 'y':
      return ({ local }) => year(local.getUTCFullYear(), count)
    case 'Y':
      return ({ local }) => year(weekOfYear(local).year, count)
    case 'M':
    case 'L':
      return ({ local }) => month(local.getUTCMonth(), count)
    case 'w':
      return number((local) => weekOfYear(local).week)
    case 'W':
      return number((local) => Math.ceil((local.getUTCDate() + weekday(local, 1)) / 7))
    case 'D':
      return number(dayOfYear)
    case 'd':
      return number((local) => local.getUTCDate())
    case 'F':
      return number((local) => Math.ceil(local.getUTCDate() / 7))
    case 'E':
      return ({ local }) => (count >= 4 ? dayNames[local.getUTCDay()]! : dayNames[local.getUTCDay()]!.slice(0, 3))
    case 'u':
      return number((local) => local.getUTCDay() || 7)
    case 'a':
      return ({ local }) => (local.getUTCHours() < 12 ? 'AM' : 'PM')
    case 'H':
      return number((local) => local.getUTCHours())
    case 'k':
      return number((local) => local.getUTCHours() || 24)
    case 'K':
      return number((local) => local.getUTCHours() % 12)
    case 'h':
      return number((local) => local.getUTCHours() % 12 || 12)
    case 'm':
      return number((local) => local.getUTCMinutes())
    case 's':
      return number((local) => local.getUTCSeconds())
    case 'S':
      return number((local) => local.getUTCMilliseconds())
    case 'z':
      return (moment) => zoneName(moment, count)
    case 'Z':
      return ({ offsetMinutes }) => offsetText(offsetMinutes, '', true)
    default:
      if (count > 3) throw new DateFormatError(`invalid ISO 8601 format: length=${count}`, position)
      return ({ offsetMinutes }) =>
        offsetMinutes === 0 ? 'Z' : offsetText(offsetMinutes, count === 3 ? ':' : '', count > 1)
  }
}

function year(value: number, count: number): string {
  const ofEra = value > 0 ? value : 1 - value
  return count === 2 ? padded(ofEra % 100, 2) : padded(ofEra, count)
}

function month(index: number, count: number): string {
  if (count >= 4) return monthNames[index]!
  return count === 3 ? monthNames[index]!.slice(0, 3) : padded(index + 1, count)
}

function offsetText(minutes: number, separator: string, withMinutes: boolean): string {
  const sign = minutes < 0 ? '-' : '+'
  const hours = padded(Math.floor(Math.abs(minutes) / 60), 2)
  return withMinutes ? `${sign}${hours}${separator}${padded(Math.abs(minutes) % 60, 2)}` : sign + hours
}

/** Weekday of the n-th day of the month of a date, Sunday 0. */
function weekday(local: Date, day: number): number {
  return new Date(Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), day)).getUTCDay()
}

function dayOfYear(local: Date): number {
  const midnight = Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate())
  return (midnight - Date.UTC(local.getUTCFullYear(), 0, 1)) / 86_400_000 + 1
}

/** Weeks of the United States, Java's default: they begin on Sunday, and the first is the one with 1 January. */
function weekOfYear(local: Date): { readonly week: number; readonly year: number } {
  const own = local.getUTCFullYear()
  const nextNewYear = new Date(Date.UTC(own + 1, 0, 1))
  const daysLeft = (nextNewYear.getTime() - Date.UTC(own, local.getUTCMonth(), local.getUTCDate())) / 86_400_000
  if (daysLeft <= nextNewYear.getUTCDay()) return { week: 1, year: own + 1 }
  const newYear = new Date(Date.UTC(own, 0, 1)).getUTCDay()
  return { week: Math.floor((dayOfYear(local) - 1 + newYear) / 7) + 1, year: own }
}

function momentOf(epochMs: number, zone: string | undefined): Moment {
  const offsetMinutes = zone === undefined ? -new Date(epochMs).getTimezoneOffset() : zoneOffset(epochMs, zone)
  return { epochMs, local: new Date(epochMs + offsetMinutes * 60_000), offsetMinutes, zone }
}

/** The platform has no short names for some early years; the zone's own of 2020 stand in for those of the same offset. */
function zoneName({ epochMs, zone, offsetMinutes }: Moment, count: number): string {
  const timeZoneName = count >= 4 ? 'long' : 'short'
  const format = new Intl.DateTimeFormat('en-US', { timeZoneName, ...(zone !== undefined && { timeZone: zone }) })
  const nameAt = (ms: number): string => format.formatToParts(ms).find(({ type }) => type === 'timeZoneName')!.value
  const name = nameAt(epochMs)
  if (!name.startsWith('GMT') || offsetMinutes === 0) return name
  const modern = [Date.UTC(2020, 0, 1), Date.UTC(2020, 6, 1)].find(
    (ms) => momentOf(ms, zone).offsetMinutes === offsetMinutes,
  )
  return modern === undefined ? name : nameAt(modern)
}
