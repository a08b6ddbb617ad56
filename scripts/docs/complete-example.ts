import { noPlace, type Problems } from '../../packages/flumen/src/config/problem.ts'
import { readProperties } from '../../packages/flumen/src/config/properties-reader.ts'
import type { Settings } from '../../packages/flumen/src/config/settings.ts'

/**
 * The settings of an example with what it leaves out: an example of a sink has no source and no channel. What is there
 * stays as it is. Examples are written for agent `a1`, channels `c1`, `c2`, … and sinks `k1`, `k2`, …
 */
export function completeExample(example: string, problems: Problems): Settings {
  const settings = readProperties(example, 'example', problems)
  const completion = new Completion(settings)
  for (const source of completion.names('sources', 'r1')) {
    if (completion.set(`sources.${source}.type`, 'netcat')) {
      completion.set(`sources.${source}.bind`, 'localhost')
      completion.set(`sources.${source}.port`, '0')
    }
    completion.names(`sources.${source}.interceptors`)
    completion.set(`sources.${source}.channels`, completion.names('channels', 'c1').join(' '))
  }
  for (const channel of completion.names('channels', 'c1')) {
    if (!completion.set(`channels.${channel}.type`, 'memory')) continue
    completion.set(`channels.${channel}.capacity`, '1000000')
    completion.set(`channels.${channel}.transactionCapacity`, '1000000')
  }
  for (const sink of completion.names('sinks', 'k1')) {
    completion.set(`sinks.${sink}.type`, 'logger')
    completion.set(`sinks.${sink}.channel`, completion.names('channels', 'c1')[0]!)
  }
  completion.names('sinkgroups')
  return settings
}

class Completion {
  readonly #settings: Settings

  constructor(settings: Settings) {
    this.#settings = settings
  }

  /** Sets what is not set yet, and says whether it did. */
  set(key: string, value: string): boolean {
    const whole = `a1.${key}`
    if (this.#settings.get(whole)) return false
    this.#settings.set({ key: whole, value, place: noPlace })
    return true
  }

  /** The names of an active list, which is written where it is missing: those with settings and those mentioned. */
  names(list: string, otherwise?: string): readonly string[] {
    const known = this.#settings.get(`a1.${list}`)
    if (known) return known.value.split(/\s+/)
    const found = [...new Set([...this.#defined(list), ...this.#mentioned(list)])]
    const names = found.length === 0 && otherwise !== undefined ? [otherwise] : found
    if (names.length > 0) this.set(list, names.join(' '))
    return names
  }

  /** The names that have settings. */
  #defined(list: string): ReadonlySet<string> {
    const prefix = `a1.${list}.`
    const keys = [...this.#settings].map(({ key }) => key).filter((key) => key.startsWith(prefix))
    return new Set(keys.map((key) => key.slice(prefix.length).split('.')[0]!))
  }

  /** `c2` in a selector's mapping, `k2` in a group. */
  #mentioned(list: string): readonly string[] {
    const pattern = { channels: /\bc\d+\b/g, sinks: /\bk\d+\b/g }[list]
    if (!pattern) return []
    const words = [...this.#settings].flatMap(({ key, value }) => `${key} ${value}`.match(pattern) ?? [])
    return [...new Set(words)]
  }
}
