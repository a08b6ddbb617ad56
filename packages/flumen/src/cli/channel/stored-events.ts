import { type EventBatch, messageOf } from '../../core/index.ts'
import { RangeSet } from '../../core/ranges.ts'
import { readBatch } from '../../storage/format/batch.ts'
import { recordTypes } from '../../storage/format/record.ts'
import { type Ciphers, plainPayload } from '../../storage/payload.ts'
import type { ScannedRecord } from '../../storage/segment-scanner.ts'
import { limitsOf, placeOf, type Segment } from '../../storage/segments.ts'
import { lz4 } from './channel-target.ts'
import { walkSegment } from './segment-walk.ts'
import type { Survey } from './survey.ts'

export interface Selection {
  /** Whose waiting events; undefined: all that are on the disk. */
  readonly cursor: string | undefined
  /** The first position. */
  readonly from: number
  readonly ciphers: Ciphers | undefined
  /** Told of bytes that cannot be given. */
  unreadable(what: string): void
}

export interface StoredEvents {
  readonly position: number
  readonly batch: EventBatch
}

/** Stored events in order, those that were there when the survey was made. @throws KeyProviderError */
export async function* storedEvents({ recovery }: Survey, selection: Selection): AsyncGenerator<StoredEvents> {
  const { segments, state } = recovery
  const gone = selection.cursor === undefined ? new RangeSet() : state.cursor(selection.cursor)
  const limits = limitsOf(segments)
  for (const [index, segment] of segments.entries()) {
    const limit = Math.min(limits[index]!, state.nextPosition)
    const reader = new SegmentEvents(segment, gone, limit, selection)
    if (reader.isWanted) yield* reader.events()
  }
}

class SegmentEvents {
  readonly #segment: Segment
  readonly #gone: RangeSet
  readonly #limit: number
  readonly #selection: Selection

  constructor(segment: Segment, gone: RangeSet, limit: number, selection: Selection) {
    this.#segment = segment
    this.#gone = gone
    this.#limit = limit
    this.#selection = selection
  }

  get isWanted(): boolean {
    const from = Math.max(this.#segment.base, this.#selection.from)
    const to = Math.min(Math.max(this.#segment.end, this.#segment.base), this.#limit)
    return !this.#gone.covers(from, to)
  }

  async *events(): AsyncGenerator<StoredEvents> {
    const { unreadable, from } = this.#selection
    for await (const item of walkSegment(this.#segment)) {
      if (item.kind === 'hole') unreadable(`${this.#segment.path}, bytes ${item.from} to ${item.to - 1}: no record`)
      if (item.kind !== 'record' || item.header.type !== recordTypes.put) continue
      const { position, events } = item.header
      if (position >= this.#limit) continue
      const ranges = this.#gone.missing(Math.max(position, from), position + events)
      if (ranges.length === 0) continue
      const batch = this.#batchOf(item)
      for (const [first, next] of batch ? ranges : []) {
        yield { position: first, batch: batch!.slice(first - position, next - position) }
      }
    }
  }

  #batchOf(record: ScannedRecord): EventBatch | undefined {
    const segment = this.#segment
    const { ciphers, unreadable } = this.#selection
    // A key that is not there ends it all: the events are whole, only not to be read now.
    if (record.header.enciphered && segment.key) segment.cipher ??= ciphers?.open(segment.key)
    try {
      return readBatch(plainPayload(record.payload, record.header, segment.cipher, lz4, placeOf(record, segment))).batch
    } catch (error) {
      unreadable(`${segment.path}, bytes ${record.offset} to ${record.end - 1}: ${messageOf(error)}`)
      return undefined
    }
  }
}
