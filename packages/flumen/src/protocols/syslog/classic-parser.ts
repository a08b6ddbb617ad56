import { asciiText, isDigit, isSpace, isWord, KnownTexts } from './bytes.ts'
import type { SyslogFields, SyslogParser } from './fields.ts'
import type { Timestamps } from './timestamps.ts'

/** Reads the head of a message in a form of the user's own. */
export interface CustomFormat {
  /** Whether the whole message has that form; then its timestamp is set, and `custom`. */
  read(slab: Buffer, start: number, end: number, fields: SyslogFields): boolean
}

const lessThan = 60
const greaterThan = 62
const minus = 45
const zero = 48
/** Digits of a fraction of a second that Flume's expression has room for. */
const mostFraction = 6

/**
 * Messages as Flume's SyslogUtils reads them (syslogtcp, syslogudp). Its two regular expressions, by hand:
 *
 * `<PRI>` a digit? `\s`? (`yyyy-MM-ddTHH:mm:ss` `.d{1,6}`? zone? | `-`) `\s` (`\w[\w.@-]*` | `-`) `\s` rest, and
 * `<PRI>` a digit? `\s`? `Mmm` `\s{1,2}` `d{1,2}` `\s` `HH:mm:ss` `\s` `\w[\w.@-]*` `\s` rest,
 *
 * where the rest has no carriage return (nor line feed). What fits neither keeps its facility and severity only.
 */
export class ClassicParser implements SyslogParser {
  readonly #timestamps: Timestamps
  readonly #custom: CustomFormat | undefined
  readonly #hosts = new KnownTexts()
  #slab: Buffer | undefined
  /** The next carriage return of the slab, at or behind the last place that was asked for. */
  #carriageReturn = -2
  /** Where the version of the last message stands; -1: it has none. */
  #versionAt = -1

  constructor(timestamps: Timestamps, custom?: CustomFormat) {
    this.#timestamps = timestamps
    this.#custom = custom
  }

  parse(slab: Buffer, start: number, end: number, isCounted: boolean, fields: SyslogFields): void {
    fields.clear()
    const head = this.#readPriority(slab, start, end, fields)
    if (head < 0) {
      fields.priorityValue = 0
      fields.isInvalid = true
      return
    }
    if (this.#custom?.read(slab, start, end, fields)) return
    if (this.#readHead(slab, head, end, fields) && (isCounted || this.#isOneLine(slab, fields.restStart, end))) {
      fields.isParsed = true
      this.#setHead(slab, start, head, fields)
    }
  }

  hostText(slab: Buffer, start: number, end: number): string {
    return this.#hosts.text(slab, start, end)
  }

  /** @returns where it ends, or -1 */
  #readPriority(slab: Buffer, start: number, end: number, fields: SyslogFields): number {
    if (slab[start] !== lessThan) return -1
    let value = 0
    const last = Math.min(end, start + 5)
    for (let at = start + 1; at < last; at++) {
      const byte = slab[at]!
      if (byte === greaterThan) {
        if (at === start + 1) return -1
        fields.priorityValue = value
        return at + 1
      }
      if (!isDigit(byte) || at === start + 4) return -1
      value = value * 10 + byte - 48
    }
    return -1
  }

  /** From the version to the blank after the host. */
  #readHead(slab: Buffer, head: number, end: number, fields: SyslogFields): boolean {
    if (head >= end) return false
    this.#versionAt = -1
    const first = slab[head]!
    if (isDigit(first)) {
      const after = head + 1 < end && isSpace(slab[head + 1]!) ? head + 2 : head + 1
      if (this.#readStampAndHost(slab, after, end, fields)) {
        this.#versionAt = head
        return true
      }
      return this.#readStampAndHost(slab, head, end, fields)
    }
    return this.#readStampAndHost(slab, isSpace(first) ? head + 1 : head, end, fields)
  }

  #readStampAndHost(slab: Buffer, at: number, end: number, fields: SyslogFields): boolean {
    if (at >= end) return false
    const timestamps = this.#timestamps
    const isShort = timestamps.readShort(slab, at, end)
    let stampEnd = at + 1
    if (isShort) stampEnd = timestamps.end
    else if (slab[at] === minus) timestamps.ms = undefined
    else if (slab[at + 10] === 84 && timestamps.readLong(slab, at, end, mostFraction)) stampEnd = timestamps.end
    else return false
    if (stampEnd >= end || !isSpace(slab[stampEnd]!)) return false
    const host = stampEnd + 1
    let hostEnd = host
    if (host < end && isWord(slab[host]!)) {
      do hostEnd++
      while (hostEnd < end && isOfHost(slab[hostEnd]!))
    } else if (!isShort && slab[host] === minus) hostEnd++
    if (hostEnd === host || hostEnd >= end || !isSpace(slab[hostEnd]!)) return false
    fields.stampStart = at
    fields.stampEnd = stampEnd
    fields.hostStart = host
    fields.hostEnd = hostEnd
    fields.restStart = hostEnd + 1
    return true
  }

  #setHead(slab: Buffer, start: number, head: number, fields: SyslogFields): void {
    fields.isPrioritySaid = true
    if (slab[start + 1] === zero && head - start > 3) fields.priorityText = asciiText(slab, start + 1, head - 1)
    if (this.#versionAt >= 0) fields.versionDigit = slab[this.#versionAt]! - zero
    fields.timestampMs = this.#timestamps.ms ?? Number.NaN
    if (slab[fields.stampStart] === minus) fields.stampStart = fields.stampEnd
    if (slab[fields.hostStart] === minus) fields.hostStart = fields.hostEnd
    else fields.hasHost = true
  }

  #isOneLine(slab: Buffer, from: number, end: number): boolean {
    if (slab !== this.#slab) {
      this.#slab = slab
      this.#carriageReturn = -2
    }
    if (this.#carriageReturn !== -1 && this.#carriageReturn < from) this.#carriageReturn = slab.indexOf(13, from)
    return this.#carriageReturn < 0 || this.#carriageReturn >= end
  }
}

/** `[\w.@-]` */
function isOfHost(byte: number): boolean {
  return isWord(byte) || byte === 46 || byte === 64 || byte === minus
}
