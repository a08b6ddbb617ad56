import { isUtf8 } from 'node:buffer'
import type { Charset } from '../../text/java-charset.ts'
import { asciiText, KnownTexts } from './bytes.ts'
import type { SyslogFields, SyslogParser } from './fields.ts'
import type { Timestamps } from './timestamps.ts'

const blank = 32
const lessThan = 60
const greaterThan = 62
const zero = 48
/** Bytes between the brackets. */
const mostPriority = 5
/** Of a date as RFC 3164 writes it. */
const shortStamp = 15
const longStamp = 19

/** Messages as Flume's SyslogParser reads them (multiport_syslogtcp): by counting and by looking for blanks. */
export class MultiportParser implements SyslogParser {
  readonly #timestamps: Timestamps
  readonly #now: () => number
  readonly #isText: (slab: Buffer, start: number, end: number) => boolean
  readonly #hosts: KnownTexts

  constructor(timestamps: Timestamps, now: () => number, charset: Charset) {
    this.#timestamps = timestamps
    this.#now = now
    this.#isText = charset.isUtf8 ? utf8Check() : charsetCheck(charset)
    this.#hosts = new KnownTexts((slab, start, end) => charset.decode(slab.subarray(start, end)))
  }

  parse(slab: Buffer, start: number, end: number, _isCounted: boolean, fields: SyslogFields): void {
    fields.clear()
    if (this.#isText(slab, start, end) && this.#read(slab, start, end, fields)) {
      fields.isParsed = fields.restStart < end
      return
    }
    fields.clear()
    fields.isInvalid = true
  }

  hostText(slab: Buffer, start: number, end: number): string {
    return this.#hosts.text(slab, start, end)
  }

  #read(slab: Buffer, start: number, end: number, fields: SyslogFields): boolean {
    let at = this.#readPriority(slab, start, end, fields)
    if (at < 0) return false
    if (end > at + 2 && slab[at] === 49 && slab[at + 1] === blank) {
      fields.versionDigit = 1
      at += 2
    }
    const host = this.#readStamp(slab, at, end, fields)
    if (host < 0) return false
    const hostEnd = slab.indexOf(blank, host)
    if (hostEnd < 0 || hostEnd >= end) return false
    fields.hostStart = host
    fields.hostEnd = hostEnd
    fields.hasHost = true
    fields.restStart = hostEnd + 1
    return true
  }

  /** @returns where it ends, or -1 */
  #readPriority(slab: Buffer, start: number, end: number, fields: SyslogFields): number {
    if (slab[start] !== lessThan) return -1
    const first = start + 1
    let value = 0
    let at = first
    for (; at < end && slab[at] !== greaterThan; at++) {
      if (at - first >= mostPriority) return -1
      value = value * 10 + slab[at]! - 48
      if (slab[at]! < 48 || slab[at]! > 57) value = Number.NaN
    }
    if (at === first || at + 1 >= end) return -1
    const isOdd = Number.isNaN(value)
    if (isOdd) {
      const text = asciiText(slab, first, at)
      if (!/^[+-]?\d+$/.test(text)) return -1
      value = Number(text)
    }
    fields.priorityValue = value
    fields.isPrioritySaid = true
    if (isOdd || (slab[first] === zero && at - first > 1)) fields.priorityText = asciiText(slab, first, at)
    return at + 1
  }

  /** @returns where the host begins, or -1 */
  #readStamp(slab: Buffer, at: number, end: number, fields: SyslogFields): number {
    const timestamps = this.#timestamps
    const first = slab[at]!
    fields.stampStart = at
    if (first === 45) {
      fields.stampEnd = at + 1
      fields.timestampMs = this.#now()
      return end <= at + 2 ? -1 : at + 2
    }
    if (first >= 65 && first <= 90) {
      if (end <= at + shortStamp) return -1
      fields.stampEnd = at + shortStamp
      const ms = timestamps.readFifteen(slab, at) ? timestamps.ms : undefined
      fields.timestampMs = ms ?? 0
      return at + shortStamp + 1
    }
    const stampEnd = slab.indexOf(blank, at)
    if (stampEnd < 0 || stampEnd >= end || stampEnd - at <= longStamp) return -1
    if ((slab[at + 10]! | 32) !== 116 || !timestamps.readLong(slab, at, stampEnd, stampEnd)) return -1
    if ((!timestamps.hasZone && timestamps.end === stampEnd) || !timestamps.isRealDate(slab, at)) return -1
    fields.stampEnd = stampEnd
    fields.timestampMs = timestamps.ms!
    return stampEnd + 1
  }
}

/** Looks at a slab as a whole first: most are text from end to end. */
function utf8Check(): (slab: Buffer, start: number, end: number) => boolean {
  let last: Buffer | undefined
  let isWholeText = false
  return (slab, start, end) => {
    if (slab !== last) {
      last = slab
      isWholeText = isUtf8(slab)
    }
    return isWholeText || isUtf8(slab.subarray(start, end))
  }
}

function charsetCheck(charset: Charset): (slab: Buffer, start: number, end: number) => boolean {
  if (charset.name === 'ISO-8859-1') return () => true
  return (slab, start, end) => {
    try {
      charset.strictDecoder().decode(slab.subarray(start, end), false)
      return true
    } catch {
      return false
    }
  }
}
