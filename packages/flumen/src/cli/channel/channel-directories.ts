import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { readCheckpoints } from '../../storage/checkpoint.ts'
import { segmentIdOf, spareName } from '../../storage/format/segment-header.ts'
import { systemFiles } from '../../storage/system-files.ts'
import { UsageError } from '../command.ts'
import { segmentHeads } from './segment-heads.ts'

/** Where a channel keeps what it has. */
export interface ChannelDirectories {
  readonly data: readonly string[]
  /** One for both checkpoints, or one for each. */
  readonly checkpoint: readonly [string] | readonly [string, string]
}

const slotNames = ['checkpoint-a', 'checkpoint-b'] as const

/**
 * The channel that lies in the named folders: data directories themselves, or folders that hold them.
 * @throws UsageError where there is none
 */
export function locateChannel(places: readonly string[], cwd: string): ChannelDirectories {
  if (places.length === 0) throw new UsageError(['name the directory of a channel, or its configuration with -f'])
  const folders = places.flatMap((place) => foldersOf(place, resolve(cwd, place)))
  const data = folders.filter(hasSegments)
  if (data.length === 0) {
    throw new UsageError([`${places.join(', ')}: there are no segments (events-*.log), here or one folder below`])
  }
  return { data, checkpoint: checkpointOf(folders, data) ?? [data[0]!] }
}

/** Whether segments of ours lie here, or did. */
export function hasSegments(folder: string): boolean {
  return namesIn(folder).some((name) => segmentIdOf(name) !== undefined || name === spareName)
}

export function subfolders(folder: string): readonly string[] {
  return namesIn(folder)
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
    .sort()
}

/** Names in a folder; none where it is no folder. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function foldersOf(place: string, path: string): readonly string[] {
  if (!existsSync(path)) throw new UsageError([`${place}: there is no such directory`])
  if (hasSegments(path) || hasSlot(path)) return [path, ...subfolders(path).filter((each) => hasSlot(each))]
  const below = subfolders(path).filter((each) => hasSegments(each) || hasSlot(each))
  if (below.length > 0) return below
  if (isOfFlume(path)) {
    throw new UsageError([`${place}: this is a file channel of Apache Flume; see flumen channel import`])
  }
  return []
}

/** Whether logs of Apache Flume lie here or one folder below. */
export function isOfFlume(path: string): boolean {
  return [path, ...subfolders(path)].some((folder) => namesIn(folder).some((name) => /^log-\d+$/.test(name)))
}

function hasSlot(folder: string): boolean {
  return slotNames.some((name) => existsSync(join(folder, name)))
}

/** Among what was named, or beside the data directory. */
function checkpointOf(
  folders: readonly string[],
  data: readonly string[],
): ChannelDirectories['checkpoint'] | undefined {
  const named = folders.filter(hasSlot)
  const candidates = named.length > 0 ? named : data.flatMap((each) => subfolders(dirname(each))).filter(hasSlot)
  const own = named.length > 0 ? candidates : candidates.filter((folder) => isOfChannel(folder, data))
  const [first, second] = slotNames.map((name) => own.find((folder) => existsSync(join(folder, name))))
  if (first && second && first !== second) return [first, second]
  const found = first ?? second
  return found === undefined ? undefined : [found]
}

function isOfChannel(folder: string, data: readonly string[]): boolean {
  const owners = new Set(segmentHeads(systemFiles, data).map(({ header }) => hex(header.channelId)))
  const paths = slotNames.map((name) => join(folder, name))
  return readCheckpoints(systemFiles, paths).some(
    ({ checkpoint }) => checkpoint && owners.has(hex(checkpoint.channelId)),
  )
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
