import { didYouMean } from '../../config/did-you-mean.ts'
import { FlumenError, messageOf } from '../../core/index.ts'
import { FlumeLogError } from '../../protocols/flume-log/index.ts'
import { DiskError } from '../../storage/files.ts'
import { NewerFormatError } from '../../storage/format/segment-header.ts'
import { type CommandContext, statuses, UsageError } from '../command.ts'
import { type Action, actions, strayOptions } from './channel-options.ts'

/** What an action does, with its own words. @returns the exit status */
type Run = (context: CommandContext, places: readonly string[]) => Promise<number>

const runs: Readonly<Record<Action, () => Promise<Run>>> = {
  stat: async () => (await import('./stat.ts')).statChannel,
  verify: async () => (await import('./verify.ts')).verifyChannel,
  export: async () => (await import('./export.ts')).exportChannel,
  repair: async () => (await import('./repair.ts')).repairChannel,
  import: async () => (await import('./import.ts')).importChannel,
}

/** What `flumen channel` does. */
export async function runChannel(context: CommandContext): Promise<number> {
  const { arguments: given, io, program } = context
  const [word, ...places] = given.words
  const action = actions.find((each) => each === word)
  if (action === undefined) {
    const near = word === undefined ? undefined : didYouMean(word, actions)
    const known = `the actions are ${actions.join(', ')}`
    throw new UsageError([
      word === undefined
        ? `what is to be done? ${known}`
        : `there is no action ${word}; ${near ? `did you mean ${near}?` : known}`,
    ])
  }
  const stray = strayOptions(action, given.names)
  if (stray.length > 0) throw new UsageError(stray)
  try {
    return await (await runs[action]())(context, places)
  } catch (error) {
    if (!isExpected(error)) throw error
    io.stderr.write(`${program} channel ${action}: ${messageOf(error)}\n`)
    return statuses.failed
  }
}

/** What disks, directories and keys may do; anything else is a fault of ours. */
function isExpected(error: unknown): boolean {
  if (error instanceof UsageError) return false
  const kinds = [DiskError, NewerFormatError, FlumenError, FlumeLogError]
  return kinds.some((kind) => error instanceof kind) || (error instanceof Error && 'errno' in error)
}
