import { EventBatch } from './event-batch.ts'

/** One committed put: its memory is free again when the last of its rows is acknowledged. */
interface PutRecord {
  readonly bytes: number
  /** To add to a position in the queue for that in the log; none where the rows are in no log. */
  readonly shift: number | undefined
  rows: number
}

/** Rows with contiguous positions of one put. */
interface Chunk {
  readonly put: PutRecord
  readonly first: number
  readonly batch: EventBatch
  readonly redelivered: boolean
}

/** Rows taken from a queue and not settled. */
export interface TakenRows {
  readonly batch: EventBatch
  readonly chunks: readonly Chunk[]
  readonly redelivered: boolean
}

/**
 * A first-in first-out queue in which every row has a position. A take holds contiguous positions, in the log too where
 * the rows are in one, and rows that come back go to their own positions, whatever else is open: pushing them "back to
 * the head" is wrong as soon as two takes are open. Knows nothing of waiting, capacities or transactions.
 */
export class PositionQueue {
  /** In position order, never taken yet, from `#head` on. */
  #fresh: Chunk[] = []
  #head = 0
  /** In position order, all before the first fresh one. */
  readonly #returned: Chunk[] = []
  #nextPosition = 0
  #available = 0

  /** Rows that a take could have now. */
  get available(): number {
    return this.#available
  }

  /** Wall clock of the arrival of the next row, ms since the epoch. */
  get oldestArrival(): number | undefined {
    return this.#peek()?.batch.parts[0]?.arrivedAt
  }

  /**
   * @param bytes what the batch counts for until its last row is acknowledged
   * @param logPosition of its first row, where a log has it too
   */
  append(batch: EventBatch, bytes: number, logPosition?: number, redelivered = false): void {
    if (batch.length === 0) return
    const shift = logPosition === undefined ? undefined : logPosition - this.#nextPosition
    const put = { bytes, shift, rows: batch.length }
    this.#fresh.push({ put, first: this.#nextPosition, batch, redelivered })
    this.#nextPosition += batch.length
    this.#available += batch.length
  }

  /** At least one row if there is any; the limit of bytes counts bodies and never holds back a single row. */
  take(events: number, bytes: number): TakenRows | null {
    const chunks: Chunk[] = []
    let wanted = events
    let room = bytes
    let expected = -1
    while (wanted > 0) {
      const next = this.#peek()
      if (!next || (expected >= 0 && (next.first !== expected || next.put.shift !== chunks[0]!.put.shift))) break
      const rows = Math.max(next.batch.rowsWithin(wanted, room), chunks.length === 0 ? 1 : 0)
      if (rows === 0) break
      const taken = this.#shift(next, rows)
      chunks.push(taken)
      wanted -= rows
      room -= taken.batch.bodyBytes
      expected = taken.first + rows
    }
    if (chunks.length === 0) return null
    const batch = chunks.length === 1 ? chunks[0]!.batch : EventBatch.join(chunks.map((chunk) => chunk.batch))
    this.#available -= batch.length
    return { batch, chunks, redelivered: chunks.some((chunk) => chunk.redelivered) }
  }

  /**
   * Forgets all rows but `keep`, which go back to their positions.
   * @param gone is told the positions in the log of those that are forgotten
   * @returns the bytes of the puts that nothing is left of
   */
  settle(taken: TakenRows, keep: Uint32Array | 'all', gone?: (from: number, to: number) => void): number {
    let freed = 0
    let row = 0
    let at = 0
    for (const chunk of taken.chunks) {
      const end = row + chunk.batch.length
      let kept = chunk.batch.length
      if (keep === 'all') this.#giveBack({ ...chunk, redelivered: true })
      else {
        const begin = at
        while (at < keep.length && keep[at]! < end) at++
        kept = at - begin
        if (gone && chunk.put.shift !== undefined) tellGone(chunk, keep, begin, at, row, gone)
        if (kept > 0) this.#giveBackRuns(chunk, keep, begin, at, row)
      }
      chunk.put.rows -= chunk.batch.length - kept
      if (chunk.put.rows === 0) freed += chunk.put.bytes
      row = end
    }
    return freed
  }

  /** @param row of the take, which is the first one of the chunk */
  #giveBackRuns({ put, first, batch }: Chunk, keep: Uint32Array, begin: number, end: number, row: number): void {
    for (const [from, to] of runs(keep, begin, end)) {
      this.#giveBack({
        put,
        first: first + from - row,
        batch: batch.slice(from - row, to - row),
        redelivered: true,
      })
    }
  }

  #peek(): Chunk | undefined {
    return this.#returned[0] ?? this.#fresh[this.#head]
  }

  #shift(chunk: Chunk, rows: number): Chunk {
    const whole = rows === chunk.batch.length
    const rest = whole
      ? undefined
      : { ...chunk, first: chunk.first + rows, batch: chunk.batch.slice(rows, chunk.batch.length) }
    if (this.#returned.length > 0) {
      if (rest) this.#returned[0] = rest
      else this.#returned.shift()
    } else if (rest) this.#fresh[this.#head] = rest
    else this.#dropHead()
    return whole ? chunk : { ...chunk, batch: chunk.batch.slice(0, rows) }
  }

  #dropHead(): void {
    this.#fresh[this.#head++] = undefined as unknown as Chunk
    if (this.#head === this.#fresh.length) {
      this.#fresh = []
      this.#head = 0
    } else if (this.#head >= 1024 && this.#head * 2 >= this.#fresh.length) {
      this.#fresh = this.#fresh.slice(this.#head)
      this.#head = 0
    }
  }

  #giveBack(chunk: Chunk): void {
    let low = 0
    let high = this.#returned.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#returned[middle]!.first < chunk.first) low = middle + 1
      else high = middle
    }
    this.#returned.splice(low, 0, chunk)
    this.#available += chunk.batch.length
  }
}

/** Runs of consecutive numbers in `rows[begin..end)`, as half-open ranges. */
function* runs(rows: Uint32Array, begin: number, end: number): Iterable<readonly [number, number]> {
  let from = begin
  for (let index = begin + 1; index <= end; index++) {
    if (index < end && rows[index] === rows[index - 1]! + 1) continue
    if (index > from) yield [rows[from]!, rows[index - 1]! + 1]
    from = index
  }
}

/** Positions in the log of the rows of a chunk that are not kept. */
function tellGone(
  { put, first, batch }: Chunk,
  keep: Uint32Array,
  begin: number,
  end: number,
  row: number,
  gone: (from: number, to: number) => void,
): void {
  const base = first + (put.shift ?? 0) - row
  let at = row
  if (begin === end) {
    gone(base + row, base + row + batch.length)
    return
  }
  for (const [from, to] of runs(keep, begin, end)) {
    if (from > at) gone(base + at, base + from)
    at = to
  }
  if (row + batch.length > at) gone(base + at, base + row + batch.length)
}

/** The position in the log of the first row, where the rows are in one. */
export function logPositionOf({ chunks: [head] }: TakenRows): number | undefined {
  return head?.put.shift === undefined ? undefined : head.first + head.put.shift
}
