import { statSync } from 'node:fs'
import { duration } from '../../core/index.ts'
import type { Checkpoint } from '../../storage/checkpoint.ts'
import { readBatch } from '../../storage/format/batch.ts'
import { recordTypes } from '../../storage/format/record.ts'
import { plainPayload } from '../../storage/payload.ts'
import { placeOf, type Segment } from '../../storage/segments.ts'
import { systemFiles } from '../../storage/system-files.ts'
import { type CommandContext, statuses } from '../command.ts'
import { definitionList, widthOf } from '../text-table.ts'
import { clean } from '../top/text.ts'
import { type ChannelTarget, channelTarget, lz4 } from './channel-target.ts'
import { type Holding, heldDirectory, holderText } from './lock-state.ts'
import { bytes, plural } from './report.ts'
import { walkSegment } from './segment-walk.ts'
import { type Survey, surveyChannel } from './survey.ts'

/** What is said of a channel; times are ms since the epoch. */
export interface ChannelStatus {
  readonly channelId: string | null
  readonly dataDirectories: readonly string[]
  readonly checkpointDirectories: readonly string[]
  readonly heldBy: {
    readonly directory: string
    readonly pid?: number
    readonly host?: string
    readonly owner?: string
    readonly since?: string
  } | null
  readonly segments: number
  readonly bytes: number
  readonly freeBytes: number
  readonly cursors: readonly { readonly name: string; readonly waiting: number; readonly next: number }[]
  readonly oldestArrivedAt: number | null
  readonly firstPosition: number
  readonly nextPosition: number
  readonly checkpoint: { readonly generation: number; readonly writtenAt: number; readonly isStop: boolean } | null
  readonly producers: readonly {
    readonly name: string
    readonly stored: number
    readonly ranges: number
    readonly end: number
  }[]
  readonly keys: readonly { readonly name: string; readonly segments: number }[]
  readonly damages: readonly {
    readonly file: string
    readonly from: number
    readonly to: number
    readonly position: number
    readonly events: number
    readonly reason: string
  }[]
  readonly notes: readonly string[]
}

/** What `flumen channel stat` does. */
export async function statChannel(context: CommandContext, places: readonly string[]): Promise<number> {
  const { io, arguments: given } = context
  const target = await channelTarget(context, places)
  const survey = await surveyChannel(target.directories, target.ciphers)
  const held = heldDirectory(target.directories.data)
  const status = await statusOf(target, survey, held)
  if (given.has('json')) io.stdout.write(`${JSON.stringify(status)}\n`)
  else io.stdout.write(definitionList(rowsOf(status, held, io.clock.now()), widthOf(io.stdout)))
  return statuses.ok
}

async function statusOf(
  target: ChannelTarget,
  { recovery, slots, damages }: Survey,
  held: Holding | undefined,
): Promise<ChannelStatus> {
  const { data, checkpoint } = target.directories
  const { state, segments, channelId, notes } = recovery
  return {
    channelId: channelId ? Buffer.from(channelId).toString('hex') : null,
    dataDirectories: data,
    checkpointDirectories: [...checkpoint],
    heldBy: held ? holderJson(held) : null,
    segments: segments.length,
    bytes: segments.reduce((sum, { path }) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0),
    freeBytes: Math.min(...data.map((directory) => systemFiles.freeBytes(directory))),
    cursors: [...state.cursors].map(([name, ranges]) => ({
      name,
      waiting: state.nextPosition - ranges.total,
      next: ranges.firstMissing(0),
    })),
    oldestArrivedAt: (await arrivalOf(state.firstNeeded, state.nextPosition, segments, target)) ?? null,
    firstPosition: state.firstNeeded,
    nextPosition: state.nextPosition,
    checkpoint: newestOf(slots.flatMap((slot) => slot.checkpoint ?? [])),
    producers: [...state.producers].map(([name, { ranges, total, end }]) => ({
      name,
      stored: total,
      ranges: ranges.length,
      end,
    })),
    keys: target.keys.map((name) => ({ name, segments: segments.filter(({ key }) => key?.id === name).length })),
    damages: damages.map(({ path, from, to, position, events, reason }) => ({
      file: path,
      from,
      to,
      position,
      events,
      reason,
    })),
    notes,
  }
}

