import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { type FileFacts, factsIn, isLink, isOnLocalDisk } from './descriptors.ts'
import type { FileGroup } from './file-groups.ts'
import type { FolderWatch } from './folder-watch.ts'

/** There may be files of groups in it, or folders in which there may be. */
export interface Folder {
  readonly directory: string
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

/** What a name led to a moment ago. */
export interface NameFacts {
  readonly name: string
  readonly facts: FileFacts | undefined
}

/** Names that are looked at together: each look may wait for the disk. */
export const mostAtOnce = 8
/** Names that are looked at without a wait before others have their turn. */
const turnEvery = 256
/** Between two looks at what symbolic links lead to, ms. */
const linksPauseMs = 1000

/** Whether the name is that of a file of its groups. */
export function isWanted({ directory, groups }: Folder, name: string): boolean {
  const path = join(directory, name)
  return groups.some((group) => group.paths.has(path))
}

/** What is written behind a link, or renamed there, is seen by looking. @param now on the monotonic clock */
export function touchLinks(folder: Folder, now: number): void {
  if (folder.linksAt > now) return
  folder.linksAt = now + linksPauseMs
  for (const name of folder.links) folder.touched.add(name)
}

/** @param facts of what the name leads to */
export async function noteLink(folder: Folder, name: string, facts: FileFacts | undefined): Promise<void> {
  const path = join(folder.directory, name)
  const isLocal = facts !== undefined && (await isOnLocalDisk(path, facts))
  if (isWanted(folder, name) && (await isLink(path, isLocal))) folder.links.add(name)
  else folder.links.delete(name)
}

/** @param wereSeen before, so that a local file system knows them without its disk */
export async function factsOfNames(
  { directory, isLocal }: Folder,
  names: readonly string[],
  wereSeen: boolean,
): Promise<readonly NameFacts[]> {
  const isQuick = isLocal && wereSeen
  const seen: NameFacts[] = []
  for (let from = 0; from < names.length; from += mostAtOnce) {
    const some = names.slice(from, from + mostAtOnce)
    const looks = some.map(async (name) => ({ name, facts: await factsIn(join(directory, name), isQuick) }))
    seen.push(...(await Promise.all(looks)))
    if (isQuick && from % turnEvery === 0) await turn()
  }
  return seen
}
