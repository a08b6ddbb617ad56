import { basename, join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { isLink, lookAtName, type NameFacts } from './descriptors.ts'
import type { FileGroup } from './file-groups.ts'
import type { FolderWatch } from './folder-watch.ts'

/** There may be files of groups in it, or folders in which there may be. */
export interface Folder {
  readonly directory: string
  /** What stands before a name in a path. */
  readonly prefix: string
  /** Its own name. */
  readonly name: string
  /** Groups that may have files in it. */
  readonly groups: readonly FileGroup[]
  /** Folders in it are looked at as well. */
  readonly goesBelow: boolean
  /** It is named by a group and is waited for. */
  readonly isRoot: boolean
  /** Names to look at. */
  readonly touched: Set<string>
  /** Names that are symbolic links: what happens to what they lead to is not heard here. */
  readonly links: Set<string>
  /** When they are looked at next, on the monotonic clock. */
  linksAt: number
  watch: FolderWatch | undefined
  /** Which folder the watch is on. */
  watchedKey: string | undefined
  /** What is known of its files comes from memory; see {@link isOnLocalDisk}. */
  isLocal: boolean
  isMissed: boolean
  lookAt: number
}

/** What a name of a folder led to a moment ago. */
export interface NameLook extends NameFacts {
  readonly name: string
}

/** Names that are looked at together: each look may wait for the disk. */
export const mostAtOnce = 8
/** Names that are looked at without a wait before others have their turn. */
const turnEvery = 256
/** Between two looks at what symbolic links lead to, ms. */
const linksPauseMs = 1000

/** A folder at which nobody has looked. */
export function folderAt(facts: Pick<Folder, 'directory' | 'groups' | 'goesBelow' | 'isRoot'>): Folder {
  return {
    ...facts,
    prefix: join(facts.directory, '/'),
    name: basename(facts.directory),
    touched: new Set<string>(),
    links: new Set<string>(),
    linksAt: 0,
    watch: undefined,
    watchedKey: undefined,
    isLocal: false,
    isMissed: false,
    lookAt: 0,
  }
}

/** The group that files of this path are of. */
export function groupOf({ groups }: Folder, path: string): FileGroup | undefined {
  return groups.find(({ paths }) => paths.has(path))
}

/** Until something is to be looked at, ms. @param now on the monotonic clock */
export function restOf(folders: Iterable<Folder>, now: number): number {
  return Math.min(...Iterator.from(folders).map(nextLook)) - now
}

/** When something in it is looked at next, on the monotonic clock. */
function nextLook({ touched, links, linksAt, lookAt }: Folder): number {
  if (touched.size > 0) return 0
  return links.size > 0 ? Math.min(lookAt, linksAt) : lookAt
}

/** What is written behind a link, or renamed there, is seen by looking. @param now on the monotonic clock */
export function touchLinks(folder: Folder, now: number): void {
  if (folder.linksAt > now) return
  folder.linksAt = now + linksPauseMs
  for (const name of folder.links) folder.touched.add(name)
}

/** @param group it is the name of a file of this one */
export async function noteLink(folder: Folder, look: NameLook, group: FileGroup | undefined): Promise<void> {
  const { name } = look
  if (group && (look.isLink ?? (await isLink(folder.prefix + name)))) folder.links.add(name)
  else folder.links.delete(name)
}

/** @param wereSeen before, so that a local file system knows them without its disk */
export async function factsOfNames(
  { prefix, isLocal }: Folder,
  names: readonly string[],
  wereSeen: boolean,
): Promise<readonly NameLook[]> {
  const isQuick = isLocal && wereSeen
  const seen: NameLook[] = []
  for (let from = 0; from < names.length; from += mostAtOnce) {
    const some = names.slice(from, from + mostAtOnce)
    const looks = some.map(async (name) => ({ name, ...(await lookAtName(prefix + name, isQuick)) }))
    seen.push(...(await Promise.all(looks)))
    if (isQuick && from % turnEvery === 0) await turn()
  }
  return seen
}
