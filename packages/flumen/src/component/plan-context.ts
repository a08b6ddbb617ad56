import { type Reading, Section } from '../config/section.ts'
import type { Catalogue } from './catalogue.ts'

/** What reading one agent's plan shares. */
export class PlanContext {
  readonly reading: Reading
  readonly catalogue: Catalogue
  readonly agent: string
  /** As Flume: what is wrong is dropped and the rest runs. Otherwise it is read as it was meant, so that one slip is one line. */
  readonly lenient: boolean
  /** A program puts into the channels and takes from them, or may. */
  readonly isEmbedded: boolean
  /** The agent's own section. */
  readonly root: Section
  readonly #unread = new Set<string>()

  constructor(
    reading: Reading,
    catalogue: Catalogue,
    agent: string,
    { lenient = false, isEmbedded = false }: { readonly lenient?: boolean; readonly isEmbedded?: boolean } = {},
  ) {
    this.reading = reading
    this.catalogue = catalogue
    this.agent = agent
    this.lenient = lenient
    this.isEmbedded = isEmbedded
    this.root = new Section(reading, `${agent}.`)
  }

  /** Below this prefix nothing is known, because the component itself is not, or is not read. */
  leaveUnread(prefix: string): void {
    this.#unread.add(prefix)
  }

  isUnread(key: string): boolean {
    return prefixesOf(key).some((prefix) => this.#unread.has(prefix))
  }

  /** A mistake that a lenient start passes over without dropping anything but what is wrong. */
  passOver(section: Section, name: string, message: string, fix: string): void {
    if (this.lenient) section.warning(name, message, fix)
    else section.error(name, message, fix)
  }

  /** The names of a list, which are separated by white space; commas are a mistake that is easily seen through. */
  names(section: Section, key: string): readonly string[] | undefined {
    const names = section.list(key)
    if (!names?.some((name) => name.includes(','))) return names
    const meant = names.flatMap((name) => name.split(',')).filter((name) => name !== '')
    const fix = `write ${section.key(key)} = ${meant.slice(0, 30).join(' ')}`
    this.passOver(section, key, 'names are separated by white space, not by commas', fix)
    return this.lenient ? names : meant
  }

  /** Says in a lenient start what does not run because of other problems; those are enough otherwise. */
  dropped(section: Section, message: string): void {
    if (this.lenient) section.error('', message, 'mend what is said about its parts')
  }
}

/** What a key stands below, the nearest first: `a1.sources.r1.`, `a1.sources.`, `a1.`. */
export function prefixesOf(key: string): readonly string[] {
  const prefixes: string[] = []
  for (let dot = key.lastIndexOf('.'); dot >= 0; dot = key.lastIndexOf('.', dot - 1)) {
    prefixes.push(key.slice(0, dot + 1))
    if (dot === 0) break
  }
  return prefixes
}
