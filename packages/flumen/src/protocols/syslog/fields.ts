import type { Headers } from '../../core/index.ts'

/** What stands in a message; a parser writes it anew for each. Offsets are those of the message's slab. */
export class SyslogFields {
  /** Undefined: it has no priority that a header could be made of. */
  facility: string | undefined
  severity: string | undefined
  /** As it stands between the brackets. */
  priority: string | undefined
  version: string | undefined
  /** Ms since the epoch. */
  timestamp: string | undefined
  host: string | undefined
  /** It does not begin as a message must (or for `SyslogParser`, does not go on as it must). */
  isInvalid = false
  /** The head was understood, so that fields can be kept and others left out. */
  isParsed = false
  stampStart = 0
  stampEnd = 0
  hostStart = 0
  hostEnd = 0
  /** What comes after the head. */
  restStart = 0
  /** A format of the user's own found these; its parts are no pieces of the slab. */
  custom: { readonly stamp: string | undefined; readonly rest: string } | undefined
  appName: string | undefined
  processId: string | undefined
  messageId: string | undefined
  /** Structured data; undefined: none. */
  structured: Headers | undefined
  #numbers: readonly string[] = smallNumbers

  clear(): void {
    this.facility = this.severity = this.priority = this.version = this.timestamp = this.host = undefined
    this.appName = this.processId = this.messageId = this.structured = undefined
    this.custom = undefined
    this.isInvalid = this.isParsed = false
  }

  /** @param value of the priority; it may be negative where a parser takes that */
  setPriority(value: number): void {
    this.facility = this.#number(Math.trunc(value / 8))
    this.severity = this.#number(value % 8)
  }

  #number(value: number): string {
    return this.#numbers[value] ?? String(value)
  }
}

/** A header's text is often a small number: one string for all that are equal. */
export const smallNumbers: readonly string[] = Array.from({ length: 1000 }, (_, value) => String(value))

/** Reads messages of one dialect. */
export interface SyslogParser {
  /** @param isCounted its length was said, so line ends in it are text */
  parse(slab: Buffer, start: number, end: number, isCounted: boolean, fields: SyslogFields): void
}
