import { type Checkpoint, readCheckpoints } from './checkpoint.ts'
import { type Files, readFile } from './files.ts'
import { recordTypes } from './format/record.ts'
import { channelOf, findSegmentFiles, identifySegments } from './identify-segments.ts'
import { LogState } from './log-state.ts'
import { findMissing } from './missing-segments.ts'
import type { BlockCodec, Ciphers } from './payload.ts'
import { RecordScan } from './record-scan.ts'
import { SegmentScanner } from './segment-scanner.ts'
import type { DoubtfulTail } from './segments.ts'
import { type Damage, firstRecordOffset, limitsOf, type Segment } from './segments.ts'

export interface RecoveryOptions {
  readonly files: Files
  readonly dataDirectories: readonly string[]
  readonly checkpointPaths: readonly string[]
  /** Those that the channel has; others that the log knows are forgotten. */
  readonly cursors: readonly string[]
  readonly ciphers?: Ciphers | undefined
  lz4(): BlockCodec
  /** Called now and then while segments are read. */
  progress?(bytes: number): void
}

/** What was found in the directories; nothing was written. */
export interface Recovery {
  /** Undefined where there is no channel yet. */
  readonly channelId: Uint8Array | undefined
  readonly state: LogState
  /** By number. */
  readonly segments: readonly Segment[]
  readonly lastSegmentId: number
  /** Segments whose names a power cut may take away, as far as one can tell. */
  readonly unsureNames: readonly Segment[]
  /** Files that another segment has replaced, or that nothing was written to. */
  readonly superfluous: readonly Segment[]
  readonly generation: number
  /** The last segment ends as a stop or a crash of the process leaves it. */
  readonly tailIsClean: boolean
  /** The checkpoint of a stop was the last thing that was written. */
  readonly wasStopped: boolean
  /** Events that can be read and that a power cut may take, as far as one can tell. */
  readonly doubtfulTail: DoubtfulTail | undefined
  readonly damages: readonly Damage[]
  /** What an operator may want to know and that costs nothing: a checkpoint that was not used. */
  readonly notes: readonly string[]
  readonly scannedBytes: number
}

/**
 * Finds out what a log holds: the state of the last good checkpoint, and what the records behind it say. Without a
 * checkpoint the head of the newest segment has the state as it was when that was begun. So it takes the time of one
 * segment and one look at the head of each other one, however much is stored.
 *
 * @throws NewerFormatError, DiskError
 */
export function recover(options: RecoveryOptions): Recovery {
  const { checkpointPaths, cursors, dataDirectories, files } = options
  const found = findSegmentFiles(files, dataDirectories)
  const slots = readCheckpoints(files, checkpointPaths)
  const notes = slots.flatMap(({ path, problem }) => (problem ? [`${path} is not used: ${problem}`] : []))
  const checkpoints = slots.flatMap((slot) => slot.checkpoint ?? []).sort((a, b) => b.generation - a.generation)
  const channelId = channelOf(found) ?? checkpoints[0]?.channelId
  const usable = checkpoints.filter((checkpoint) => {
    if (channelId && Buffer.compare(checkpoint.channelId, channelId) === 0) return true
    notes.push(`the checkpoint of generation ${checkpoint.generation} is not used: it is of another channel`)
    return false
  })
  const checkpoint = usable[0]
  const state = new LogState()
  if (checkpoint) state.include(checkpoint.state)
  const identified = identifySegments(files, found, channelId ?? new Uint8Array(16))
  const all = identified.segments
  for (const cursor of cursors) state.cursor(cursor)
  rememberEnds(all, checkpoint)
  const scan = new RecordScan(options, state)
  const start = startOf(files, all, checkpoint)
  scan.run(all, start.index, start.offset)
  const { segments, replaced } = withoutReplaced(all)
  // What a tombstone says alone may not be on the disk.
  const isAllSaid = identified.gone.every(({ base, end }) => state.isDone(base, end))
  for (const { base, end } of identified.gone) state.discard(base, end)
  forgetOtherCursors(state, cursors, segments[0]?.base ?? state.nextPosition)
  linkEnds(segments, state.nextPosition)
  const missing = findMissing(files, state, segments, checkpoint, dataDirectories[0] ?? '')
  const last = segments.at(-1)
  const isAtTail = checkpoint?.tailSegment === last?.id && checkpoint?.tailOffset === scan.tailOffset
  const wasStopped = checkpoint?.isStop === true && isAtTail && isAllSaid
  const sureIds = new Set(checkpoint?.segments.map(({ id }) => id))
  return {
    channelId,
    state,
    segments,
    lastSegmentId: Math.max(last?.id ?? 0, checkpoint?.tailSegment ?? 0, ...found.map(({ nameId }) => nameId)),
    unsureNames: wasStopped ? [] : segments.filter(({ id }) => !sureIds.has(id)),
    superfluous: [...identified.tombstones, ...replaced],
    generation: Math.max(0, ...checkpoints.map(({ generation }) => generation)),
    tailIsClean: scan.tailIsClean,
    wasStopped,
    doubtfulTail: wasStopped ? undefined : scan.doubtfulTail,
    damages: [...identified.damages, ...scan.damages, ...missing],
    notes,
    scannedBytes: scan.scannedBytes,
  }
}

