import { didYouMean } from '../config/did-you-mean.ts'
import type { Problems } from '../config/problem.ts'
import { type Setting, Settings } from '../config/settings.ts'
import { agentsOf } from './agent-names.ts'
import type { Catalogue } from './catalogue.ts'
import { type ComponentList, componentLists, frameKeys, sections } from './frame.ts'
import { isOfPattern } from './nearest-key.ts'
import { prefixesOf } from './plan-context.ts'

/**
 * The settings with misspelt agents and sections read as they were meant, each reported once: `b1.sources.r1.port` in a
 * file where only `a1` is an agent, `a1.source = r1`, `a1.sinks.r1.port` where `r1` is a source. Names of components and
 * their own keys are left to the readers of those.
 */
export async function asMeant(
  settings: Settings,
  agent: string,
  problems: Problems,
  catalogue: Catalogue,
): Promise<Settings> {
  const keys = new MeantKeys(settings, agent, problems, catalogue)
  const meant = new Settings()
  for (const setting of settings) {
    const key = await keys.of(setting)
    if (key === setting.key || settings.get(key) === undefined) meant.set({ ...setting, key })
  }
  for (const key of settings.impliedKeys) {
    meant.imply(keys.ofList(key), settings.implied(key) ?? [], settings.placeOfMap(key))
  }
  return meant
}

const lists = Object.keys(componentLists) as readonly ComponentList[]

class MeantKeys {
  readonly #settings: Settings
  readonly #agent: string
  readonly #agents: readonly string[]
  readonly #problems: Problems
  readonly #catalogue: Catalogue
  /** What stands in front of misspelt keys, to what was meant; each is looked for once. */
  readonly #prefixes = new Map<string, string>()
  readonly #strangers = new Set<string>()
  readonly #lists = new Map<string, ReadonlySet<string> | undefined>()

  constructor(settings: Settings, agent: string, problems: Problems, catalogue: Catalogue) {
    this.#settings = settings
    this.#agent = agent
    this.#agents = [...new Set([agent, ...agentsOf(settings)])]
    this.#problems = problems
    this.#catalogue = catalogue
  }

  async of(setting: Setting): Promise<string> {
    const [agent = '', section = '', ...rest] = setting.key.split('.')
    if (agent !== this.#agent)
      return this.#agents.includes(agent) ? setting.key : this.#ofAgent(setting, agent, section, rest)
    if (!isSection(section)) return this.#ofSection(setting, section, rest)
    return isList(section) && rest.length > 1 ? this.#ofOtherSection(setting, section, rest) : setting.key
  }

  /** The key of an implied list, once all settings have been looked at. */
  ofList(key: string): string {
    for (const prefix of [`${key}.`, ...prefixesOf(key)]) {
      const meant = this.#prefixes.get(prefix)
      if (meant !== undefined) return `${meant}${key.slice(prefix.length)}`.replace(/\.$/, '')
    }
    return key
  }

  /** A name in front that is no agent's. */
  #ofAgent(setting: Setting, name: string, section: string, rest: readonly string[]): string {
    if (rest.length === 0 && section === '') return this.#withoutDot(setting)
    if (!isSection(section)) return setting.key
    const near = didYouMean(name, this.#agents)
    const fitting = this.#agents.filter((agent) => this.#fits(agent, section, rest))
    const best = near !== undefined && fitting.includes(near) ? near : (fitting[0] ?? near)
    if (best === undefined) return this.#sayStrange(setting, name)
    if (best !== this.#agent) return setting.key
    return this.#found(setting, `${name}.`, `${best}.`, name === '' ? 'no agent is named' : `there is no agent ${name}`)
  }

  /** `a1sources` is an agent's list; any other key without a dot is a variable for others. */
  #withoutDot(setting: Setting): string {
    const open = lists.map((list) => `${this.#agent}.${list}`).filter((key) => !this.#isSet(key))
    const near = didYouMean(setting.key, open)
    if (near?.replace('.', '') !== setting.key.replace(/[-_,:]/, '')) return setting.key
    return this.#found(setting, setting.key, near, `${setting.key} names no agent`)
  }

  #ofSection(setting: Setting, section: string, rest: readonly string[]): string {
    const meant = didYouMean(section, sections) ?? this.#onlyFitting(setting, section, rest)
    if (meant === undefined) return setting.key
    return this.#found(
      setting,
      `${this.#agent}.${section}.`,
      `${this.#agent}.${meant}.`,
      `there is no section ${section}`,
    )
  }