function holderJson({ directory, holder }: Holding): NonNullable<ChannelStatus['heldBy']> {
  return holder
    ? { directory, pid: holder.pid, host: holder.host, owner: holder.owner, since: holder.since }
    : { directory }
}

function newestOf(checkpoints: readonly Checkpoint[]): ChannelStatus['checkpoint'] {
  const newest = checkpoints.toSorted((one, other) => other.generation - one.generation)[0]
  if (!newest) return null
  const { generation, writtenAt, isStop } = newest
  return { generation, writtenAt, isStop }
}

/** When the event at a position came in; undefined where there is none, or it cannot be read. */
async function arrivalOf(
  position: number,
  end: number,
  segments: readonly Segment[],
  { ciphers }: ChannelTarget,
): Promise<number | undefined> {
  const holder = position < end ? segments.findLast(({ base }) => base <= position) : undefined
  if (!holder) return undefined
  for await (const item of walkSegment(holder)) {
    if (item.kind !== 'record' || item.header.type !== recordTypes.put) continue
    const row = position - item.header.position
    if (row >= item.header.events) continue
    try {
      const cipher = holder.key && ciphers?.open(holder.key)
      const { batch } = readBatch(plainPayload(item.payload, item.header, cipher, lz4, placeOf(item, holder)))
      return batch.slice(Math.max(row, 0), Math.max(row, 0) + 1).parts[0]?.arrivedAt
    } catch {
      return undefined
    }
  }
  return undefined
}

function rowsOf(status: ChannelStatus, held: Holding | undefined, now: number): readonly (readonly [string, string])[] {
  const { checkpoint, oldestArrivedAt: oldest } = status
  const age =
    oldest === null ? undefined : `${duration((now - oldest) / 1000)}, since ${new Date(oldest).toISOString()}`
  const waits = status.cursors.some(({ waiting }) => waiting > 0)
  return [
    ['data', status.dataDirectories.join(', ')],
    ['checkpoints', status.checkpointDirectories.join(', ')],
    ['in use', held ? holderText(held) : 'no'],
    ...status.cursors.map(
      ({ name, waiting, next }) =>
        ['waiting', `${plural(waiting, 'event')} of cursor ${name}, next position ${next}`] as const,
    ),
    ['oldest event', age ?? (waits ? 'its record cannot be read without its key' : 'none')],
    [
      'positions',
      waits ? `${status.firstPosition} to ${status.nextPosition - 1}` : `the next event gets ${status.nextPosition}`,
    ],
    [
      'segments',
      `${plural(status.segments, 'file')}, ${bytes(status.bytes)}; ${bytes(status.freeBytes)} are free on the disk`,
    ],
    ['checkpoint', checkpoint ? checkpointText(checkpoint, now) : 'none: a start reads what the newest segment says'],
    ...status.producers.map(
      ({ name, stored, ranges }) => ['producer', `${name}: ${stored} numbers in ${plural(ranges, 'range')}`] as const,
    ),
    ...status.keys.map(({ name, segments }) => ['key', `${name}: ${plural(segments, 'segment')}`] as const),
    ...status.damages.map(
      ({ file, reason, events }) =>
        ['damage', `${file}: ${reason} (${plural(events, 'event')}); see flumen channel verify`] as const,
    ),
    ...status.notes.map((note) => ['note', note] as const),
  ].map(([term, text]) => [term!, clean(text!)] as const)
}

function checkpointText(
  { generation, writtenAt, isStop }: NonNullable<ChannelStatus['checkpoint']>,
  now: number,
): string {
  const age = duration((now - writtenAt) / 1000)
  return `number ${generation}, written ${age} ago${isStop ? ' by a stop' : ''}`
}
