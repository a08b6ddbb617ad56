import { EventBatch, type Interceptor, messageOf } from '../core/index.ts'
import type { DeadLetter } from './dead-letters.ts'
import { turn } from './turn.ts'

/** Interceptors that take longer for one piece of a batch get fewer rows at a time, ms. */
const slowMs = 20
/** The most of one piece where an interceptor's time for a row depends on what stands in it. */
const unevenPiece = { rows: 512, bytes: 64 * 1024 }
const anyPiece = { rows: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY }

/**
 * A source's chain of interceptors at work. A batch goes through whole, or in pieces with a pause for the event loop in
 * between where interceptors are slow, or may be so on a hostile body. An interceptor that throws is asked row by row,
 * and the rows that make it throw are rejected with its message: one poisonous event stops nothing (in Flume it stops
 * the source).
 */
export class Interception {
  /** Rows of the next piece. */
  #rows = Number.POSITIVE_INFINITY

  /** @param letters gets the rejected rows as the interceptor that rejected them saw them */
  run(
    interceptors: readonly Interceptor[],
    batch: EventBatch,
    letters: DeadLetter[],
  ): EventBatch | Promise<EventBatch> {
    if (interceptors.length === 0) return batch
    const most = interceptors.some(({ isUneven }) => isUneven) ? unevenPiece : anyPiece
    if (this.#rowsOfPiece(batch, most) === batch.length) return this.#piece(interceptors, batch, letters)
    return this.#inPieces(interceptors, batch, letters, most)
  }

  async #inPieces(
    interceptors: readonly Interceptor[],
    batch: EventBatch,
    letters: DeadLetter[],
    most: typeof anyPiece,
  ): Promise<EventBatch> {
    const kept: EventBatch[] = []
    let rest = batch
    while (rest.length > 0) {
      const rows = this.#rowsOfPiece(rest, most)
      const piece = this.#piece(interceptors, rest.slice(0, rows), letters)
      if (piece.length > 0) kept.push(piece)
      rest = rest.slice(rows, rest.length)
      await turn.yieldIfDue()
    }
    return EventBatch.join(kept)
  }

  #rowsOfPiece(batch: EventBatch, { rows, bytes }: typeof anyPiece): number {
    return Math.max(batch.rowsWithin(Math.min(this.#rows, rows), bytes), 1)
  }

  #piece(interceptors: readonly Interceptor[], piece: EventBatch, letters: DeadLetter[]): EventBatch {
    const began = performance.now()
    let batch = piece
    for (const interceptor of interceptors) {
      if (batch.length === 0) break
      batch = pass(interceptor, batch, letters)
    }
    const tookMs = performance.now() - began
    if (tookMs > slowMs) this.#rows = Math.max(1, Math.floor((piece.length * slowMs) / (tookMs * 2)))
    else this.#rows *= 2
    return batch
  }
}

function pass(interceptor: Interceptor, batch: EventBatch, letters: DeadLetter[]): EventBatch {
  const before = letters.length
  try {
    return interceptor.intercept(batch, (row, reason) => letters.push({ batch, row, reason }))
  } catch (error) {
    letters.length = before
    if (batch.length === 1) {
      letters.push({ batch, row: 0, reason: `interceptor failed: ${messageOf(error)}` })
      return EventBatch.empty
    }
  }
  const rows = Array.from({ length: batch.length }, (_, row) => pass(interceptor, batch.slice(row, row + 1), letters))
  return EventBatch.join(rows.filter((row) => row.length > 0))
}
