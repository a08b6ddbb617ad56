import { type Clock, type EventBatch, PositionQueue, type TakenRows } from '../../core/index.ts'

/** The rows of a channel that are in memory: the next ones to be taken, and those of open takes. */
export class RowsInMemory {
  readonly #queue = new PositionQueue()
  readonly #clock: Clock
  readonly #watchers = new Set<() => void>()
  #events = 0
  #bytes = 0
  #inNoLog = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Rows that a take could have now. */
  get available(): number {
    return this.#queue.available
  }

  /** All rows here, and what they count for; those of open takes too. */
  get events(): number {
    return this.#events
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Rows here that no log has. */
  get eventsInNoLog(): number {
    return this.#inNoLog
  }

  /** Wall clock of the arrival of the next row, ms since the epoch. */
  get oldestArrival(): number | undefined {
    return this.#queue.oldestArrival
  }

  /** @param logPosition of its first row, where the log has it */
  append(batch: EventBatch, bytes: number, logPosition?: number): void {
    this.#queue.append(batch, bytes, logPosition)
    this.#events += batch.length
    this.#bytes += bytes
    if (logPosition === undefined) this.#inNoLog += batch.length
  }

  take(events: number, bytes: number): TakenRows | null {
    return this.#queue.take(events, bytes)
  }

  /**
   * Forgets all rows but `keep`, which go back to their positions.
   * @returns what that frees, and which positions of the log it concerns
   */
  settle(
    taken: TakenRows,
    keep: Uint32Array | 'all',
  ): { readonly rows: number; readonly bytes: number; readonly ranges: readonly (readonly [number, number])[] } {
    const ranges: [number, number][] = []
    const bytes = this.#queue.settle(taken, keep, (from, to) => {
      const last = ranges.at(-1)
      if (last && last[1] === from) last[1] = to
      else ranges.push([from, to])
    })
    const rows = keep === 'all' ? 0 : taken.batch.length - keep.length
    this.#events -= rows
    this.#bytes -= bytes
    this.#inNoLog -= rows - ranges.reduce((sum, [from, to]) => sum + to - from, 0)
    this.look()
    return { rows, bytes, ranges }
  }

  /** Resolves when `isOver` says so, asked whenever rows have gone, or in time. */
  until(isOver: () => boolean, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel()
        this.#watchers.delete(watch)
        resolve()
      }
      const watch = (): void => {
        if (isOver()) done()
      }
      const cancel = this.#clock.after(ms, done)
      this.#watchers.add(watch)
    })
  }

  /** Asks all who wait. */
  look(): void {
    for (const watch of this.#watchers) watch()
  }
}
