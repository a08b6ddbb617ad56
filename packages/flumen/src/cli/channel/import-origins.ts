import type { FlumeLogBatch, FlumeLogReplay } from '../../protocols/flume-log/index.ts'

/** What an import needs to know of the events that remain. */
export interface RemainingEvents extends Pick<FlumeLogReplay, 'logs' | 'size' | 'pointerAt'> {
  batches(): Iterable<FlumeLogBatch>
}

/** Numbers of a producer, both included. */
export interface OriginRange {
  readonly producer: string
  readonly first: number
  readonly last: number
}

/**
 * Names events of Flume's logs as the origin of puts. A producer is a log, by its fingerprint; the numbers of an event are
 * the bytes behind the remaining event before it, in the order of the log, up to where its own record begins. So a log
 * that is imported whole is one range, however its events lie, and an event keeps its numbers whatever Flume does to
 * other logs.
 */
export class ImportOrigins {
  readonly #producers = new Map<number, string>()
  readonly #offsets = new Map<number, Uint32Array>()

  constructor(replay: RemainingEvents) {
    for (const { fileID, fingerprint } of replay.logs) this.#producers.set(fileID, `flume-log:${fingerprint}`)
    const counts = new Map<number, number>()
    for (let at = 0; at < replay.size; at++) {
      const { fileID } = replay.pointerAt(at)
      counts.set(fileID, (counts.get(fileID) ?? 0) + 1)
    }
    const filled = new Map<number, number>()
    for (const [fileID, count] of counts) this.#offsets.set(fileID, new Uint32Array(count))
    for (let at = 0; at < replay.size; at++) {
      const { fileID, offset } = replay.pointerAt(at)
      const index = filled.get(fileID) ?? 0
      this.#offsets.get(fileID)![index] = offset
      filled.set(fileID, index + 1)
    }
    for (const offsets of this.#offsets.values()) offsets.sort()
  }

  producerOf(fileID: number): string {
    return this.#producers.get(fileID) ?? `flume-log:${fileID}`
  }

  /** Which of the remaining events of its log it is, from 0. */
  rankOf(fileID: number, offset: number): number {
    const offsets = this.#offsets.get(fileID)!
    let low = 0
    let high = offsets.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (offsets[middle]! < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The numbers of the events of these ranks together. */
  rangeOf(fileID: number, firstRank: number, lastRank: number): OriginRange {
    const offsets = this.#offsets.get(fileID)!
    const first = firstRank === 0 ? 0 : offsets[firstRank - 1]! + 1
    return { producer: this.producerOf(fileID), first, last: offsets[lastRank]! }
  }
}
