import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type FlumeLogReplay, type LogDamage, replaySteps } from '../../protocols/flume-log/index.ts'
import { checkpointPaths, readCheckpoints } from '../../storage/checkpoint.ts'
import type { KeyProvider } from '../../storage/encryption/key-provider.ts'
import { SegmentCiphers } from '../../storage/encryption/segment-ciphers.ts'
import { Log } from '../../storage/log.ts'
import { systemFiles } from '../../storage/system-files.ts'
import { type CommandContext, statuses, UsageError } from '../command.ts'
import type { CommandIo } from '../io.ts'
import { clean } from '../top/text.ts'
import { type ChannelDirectories, hasSegments, locateChannel, subfolders } from './channel-directories.ts'
import { type KeySource, keysOfArguments, loadKeys } from './channel-keys.ts'
import { lz4 } from './channel-target.ts'
import { configuredChannel } from './configured-channel.ts'
import { FlumeFiles, type FlumeFolder, locateFlume, requireStopped } from './flume-directories.ts'
import { withDirectories } from './held-directories.ts'
import { type ImportCounts, importEvents } from './import-run.ts'
import { ProgressLine, plural } from './report.ts'
import { cursorsOf, keysNamed, segmentHeads } from './segment-heads.ts'

/** Bytes of a segment where no configuration says it. */
const usualSegmentBytes = 64 << 20

interface ImportPlan {
  readonly folders: readonly FlumeFolder[]
  readonly target: ChannelDirectories
  readonly keys: KeySource | undefined
  readonly capacity: number | undefined
  readonly segmentBytes: number
}

interface Outcome extends ImportCounts {
  readonly remaining: number
  readonly way: FlumeLogReplay['way']
  readonly damages: readonly LogDamage[]
  readonly notes: readonly string[]
  readonly target: ChannelDirectories
}

/** What `flumen channel import` does. */
export async function importChannel(context: CommandContext, places: readonly string[]): Promise<number> {
  const { io, arguments: given, program } = context
  const plan = given.has('conf-file') ? await configuredPlan(context, places) : plannedFrom(context, places)
  requireStopped(plan.folders)
  const files = new FlumeFiles(plan.folders)
  try {
    const directories = [...plan.target.data, ...plan.target.checkpoint]
    const outcome = await withDirectories(directories, `${program} channel import`, () => run(plan, files, io))
    io.stdout.write(given.has('json') ? jsonOf(outcome) : textOf(outcome))
    return outcome.imported + outcome.skipped === outcome.remaining && !outcome.damages.some(mayCost)
      ? statuses.ok
      : statuses.failed
  } finally {
    files.close()
  }
}

function plannedFrom({ arguments: given, io }: CommandContext, places: readonly string[]): ImportPlan {
  const from = given.value('from')
  if (from === undefined) throw new UsageError(['say whose directories they are: --from flume'])
  requireFlume(from)
  const to = given.value('to')
  if (to === undefined) throw new UsageError(['name the directory of our channel with --to'])
  const folders = locateFlume(places, io.cwd)
  return {
    folders,
    target: targetIn(to, io.cwd),
    keys: keysOfArguments(given),
    capacity: undefined,
    segmentBytes: usualSegmentBytes,
  }
}

async function configuredPlan(context: CommandContext, places: readonly string[]): Promise<ImportPlan> {
  const { arguments: given, io } = context
  requireFlume(given.value('from') ?? 'flume')
  const channel = await configuredChannel(context)
  const { data, checkpoint } = channel.directories
  const folders = places.length > 0 ? locateFlume(places, io.cwd) : configuredFolders(data, checkpoint)
  const to = given.value('to')
  return {
    folders,
    target: to === undefined ? channel.directories : targetIn(to, io.cwd),
    keys: keysOfArguments(given) ?? channel.keys,
    capacity: channel.capacity,
    segmentBytes: channel.maxFileSize ?? usualSegmentBytes,
  }
}

function requireFlume(from: string): void {
  if (from.toLowerCase() !== 'flume') throw new UsageError([`--from takes flume: ${from}`])
}

