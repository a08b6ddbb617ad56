/**
 * The batches of one runner whose order counts. When one has failed, those that have not begun wait until all that failed
 * are settled, and then begin in their order, together.
 */
export class OrderGate {
  readonly #mending = new Set<object>()
  #opening = Promise.withResolvers<void>()
  #waiting = 0

  get isClosed(): boolean {
    return this.#mending.size > 0 || this.#waiting > 0
  }

  failed(batch: object): void {
    this.#mending.add(batch)
  }

  settled(batch: object): void {
    if (!this.#mending.delete(batch) || this.#mending.size > 0) return
    this.#opening.resolve()
    this.#opening = Promise.withResolvers<void>()
  }

  /** Joins those who wait: until `leave` nobody who comes later begins. */
  join(): void {
    this.#waiting++
  }

  /** Behind those who wait already. To be awaited once, and again while `isMending`. */
  get opened(): Promise<void> {
    return this.#mending.size > 0 ? this.#opening.promise : Promise.resolve()
  }

  get isMending(): boolean {
    return this.#mending.size > 0
  }

  /** It begins before anything else happens. */
  leave(): void {
    this.#waiting--
  }
}
