import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { messageOf } from '../../core/index.ts'
import { DirectoryLock } from '../../storage/directory-lock.ts'
import { type CommandContext, statuses, UsageError } from '../command.ts'
import { definitionList, widthOf } from '../text-table.ts'
import { bytes } from '../top/human.ts'
import { clean } from '../top/text.ts'
import type { Check } from './check.ts'
import { checkFileSystem, checkRoom, deviceOf, isDirectory, mountOf } from './file-system.ts'
import { tryKills, writerVariable, writeUntilKilled } from './kill-trial.ts'
import { checkSequential, checkSyncs, measureSequential, measureSyncs } from './sync-times.ts'

/** What `flumen doctor` does. */
export async function runDoctor({ io, arguments: given }: CommandContext): Promise<number> {
  const writer = io.environment[writerVariable]
  if (writer !== undefined) writeUntilKilled(writer)
  const [place = '.', ...more] = given.words
  if (more.length > 0) throw new UsageError(['one directory at a time'])
  const directory = resolve(io.cwd, place)
  if (!isDirectory(directory)) throw new UsageError([`${place}: there is no such directory`])
  const scratch = mkdtempSync(join(directory, '.flumen-doctor-'))
  const checks: Check[] = []
  const stop = new AbortController()
  const undo = io.onSignal(() => stop.abort())
  try {
    for (const examine of examinations(directory, scratch, io.program)) {
      checks.push(await examine())
      // Signals come between two of them.
      await new Promise(setImmediate)
      if (stop.signal.aborted) return statuses.failed
    }
  } finally {
    undo()
    rmSync(scratch, { recursive: true, force: true })
  }
  const safe = checks.every(({ verdict }) => verdict !== 'unsafe')
  if (given.has('json')) io.stdout.write(`${JSON.stringify(jsonOf(directory, safe, checks))}\n`)
  else io.stdout.write(textOf(directory, safe, checks, widthOf(io.stdout)))
  return safe ? statuses.ok : statuses.failed
}

function* examinations(
  directory: string,
  scratch: string,
  program: readonly string[],
): Generator<() => Check | Promise<Check>> {
  const mount = mountOf(directory)
  yield () => checkFileSystem(mount)
  yield () => checkRoom(directory)
  yield () => checkLock(scratch)
  const device = mount ? deviceOf(mount) : { isVirtual: false, isRotating: undefined, hasWriteCache: undefined }
  yield () => checkSyncs(measureSyncs(scratch, 'append'), measureSyncs(scratch, 'overwrite'), device)
  yield () => checkSequential(measureSequential(scratch))
  yield () => {
    const folder = join(scratch, 'log')
    mkdirSync(folder)
    return tryKills(folder, program)
  }
}

/** Whether a second one is kept out. */
async function checkLock(scratch: string): Promise<Check> {
  const name = 'lock'
  let first: DirectoryLock
  try {
    first = await DirectoryLock.acquire(scratch, 'flumen doctor')
  } catch (error) {
    const lines = [`a directory cannot be locked here: ${messageOf(error)}`]
    return { name, verdict: 'unsafe', lines, facts: { works: false } }
  }
  try {
    const second = await DirectoryLock.acquire(scratch, 'flumen doctor')
    second.release()
    const lines = ['locks (flock) do nothing here: two agents could write to one directory']
    return { name, verdict: 'unsafe', lines, facts: { works: false } }
  } catch {
    return { name, verdict: 'ok', lines: ['flock keeps a second agent out'], facts: { works: true } }
  } finally {
    first.release()
  }
}

const words: Readonly<Record<Check['verdict'], string>> = { ok: 'ok', warning: 'WARNING', unsafe: 'UNSAFE' }

function textOf(directory: string, safe: boolean, checks: readonly Check[], width: number): string {
  const rows = checks.flatMap(({ name, verdict, lines }) =>
    lines.map((line, index): [string, string] => [index === 0 ? `${name}: ${words[verdict]}` : '', clean(line)]),
  )
  const { commitsPerSecond, bytesPerSecond, startMs } = carried(checks)
  const carries =
    commitsPerSecond === undefined
      ? ''
      : `This disk carries about ${commitsPerSecond} durable puts a second (16 at a time) and ${bytes(bytesPerSecond ?? 0)} a second; a start takes about ${startMs} ms.\n`
  const end = safe
    ? 'Nothing was found that makes events unsafe here.\n'
    : 'Events are NOT SAFE here: see what is UNSAFE above.\n'
  return `${directory}\n${definitionList(rows, width)}${carries}${end}`
}

interface Carried {
  readonly commitsPerSecond?: number
  readonly bytesPerSecond?: number
  readonly startMs?: number
}

function carried(checks: readonly Check[]): Carried {
  const facts = Object.assign({}, ...checks.map((check) => check.facts)) as Carried
  const { commitsPerSecond, bytesPerSecond, startMs } = facts
  return {
    ...(commitsPerSecond !== undefined && { commitsPerSecond }),
    ...(bytesPerSecond !== undefined && { bytesPerSecond }),
    ...(startMs !== undefined && { startMs }),
  }
}

function jsonOf(directory: string, safe: boolean, checks: readonly Check[]): object {
  return {
    directory,
    safe,
    carries: carried(checks),
    checks: checks.map(({ name, verdict, lines, facts }) => ({ name, verdict, lines, ...facts })),
  }
}
