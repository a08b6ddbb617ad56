import type { Place, Problems } from './problem.ts'
import { Settings } from './settings.ts'

/**
 * What YAML, JSON and a program's object have in common. A node may be shared by several parents (YAML aliases), so a
 * small tree can stand for an enormous one; it holds no cycles.
 */
export type TreeNode = TextNode | EmptyNode | ListNode | MapNode | InvalidNode

export interface TextNode {
  readonly kind: 'text'
  /** Never empty. */
  readonly text: string
}

/** No value: nothing at all, an empty text, or a word for null. */
export interface EmptyNode {
  readonly kind: 'empty'
  /** `null`, `~`, or empty. */
  readonly word: string
}

export interface ListNode {
  readonly kind: 'list'
  readonly items: readonly TreeNode[]
}

export interface MapNode {
  readonly kind: 'map'
  /** In order, those that were merged (`<<`) first. */
  readonly entries: readonly TreeEntry[]
}

/** What has been reported already and is left out. */
export interface InvalidNode {
  readonly kind: 'invalid'
}

export interface TreeEntry {
  /** May hold dots: `a1.sources.r1` is the same as three maps in each other. */
  readonly key: string
  /** Of the key. */
  readonly place: Place
  readonly value: TreeNode
  /** From a merge key of YAML: anything that is set elsewhere wins silently. */
  readonly isMerged?: boolean
}

/** Levels that maps may be nested in each other. */
export const maximumDepth = 64

/** What maps and lists in a list get as an answer, wherever they come from. */
export const nestedTooDeep = `maps and lists are nested more than ${maximumDepth} levels deep`

/**
 * Flattens maps into settings: keys are joined with dots, lists of plain values with blanks. The keys of each map are
 * kept as the implied list of the map's own key, also where they are written with dots. Bounded whatever aliases say.
 */
export function flattenTree(root: MapNode, problems: Problems): Settings {
  const flattener = new Flattener(problems)
  flattener.addMap('', root, { depth: 1, isMerged: false, replaces: false })
  return flattener.finish()
}

const maximumValues = 200_000
const maximumKeyLength = 1_000
const maximumText = 16 * 1024 * 1024

/** What holds for all settings below an entry. */
interface Manner {
  readonly depth: number
  readonly isMerged: boolean
  /** A second map of the same key has been reported; what it sets again is not reported once more. */
  readonly replaces: boolean
}

class Flattener {
  readonly #problems: Problems
  readonly #settings = new Settings()
  readonly #merged = new Set<string>()
  readonly #lists = new Map<string, Set<string>>()
  readonly #places = new Map<string, Place>()
  #values = 0
  #text = 0
  #isExhausted = false

  constructor(problems: Problems) {
    this.#problems = problems
  }

  finish(): Settings {
    for (const [key, names] of this.#lists) this.#settings.imply(key, [...names], this.#places.get(key))
    return this.#settings
  }

  addMap(prefix: string, map: MapNode, manner: Manner): void {
    const places = new Map<string, Place>()
    for (const entry of map.entries) {
      if (this.#isExhausted) return
      const path = prefix + entry.key
      if (path.length > maximumKeyLength) {
        this.#reportLongKey(path, entry.place)
        continue
      }
      if (!this.#takeFromBudget(path.length, path, entry.place)) return
      const earlier = places.get(entry.key)
      if (earlier) this.#reportTwice(path, entry.place, earlier)
      places.set(entry.key, entry.place)
      this.#imply(prefix.length, path, entry.place)
      const isMerged = manner.isMerged || entry.isMerged === true
      this.#addEntry(path, entry, { ...manner, isMerged, replaces: manner.replaces || earlier !== undefined })
    }
  }

  #addEntry(path: string, { value, place }: TreeEntry, manner: Manner): void {
    if (value.kind === 'text') this.#addText(path, value.text, place, manner)
    else if (value.kind === 'empty') this.#reportEmpty(path, value, place)
    else if (value.kind === 'list') this.#addList(path, value, place, manner)
    else if (value.kind === 'map') this.#addNested(path, value, place, manner)
  }

  #addNested(path: string, map: MapNode, place: Place, manner: Manner): void {
    if (manner.depth >= maximumDepth) {
      this.#problems.error(place, path, nestedTooDeep, 'write dotted keys instead of nested maps')
      return
    }
    this.#listOf(path)
    this.addMap(`${path}.`, map, { ...manner, depth: manner.depth + 1 })
  }

  #addText(key: string, value: string, place: Place, manner: Manner): void {
    const earlier = this.#settings.get(key)
    const isEarlierMerged = this.#merged.has(key)
    if (earlier && manner.isMerged && !isEarlierMerged) return
    if (earlier && !isEarlierMerged && !manner.replaces) this.#reportTwice(key, place, earlier.place)
    this.#settings.set({ key, value, place })
    if (manner.isMerged) this.#merged.add(key)
    else this.#merged.delete(key)
  }

