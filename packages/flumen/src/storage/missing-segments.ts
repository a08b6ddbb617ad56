import type { Checkpoint } from './checkpoint.ts'
import { type Files, readFile } from './files.ts'
import { recordTypes } from './format/record.ts'
import type { LogState } from './log-state.ts'
import { SegmentScanner } from './segment-scanner.ts'
import { type Damage, firstRecordOffset, type Segment } from './segments.ts'

/** Segments that should be there: what is wanted of them is lost, and told. */
export function findMissing(
  files: Files,
  state: LogState,
  segments: readonly Segment[],
  checkpoint: Checkpoint | undefined,
  anyPath: string,
): Damage[] {
  const damages: Damage[] = []
  const lose = (from: number, to: number, before: Segment | undefined, after: Segment | undefined): void => {
    const needed = state.needed(from, to)
    if (needed.events === 0) return
    state.discard(from, to)
    const where = [before && `after ${before.path}`, after && `before ${after.path}`].filter(Boolean).join(' and ')
    const path = before?.path ?? after?.path ?? anyPath
    damages.push({ path, from: 0, to: 0, ...needed, reason: `segments are missing ${where}` })
  }
  let position = state.firstNeeded
  let before: Segment | undefined
  for (const segment of segments) {
    if (!before || segment.id !== before.id + 1) {
      if (before) position = Math.max(position, scannedEnd(files, before, segment))
      lose(position, segment.base, before, segment)
    }
    position = Math.max(position, segment.end)
    before = segment
  }
  if (checkpoint) lose(position, state.nextPosition, before, undefined)
  return damages
}

/** The end of a segment whose successor is missing, by reading it. */
function scannedEnd(files: Files, segment: Segment, next: Segment): number {
  if (segment.end < next.base) return segment.end
  let end = segment.base
  readFile(files, segment.path, (file) => {
    const scanner = new SegmentScanner(file, segment.salt, firstRecordOffset)
    for (let item = scanner.next(); item.kind !== 'end'; item = scanner.next()) {
      if (item.kind === 'record' && item.header.type === recordTypes.put) {
        end = Math.max(end, item.header.position + item.header.events)
      }
    }
  })
  segment.end = Math.min(end, next.base)
  return segment.end
}
