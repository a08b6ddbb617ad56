import { Log } from '../../storage/log.ts'
import { systemFiles } from '../../storage/system-files.ts'
import { type CommandContext, statuses } from '../command.ts'
import type { CommandIo } from '../io.ts'
import { type ChannelTarget, channelTarget, lz4 } from './channel-target.ts'
import { withDirectories } from './held-directories.ts'
import type { Finding } from './inspection.ts'
import { heldDirectory, holderText } from './lock-state.ts'
import { type Step, stepsFor } from './mending.ts'
import { findingJson, findingLine, keysLine } from './report.ts'
import { inspectTarget } from './verify.ts'

/** Segments that a repair begins are small: they hold what was lost, and no events. */
const segmentBytes = 1 << 20

interface Outcome {
  readonly findings: readonly Finding[]
  readonly steps: readonly Step[]
  /** What is still wrong; undefined: nothing was done. */
  readonly left: readonly Finding[] | undefined
}

/** What `flumen channel repair` does. */
export async function repairChannel(context: CommandContext, places: readonly string[]): Promise<number> {
  const { io, arguments: given, program } = context
  const target = await channelTarget(context, places)
  const { data, checkpoint } = target.directories
  const held = heldDirectory([...data, ...checkpoint])
  if (held) {
    io.stderr.write(`${program} channel repair: ${holderText(held)}; stop it first\n`)
    return statuses.failed
  }
  if (target.keys.length > 0 && !target.ciphers) {
    io.stderr.write(`${program} channel repair: ${keysLine(target.keys)}`)
    return statuses.failed
  }
  const isDry = given.has('dry-run')
  const outcome = isDry
    ? await plan(target, io)
    : await withDirectories([...data, ...checkpoint], `${program} channel repair`, () => repair(target, io))
  io.stdout.write(given.has('json') ? jsonOf(outcome) : textOf(outcome))
  const left = outcome.left ?? outcome.findings
  return left.length === 0 ? statuses.ok : statuses.failed
}

async function plan(target: ChannelTarget, io: CommandIo): Promise<Outcome> {
  const { findings } = (await inspectTarget(target, io, 'repair')).inspection
  return { findings, steps: findings.flatMap((finding) => stepsFor(finding)), left: undefined }
}

async function repair(target: ChannelTarget, io: CommandIo): Promise<Outcome> {
  const { survey, inspection } = await inspectTarget(target, io, 'repair')
  const { findings } = inspection
  const steps: Step[] = []
  for (const finding of findings) {
    for (const step of stepsFor(finding)) {
      step.work?.()
      steps.push(step)
    }
  }
  if (findings.length === 0) return { findings, steps, left: [] }
  giveUp(target, survey.cursors, findings)
  steps.push({ what: `write a new checkpoint to ${target.directories.checkpoint.join(' or ')}` })
  const after = await inspectTarget(target, io, 'repair')
  return { findings, steps, left: after.inspection.findings }
}

/** The log itself recovers from what is left, notes which positions nobody will see, and stops in order. */
function giveUp(
  { directories, ciphers }: ChannelTarget,
  cursors: readonly string[],
  findings: readonly Finding[],
): void {
  const log = Log.open({
    files: systemFiles,
    dataDirectories: directories.data,
    checkpointDirectories: directories.checkpoint,
    segmentBytes,
    minimumFreeBytes: 0,
    cursors,
    compression: 'none',
    syncEachCommit: true,
    ciphers,
    lz4,
    now: Date.now,
  })
  try {
    for (const { kind, position, next } of findings) {
      if (kind !== 'content' && log.state.needed(position, next).events > 0) log.discard(position, next)
    }
  } finally {
    log.close()
  }
}

function textOf({ findings, steps, left }: Outcome): string {
  if (findings.length === 0) return 'there is no damage; nothing was changed\n'
  const word = left ? 'done' : 'would'
  const lines = [
    ...findings.map((finding) => `found: ${findingLine(finding)}`),
    ...steps.map(({ what }) => `${word}: ${what}\n`),
    ...(left ?? []).map((finding) => `left: ${findingLine(finding)}`),
  ]
  if (left?.length === 0) lines.push('the channel is whole again; what was damaged is in quarantine\n')
  return lines.join('')
}

function jsonOf({ findings, steps, left }: Outcome): string {
  const done = steps.map(({ what }) => what)
  return `${JSON.stringify({ dryRun: left === undefined, findings: findings.map(findingJson), steps: done, left: (left ?? findings).map(findingJson) })}\n`
}
