import { normalize } from 'node:path'

/**
 * Folders of a path in which a part may be `**`, any number of folders, or hold `*` and `?`. The other parts are names as
 * they stand.
 */
export class FolderPattern {
  /** The folder under which all others are. */
  readonly root: string
  readonly #parts: readonly (RegExp | string)[]

  /** @param path absolute */
  constructor(path: string) {
    const parts = normalize(path)
      .split('/')
      .filter((part) => part !== '')
    const first = parts.findIndex((part) => /[*?]/.test(part))
    const fixed = first < 0 ? parts : parts.slice(0, first)
    this.root = `/${fixed.join('/')}`
    this.#parts = parts.slice(fixed.length).map((part) => (part === '**' ? part : expressionOf(part)))
  }

  /** @param directory at or below the root */
  has(directory: string): boolean {
    return this.#reach(directory).has(this.#parts.length)
  }

  /** Whether a folder below this one may be one of these. */
  goesBelow(directory: string): boolean {
    return [...this.#reach(directory)].some((part) => part < this.#parts.length)
  }

  /** How many parts of the pattern may be behind this folder. */
  #reach(directory: string): ReadonlySet<number> {
    if (directory !== this.root && !directory.startsWith(this.root === '/' ? '/' : `${this.root}/`)) return new Set()
    let reached = this.#withoutFolders([0])
    for (const name of directory.slice(this.root.length).split('/').filter(Boolean)) {
      const next = [...reached].flatMap((part) => this.#after(part, name))
      reached = this.#withoutFolders(next)
    }
    return reached
  }

  #after(index: number, name: string): readonly number[] {
    const part = this.#parts[index]
    if (part === '**') return [index]
    return part instanceof RegExp && part.test(name) ? [index + 1] : []
  }

  #withoutFolders(reached: readonly number[]): ReadonlySet<number> {
    const all = new Set(reached)
    for (const index of all) if (this.#parts[index] === '**') all.add(index + 1)
    return all
  }
}

function expressionOf(part: string): RegExp {
  const escaped = part.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('*', '[^/]*').replaceAll('?', '[^/]')}$`, 's')
}
