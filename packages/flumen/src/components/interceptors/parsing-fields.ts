import { field, type OptionsOf, type Section } from '../../component/kit.ts'
import { didYouMean } from '../../config/did-you-mean.ts'
import { messageOf } from '../../core/index.ts'
import { compileJodaPattern } from '../../text/java-date-format.ts'
import { readTime, type TimeFormat, timeFormats } from '../../text/log-time.ts'
import { zoneOffset } from '../../text/zone-offset.ts'

/** What every interceptor that parses has. */
export const parsingFields = {
  fromHeader: field.string({ doc: 'Name of a header that is parsed instead of the body.' }),
  prefix: field.string({ default: '', doc: 'Text before the name of each header.' }),
  fields: field.list({ default: [], doc: 'Only these fields become headers; all of them unless set.' }),
  excludeFields: field.list({ default: [], doc: 'These fields become no headers.' }),
  rename: field.prefix({ doc: 'Name of the header of a field, without the prefix.', placeholder: 'field' }),
  preserveExisting: field.boolean({
    default: false,
    doc: 'Whether an event that has a header keeps its own value.',
  }),
  onFailure: field.enum({
    values: ['keep', 'reject', 'drop'],
    default: 'keep',
    doc: 'What becomes of an event that does not parse: keep it without new headers but failureHeader, reject it to the dead letters, or drop it, which is counted as filtered.',
  }),
  failureHeader: field.string({
    default: 'parseError',
    doc: 'Header of a kept event that does not parse: which interceptor could not parse it, and why.',
  }),
  maxFields: field.int({
    default: 100,
    min: 1,
    max: 10_000,
    doc: 'An event with more fields that become headers does not parse.',
  }),
  maxValueLength: field.int({
    default: 8192,
    min: 1,
    max: 16_777_216,
    doc: 'Characters of a value; the rest of a longer one is cut off.',
  }),
}

const timeZoneFields = {
  timestampZone: field.string({
    defaultText: "the agent's",
    doc: 'Zone of times that have none: UTC, Europe/Berlin.',
  }),
  timestampHeader: field.string({ default: 'timestamp', doc: 'Header for the time, in ms since 1970.' }),
}

/** For formats that do not say where their time stands. */
export const timeFieldFields = {
  timestampField: field.string({ doc: 'Field that holds the time of the event; it sets timestampHeader.' }),
  timestampFormat: field.string({
    default: 'auto',
    doc: `How the time is written: ${timeFormats.join(', ')}, or in the letters of Joda-Time. epoch is in seconds; auto tells all of them apart.`,
  }),
  ...timeZoneFields,
}

/** For formats that do. */
export const ownTimeFields = {
  setTimestamp: field.boolean({
    default: true,
    doc: 'Whether the time of the line sets timestampHeader.',
  }),
  ...timeZoneFields,
}

export type ParsingOptions = OptionsOf<typeof parsingFields>
export type TimeFieldOptions = OptionsOf<typeof timeFieldFields>

/** What is read as the time of an event, and how. */
export interface TimeRule {
  readonly field: string
  readonly header: string
  /** @returns ms since the epoch, not a number where the text is no time */
  read(text: string): number
}

/** The rule of a format whose time field is configured. */
export function configuredTime(options: TimeFieldOptions, now: () => number): TimeRule | undefined {
  const { timestampField, timestampFormat, timestampHeader, timestampZone } = options
  if (timestampField === undefined) return undefined
  const known = timeFormats.find((format) => format === timestampFormat)
  return { field: timestampField, header: timestampHeader, read: reader(known, timestampFormat, timestampZone, now) }
}

/** The rule of a format that knows its time. */
export function ownTime(
  field: string,
  format: TimeFormat,
  options: OptionsOf<typeof ownTimeFields>,
  now: () => number,
): TimeRule | undefined {
  const { setTimestamp, timestampHeader, timestampZone } = options
  return setTimestamp ? { field, header: timestampHeader, read: reader(format, format, timestampZone, now) } : undefined
}

/**
 * Reports what no single field can see.
 * @param outputs names of all fields that can be found, where they are known
 */
export function checkParsing(
  options: ParsingOptions & Partial<TimeFieldOptions>,
  section: Section,
  outputs?: readonly string[],
): void {
  if (outputs) checkNames(options, outputs, section)
  const { timestampFormat, timestampZone } = options
  if (timestampZone !== undefined && !isZone(timestampZone)) {
    section.error('timestampZone', `there is no zone "${timestampZone}"`, 'write a name like UTC or Europe/Berlin')
  }
  if (timestampFormat !== undefined && !timeFormats.some((format) => format === timestampFormat)) {
    checkPattern(timestampFormat, section)
  }
}

function checkPattern(pattern: string, section: Section): void {
  try {
    compileJodaPattern(pattern)
    if (!/[yYMdDHhkK]/.test(pattern)) throw new Error('it has no letter of a date or an hour')
  } catch (error) {
    const near = didYouMean(pattern, timeFormats)
    section.error(
      'timestampFormat',
      `"${pattern}" is no format of a time: ${messageOf(error)}`,
      near ? `did you mean ${near}?` : `write one of ${timeFormats.join(', ')}, or letters like yyyy-MM-dd HH:mm:ss`,
    )
  }
}

function checkNames(
  { fields = [], excludeFields = [], rename, timestampField }: ParsingOptions & Partial<TimeFieldOptions>,
  outputs: readonly string[],
  section: Section,
): void {
  for (const name of fields) checkOutput('fields', name, outputs, section)
  for (const name of excludeFields) checkOutput('excludeFields', name, outputs, section)
  for (const name of rename.keys()) checkOutput(`rename.${name}`, name, outputs, section)
  if (timestampField !== undefined) checkOutput('timestampField', timestampField, outputs, section)
}

function checkOutput(key: string, name: string, outputs: readonly string[], section: Section): void {
  if (outputs.includes(name)) return
  const near = didYouMean(name, outputs)
  section.error(
    key,
    `there is no field "${name}" here`,
    near ? `did you mean ${near}?` : `the fields are ${outputs.join(', ')}`,
  )
}

function isZone(zone: string): boolean {
  try {
    zoneOffset(0, zone)
    return true
  } catch {
    return false
  }
}

function reader(
  format: TimeFormat | undefined,
  pattern: string,
  zone: string | undefined,
  now: () => number,
): (text: string) => number {
  const read = format ? (text: string) => readTime(text, format, { zone, now }) : patternReader(pattern, zone, now)
  let lastText: string | undefined
  let lastTime = Number.NaN
  return (text) => {
    // The year of a time of syslog depends on the clock.
    if (text === lastText && format !== 'syslog') return lastTime
    lastTime = read(text)
    lastText = text
    return lastTime
  }
}

function patternReader(pattern: string, zone: string | undefined, now: () => number): (text: string) => number {
  const joda = compileJodaPattern(pattern)
  return (text) => {
    try {
      const time = joda.parse(text)
      if (zone === undefined) return time
      // What Joda-Time's pattern read in the process's zone is written again without one, and read in the given zone.
      return /[Zz]/.test(pattern.replace(/'[^']*'/g, '')) ? time : readTime(localText(time), 'iso8601', { zone, now })
    } catch {
      return Number.NaN
    }
  }
}

function localText(time: number): string {
  const date = new Date(time)
  const local = Date.UTC(
    date.getFullYear(),
    date.getMonth(),
    date.getDate(),
    date.getHours(),
    date.getMinutes(),
    date.getSeconds(),
    date.getMilliseconds(),
  )
  return new Date(local).toISOString().slice(0, -1)
}
