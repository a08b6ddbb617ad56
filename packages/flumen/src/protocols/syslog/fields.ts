import type { Headers } from '../../core/index.ts'

/**
 * What stands in a message; a parser writes it anew for each. Offsets are those of the message's slab. Numbers and
 * offsets, not texts: most messages are passed on and nobody asks for theirs.
 */
export class SyslogFields {
  /** Facility times 8 plus severity, negative where a parser takes that; NaN: no header can be made of it. */
  priorityValue = Number.NaN
  /** The priority is a header of its own, as it stands between the brackets. */
  isPrioritySaid = false
  /** How it stands there; undefined: as the number is written. */
  priorityText: string | undefined
  /** -1: it has none. */
  versionDigit = -1
  /** Ms since the epoch; NaN: it has none. */
  timestampMs = Number.NaN
  /** There is a host from `hostStart` to `hostEnd`; it may be empty. */
  hasHost = false
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
  /** A format of the user's own found these instead; they are no pieces of the slab. */
  custom: CustomTexts | undefined
  appName: string | undefined
  processId: string | undefined
  messageId: string | undefined
  /** Structured data; undefined: none. */
  structured: Headers | undefined

  clear(): void {
    this.priorityValue = this.timestampMs = Number.NaN
    this.isPrioritySaid = this.hasHost = this.isInvalid = this.isParsed = false
    this.versionDigit = -1
    this.priorityText = this.appName = this.processId = this.messageId = undefined
    this.structured = this.custom = undefined
  }

  get facility(): string | undefined {
    return facilityText(this.priorityValue)
  }

  get severity(): string | undefined {
    return severityText(this.priorityValue)
  }

  get priority(): string | undefined {
    if (this.custom) return this.custom.priority
    return this.isPrioritySaid ? (this.priorityText ?? numberText(this.priorityValue)) : undefined
  }

  get version(): string | undefined {
    return this.custom ? this.custom.version : numberText(this.versionDigit < 0 ? Number.NaN : this.versionDigit)
  }

  get timestamp(): string | undefined {
    return momentText(this.timestampMs)
  }

  /** @param parser that found it in this slab */
  host(slab: Buffer, parser: SyslogParser): string | undefined {
    if (this.custom) return this.custom.host
    return this.hasHost ? parser.hostText(slab, this.hostStart, this.hostEnd) : undefined
  }
}

/** What a format of the user's own found in a message, beside the number of its priority and the timestamp's. */
export interface CustomTexts {
  readonly priority: string | undefined
  readonly version: string | undefined
  readonly stamp: string | undefined
  readonly host: string | undefined
  readonly rest: string
}

/** A header's text is often a small number: one string for all that are equal. */
const smallNumbers: readonly string[] = Array.from({ length: 1000 }, (_, value) => String(value))

export function facilityText(priority: number): string | undefined {
  return numberText(Math.trunc(priority / 8))
}

export function severityText(priority: number): string | undefined {
  return numberText(priority % 8)
}

/** Undefined for NaN. */
export function numberText(value: number): string | undefined {
  return smallNumbers[value] ?? (Number.isNaN(value) ? undefined : String(value))
}

/** @param ms since the epoch; undefined for NaN */
export function momentText(ms: number): string | undefined {
  return Number.isNaN(ms) ? undefined : String(ms)
}

/** Reads messages of one dialect. */
export interface SyslogParser {
  /** @param isCounted its length was said, so line ends in it are text */
  parse(slab: Buffer, start: number, end: number, isCounted: boolean, fields: SyslogFields): void
  /** The text of a host that it found there. */
  hostText(slab: Buffer, start: number, end: number): string
}
