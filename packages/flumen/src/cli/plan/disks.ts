import { statfsSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import type { ChannelPlan } from '../../component/plan.ts'

/** Where a channel keeps its events, if that is on disks. */
export interface DataDirectories {
  readonly directories: readonly string[]
  /** Bytes that stay free. */
  readonly minimumFree: number
}

/** A part of a channel's bytes goes to a disk. */
export interface DirectoryDisk {
  readonly disk: string
  readonly room: number
  readonly share: number
}

/** Looks at the two options that Flume has for it. */
export function dataDirectoriesOf({ options, declaration }: ChannelPlan, cwd: string): DataDirectories | undefined {
  if (!('dataDirs' in declaration.fields && 'minimumRequiredSpace' in declaration.fields)) return undefined
  const { dataDirs, minimumRequiredSpace } = options as { dataDirs: unknown; minimumRequiredSpace: unknown }
  if (!Array.isArray(dataDirs) || typeof minimumRequiredSpace !== 'number') return undefined
  const directories = dataDirs.map((each) => resolve(cwd, String(each).replace(/^~(?=\/|$)/, homedir())))
  return { directories, minimumFree: minimumRequiredSpace }
}

/** The disks below the directories, a channel's bytes divided among them; undefined: one of them is not on this machine. */
export function disksOf({ directories, minimumFree }: DataDirectories): readonly DirectoryDisk[] | undefined {
  const disks = new Map<string, { room: number; share: number }>()
  for (const directory of directories) {
    try {
      const { dev } = statSync(directory)
      const { bavail, bsize } = statfsSync(directory)
      const known = disks.get(String(dev))
      const room = Math.max(0, bavail * bsize - minimumFree)
      disks.set(String(dev), { room, share: (known?.share ?? 0) + 1 / directories.length })
    } catch {
      return undefined
    }
  }
  return [...disks].map(([disk, rest]) => ({ disk, ...rest }))
}
