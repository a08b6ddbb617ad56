import { someOf } from '../config/problem-text.ts'
import type { Setting, Settings } from '../config/settings.ts'
import { sections } from './frame.ts'
import { nearestKey } from './nearest-key.ts'
import { type PlanContext, prefixesOf } from './plan-context.ts'

/** Every setting of the agent that nothing has read, with the key that was probably meant. */
export function reportUnknownKeys(context: PlanContext): void {
  const unknown = context.reading.settings
    .below(context.root.prefix)
    .filter(({ key }) => !context.reading.used.has(key) && !context.isUnread(key))
  if (unknown.length > 0) new UnknownKeys(context, unknown).report()
}

/** First segments below a prefix: names of the components that have settings there. */
export function sectionNames(settings: Settings, prefix: string): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { key } of settings.below(prefix)) {
    const dot = key.indexOf('.', prefix.length)
    if (dot > prefix.length && dot < key.length - 1) names.add(key.slice(prefix.length, dot))
  }
  return names
}

class UnknownKeys {
  readonly #context: PlanContext
  readonly #unknown: readonly Setting[]
  /** By the prefix of a component, `a1.sources.r1.`: key patterns relative to it. */
  readonly #patterns = new Map<string, string[]>()
  /** By the prefix they stand below: how many unknown keys, and which ones are missing. */
  readonly #unknownBelow = new Map<string, number>()
  readonly #missingBelow = new Map<string, string[]>()
  /** Misspelt names of maps that have been reported. */
  readonly #reported = new Set<string>()

  constructor(context: PlanContext, unknown: readonly Setting[]) {
    this.#context = context
    this.#unknown = unknown
    const { known, problems } = context.reading
    for (const [prefix, patterns] of known) {
      const component = this.#componentOf(prefix)
      const own = this.#patterns.get(component) ?? []
      this.#patterns.set(component, own)
      for (const pattern of patterns) own.push(prefix.slice(component.length) + pattern)
    }
    for (const { key } of unknown) {
      const owner = this.#ownerOf(key)
      this.#unknownBelow.set(owner, (this.#unknownBelow.get(owner) ?? 0) + 1)
    }
    for (const key of problems.missingKeys) {
      const owner = this.#ownerOf(key)
      this.#missingBelow.set(owner, [...(this.#missingBelow.get(owner) ?? []), key])
    }
  }

  report(): void {
    const { root } = this.#context
    for (const setting of this.#unknown) {
      const [section = ''] = setting.key.slice(root.prefix.length).split('.')
      if (section === '')
        this.#say(setting, setting.key, 'a key ends with its dot', `write what ${setting.value} is for`)
      else if ((sections as readonly string[]).includes(section)) this.#reportKey(setting)
      else this.#reportSection(setting, section)
    }
  }

  #reportSection(setting: Setting, section: string): void {
    const key = this.#nameInMap(setting, `${this.#context.root.prefix}${section}`)
    this.#say(setting, key, `there is no section ${section}`, `the sections are ${sections.join(', ')}`)
  }

  #reportKey(setting: Setting): void {
    const { key, value } = setting
    const { root, reading, lenient } = this.#context
    const agentWide = root.key('flumen')
    if (key === agentWide || (key.split('.').length === 3 && !key.startsWith(`${agentWide}.`))) {
      this.#say(setting, key, `no key stands after ${key}`, `write ${key}.KEY = ${value}`)
      return
    }
    const meant = this.#meant(key)
    if (meant === undefined) {
      const name = this.#nameInMap(setting, this.#shortestUnknown(key))
      this.#say(setting, name, 'unknown key', this.#removal(key))
      return
    }
    if (!lenient) reading.problems.foundElsewhere(meant)
    const segments = key.split('.')
    const parts = meant.split('.')
    const differing = segments.findIndex((segment, index) => segment !== parts[index])
    const name = this.#nameInMap(setting, segments.slice(0, differing + 1).join('.'))
    const there = name === key ? meant : parts.slice(0, differing + 1).join('.')
    this.#say(setting, name, 'unknown key', `did you mean ${there}?`)
  }

  #meant(key: string): string | undefined {
    const component = this.#componentOf(key)
    const { reading } = this.#context
    const patterns = this.#patterns.get(component) ?? []
    const near = reading.spend(patterns.length)
      ? nearestKey(key.slice(component.length), patterns, reading.near)
      : undefined
    if (near !== undefined && component + near !== key) return component + near
    const owner = this.#ownerOf(key)
    const known = (reading.known.get(owner) ?? []).filter((pattern) => !pattern.includes('*'))
    const whole = reading.near(key.slice(owner.length), known)
    if (whole !== undefined) return owner + whole
    const missing = this.#missingBelow.get(owner) ?? []
    return missing.length === 1 && this.#unknownBelow.get(owner) === 1 ? missing[0] : undefined
  }

  #removal(key: string): string {
    const known = this.#context.reading.known.get(this.#ownerOf(key)) ?? []
    return known.length === 0 ? 'remove it' : `remove it; known here: ${someOf(new Set(known))}`
  }

  /** In a map a misspelt name stands once above several keys, and is reported once: the name, or else the key itself. */
  #nameInMap({ key }: Setting, name: string): string {
    return this.#context.reading.settings.implied(name) === undefined ? key : name
  }

  #shortestUnknown(key: string): string {
    const rest = key.slice(this.#ownerOf(key).length)
    return key.slice(0, key.length - rest.length) + rest.split('.')[0]
  }

  #say(setting: Setting, key: string, message: string, fix: string): void {
    if (this.#reported.has(key)) return
    this.#reported.add(key)
    const { problems, settings } = this.#context.reading
    const place = key === setting.key ? setting.place : (settings.placeOfMap(key) ?? setting.place)
    problems.add(this.#context.lenient ? 'warning' : 'error', place, key, message, fix)
  }

  /** `a1.sources.r1.` of any key or prefix below it; `a1.flumen.` for the agent's own settings. */
  #componentOf(key: string): string {
    const { prefix } = this.#context.root
    const [section = '', name = '', ...rest] = key.slice(prefix.length).split('.')
    if (section === 'flumen') return `${prefix}flumen.`
    return rest.length === 0 ? prefix : `${prefix}${section}.${name}.`
  }

  /** The nearest section around a key that knows any keys. */
  #ownerOf(key: string): string {
    return prefixesOf(key).find((prefix) => this.#context.reading.known.has(prefix)) ?? this.#context.root.prefix
  }
}
