import { statSync } from 'node:fs'
import { type CommandContext, statuses } from '../command.ts'
import type { CommandIo } from '../io.ts'
import { type ChannelTarget, channelTarget } from './channel-target.ts'
import { type Inspection, inspect } from './inspection.ts'
import { bytes, findingJson, findingLine, keysLine, ProgressLine, sizeText } from './report.ts'
import { type Survey, surveyChannel } from './survey.ts'

/** What `flumen channel verify` does. */
export async function verifyChannel(context: CommandContext, places: readonly string[]): Promise<number> {
  const target = await channelTarget(context, places)
  return verify(target, context.io, context.arguments.has('json'))
}

export async function verify(target: ChannelTarget, io: CommandIo, json = false): Promise<number> {
  const { survey, inspection } = await inspectTarget(target, io, 'verify')
  const { findings, keysMissing } = inspection
  if (json) io.stdout.write(`${JSON.stringify(jsonOf(survey, inspection))}\n`)
  else {
    for (const finding of findings) io.stdout.write(findingLine(finding))
    if (keysMissing.length > 0) io.stdout.write(keysLine(keysMissing))
    for (const note of survey.recovery.notes) io.stdout.write(`note: ${note}\n`)
    io.stdout.write(`${sizeText(inspection, survey)}: ${findings.length === 0 ? 'no damage' : 'DAMAGED'}\n`)
  }
  return findings.length === 0 ? statuses.ok : statuses.failed
}

/** Looks at all of a channel, with progress on a terminal. */
export async function inspectTarget(
  { directories, ciphers }: ChannelTarget,
  io: CommandIo,
  what: string,
): Promise<{ readonly survey: Survey; readonly inspection: Inspection }> {
  const survey = await surveyChannel(directories, ciphers)
  const total = survey.recovery.segments.reduce((sum, { path }) => sum + sizeOf(path), 0)
  const line = new ProgressLine(io, what)
  const progress = (done: number): void => line.show(() => `${bytes(done)} of at most ${bytes(total)}`)
  const inspection = await inspect(survey, { ciphers, progress })
  line.clear()
  return { survey, inspection }
}

function jsonOf({ recovery }: Survey, inspection: Inspection): object {
  const { findings, records, events, bytes: size, keysMissing } = inspection
  return {
    ok: findings.length === 0,
    segments: recovery.segments.length,
    records,
    events,
    bytes: size,
    findings: findings.map(findingJson),
    keysMissing,
    notes: recovery.notes,
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