  #addList(key: string, list: ListNode, place: Place, manner: Manner): void {
    if (list.items.length === 0) this.#listOf(key)
    const words: string[] = []
    for (const item of list.items) {
      if (item.kind !== 'text' || /\s/.test(item.text)) {
        this.#reportItem(key, item, place)
        return
      }
      if (!this.#takeFromBudget(item.text.length, key, place)) return
      words.push(item.text)
    }
    if (words.length > 0) this.#addText(key, words.join(' '), place, manner)
  }

  /** All levels that a dotted key opens are maps whose keys may be a list. */
  #imply(prefixLength: number, path: string, place: Place): void {
    let start = prefixLength
    while (start < path.length) {
      const dot = path.indexOf('.', start)
      const end = dot < 0 ? path.length : dot
      if (start > 0 && end > start) this.#listOf(path.slice(0, start - 1)).add(path.slice(start, end))
      this.#places.set(path.slice(0, end), place)
      this.#text += end
      start = end + 1
    }
  }

  #listOf(key: string): Set<string> {
    const list = this.#lists.get(key)
    if (list) return list
    const created = new Set<string>()
    this.#lists.set(key, created)
    return created
  }

  /** Counts one value and the text that it costs; aliases cost wherever they are used. */
  #takeFromBudget(length: number, key: string, place: Place): boolean {
    this.#values++
    this.#text += length
    if (this.#values <= maximumValues && this.#text <= maximumText) return true
    this.#isExhausted = true
    const message = `there are more than ${maximumValues} values or 16 MiB of keys and lists, aliases counted at each use`
    this.#problems.error(place, key, message, 'use fewer aliases, or split the configuration into several agents')
    return false
  }

  #reportTwice(key: string, place: Place, earlier: Place): void {
    const where = earlier.line > 0 ? `here and in line ${earlier.line}` : 'twice'
    const fix = earlier.line > 0 ? `remove line ${earlier.line} or line ${place.line}` : 'remove one of the two'
    this.#problems.error(place, key, `${key} stands ${where}`, fix)
  }

  #reportLongKey(key: string, place: Place): void {
    const message = `a key is longer than ${maximumKeyLength} characters: ${key.slice(0, 60)}…`
    this.#problems.error(place, '', message, 'write a shorter key')
  }

  #reportItem(key: string, item: TreeNode, place: Place): void {
    if (item.kind === 'invalid') return
    const [complaint, fix] = itemComplaints[item.kind]
    this.#problems.error(place, key, `a list item of ${key} ${complaint}`, fix)
  }

  #reportEmpty(key: string, { word }: EmptyNode, place: Place): void {
    const message = `${key} has no value${word === '' ? '' : ` (${word})`}, so it is dropped`
    const quoted = word === '' ? '' : `, or write "${word}" in quotes if that word is meant`
    this.#problems.error(place, key, message, `give it a value${quoted}, or remove the key`)
  }
}

const itemComplaints: Readonly<Record<Exclude<TreeNode['kind'], 'invalid'>, readonly [what: string, fix: string]>> = {
  map: ['is a map', 'give each a name: a map of names to maps, such as sources: {r1: {…}}'],
  list: ['is a list', 'write one list of plain values'],
  empty: ['has no value', 'remove the item'],
  text: ['holds white space, which separates items', 'write one item a word, or the whole value as one text'],
}
