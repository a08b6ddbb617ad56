import type { Section } from '../config/section.ts'
import type { Setting } from '../config/settings.ts'
import type { PlanContext } from './plan-context.ts'
import { sectionNames } from './unknown-keys.ts'

/** What a list holds, for its problems. */
export interface ListFacts {
  /** `source`, `sink group`. */
  readonly one: string
  /** The key that everything in such a list needs: settings without it belong to another name. */
  readonly mainKey: 'type' | 'sinks'
  /** Things that have settings and no list at all are an error, not a warning. */
  readonly isNeeded: boolean
  /** Whether other settings name it: then the list is right and its settings are misspelt. */
  isReferredTo?(name: string): boolean
}

export interface ActiveNames {
  /** Those with settings. */
  readonly active: readonly string[]
  /** All that stand in the list, or were meant: what refers to one of them is right, whatever else is wrong. */
  readonly listed: ReadonlySet<string>
}

/**
 * The names of an active list, in order, each once: `a1.sources = r1 r2`, or the keys of a map. Says
 * which are listed without settings, have settings without being listed, or have some of them under a misspelt name. A
 * strict reading takes what is misspelt as it was meant.
 */
export function readActiveList(context: PlanContext, parent: Section, list: string, facts: ListFacts): ActiveNames {
  return new ActiveList(context, parent, list, facts).read()
}

class ActiveList {
  readonly #context: PlanContext
  readonly #parent: Section
  readonly #list: string
  readonly #facts: ListFacts
  readonly #prefix: string
  readonly #defined: ReadonlySet<string>

  constructor(context: PlanContext, parent: Section, list: string, facts: ListFacts) {
    this.#context = context
    this.#parent = parent
    this.#list = list
    this.#facts = facts
    this.#prefix = parent.key(`${list}.`)
    this.#defined = sectionNames(context.reading.settings, this.#prefix)
  }

  read(): ActiveNames {
    const listed = this.#context.names(this.#parent, this.#list)
    this.#parent.know([this.#list])
    if (listed === undefined) return this.#unlisted()
    const names = this.#eachOnce(listed)
    const strange = new Set([...this.#defined].filter((name) => !names.has(name)))
    const active = new Set<string>()
    for (const name of names) {
      const known = this.#defined.has(name) ? name : this.#withoutSettings(name, strange)
      if (known !== undefined) active.add(known)
    }
    for (const name of strange) if (!this.#takeAsMeant(name, active)) this.#sayNotListed(name)
    return { active: [...active], listed: new Set([...names, ...active]) }
  }

  /** There is no list: in a strict reading it is as if all were in it. */
  #unlisted(): ActiveNames {
    const nothing = { active: [], listed: new Set<string>() }
    const names = [...this.#defined]
    if (names.length === 0) return nothing
    if (!this.#facts.isNeeded) {
      for (const name of names) this.#sayNotListed(name)
      return nothing
    }
    const key = this.#parent.key(this.#list)
    this.#context.reading.problems.missing(
      this.#parent.below(`${this.#list}.${names[0]}`).place,
      key,
      `there is no list ${key}, so ${names.length === 1 ? `${this.#facts.one} ${names[0]} does` : `its ${names.length} ${this.#facts.one}s do`} not run`,
      `add ${key} = ${names.join(' ')}`,
    )
    if (!this.#context.lenient) return { active: names, listed: this.#defined }
    for (const name of names) this.#context.leaveUnread(`${this.#prefix}${name}.`)
    return nothing
  }

  /** Says that a listed name has no settings; the name that was meant, if there is one, which is strange no longer. */
  #withoutSettings(name: string, strange: Set<string>): string | undefined {
    const { lenient, reading } = this.#context
    const others = [...strange]
    const near = reading.near(name, others) ?? (others.length === 1 ? others[0] : undefined)
    const { isReferredTo } = this.#facts
    if (!lenient && near !== undefined && isReferredTo?.(name) && !isReferredTo(near)) {
      strange.delete(near)
      this.#move(near, name)
      return name
    }
    const add = `add ${this.#prefix}${name}.${this.#facts.mainKey} = …, or remove ${name} from the list`
    this.#parent.error(
      this.#list,
      `${this.#facts.one} ${name} has no settings`,
      near === undefined ? add : `did you mean ${near}?`,
    )
    if (lenient || near === undefined) return undefined
    strange.delete(near)
    return near
  }

  /** Takes settings under a name that is not listed as those of a listed one that lacks just them. */
  #takeAsMeant(name: string, active: ReadonlySet<string>): boolean {
    const { lenient, reading } = this.#context
    if (lenient || !reading.spend(active.size)) return false
    const { settings } = reading
    const main = `.${this.#facts.mainKey}`
    const own = settings.below(`${this.#prefix}${name}.`).map(({ key }) => key.slice(this.#prefix.length + name.length))
    const lacking = [...active].filter((other) => {
      const hasMain = settings.get(`${this.#prefix}${other}${main}`) !== undefined
      if (hasMain === own.includes(main)) return false
      return !own.some((rest) => settings.get(`${this.#prefix}${other}${rest}`))
    })
    const meant = reading.near(name, lacking) ?? (lacking.length === 1 ? lacking[0] : undefined)
    if (meant === undefined) return false
    this.#move(name, meant)
    return true
  }

  /** One problem a line of a properties file; in a map the misspelt name stands only once. */
  #move(name: string, meant: string): void {
    const { settings, problems } = this.#context.reading
    const isMap = settings.implied(`${this.#prefix}${name}`) !== undefined
    const message = `there is no ${this.#facts.one} ${name}`
    for (const [index, setting] of settings.below(`${this.#prefix}${name}.`).entries()) {
      const key = `${this.#prefix}${meant}${setting.key.slice(this.#prefix.length + name.length)}`
      if (isMap && index === 0) {
        const place = settings.placeOfMap(`${this.#prefix}${name}`) ?? setting.place
        problems.error(place, `${this.#prefix}${name}`, message, `did you mean ${this.#prefix}${meant}?`)
      } else if (!isMap) problems.error(setting.place, setting.key, message, `did you mean ${key}?`)
      settings.delete(setting.key)
      settings.set({ ...setting, key } satisfies Setting)
    }
  }

  #sayNotListed(name: string): void {
    const section = this.#parent.below(`${this.#list}.${name}`)
    this.#context.leaveUnread(section.prefix)
    section.warning(
      '',
      `${this.#facts.one} ${name} is defined and not listed, so it does not run`,
      `add ${name} to ${this.#parent.key(this.#list)}`,
    )
  }

  #eachOnce(listed: readonly string[]): ReadonlySet<string> {
    const names = new Set<string>()
    const twice = new Set<string>()
    for (const name of listed) if (names.size === names.add(name).size) twice.add(name)
    if (twice.size > 0) {
      this.#parent.warning(this.#list, `${[...twice].join(', ')} stands there more than once`, 'name each once')
    }
    return names
  }
}
