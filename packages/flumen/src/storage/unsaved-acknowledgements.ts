import { RangeSet } from '../core/ranges.ts'
import { ByteWriter } from './format/byte-writer.ts'
import type { Acknowledgement } from './log-options.ts'
import { writeRanges } from './log-state.ts'

const mostEntries = 64

/** Acknowledgements that count already and are not on the disk yet. */
export class UnsavedAcknowledgements {
  #list: Acknowledgement[] = []

  get isEmpty(): boolean {
    return this.#list.length === 0
  }

  add(acknowledgements: readonly Acknowledgement[]): void {
    this.#list.push(...acknowledgements)
  }

  clear(): void {
    this.#list = []
  }

  /** The payload of a record; undefined where there is nothing to save. */
  encode(): Uint8Array | undefined {
    if (this.isEmpty) return undefined
    const writer = new ByteWriter()
    writer.u32(this.#list.length)
    for (const { cursor, ranges } of this.#list) {
      writer.text(cursor)
      writeRanges(writer, ranges)
    }
    return writer.written
  }

  /** One entry a cursor, so that what waits for room does not grow. */
  compact(): void {
    if (this.#list.length < mostEntries) return
    const cursors = new Map<string, RangeSet>()
    for (const { cursor, ranges } of this.#list) {
      const set = cursors.get(cursor) ?? new RangeSet()
      set.addAll(ranges)
      cursors.set(cursor, set)
    }
    this.#list = [...cursors].map(([cursor, { ranges }]) => ({ cursor, ranges }))
  }
}
