import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import type { JavaRegex } from '../../../text/java-regex.ts'
import type { Identity } from './progress-store.ts'

export interface CandidateRules {
  /** Absolute. */
  readonly spoolDir: string
  /** Absolute. */
  readonly trackerDir: string
  readonly fileSuffix: string
  readonly quarantineSuffix: string
  readonly includePattern: JavaRegex
  readonly ignorePattern: JavaRegex
  readonly recursive: boolean
  /** A file of the tracker folder says that one is done with. */
  readonly isTracked: boolean
  readonly order: 'oldest' | 'youngest' | 'random'
  /** Ms for which a file must not have changed. */
  readonly minAge: number
}

/** A file that may be read. */
export interface Candidate {
  readonly path: string
  readonly identity: Identity
}

/** Files whose metadata are asked for at once. */
const atOnce = 32
/** Times of change may be as coarse as this, ms: a folder that changed so shortly before a look is looked at again. */
const coarsestTime = 2500

/** What matters of a folder, as long as its time of change says that nothing came or went. */
interface Listing {
  /** Ms. */
  readonly modified: number
  readonly lookedAt: number
  readonly files: readonly string[]
  readonly folders: readonly string[]
}

/** Finds the files of the spool folder that are to be read. */
export class CandidateFinder {
  readonly #rules: CandidateRules
  #listings = new Map<string, Listing>()

  constructor(rules: CandidateRules) {
    this.#rules = rules
  }

  /** In the order in which they are to be read. @param now ms since the epoch */
  async find(isLeftOut: (path: string) => boolean, now: number): Promise<readonly Candidate[]> {
    const { order, minAge, spoolDir } = this.#rules
    const known = this.#listings
    this.#listings = new Map()
    const paths: string[] = []
    await this.#collect(spoolDir, known, now, paths)
    const wanted = paths.filter((path) => !isLeftOut(path))
    const found: Candidate[] = []
    for (let at = 0; at < wanted.length; at += atOnce) {
      const some = await Promise.all(wanted.slice(at, at + atOnce).map(candidateAt))
      for (const each of some) if (each && now - each.identity.modified >= minAge) found.push(each)
    }
    return ordered(found, order)
  }

  async #collect(folder: string, known: ReadonlyMap<string, Listing>, now: number, paths: string[]): Promise<void> {
    const { spoolDir, trackerDir, isTracked, recursive } = this.#rules
    const listing = await this.#list('files', folder, known, now, (entries) => this.#relevant(folder, entries))
    const tracked = isTracked
      ? await this.#trackedNames(join(trackerDir, relative(spoolDir, folder)), known, now)
      : none
    for (const name of listing.files) if (!tracked.has(name)) paths.push(join(folder, name))
    if (!recursive) return
    for (const name of listing.folders) await this.#collect(join(folder, name), known, now, paths)
  }

  /** The listing of before where the folder has not changed since. @param use two uses of one folder are told apart */
  async #list(
    use: 'files' | 'marks',
    folder: string,
    known: ReadonlyMap<string, Listing>,
    now: number,
    relevant: (entries: readonly Dirent[]) => Pick<Listing, 'files' | 'folders'>,
  ): Promise<Listing> {
    const before = known.get(`${use} ${folder}`)
    let listing: Listing
    try {
      const { mtimeMs: modified } = await stat(folder)
      const isSame = before?.modified === modified && before.lookedAt - modified > coarsestTime
      const entries = isSame ? [] : await readdir(folder, { withFileTypes: true })
      listing = isSame ? before : { modified, lookedAt: now, ...relevant(entries) }
    } catch (error) {
      // A folder that goes away while it is looked at has nothing in it; the spool folder must be there.
      if ((use === 'files' && folder === this.#rules.spoolDir) || (error as NodeJS.ErrnoException).code !== 'ENOENT')
        throw error
      listing = { modified: 0, lookedAt: 0, files: [], folders: [] }
    }
    this.#listings.set(`${use} ${folder}`, listing)
    return listing
  }

  #relevant(folder: string, entries: readonly Dirent[]): Pick<Listing, 'files' | 'folders'> {
    const { ignorePattern, trackerDir } = this.#rules
    const isSearched = (name: string): boolean =>
      !name.startsWith('.') && ignorePattern.fullMatch(name) !== true && resolve(folder, name) !== trackerDir
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
    const files = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name)
    return { files: files.filter((name) => this.#isWanted(name)), folders: folders.filter(isSearched) }
  }

  #isWanted(name: string): boolean {
    const { fileSuffix, quarantineSuffix, includePattern, ignorePattern } = this.#rules
    if (name.startsWith('.') || name.endsWith(fileSuffix) || name.endsWith(quarantineSuffix)) return false
    return includePattern.fullMatch(name) === true && ignorePattern.fullMatch(name) !== true
  }

  /** Names of files of a folder that the tracker folder says are done with. */
  async #trackedNames(folder: string, known: ReadonlyMap<string, Listing>, now: number): Promise<ReadonlySet<string>> {
    const suffixes = [this.#rules.fileSuffix, this.#rules.quarantineSuffix]
    const { files } = await this.#list('marks', folder, known, now, (entries) => ({
      files: entries.flatMap(({ name }) =>
        suffixes.filter((suffix) => name.endsWith(suffix)).map((suffix) => name.slice(0, -suffix.length)),
      ),
      folders: [],
    }))
    return new Set(files)
  }
}

const none: ReadonlySet<string> = new Set()

/** Undefined: it is gone, or no file. */
export async function candidateAt(path: string): Promise<Candidate | undefined> {
  try {
    const found = await stat(path)
    return found.isFile() ? { path, identity: identityOf(found) } : undefined
  } catch {
    return undefined
  }
}

export function identityOf(found: { readonly ino: number; readonly size: number; readonly mtimeMs: number }): Identity {
  return { inode: found.ino, size: found.size, modified: found.mtimeMs }
}

/** By time of change in ms, as Flume sees it; files of the same time by their paths. */
function ordered(found: Candidate[], order: CandidateRules['order']): readonly Candidate[] {
  if (order === 'random') {
    for (let at = found.length - 1; at > 0; at--) {
      const other = Math.floor(Math.random() * (at + 1))
      const [one, two] = [found[at], found[other]]
      if (one && two) [found[at], found[other]] = [two, one]
    }
    return found
  }
  const sign = order === 'oldest' ? 1 : -1
  return found.sort((one, other) => {
    const time = Math.floor(one.identity.modified) - Math.floor(other.identity.modified)
    if (time !== 0) return sign * time
    return one.path < other.path ? -1 : 1
  })
}