/**
 * The first record that is not in the state yet: where the checkpoint ends, or in a later segment, whose head has the
 * state as it was then.
 */
function startOf(
  files: Files,
  segments: readonly Segment[],
  checkpoint: Checkpoint | undefined,
): { index: number; offset: number } {
  const tail = checkpoint ? segments.findIndex(({ id }) => id >= checkpoint.tailSegment) : 0
  if (tail < 0) return { index: segments.length, offset: 0 }
  for (let index = segments.length - 1; index > tail; index--) {
    const { path, salt } = segments[index]!
    const first = readFile(files, path, (file) => new SegmentScanner(file, salt, firstRecordOffset).next())
    if (first?.kind !== 'record' || first.header.type !== recordTypes.state) continue
    forgetEnd(segments[tail])
    return { index, offset: firstRecordOffset }
  }
  const isTail = segments[tail]?.id === checkpoint?.tailSegment
  const tailOffset = isTail ? (checkpoint?.tailOffset ?? 0) : 0
  return { index: tail, offset: Math.max(tailOffset, firstRecordOffset) }
}

/** The checkpoint knows it as it was then; it went on. */
function forgetEnd(tail: Segment | undefined): void {
  if (!tail) return
  tail.end = tail.base
  tail.endOffset = undefined
}

/**
 * A segment goes as far as a later one begins: one that was begun to replace it, where a crash came before it was gone,
 * has all that counts of it. What it says beside events still counts.
 */
function withoutReplaced(all: readonly Segment[]): { segments: Segment[]; replaced: Segment[] } {
  const limits = limitsOf(all)
  const segments: Segment[] = []
  const replaced: Segment[] = []
  for (const [index, segment] of all.entries()) {
    const limit = limits[index]!
    segment.end = Math.min(segment.end, limit)
    if (segment.base < limit) segments.push(segment)
    else replaced.push(segment)
  }
  return { segments, replaced }
}

function rememberEnds(segments: readonly Segment[], checkpoint: Checkpoint | undefined): void {
  const known = new Map(checkpoint?.segments.map((segment) => [segment.id, segment]))
  for (const segment of segments) {
    const { end = segment.base, endOffset = 0 } = known.get(segment.id) ?? {}
    segment.end = Math.max(segment.base, end)
    if (endOffset > 0) segment.endOffset = endOffset
  }
}

function forgetOtherCursors(state: LogState, cursors: readonly string[], base: number): void {
  for (const name of state.cursors.keys()) if (!cursors.includes(name)) state.cursors.delete(name)
  // A cursor that begins now begins with what is still there.
  state.nobodys.add(0, base)
  for (const name of cursors) if (!state.written.has(name)) state.cursor(name).addAll(state.nobodys.ranges)
}

/** Ends that neither the checkpoint nor a scan has told are where the next one begins. */
function linkEnds(segments: readonly Segment[], nextPosition: number): void {
  for (const [index, segment] of segments.entries()) {
    if (segment.endOffset !== undefined || segment.end > segment.base) continue
    segment.end = segments[index + 1]?.base ?? nextPosition
  }
}
