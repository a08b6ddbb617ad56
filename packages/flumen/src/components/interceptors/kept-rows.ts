import type { EventBatch } from '../../core/index.ts'

/** Takes rows out of a batch; one from which nothing is taken costs nothing. */
export class KeptRows {
  readonly #batch: EventBatch
  #rows: Uint32Array | undefined
  #count = 0
  #next = 0

  constructor(batch: EventBatch) {
    this.#batch = batch
  }

  /** @param row greater than all that were left out before */
  leaveOut(row: number): void {
    this.#rows ??= new Uint32Array(this.#batch.length)
    this.#keepUpTo(row)
    this.#next = row + 1
  }

  /** What is left, of the batch or of one with the same rows. */
  batch(of: EventBatch = this.#batch): EventBatch {
    if (!this.#rows) return of
    this.#keepUpTo(of.length)
    return of.select(this.#rows.subarray(0, this.#count))
  }

  #keepUpTo(end: number): void {
    for (let row = this.#next; row < end; row++) this.#rows![this.#count++] = row
  }
}
