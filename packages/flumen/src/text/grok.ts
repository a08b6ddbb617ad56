import { grokPatterns } from './grok-patterns.ts'
import { compileJavaRegex, type JavaRegex, JavaRegexError } from './java-regex.ts'

/** A pattern that cannot be compiled: what is wrong, and what to do about it. */
export class GrokError extends Error {
  readonly fix: string
  /** A name of a pattern that there is not, if that is what is wrong. */
  readonly unknown: string | undefined

  constructor(message: string, fix: string, unknown?: string) {
    super(message)
    this.fix = fix
    this.unknown = unknown
  }
}

export interface Grok {
  readonly regex: JavaRegex
  /** Names of the fields with the groups that hold them; the first group that takes part in a match counts. */
  readonly fields: ReadonlyMap<string, readonly number[]>
}

/** Of a pattern that is written out, characters. */
const longestSource = 100_000

/**
 * Compiles a pattern with references `%{NAME}`, `%{NAME:field}`, `%{NAME:field:int}` (a type means nothing here) and
 * groups `(?<field>…)`; the rest is Java's syntax. A field `[a][b]` is `a.b`.
 * @param own patterns by name, before those that are built in
 * @throws GrokError
 */
export function compileGrok(pattern: string, own: ReadonlyMap<string, string> = new Map()): Grok {
  const expansion = new Expansion(own)
  const source = expansion.expand(pattern, [])
  try {
    const regex = compileJavaRegex(source)
    return { regex, fields: expansion.fields(regex) }
  } catch (error) {
    if (!(error instanceof JavaRegexError)) throw error
    throw new GrokError(`it is no regular expression: ${error.message}`, error.hint)
  }
}

const reference = /%\{(\w+)(?::([^:{}]+))?(?::([^:{}]*))?\}|%\{[^}]{0,40}\}?/g
/** Behind an even number of backslashes. */
const namedGroup = /(?<!\\)((?:\\\\)*)\(\?<([A-Za-z_][\w.@-]*)>/g

class Expansion {
  readonly #own: ReadonlyMap<string, string>
  /** Field of each group that has one; the group is called `f0`, `f1`, … */
  readonly #fields: string[] = []
  #length = 0

  constructor(own: ReadonlyMap<string, string>) {
    this.#own = own
  }

  /** @param around names of the patterns that this one stands in */
  expand(pattern: string, around: readonly string[]): string {
    const named = pattern.replace(
      namedGroup,
      (_, before: string, field: string) => `${before}(?<${this.#group(field)}>`,
    )
    return named.replace(reference, (whole, name: string | undefined, field: string | undefined) => {
      if (name === undefined) throw new GrokError(`"${whole}" is no reference`, 'write %{NAME} or %{NAME:field}')
      const inner = this.#patternOf(name, around)
      const opening = field === undefined ? '(?:' : `(?<${this.#group(fieldName(field))}>`
      const source = `${opening}${this.expand(inner, [...around, name])})`
      this.#length += source.length
      if (this.#length > 10 * longestSource || source.length > longestSource) {
        throw new GrokError('the pattern is too large', 'make it of fewer patterns')
      }
      return source
    })
  }

  fields(regex: JavaRegex): ReadonlyMap<string, readonly number[]> {
    const groups = new Map<string, number[]>()
    for (const [index, field] of this.#fields.entries()) {
      const group = regex.groupNames.get(`f${index}`)
      if (group === undefined) continue
      const known = groups.get(field)
      if (known) known.push(group)
      else groups.set(field, [group])
    }
    return groups
  }

  #patternOf(name: string, around: readonly string[]): string {
    if (around.includes(name)) {
      const path = [...around.slice(around.indexOf(name)), name].join(' in ')
      throw new GrokError(`the pattern ${name} stands in itself: ${path}`, 'take it out of one of them')
    }
    const inner = this.#own.get(name) ?? grokPatterns.get(name)
    if (inner === undefined) throw new GrokError(`there is no pattern ${name}`, 'add it with patterns.NAME = …', name)
    return inner
  }

  #group(field: string): string {
    return `f${this.#fields.push(field) - 1}`
  }
}

/** `[a][b]` is `a.b`. */
function fieldName(written: string): string {
  const nested = /^\[([^[\]]+)\](?:\[[^[\]]+\])*$/.test(written)
  return nested ? written.slice(1, -1).replaceAll('][', '.') : written
}