  #onlyFitting(setting: Setting, section: string, rest: readonly string[]): string | undefined {
    const names = rest.length === 0 ? setting.value.split(/\s+/) : [rest[0]!]
    const fitting = lists.filter((list) => {
      const isDefined = names.every((name) => this.#settings.hasBelow(`${this.#agent}.${list}.${name}.`))
      return this.#fits(this.#agent, list, rest) && isDefined
    })
    if (fitting.length === 1) return fitting[0]
    const empty = lists.filter((list) => !this.#isSet(`${this.#agent}.${list}`))
    const isMap = this.#settings.implied(`${this.#agent}.${section}`) !== undefined
    return isMap && empty.length === 1 ? empty[0] : undefined
  }

  /** The name is not listed here, and it is listed in one other section that lacks just this setting. */
  async #ofOtherSection(
    setting: Setting,
    section: ComponentList,
    [name = '', ...key]: readonly string[],
  ): Promise<string> {
    const listed = this.#listed(this.#agent, section)
    if (listed === undefined || listed.has(name) || this.#isComplete(section, name, key)) return setting.key
    const rest = [name, ...key]
    const others = lists.filter(
      (other) =>
        other !== section && this.#listed(this.#agent, other)?.has(name) && this.#fits(this.#agent, other, rest),
    )
    const [other] = others
    if (other === undefined || others.length > 1 || !(await this.#knows(other, name, key, setting))) return setting.key
    const near = didYouMean(
      name,
      [...listed].filter((each) => this.#fits(this.#agent, section, [each, ...key])),
    )
    if (near !== undefined && (await this.#knows(section, near, key, setting))) return setting.key
    const prefix = `${this.#agent}.${section}.${name}.`
    const message = `${name} is not among the ${section}, it is among the ${other}`
    return this.#found(setting, prefix, `${this.#agent}.${other}.${name}.`, message)
  }

  /** It has a type and more: a component that is not listed, as there may be. */
  #isComplete(section: ComponentList, name: string, key: readonly string[]): boolean {
    const prefix = `${this.#agent}.${section}.${name}.`
    if (key[0] !== 'type') return this.#settings.get(`${prefix}type`) !== undefined
    return this.#settings.below(prefix).length > 1
  }

  /** Whether a component has such a key; yes where nothing is known of it. */
  async #knows(section: ComponentList, name: string, key: readonly string[], { value }: Setting): Promise<boolean> {
    if (key[0] === 'type') return this.#catalogue.entry(componentLists[section], value) !== undefined
    const type = this.#settings.get(`${this.#agent}.${section}.${name}.type`)?.value
    const fields = type === undefined ? undefined : await this.#catalogue.fieldsOf(componentLists[section], type)
    if (fields === undefined) return true
    const patterns = Object.entries(fields).flatMap(([each, field]) => field.keys(each))
    return [...frameKeys[section], ...patterns].some((pattern) => isOfPattern(key.join('.'), pattern))
  }

  /** Whether a key is free there: a list that is not there yet, or a setting that a component there has not. */
  #fits(agent: string, section: string, rest: readonly string[]): boolean {
    if (this.#isSet([agent, section, ...rest].join('.'))) return false
    const [name] = rest
    if (name === undefined) return isList(section)
    if (rest.length === 1) return false
    return this.#listed(agent, section)?.has(name) || this.#settings.hasBelow(`${agent}.${section}.${name}.`)
  }

  #isSet(key: string): boolean {
    return this.#settings.get(key) !== undefined || this.#settings.implied(key) !== undefined
  }

  #listed(agent: string, section: string): ReadonlySet<string> | undefined {
    const key = `${agent}.${section}`
    if (this.#lists.has(key)) return this.#lists.get(key)
    const names = this.#settings.get(key)?.value.split(/\s+/) ?? this.#settings.implied(key)
    const set = names && new Set(names)
    this.#lists.set(key, set)
    return set
  }

  #sayStrange(setting: Setting, name: string): string {
    if (this.#strangers.has(name)) return setting.key
    this.#strangers.add(name)
    this.#problems.warning(
      setting.place,
      setting.key,
      name === '' ? 'no agent is named' : `there is no agent ${name}: it has no list of channels`,
      this.#agents.length === 1 ? `the agent is ${this.#agent}` : `the agents are ${this.#agents.join(', ')}`,
    )
    return setting.key
  }

  /** One problem a line of a properties file; in a map the misspelt word stands only once. */
  #found(setting: Setting, prefix: string, meant: string, message: string): string {
    const key = `${meant}${setting.key.slice(prefix.length)}`.replace(/\.$/, '')
    const map = prefix.slice(0, -1)
    const isMap = this.#settings.implied(map) !== undefined
    if (isMap && this.#prefixes.has(prefix)) return key
    this.#prefixes.set(prefix, meant)
    if (isMap) {
      const place = this.#settings.placeOfMap(map) ?? setting.place
      this.#problems.error(place, map, message, `did you mean ${meant.slice(0, -1)}?`)
    } else this.#problems.error(setting.place, setting.key, message, `did you mean ${key}?`)
    return key
  }
}

function isSection(section: string): boolean {
  return (sections as readonly string[]).includes(section)
}

function isList(section: string): section is ComponentList {
  return (lists as readonly string[]).includes(section)
}
