import { compileJodaPattern, type JodaPattern } from '../../text/java-date-format.ts'
import { compileJavaRegex, compileJavaReplacement, cutOff, type JavaRegex } from '../../text/java-regex.ts'
import { utf8Text } from './bytes.ts'
import type { CustomFormat } from './classic-parser.ts'

export interface CustomFormatTexts {
  /** For the whole message; groups 1 to 5 are priority, version, timestamp, host and body. */
  readonly regex: string
  /** A regular expression: what it matches in the timestamp is replaced. */
  readonly search?: string | undefined
  readonly replace?: string | undefined
  /** How the timestamp is written then. */
  readonly dateFormat?: string | undefined
}

/** A format that is tried before those that are built in. @throws JavaRegexError, DateFormatError */
export function customFormat({ regex, search, replace = '', dateFormat }: CustomFormatTexts): CustomFormat {
  const whole = compileJavaRegex(`\\A(?:${regex})\\z`)
  const searched = search === undefined ? undefined : compileJavaRegex(search)
  const date = dateFormat === undefined ? undefined : compileJodaPattern(dateFormat)
  return {
    read(slab, start, end, fields) {
      const match = whole.findEach([utf8Text(slab, start, end)])[0]
      if (!match || match === cutOff) return false
      const [, priority, version, stamp, host, rest = ''] = match
      fields.timestampMs = stamp === undefined || !date ? Number.NaN : epochOf(replaced(stamp, searched, replace), date)
      fields.isParsed = true
      fields.custom = {
        priority: priority || undefined,
        version: version || undefined,
        stamp,
        host: host || undefined,
        rest,
      }
      return true
    },
  }
}

function replaced(stamp: string, search: JavaRegex | undefined, replace: string): string {
  const result = search?.replaceEach([stamp], compileJavaReplacement(replace, search))[0]
  return typeof result === 'string' ? result : stamp
}

/** NaN: it is not written so. */
function epochOf(stamp: string, date: JodaPattern): number {
  try {
    return date.parse(stamp)
  } catch {
    return Number.NaN
  }
}
