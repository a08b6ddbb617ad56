import { isDigit, isSpace, twoDigits } from './bytes.ts'

/** What no zone is said for is in it. */
export type Zone = 'local' | 'UTC'

const hourMs = 3_600_000
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const monthByBytes = new Map(months.map((name, index) => [letters(Buffer.from(name.toLowerCase()), 0), index]))
const dateLength = 19

/**
 * Reads the dates of syslog. A field that is too large rolls over into the next (Feb 29 of a common year is Mar 1), as
 * Java's lenient calendar does. Not two readings at once: `end` and `ms` are those of the last.
 */
export class Timestamps {
  /** Where the last stamp ended. */
  end = 0
  /** Of the last stamp; undefined: it has the form of one, but names no month that there is. */
  ms: number | undefined
  /** Whether the last long stamp said its offset. */
  hasZone = false
  readonly #now: () => number
  readonly #zone: Zone
  #day = Number.NaN
  #dayMs = 0
  #halfHour = Number.NaN
  #offsetMs = 0
  #shortStamp = Number.NaN
  #shortMs = 0
  #fractionMs = 0

  constructor(zone: Zone, now: () => number) {
    this.#zone = zone
    this.#now = now
  }

  /**
   * `2003-10-11T22:14:15`, a fraction of up to so many digits, an offset or `Z` or neither. What stands between date and
   * time is not looked at.
   */
  readLong(slab: Buffer, at: number, end: number, mostDigits: number): boolean {
    if (end - at < dateLength) return false
    const wall = this.#longWall(slab, at)
    if (wall === undefined) return false
    const position = this.#readFraction(slab, at + dateLength, end, mostDigits)
    if (position < 0) return false
    const zone = position < end ? slab[position]! : 0
    this.hasZone = true
    if (zone === 43 || zone === 45) {
      if (end - position < 6 || slab[position + 3] !== 58) return false
      const hours = twoDigits(slab, position + 1)
      const minutes = twoDigits(slab, position + 4)
      if (hours < 0 || minutes < 0) return false
      const offset = (hours * 60 + minutes) * 60_000
      this.#found(position + 6, wall + (zone === 43 ? -offset : offset))
    } else if (zone === 90) this.#found(position + 1, wall)
    else {
      this.hasZone = false
      this.#found(position, this.#epochOf(wall))
    }
    return true
  }

  /** Whether the date of a long stamp is one that there is. */
  isRealDate(slab: Buffer, at: number): boolean {
    const year = twoDigits(slab, at) * 100 + twoDigits(slab, at + 2)
    const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
    const month = twoDigits(slab, at + 5) - 1
    const day = twoDigits(slab, at + 8)
    return isDay(month, day) && (isLeap || month !== 1 || day < 29) && isTime(slab, at + 11)
  }

  /** `Oct 11 22:14:15`, one or two blanks before the day. */
  readShort(slab: Buffer, at: number, end: number): boolean {
    if (end - at < 14 || !isUpper(slab[at]!) || !isLower(slab[at + 1]!) || !isLower(slab[at + 2]!)) return false
    return this.#readAfterMonth(slab, at, end)
  }

  /** The same in exactly 15 bytes, the month in any case, where the date must be one that there is. */
  readFifteen(slab: Buffer, at: number): boolean {
    const end = at + 15
    if (!this.#readAfterMonth(slab, at, end) || this.end !== end || this.ms === undefined) return false
    const tens = isSpace(slab[at + 4]!) ? 0 : slab[at + 4]! - 48
    const month = monthByBytes.get(letters(slab, at))!
    return isDay(month, tens * 10 + slab[at + 5]! - 48) && isTime(slab, at + 7)
  }

  #readAfterMonth(slab: Buffer, at: number, end: number): boolean {
    if (!isSpace(slab[at + 3]!)) return false
    let position = at + 4
    if (isSpace(slab[position]!)) position++
    if (!isDigit(slab[position]!)) return false
    let day = slab[position++]! - 48
    if (isDigit(slab[position]!)) day = day * 10 + slab[position++]! - 48
    if (!isSpace(slab[position]!) || end - position < 9) return false
    return this.#readTime(slab, at, position + 1, day)
  }