function configuredFolders(
  data: ChannelDirectories['data'],
  [checkpoint, backup]: ChannelDirectories['checkpoint'],
): readonly FlumeFolder[] {
  const folders: readonly FlumeFolder[] = [
    ...data.map((path) => ({ role: 'data' as const, path })),
    { role: 'checkpoint', path: checkpoint },
    ...(backup === undefined ? [] : [{ role: 'backup' as const, path: backup }]),
  ]
  return folders.filter(({ path }) => existsSync(path))
}

/** A channel that is there, or the usual folders of a new one. */
function targetIn(place: string, cwd: string): ChannelDirectories {
  const path = resolve(cwd, place)
  if (existsSync(path) && [path, ...subfolders(path)].some(hasSegments)) return locateChannel([place], cwd)
  return { data: [`${path}/data`], checkpoint: [`${path}/checkpoint`] }
}

async function run(plan: ImportPlan, files: FlumeFiles, io: CommandIo): Promise<Outcome> {
  const { target } = plan
  const heads = segmentHeads(systemFiles, target.data)
  const needed = [...new Set([...keysNamed(heads), ...files.keyAliases])]
  const provider = await loadKeys(plan.keys, needed, io.cwd)
  const damages: LogDamage[] = []
  const line = new ProgressLine(io, 'import')
  const replay = await replayed(plan, files, provider, (damage) => damages.push(damage), line)
  const log = openTarget(plan, provider)
  try {
    const counts = await importEvents(replay, log, ({ imported, skipped }) =>
      line.show(() => `${imported + skipped} of ${plural(replay.size, 'event')}`),
    )
    return { ...counts, remaining: replay.size, way: replay.way, damages, notes: replay.notes, target }
  } finally {
    line.clear()
    log.close()
  }
}

async function replayed(
  { capacity }: ImportPlan,
  files: FlumeFiles,
  provider: KeyProvider | undefined,
  report: (damage: LogDamage) => void,
  line: ProgressLine,
): Promise<FlumeLogReplay> {
  const keys = provider && { keys: (alias: string) => provider.key(alias) }
  const steps = replaySteps(files, { ...keys, ...(capacity !== undefined && { capacity }), report })
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    line.show(() => `${plural(step.value.records, 'record')} read`)
    await new Promise(setImmediate)
  }
}

function openTarget({ target, segmentBytes }: ImportPlan, provider: KeyProvider | undefined): Log {
  const slots = readCheckpoints(systemFiles, checkpointPaths(target.checkpoint))
  const known = slots.flatMap(({ checkpoint }) => [...(checkpoint?.state.cursors.keys() ?? [])])
  return Log.open({
    files: systemFiles,
    dataDirectories: target.data,
    checkpointDirectories: target.checkpoint,
    segmentBytes,
    minimumFreeBytes: 0,
    cursors: cursorsOf(systemFiles, segmentHeads(systemFiles, target.data), known),
    compression: 'none',
    syncEachCommit: true,
    ciphers: provider && new SegmentCiphers(provider),
    lz4,
    now: Date.now,
  })
}

/** A checkpoint that is not used and a record that the integrity tool took out cost nothing. */
function mayCost({ reason }: LogDamage): boolean {
  return reason !== 'neutralised' && reason !== 'checkpoint' && reason !== 'metadata'
}

function textOf({ imported, skipped, remaining, way, damages, notes, target }: Outcome): string {
  const from =
    way === 'full' ? 'all of its logs' : `its ${way === 'backup' ? 'backup checkpoint' : 'checkpoint'} and what follows`
  const lost = remaining - imported - skipped
  return [
    ...notes.map((note) => `note: ${note}`),
    ...damages.map(
      ({ file, start, end, message }) =>
        `damage: ${file.directory}/${file.name}, bytes ${start} to ${end - 1}: ${message}`,
    ),
    `${plural(remaining, 'event')} were left, by ${from}`,
    `imported: ${imported}, into ${target.data.join(', ')}`,
    `skipped: ${skipped}, which were there from an import before`,
    ...(lost > 0 ? [`not to be read: ${lost}`] : []),
  ]
    .map((line) => `${clean(line)}\n`)
    .join('')
}

function jsonOf({ damages, target, ...rest }: Outcome): string {
  const ranges = damages.map(({ file, start, end, reason, message }) => {
    return { file: `${file.directory}/${file.name}`, from: start, to: end, reason, message }
  })
  return `${JSON.stringify({ ...rest, damages: ranges, dataDirectories: target.data })}\n`
}
