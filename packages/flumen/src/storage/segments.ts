import { saltOf } from './format/salt.ts'
import { type SegmentKey, segmentHeaderBytes } from './format/segment-header.ts'
import type { PayloadPlace, RecordCipher } from './payload.ts'
import type { ScannedRecord } from './segment-scanner.ts'

/** A segment that is there. */
export interface Segment {
  readonly id: number
  readonly channelId: Uint8Array
  /** Another one for a moment while a start makes its name durable. */
  path: string
  readonly directory: string
  readonly salt: number
  readonly key: SegmentKey | undefined
  /** Position of its first event. */
  readonly base: number
  /** Position after its last event; grows while it is written. */
  end: number
  /** Where its records end; undefined where only a scan would tell. */
  endOffset: number | undefined
  cipher?: RecordCipher | undefined
  /** Its key has opened a record, so it is the right one. */
  hasOpened?: boolean
}

export function segmentOf(
  channelId: Uint8Array,
  shape: Pick<Segment, 'id' | 'path' | 'directory' | 'base' | 'key'>,
): Segment {
  return {
    ...shape,
    channelId,
    salt: saltOf(channelId, shape.id),
    end: shape.base,
    endOffset: undefined,
  }
}

export const firstRecordOffset = segmentHeaderBytes

/** For each segment the position from which on later ones have the events. */
export function limitsOf(segments: readonly Segment[]): number[] {
  const limits = new Array<number>(segments.length)
  let limit = Number.POSITIVE_INFINITY
  for (let index = segments.length - 1; index >= 0; index--) {
    limits[index] = limit
    limit = Math.min(limit, segments[index]!.base)
  }
  return limits
}

/** Something that should be there and is not, or is not what was written. */
export interface Damage {
  readonly path: string
  /** Bytes of the file, where it is a part of one. */
  readonly from: number
  readonly to: number
  /** What is lost by it: so many events with positions from this one up to, not including, `until`. */
  readonly position: number
  readonly events: number
  readonly until?: number
  readonly reason: string
}

/** To what the payload of a record is bound. */
export function placeOf({ header, offset }: ScannedRecord, { channelId, id }: Segment): PayloadPlace {
  return { channelId, segment: id, offset, position: header.position, sequence: header.sequence }
}

/** Records at the end of a segment that can be read and may not be on the disk. */
export interface DoubtfulTail {
  readonly segment: Segment
  /** Of the first put among them. */
  readonly offset: number
  readonly position: number
  /** Up to where it was synced before that failed; what is before it need not be copied where there is no room for it. */
  readonly durable?: number
}
