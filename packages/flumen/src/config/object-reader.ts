import { flattenTree, maximumDepth, nestedTooDeep, type TreeEntry, type TreeNode } from './config-tree.ts'
import type { Place, Problems } from './problem.ts'
import { Settings } from './settings.ts'

/**
 * Reads a program's configuration object as if it were a YAML file (see `flattenTree`): plain objects and `Map`s are
 * maps, arrays are lists, strings, numbers, booleans and bigints are texts; a member that is `undefined` is left out.
 * Anything else is a problem, never an exception.
 * @param label stands for the file in places.
 */
export function settingsFromObject(object: unknown, label: string, problems: Problems): Settings {
  const place = { file: label, line: 0, column: 0 }
  try {
    const root = new ObjectReader(place, problems).node(object, '', 1)
    if (root.kind === 'map') return flattenTree(root, problems)
    if (root.kind !== 'invalid') problems.error(place, '', 'the configuration is not an object', 'give a plain object')
  } catch (error) {
    // A getter or a proxy of the program.
    const message = `the configuration cannot be read: ${error instanceof Error ? error.message : String(error)}`
    problems.error(place, '', message.replace(/\s+/g, ' '), 'give an object of plain values')
  }
  return new Settings()
}

const maximumMembers = 200_000

class ObjectReader {
  readonly #place: Place
  readonly #problems: Problems
  readonly #open = new Set<object>()
  readonly #known = new Map<object, TreeNode>()
  #members = 0

  constructor(place: Place, problems: Problems) {
    this.#place = place
    this.#problems = problems
  }

  node(value: unknown, path: string, depth: number): TreeNode {
    if (value === null || value === '') return { kind: 'empty', word: '' }
    if (typeof value === 'object') return this.#collection(value, path, depth)
    if (
      typeof value === 'string' ||
      typeof value === 'boolean' ||
      typeof value === 'bigint' ||
      Number.isFinite(value)
    ) {
      return { kind: 'text', text: String(value) }
    }
    const what = typeof value === 'number' ? String(value) : `a value of type ${typeof value}`
    return this.#error(
      path,
      `${path || 'it'} is ${what}`,
      'give a text, a finite number, a boolean, an array or an object',
    )
  }

  #collection(value: object, path: string, depth: number): TreeNode {
    const known = this.#known.get(value)
    if (known) return known
    if (this.#open.has(value)) return this.#error(path, `${path} refers to an object that holds it`, 'remove the cycle')
    if (depth > maximumDepth) return this.#error(path, nestedTooDeep, 'write dotted keys instead of nested objects')
    this.#open.add(value)
    const node = Array.isArray(value) ? this.#list(value, path, depth) : this.#map(value, path, depth)
    this.#open.delete(value)
    this.#known.set(value, node)
    return node
  }

  #list(values: readonly unknown[], path: string, depth: number): TreeNode {
    if (!this.#takeFromBudget(values.length, path)) return invalid
    return { kind: 'list', items: Array.from(values, (value) => this.node(value, `an item of ${path}`, depth + 1)) }
  }

  #map(object: object, path: string, depth: number): TreeNode {
    const members = membersOf(object)
    if (!members)
      return this.#error(path, `${path || 'it'} is no plain object`, 'give a plain object, a Map or an array')
    if (!this.#takeFromBudget(members.length, path)) return invalid
    const entries: TreeEntry[] = []
    for (const [key, value] of members) {
      if (value === undefined) continue
      if (typeof key !== 'string' || key === '') this.#error(path, `a key in ${path || 'it'} is no text`, 'give a name')
      else entries.push({ key, place: this.#place, value: this.node(value, joined(path, key), depth + 1) })
    }
    return { kind: 'map', entries }
  }

  #takeFromBudget(members: number, path: string): boolean {
    this.#members += members
    if (this.#members <= maximumMembers) return true
    this.#error(path, `the configuration has more than ${maximumMembers} members`, 'give a smaller object')
    return false
  }

  #error(path: string, message: string, fix: string): TreeNode {
    this.#problems.error(this.#place, path, message, fix)
    return invalid
  }
}

const invalid: TreeNode = { kind: 'invalid' }

function membersOf(object: object): readonly (readonly [unknown, unknown])[] | undefined {
  if (object instanceof Map) return [...object]
  const prototype: unknown = Object.getPrototypeOf(object)
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null
  return isPlain ? Object.entries(object) : undefined
}

/** For messages; kept short, since a cyclic or deep object may have long paths. */
function joined(path: string, key: string): string {
  const whole = path === '' ? key : `${path}.${key}`
  return whole.length > 500 ? `${whole.slice(0, 500)}…` : whole
}
