import { compileJodaPattern, type JodaPattern } from '../../text/java-date-format.ts'
import { compileJavaRegex, compileJavaReplacement, cutOff, type JavaRegex } from '../../text/java-regex.ts'
import { utf8Text } from './bytes.ts'
import type { CustomFormat } from './classic-parser.ts'
import type { SyslogFields } from './fields.ts'

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
      fields.priority = priority || undefined
      fields.version = version || undefined
      fields.host = host || undefined
      fields.timestamp = stamp === undefined || !date ? undefined : epochText(replaced(stamp, searched, replace), date)
      setCustom(fields, stamp, rest)
      return true
    },
  }
}

function setCustom(fields: SyslogFields, stamp: string | undefined, rest: string): void {
  fields.isParsed = true
  fields.custom = { stamp, rest }
}

function replaced(stamp: string, search: JavaRegex | undefined, replace: string): string {
  const result = search?.replaceEach([stamp], compileJavaReplacement(replace, search))[0]
  return typeof result === 'string' ? result : stamp
}

/** Undefined: it is not written so. */
function epochText(stamp: string, date: JodaPattern): string | undefined {
  try {
    return String(date.parse(stamp))
  } catch {
    return undefined
  }
}
