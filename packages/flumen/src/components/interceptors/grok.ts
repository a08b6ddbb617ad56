import { defineInterceptor, field, type Section } from '../../component/kit.ts'
import { didYouMean } from '../../config/did-you-mean.ts'
import { compileGrok, type Grok, GrokError } from '../../text/grok.ts'
import { grokPatterns } from '../../text/grok-patterns.ts'
import { cutOff, type JavaMatch } from '../../text/java-regex.ts'
import { cutOffReason } from './cut-off.ts'
import { type Field, type FoundFields, NotParsed } from './found-fields.ts'
import { NamedFields } from './named-fields.ts'
import { checkParsing, configuredTime, parsingFields, timeFieldFields } from './parsing-fields.ts'
import { ParsingInterceptor, type RowParser } from './parsing-interceptor.ts'
import { configuredTimeHeader, parsedOutputs } from './parsing-outputs.ts'

export default defineInterceptor({
  type: 'grok',
  summary: 'Sets headers to what named patterns find in a text.',
  description:
    '`%{NAME:field}` stands for the pattern of that name and sets the field, `%{NAME}` sets none; `(?<field>…)` is a ' +
    'pattern written out. The rest is a regular expression in the syntax of Java, which may match anywhere: ^ and $ tie ' +
    'it to the ends. What is empty sets nothing. A field `[a][b]` is `a.b`, and a type, as in `%{INT:size:int}`, means ' +
    'nothing. Where no pattern matches the text does not parse, nor where the search takes too long. The fields of ' +
    'COMMONAPACHELOG and SYSLOGLINE are named as elsewhere, so their `timestamp` is a text unless ' +
    '`timestampField = timestamp`.\n\n' +
    `The patterns: ${[...grokPatterns.keys()].join(', ')}.`,
  fields: {
    match: field.string({ required: true, doc: 'What is looked for.' }),
    alternatives: field.prefix({
      doc: 'What is looked for where match is not found, in the order of the numbers.',
      placeholder: 'number',
    }),
    patterns: field.prefix({
      doc: 'A pattern of your own, by its name; it may hold others, and stands before a built-in one.',
      placeholder: 'NAME',
    }),
    ...parsingFields,
    ...timeFieldFields,
  },
  examples: [
    'a1.sources.r1.interceptors = i1\na1.sources.r1.interceptors.i1.type = grok\n' +
      'a1.sources.r1.interceptors.i1.match = ^%{TIMESTAMP_ISO8601:time} %{LOGLEVEL:level} order=%{ORDER:order}\n' +
      'a1.sources.r1.interceptors.i1.patterns.ORDER = [A-Z]{2}-%{INT}\n' +
      'a1.sources.r1.interceptors.i1.timestampField = time',
    'a1.sources.r1.interceptors = i1\na1.sources.r1.interceptors.i1.type = grok\n' +
      'a1.sources.r1.interceptors.i1.match = ^%{COMBINEDAPACHELOG}\n' +
      'a1.sources.r1.interceptors.i1.alternatives.1 = ^%{SYSLOGLINE}',
  ],
  check(options, section) {
    const { match, alternatives, patterns } = options
    if (match === undefined) return
    const outputs = new Set<string>()
    let isWhole = true
    for (const [key, pattern] of [['match', match] as const, ...inOrder(alternatives)]) {
      const grok = checked(key, pattern, patterns, section)
      if (!grok) isWhole = false
      else if (grok.fields.size === 0) {
        section.warning(key, `${section.key(key)} sets no field`, 'write %{NAME:field}')
      }
      for (const name of grok?.fields.keys() ?? []) outputs.add(name)
    }
    for (const [name, pattern] of patterns) checked(`patterns.${name}`, pattern, patterns, section)
    checkParsing(options, section, isWhole && outputs.size > 0 ? [...outputs] : undefined)
  },
  outputs(options) {
    const found = new Set(groksOf(options).flatMap(({ fields }) => [...fields.keys()]))
    return parsedOutputs(options, configuredTimeHeader(options), [...found], true)
  },
  create(options, { clock }) {
    const groks = groksOf(options)
    return new ParsingInterceptor({
      type: 'grok',
      options,
      time: configuredTime(options, () => clock.now()),
      isUneven: true,
      makeParser: () => new GrokParser(groks),
    })
  },
})

function groksOf({ match, alternatives, patterns }: GrokOptions): readonly Grok[] {
  const all = [match, ...inOrder(alternatives).map(([, pattern]) => pattern)]
  return all.map((pattern) => compileGrok(pattern, patterns))
}

function inOrder(alternatives: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  const entries = [...alternatives].map(([name, pattern]) => [`alternatives.${name}`, pattern] as const)
  return entries.sort(([one], [other]) => one.localeCompare(other, 'en', { numeric: true }))
}

function checked(
  key: string,
  pattern: string,
  patterns: ReadonlyMap<string, string>,
  section: Section,
): Grok | undefined {
  try {
    return compileGrok(pattern, patterns)
  } catch (error) {
    if (!(error instanceof GrokError)) throw error
    const near = error.unknown && didYouMean(error.unknown, [...patterns.keys(), ...grokPatterns.keys()])
    section.error(key, `${section.key(key)}: ${error.message}`, near ? `did you mean ${near}?` : error.fix)
    return undefined
  }
}

interface GrokOptions {
  readonly match: string
  readonly alternatives: ReadonlyMap<string, string>
  readonly patterns: ReadonlyMap<string, string>
}

/** What a pattern found in a row. */
interface Found {
  readonly pattern: Pattern
  readonly match: JavaMatch | typeof cutOff
}

interface Pattern {
  readonly grok: Grok
  readonly names: NamedFields
  readonly groups: readonly (readonly number[])[]
}

class GrokParser implements RowParser {
  readonly #patterns: readonly Pattern[]
  #matches: readonly (Found | undefined)[] = []

  constructor(groks: readonly Grok[]) {
    this.#patterns = groks.map((grok) => ({
      grok,
      names: new NamedFields([...grok.fields.keys()]),
      groups: [...grok.fields.values()],
    }))
  }

  begin(texts: readonly string[]): void {
    const matches = new Array<Found | undefined>(texts.length)
    let rows = texts.map((_, row) => row)
    for (const pattern of this.#patterns) {
      if (rows.length === 0) break
      const found = pattern.grok.regex.findEach(rows.length === texts.length ? texts : rows.map((row) => texts[row]!))
      for (const [index, row] of rows.entries()) {
        const match = found[index]!
        if (match !== null) matches[row] = { pattern, match }
      }
      rows = rows.filter((row) => matches[row] === undefined)
    }
    this.#matches = matches
  }

  parse(_text: string, row: number, found: FoundFields): void {
    const result = this.#matches[row]
    if (!result) throw new NotParsed('no pattern matches')
    const { pattern, match } = result
    if (match === cutOff) throw new NotParsed(cutOffReason)
    const fields = pattern.names.in(found)
    for (let index = 0; index < fields.length; index++) setFirst(fields[index], pattern.groups[index]!, match, found)
  }
}

function setFirst(field: Field | undefined, groups: readonly number[], match: JavaMatch, found: FoundFields): void {
  if (!field) return
  for (const group of groups) {
    const value = match[group]
    if (value === undefined) continue
    if (value !== '') found.set(field, value)
    return
  }
}
