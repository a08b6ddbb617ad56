import { didYouMean } from './did-you-mean.ts'
import type { Fields } from './field.ts'
import { noPlace, type Place, type Problem, Problems } from './problem.ts'
import { type Setting, Settings } from './settings.ts'

/** What a section needs of a component's declaration to read the keys of a nested component. */
export interface NestedDeclaration {
  readonly fields: Fields
  create(options: never, context: never): unknown
}

/** Finds declarations for the fields that hold another component (a serializer); the catalogue of components is one. */
export interface DeclarationSource {
  find(kind: string, type: string, directory: string): Promise<{ readonly declaration: NestedDeclaration } | Missing>
}

/** Defaults for the whole process, which some fields take where they are not set. */
export interface Globals {
  /** What the command line gave with `-D`. */
  readonly properties: ReadonlyMap<string, string>
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Why there is no component of a type, and what to do. */
export interface Missing {
  readonly message: string
  readonly fix: string
}

/**
 * What reading an agent's settings shares: the problems, which keys have been read (the rest is unknown), and which
 * keys each section would have known (for did-you-mean).
 */
export class Reading {
  readonly settings: Settings
  readonly problems: Problems
  readonly used = new Set<string>()
  /** Prefix of a section to the key patterns that it knows: `port`, `header.*`. */
  readonly known = new Map<string, readonly string[]>()
  /** Folder that plugin paths are relative to. */
  readonly directory: string
  readonly declarations: DeclarationSource | undefined
  readonly globals: Globals
  /** Words that may still be compared. */
  #patience = 500_000

  constructor(
    settings: Settings,
    problems: Problems = new Problems(),
    directory: string = process.cwd(),
    declarations?: DeclarationSource,
    globals: Globals = { properties: new Map(), environment: process.env },
  ) {
    this.settings = settings
    this.problems = problems
    this.directory = directory
    this.declarations = declarations
    this.globals = globals
  }

  /** {@link didYouMean}, in bounded time also for a file of nothing but mistakes: after half a million comparisons, none. */
  readonly near = (word: string, candidates: readonly string[]): string | undefined =>
    this.spend(candidates.length) ? didYouMean(word, candidates) : undefined

  /** Whether so many comparisons may still be made to find out what was meant. */
  spend(comparisons: number): boolean {
    this.#patience -= comparisons
    return this.#patience >= 0
  }
}

/** The settings below a prefix, `a1.sources.r1.`; fields read through it and report problems at the right place. */
export class Section {
  readonly reading: Reading
  readonly prefix: string
  #place: Place | undefined

  constructor(reading: Reading, prefix: string, place?: Place) {
    this.reading = reading
    this.prefix = prefix
    this.#place = place
  }

  /** Where the section itself stands: its `type`, or its first key; of an empty one, that of the section around it. */
  get place(): Place {
    this.#place ??= this.#placeOf()
    return this.#place
  }

  /** The setting of a key in this section; it counts as known from now on. */
  get(name: string): Setting | undefined {
    const key = this.key(name)
    const setting = this.reading.settings.get(key)
    if (setting) this.reading.used.add(key)
    return setting
  }

  /** The first of several spellings that is set; a second one that is set too is a warning. */
  first(names: readonly string[]): Setting | undefined {
    let found: Setting | undefined
    for (const name of names) {
      const setting = this.get(name)
      if (setting && found) {
        this.warning(
          name,
          `${found.key} and ${setting.key} say the same thing; the first counts`,
          `remove ${setting.key}`,
        )
      }
      found ??= setting
    }
    return found
  }

  /** Names of an active list: the setting's value split at white space, or the keys of a map in YAML, JSON, a program. */
  list(name: string): readonly string[] | undefined {
    const setting = this.get(name)
    if (setting) return setting.value.split(/\s+/).filter((word) => word !== '')
    return this.reading.settings.implied(this.key(name))
  }

  /** All settings below a name, with the rest of their key; they count as known from now on. */
  *takeBelow(name: string): Iterable<Setting & { readonly rest: string }> {
    const prefix = `${this.key(name)}.`
    for (const setting of this.reading.settings.below(prefix)) {
      if (setting.key === prefix) continue
      this.reading.used.add(setting.key)
      yield { ...setting, rest: setting.key.slice(prefix.length) }
    }
  }

  below(name: string): Section {
    return new Section(this.reading, `${this.key(name)}.`)
  }

  /** Whether any setting stands in this section. */
  get isEmpty(): boolean {
    return !this.reading.settings.hasBelow(this.prefix)
  }

  key(name: string): string {
    return this.prefix + name
  }

  know(patterns: readonly string[]): void {
    const known = this.reading.known.get(this.prefix) ?? []
    this.reading.known.set(this.prefix, [...known, ...patterns])
  }

  error(name: string, message: string, fix: string): void {
    this.#add('error', name, message, fix)
  }

  /** An error that a setting is not there. */
  missing(name: string, message: string, fix: string): void {
    this.reading.problems.missing(this.place, this.key(name), message, fix)
  }

  warning(name: string, message: string, fix: string): void {
    this.#add('warning', name, message, fix)
  }

  note(name: string, message: string, fix: string): void {
    this.#add('note', name, message, fix)
  }

  #add(severity: Problem['severity'], name: string, message: string, fix: string): void {
    const key = name === '' ? this.prefix.slice(0, -1) : this.key(name)
    const { settings } = this.reading
    const place = settings.get(key)?.place ?? settings.placeOfMap(key) ?? this.place
    this.reading.problems.add(severity, place, key, message, fix)
  }

  #placeOf(): Place {
    const { settings } = this.reading
    for (let prefix = this.prefix; prefix !== ''; prefix = prefix.replace(/[^.]*\.$/, '')) {
      const setting = settings.get(`${prefix}type`) ?? settings.below(prefix)[0]
      if (setting) return setting.place
    }
    return noPlace
  }
}

/** A section of its own for one component's keys, for programs and tests: `{port: '44444'}`. */
export function sectionOf(
  values: Readonly<Record<string, string>>,
  problems: Problems = new Problems(),
  declarations?: DeclarationSource,
): Section {
  const settings = new Settings()
  for (const [key, value] of Object.entries(values)) settings.set({ key, value, place: noPlace })
  return new Section(new Reading(settings, problems, process.cwd(), declarations), '')
}
