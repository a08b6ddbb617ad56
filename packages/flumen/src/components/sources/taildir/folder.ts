import { join } from 'node:path'
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
  watch: FolderWatch | undefined
  /** Which folder the watch is on. */
  watchedKey: string | undefined
  isMissed: boolean
  lookAt: number
}

/** Whether the name is that of a file of its groups. */
export function isWanted({ directory, groups }: Folder, name: string): boolean {
  const path = join(directory, name)
  return groups.some((group) => group.paths.has(path))
}
