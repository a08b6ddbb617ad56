import { arch, availableParallelism, release, type } from 'node:os'
import type { didYouMean } from './did-you-mean.ts'

/** Where placeholders get their values from. */
export interface SubstitutionSources {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** What the command line gave with `-D`. */
  readonly systemProperties: ReadonlyMap<string, string>
  readonly now: Date
  /** The time in a pattern of Java's date formats. @throws where the pattern is wrong. */
  formatDate(pattern: string, now: Date): string
  /** The text of a file, see `readSmallFile`. @throws where it cannot be read. */
  readFile(path: string, charset: string): string
}

/** What to say where a placeholder has no value. */
export interface Missing {
  readonly message: string
  /** A name without a dot is no key of an agent: a variable of a shell, a group of a pattern. It stays, as in Flume. */
  readonly isLeft?: boolean
  /** Worked out only where it is shown. @param near finds what may have been meant. */
  fix(near: Near): string
}

export type Near = typeof didYouMean

export interface Value {
  readonly text: string
  /** Placeholders in it are resolved too, as in Flume. */
  readonly isExpanded: boolean
}

export type Found = Value | Missing

export function isMissing(found: Found): found is Missing {
  return 'message' in found
}

/**
 * Asks the look-up that a name's prefix (`env:`, in any case) says.
 * @param written the name before its own placeholders were resolved: what problems show.
 * @returns undefined where the name has no prefix.
 */
export function lookUp(name: string, written: string, sources: SubstitutionSources): Found | undefined {
  const colon = name.indexOf(':')
  if (colon < 0) return undefined
  const prefix = name.slice(0, colon).toLowerCase()
  const ask = lookUps.get(prefix)
  if (ask) return ask(name.slice(colon + 1), written, sources)
  return missing(`there is no look-up for ${show(written)}`, (near) => {
    const meant = near(prefix, lookUps.keys())
    return meant ? `did you mean ${meant}:` : 'write env:, sys:, java:, date: or file: before the name'
  })
}

/** What to say of `${key}` where no setting has that key. */
export function undefinedKey(
  name: string,
  written: string,
  keys: Iterable<string>,
  { environment }: SubstitutionSources,
): Missing {
  const isFilter = /^[^[\]]+\[(?:'[-\w]+'|"[-\w]+"|[-\w]+)\]$/.test(name)
  if (isFilter) {
    const fix = `write \${env:NAME} for an environment variable, or \${file:/path} for what a file holds`
    return missing(`${show(written)} asks a config filter; config filters come in a later version`, () => fix)
  }
  if (name === '') return missing('a placeholder is empty', () => `write $\${} where the text itself is meant`)
  const unknown = missing(`${show(written)} is not defined: there is no setting of that name`, (near) => {
    // A name that was put together from other values is not shown or compared: its letters may be a secret's.
    const isPlain = written === name
    if (isPlain && Object.hasOwn(environment, name)) return `write \${env:${name}} for the environment variable`
    const meant = isPlain ? near(name, keys) : undefined
    if (meant) return `did you mean ${show(meant)}`
    return `define it, give a default as in \${x:-default}, or write $${show(written)} where the text itself is meant`
  })
  return name.includes('.') ? unknown : { ...unknown, isLeft: true }
}

type LookUp = (name: string, written: string, sources: SubstitutionSources) => Found

const lookUps: ReadonlyMap<string, LookUp> = new Map<string, LookUp>([
  ['env', environmentVariable],
  ['sys', systemProperty],
  ['java', platform],
  ['date', date],
  ['file', file],
])

function environmentVariable(name: string, written: string, { environment }: SubstitutionSources): Found {
  const text = Object.hasOwn(environment, name) ? environment[name] : undefined
  if (text !== undefined) return { text, isExpanded: true }
  return missing(`${show(written)} is not defined: there is no such environment variable`, (near) =>
    nearOr(near, name, written, Object.keys(environment), 'set the variable'),
  )
}

function systemProperty(name: string, written: string, { systemProperties }: SubstitutionSources): Found {
  const text = systemProperties.get(name)
  if (text !== undefined) return { text, isExpanded: true }
  return missing(`${show(written)} is not defined: there is no such system property`, (near) =>
    nearOr(near, name, written, systemProperties.keys(), 'give it with -D on the command line'),
  )
}

function nearOr(near: Near, name: string, written: string, candidates: Iterable<string>, otherwise: string): string {
  const prefix = written.slice(0, written.indexOf(':') + 1)
  const meant = written === prefix + name ? near(name, candidates) : undefined
  return meant ? `did you mean ${show(prefix + meant)}` : `${otherwise}, or give a default as in \${x:-default}`
}

/** What commons-text says of the Java platform, said of this one. */
const platformTexts: Readonly<Record<string, () => string>> = {
  version: () => `Flumen on Node.js ${process.versions.node}`,
  runtime: () => `Flumen (Node.js ${process.versions.node})`,
  vm: () => `V8 ${process.versions.v8}`,
  os: () => `${type()} ${release()}, architecture: ${arch()}`,
  hardware: () => `processors: ${availableParallelism()}, architecture: ${arch()}`,
  locale: () => `default locale: ${new Intl.DateTimeFormat().resolvedOptions().locale}, platform encoding: UTF-8`,
}

function platform(name: string, written: string): Found {
  if (Object.hasOwn(platformTexts, name)) return { text: platformTexts[name]!(), isExpanded: false }
  const names = Object.keys(platformTexts)
  return missing(
    `${show(written)} is not defined`,
    () => `write one of ${names.map((each) => `java:${each}`).join(', ')}`,
  )
}

function date(pattern: string, written: string, { formatDate, now }: SubstitutionSources): Found {
  try {
    return { text: formatDate(pattern, now), isExpanded: false }
  } catch {
    return missing(
      `${show(written)} has a pattern that Java's date format does not know`,
      () => `write one as in \${date:yyyy-MM-dd}`,
    )
  }
}

function file(name: string, written: string, { readFile }: SubstitutionSources): Found {
  const [, charset = 'UTF-8', path] = /^(?:([A-Za-z][\w.+-]+):)?(.*)$/s.exec(name)!
  try {
    const text = readFile(path!, charset)
    return { text: withoutLineEnds(text), isExpanded: false }
  } catch (error) {
    const reason = reasonOf(error)
    return missing(
      `the file of ${show(written)} cannot be read: ${reason}`,
      () => `write \${file:/path} or \${file:charset:/path}`,
    )
  }
}

/** The message of a system error names the path, which may come from another value; its code says enough. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return reasons[code] ?? (code === '' ? 'it failed' : code)
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a directory',
  EFBIG: 'it is larger than 1 MiB',
  EINVAL: 'it is not a regular file',
  ERR_ENCODING_NOT_SUPPORTED: 'the charset is not known',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it does not fit the charset',
}

function withoutLineEnds(text: string): string {
  let end = text.length
  while (end > 0 && (text[end - 1] === '\n' || text[end - 1] === '\r')) end--
  return text.slice(0, end)
}

function missing(message: string, fix: Missing['fix']): Missing {
  return { message, fix }
}

function show(written: string): string {
  const text = written.length > 100 ? `${written.slice(0, 100)}…` : written
  return `\${${text}}`
}
