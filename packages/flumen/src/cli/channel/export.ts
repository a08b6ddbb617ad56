import { resolve } from 'node:path'
import type { ParsedArguments } from '../arguments.ts'
import { type CommandContext, statuses, UsageError } from '../command.ts'
import { channelTarget } from './channel-target.ts'
import { type EventFormat, eventWriter, formats } from './event-text.ts'
import { newFile, standardOutput } from './export-output.ts'
import { keysLine, plural } from './report.ts'
import { storedEvents } from './stored-events.ts'
import { surveyChannel } from './survey.ts'

interface ExportOptions {
  readonly cursor: string | undefined
  readonly from: number
  readonly limit: number
  readonly format: EventFormat
  readonly file: string | undefined
}

/** What `flumen channel export` does. */
export async function exportChannel(context: CommandContext, places: readonly string[]): Promise<number> {
  const { io, arguments: given, program } = context
  const options = optionsOf(given)
  const target = await channelTarget(context, places)
  const survey = await surveyChannel(target.directories, target.ciphers)
  if (target.keys.length > 0 && !target.ciphers) {
    io.stderr.write(`${program} channel export: ${keysLine(target.keys)}`)
    return statuses.failed
  }
  const cursor = given.has('all') ? undefined : cursorOf(options.cursor, survey.cursors)
  const output = options.file === undefined ? standardOutput(io.stdout) : await newFile(resolve(io.cwd, options.file))
  const writer = eventWriter(options.format)
  let problems = survey.damages.filter(({ events }) => events > 0).length
  const unreadable = (what: string): void => {
    problems++
    io.stderr.write(`${program} channel export: ${what}\n`)
  }
  let left = options.limit
  const head = writer.begin()
  let isRead = head ? await output.write(head) : true
  for await (const { batch, position } of storedEvents(survey, {
    cursor,
    from: options.from,
    ciphers: target.ciphers,
    unreadable,
  })) {
    const rows = batch.slice(0, Math.min(left, batch.length))
    left -= rows.length
    if (rows.length > 0) isRead = await output.write(writer.write(rows, position))
    if (left === 0 || !isRead) break
  }
  await output.end()
  if (options.file !== undefined)
    io.stderr.write(`${plural(options.limit - left, 'event')} written to ${options.file}\n`)
  if (problems > 0) io.stderr.write(`${program} channel export: there is damage; see flumen channel verify\n`)
  return problems > 0 ? statuses.failed : statuses.ok
}

function optionsOf(given: ParsedArguments): ExportOptions {
  const complaints: string[] = []
  const format = formats.find((each) => each === (given.value('format') ?? 'json'))
  if (!format) complaints.push(`--format takes ${formats.join(', ')}: ${given.value('format')}`)
  const from = numberOf(given.value('from') ?? '0')
  if (from === undefined) complaints.push(`--from takes a position: ${given.value('from')}`)
  const limit = numberOf(given.value('limit') ?? String(Number.MAX_SAFE_INTEGER))
  if (limit === undefined) complaints.push(`--limit takes a number of events: ${given.value('limit')}`)
  if (given.has('all') && given.has('cursor')) complaints.push('--all is what is on the disk, whatever --cursor has')
  const file = given.value('to')
  if (format === 'avro' && file === undefined) complaints.push('--format avro writes bytes: name a file with --to')
  if (complaints.length > 0 || !format || from === undefined || limit === undefined) throw new UsageError(complaints)
  return { cursor: given.value('cursor'), from, limit, format, file }
}

function numberOf(text: string): number | undefined {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(number) ? number : undefined
}

function cursorOf(wanted: string | undefined, cursors: readonly string[]): string {
  if (wanted !== undefined && !cursors.includes(wanted)) {
    throw new UsageError([`there is no cursor ${wanted}; those of this channel are ${cursors.join(', ')}`])
  }
  if (wanted === undefined && cursors.length > 1) {
    throw new UsageError([`name one with --cursor: those of this channel are ${cursors.join(', ')}`])
  }
  return wanted ?? cursors[0]!
}