  /** @returns where it ends, or -1 */
  #readFraction(slab: Buffer, at: number, end: number, mostDigits: number): number {
    this.#fractionMs = 0
    if (at >= end || slab[at] !== 46) return at
    let position = at + 1
    for (let unit = 100; position < end && isDigit(slab[position]!); position++, unit = Math.floor(unit / 10)) {
      this.#fractionMs += (slab[position]! - 48) * unit
    }
    const digits = position - at - 1
    return digits === 0 || digits > mostDigits ? -1 : position
  }

  #readTime(slab: Buffer, at: number, time: number, day: number): boolean {
    const hour = twoDigits(slab, time)
    const minute = twoDigits(slab, time + 3)
    const second = twoDigits(slab, time + 6)
    if (hour < 0 || minute < 0 || second < 0 || slab[time + 2] !== 58 || slab[time + 5] !== 58) return false
    this.end = time + 8
    const monthLetters = letters(slab, at)
    const stamp = (monthLetters * 100 + day) * 1e6 + (hour * 100 + minute) * 100 + second
    if (stamp !== this.#shortStamp) {
      const month = monthByBytes.get(monthLetters)
      if (month === undefined) {
        this.ms = undefined
        return true
      }
      this.#shortMs = this.#nearestYear(month, day, ((hour * 60 + minute) * 60 + second) * 1000)
      this.#shortStamp = stamp
    }
    this.ms = this.#shortMs
    return true
  }

  /** This year, unless that is more than a month ahead or more than eleven back. */
  #nearestYear(month: number, day: number, timeMs: number): number {
    const now = this.#now()
    const year = new Date(now).getUTCFullYear()
    const zoneMs = this.#zone === 'UTC' ? 0 : -new Date(now).getTimezoneOffset() * 60_000
    const wallNow = now + zoneMs
    const wall = Date.UTC(year, month, day) + timeMs
    if (wallNow > plusMonths(wall, 11)) return this.#epochOf(Date.UTC(year + 1, month, day) + timeMs)
    if (wallNow < plusMonths(wall, -1)) return this.#epochOf(Date.UTC(year - 1, month, day) + timeMs)
    return this.#epochOf(wall)
  }

  /** As if it were in UTC. */
  #longWall(slab: Buffer, at: number): number | undefined {
    const century = twoDigits(slab, at)
    const year = twoDigits(slab, at + 2)
    const month = twoDigits(slab, at + 5)
    const day = twoDigits(slab, at + 8)
    const hour = twoDigits(slab, at + 11)
    const minute = twoDigits(slab, at + 14)
    const second = twoDigits(slab, at + 17)
    if ((century | year | month | day | hour | minute | second) < 0) return undefined
    if (slab[at + 4] !== 45 || slab[at + 7] !== 45 || slab[at + 13] !== 58 || slab[at + 16] !== 58) return undefined
    const key = ((century * 100 + year) * 100 + month) * 100 + day
    if (key !== this.#day) {
      this.#day = key
      this.#dayMs = new Date(0).setUTCFullYear(century * 100 + year, month - 1, day)
    }
    return this.#dayMs + ((hour * 60 + minute) * 60 + second) * 1000
  }

  #epochOf(wall: number): number {
    if (this.#zone === 'UTC') return wall
    const halfHour = Math.floor(wall / (hourMs / 2))
    if (halfHour !== this.#halfHour) {
      this.#halfHour = halfHour
      this.#offsetMs = localOffset(halfHour * (hourMs / 2))
    }
    return wall - this.#offsetMs
  }

  #found(end: number, ms: number): void {
    this.end = end
    this.ms = ms + this.#fractionMs
  }
}

const daysOf = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** @param month from 0 */
function isDay(month: number, day: number): boolean {
  return day >= 1 && day <= (daysOf[month] ?? 0)
}

function isTime(slab: Buffer, at: number): boolean {
  return twoDigits(slab, at) < 24 && twoDigits(slab, at + 3) < 60 && twoDigits(slab, at + 6) < 60
}

/** How far the local wall clock is ahead of UTC. Of an hour that comes twice the second is meant, as in Java. */
function localOffset(wall: number): number {
  const fields = new Date(wall)
  const date = new Date(0)
  date.setFullYear(fields.getUTCFullYear(), fields.getUTCMonth(), fields.getUTCDate())
  date.setHours(fields.getUTCHours(), fields.getUTCMinutes(), 0, 0)
  const first = date.getTime()
  for (const laterMs of [hourMs, hourMs / 2]) {
    const again = new Date(first + laterMs)
    if (again.getHours() === date.getHours() && again.getMinutes() === date.getMinutes()) return wall - first - laterMs
  }
  return wall - first
}

/** The same day and time of another month; its last day where it has no such day. */
function plusMonths(wall: number, count: number): number {
  const date = new Date(wall)
  const month = date.getUTCMonth() + count
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), month + 1, 0)).getUTCDate()
  return date.setUTCMonth(month, Math.min(date.getUTCDate(), lastDay))
}

/** Three bytes, letters without their case. */
function letters(slab: Buffer, at: number): number {
  return ((slab[at]! | 32) << 16) | ((slab[at + 1]! | 32) << 8) | (slab[at + 2]! | 32)
}

function isUpper(byte: number): boolean {
  return byte >= 65 && byte <= 90
}

function isLower(byte: number): boolean {
  return byte >= 97 && byte <= 122
}
