import type { Place } from './problem.ts'

/** One key with its value, as written (before substitution) or as resolved (after it). */
export interface Setting {
  readonly key: string
  readonly value: string
  /** Of the key. */
  readonly place: Place
}

/**
 * The flat map that every syntax (properties, YAML, JSON, a program's object) is read into: whole keys to values, in
 * the order of their first appearance. A later setting of the same key replaces the value and the place, as Flume
 * does within a file and across files.
 */
export class Settings implements Iterable<Setting> {
  readonly #settings = new Map<string, Setting>()
  readonly #lists = new Map<string, readonly string[]>()
  readonly #places = new Map<string, Place>()
  #sorted: SortedKeys | undefined

  get size(): number {
    return this.#settings.size
  }

  get(key: string): Setting | undefined {
    return this.#settings.get(key)
  }

  set(setting: Setting): void {
    if (!this.#settings.has(setting.key)) this.#sorted?.add(setting.key)
    this.#settings.set(setting.key, setting)
  }

  delete(key: string): void {
    if (this.#settings.delete(key)) this.#sorted?.remove(key)
  }

  /** The settings whose keys begin with a prefix, in the order of their first appearance; costs no look at the others. */
  below(prefix: string): readonly Setting[] {
    this.#sorted ??= new SortedKeys(this.#settings.keys())
    return this.#sorted.below(prefix).map((key) => this.#settings.get(key)!)
  }

  hasBelow(prefix: string): boolean {
    this.#sorted ??= new SortedKeys(this.#settings.keys())
    return this.#sorted.hasBelow(prefix)
  }

  /**
   * The keys of a map in YAML, JSON or a program's object are an active list, in order: `sources: {r1: …, r2: …}`
   * says `sources = r1 r2`. Such lists are kept beside the settings, because only the reader of a key knows whether a
   * list is meant. An explicit setting of the key wins.
   */
  implied(key: string): readonly string[] | undefined {
    return this.#lists.get(key)
  }

  imply(key: string, names: readonly string[], place?: Place): void {
    if (place) this.#places.set(key, place)
    const known = this.#lists.get(key) ?? []
    this.#lists.set(key, [...known, ...names.filter((name) => !known.includes(name))])
  }

  /** Where the key of such a map stands, if its reader said so. */
  placeOfMap(key: string): Place | undefined {
    return this.#places.get(key)
  }

  get impliedKeys(): Iterable<string> {
    return this.#lists.keys()
  }

  /** Later settings win over those here. */
  merge(other: Settings): void {
    for (const setting of other) this.set(setting)
    for (const key of other.impliedKeys) this.imply(key, other.implied(key) ?? [], other.placeOfMap(key))
  }

  [Symbol.iterator](): Iterator<Setting> {
    return this.#settings.values()
  }
}

/** Keys in the order of their code units, so that those of one prefix lie together. */
class SortedKeys {
  readonly #keys: string[]
  readonly #numbers = new Map<string, number>()
  #next = 0

  constructor(keys: Iterable<string>) {
    this.#keys = []
    for (const key of keys) {
      this.#numbers.set(key, this.#next++)
      this.#keys.push(key)
    }
    this.#keys.sort()
  }

  add(key: string): void {
    this.#numbers.set(key, this.#next++)
    this.#keys.splice(this.#firstFrom(key), 0, key)
  }

  remove(key: string): void {
    this.#numbers.delete(key)
    this.#keys.splice(this.#firstFrom(key), 1)
  }

  hasBelow(prefix: string): boolean {
    return this.#keys[this.#firstFrom(prefix)]?.startsWith(prefix) === true
  }

  below(prefix: string): readonly string[] {
    const found: string[] = []
    for (let index = this.#firstFrom(prefix); this.#keys[index]?.startsWith(prefix); index++) {
      found.push(this.#keys[index]!)
    }
    return found.sort((one, other) => this.#numbers.get(one)! - this.#numbers.get(other)!)
  }

  /** Index of the first key that is not less. */
  #firstFrom(key: string): number {
    let low = 0
    let high = this.#keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#keys[middle]! < key) low = middle + 1
      else high = middle
    }
    return low
  }
}
