import { setTimeout as sleep } from 'node:timers/promises'
import { checkpointPaths, readCheckpoints, type SlotReading } from '../../storage/checkpoint.ts'
import type { Ciphers } from '../../storage/payload.ts'
import { type Recovery, recover } from '../../storage/recovery.ts'
import type { Damage } from '../../storage/segments.ts'
import { systemFiles } from '../../storage/system-files.ts'
import type { ChannelDirectories } from './channel-directories.ts'
import { lz4 } from './channel-target.ts'
import { cursorsOf, segmentHeads } from './segment-heads.ts'

/** What a channel's directories hold, looked at without writing anything. */
export interface Survey {
  readonly recovery: Recovery
  readonly slots: readonly SlotReading[]
  readonly cursors: readonly string[]
  /** Those of the recovery that are there when it is looked again. */
  readonly damages: readonly Damage[]
}

const mostLooks = 6
const betweenLooksMs = 60

/**
 * Looks at a channel that an agent may write at the same time: what seems to be damage is looked at again, until two
 * looks agree.
 */
export async function surveyChannel(directories: ChannelDirectories, ciphers: Ciphers | undefined): Promise<Survey> {
  let survey = look(directories, ciphers)
  for (let again = 1; again < mostLooks && survey.damages.length > 0; again++) {
    await sleep(betweenLooksMs)
    const before = survey
    const now = look(directories, ciphers)
    const lasting = now.damages.filter((damage) => before.damages.some((known) => isSame(damage, known)))
    survey = { ...now, damages: lasting }
    if (lasting.length === before.damages.length && lasting.length === now.recovery.damages.length) break
  }
  return survey
}

function look(directories: ChannelDirectories, ciphers: Ciphers | undefined): Survey {
  const files = systemFiles
  const paths = checkpointPaths(directories.checkpoint)
  const slots = readCheckpoints(files, paths)
  const newest = slots
    .flatMap(({ checkpoint }) => checkpoint ?? [])
    .sort((one, other) => other.generation - one.generation)[0]
  const heads = segmentHeads(files, directories.data)
  const cursors = cursorsOf(files, heads, newest?.state.cursors.keys() ?? [])
  const recovery = recover({ files, dataDirectories: directories.data, checkpointPaths: paths, cursors, ciphers, lz4 })
  return { recovery, slots, cursors, damages: recovery.damages }
}

function isSame(one: Damage, other: Damage): boolean {
  return one.path === other.path && one.from === other.from && one.to === other.to && one.position === other.position
}
