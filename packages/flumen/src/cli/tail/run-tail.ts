import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { messageOf } from '../../core/index.ts'
import { journalPathOf, storedPositions } from '../../protocols/tail-positions/index.ts'
import { type CommandContext, statuses, UsageError } from '../command.ts'
import { table, widthOf } from '../text-table.ts'
import { type ConfiguredTail, configuredTail } from './configured-tail.ts'
import { encodingByMark } from './line-counter.ts'
import { type FileReport, verifyFiles } from './verify.ts'

/** What `flumen tail` does. */
export async function runTail(context: CommandContext): Promise<number> {
  const { arguments: given, io, program } = context
  const [action, ...logs] = given.words
  if (action !== 'verify') throw new UsageError(['what is to be done? the action is verify'])
  const { positionFile, files, encodingOf } = await placesOf(context)
  try {
    const flume = await textOf(positionFile)
    if (flume === undefined) {
      io.stderr.write(`${program} tail verify: there is no position file ${positionFile}\n`)
      return statuses.failed
    }
    const { positions, ended, isDamaged } = storedPositions(flume, await textOf(journalPathOf(positionFile)))
    if (isDamaged) io.stderr.write(`${program} tail verify: ${positionFile} is damaged and says nothing\n`)
    const reports = await verifyFiles(
      { positions, ended, encodingOf },
      files,
      logs.map((log) => resolve(io.cwd, log)),
    )
    const isComplete = !isDamaged && reports.every(({ state }) => state === 'read')
    if (given.has('json'))
      io.stdout.write(`${JSON.stringify({ positionFile, complete: isComplete, files: reports })}\n`)
    else io.stdout.write(textOfReports(reports, widthOf(io.stdout)))
    return isComplete ? statuses.ok : statuses.failed
  } catch (error) {
    if (!(error instanceof Error && 'errno' in error)) throw error
    io.stderr.write(`${program} tail verify: ${messageOf(error)}\n`)
    return statuses.failed
  }
}

async function placesOf(context: CommandContext): Promise<ConfiguredTail> {
  const { arguments: given, io } = context
  const named = given.value('position-file')
  const isConfigured = given.value('conf-file') !== undefined
  if ((named !== undefined) === isConfigured) throw new UsageError(['name either --position-file or -f'])
  if (named === undefined) return configuredTail(context)
  return { positionFile: resolve(io.cwd, named.replace(/^~(?=\/)/, homedir())), files: [], encodingOf: encodingByMark }
}

function textOfReports(reports: readonly FileReport[], width: number): string {
  const rows = reports.map(({ state, file, stored, unreadBytes, unreadLines }) => [
    state,
    String(stored),
    unreadBytes === undefined ? '?' : String(unreadBytes),
    unreadLines === undefined ? '?' : String(unreadLines),
    file,
  ])
  return table(['STATE', 'STORED', 'UNREAD', 'LINES', 'FILE'], rows, width)
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
