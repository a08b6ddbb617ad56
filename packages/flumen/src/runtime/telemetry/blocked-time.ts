/** How long at least one put of a source has waited for room in a channel. */
export class BlockedTime {
  #waiting = 0
  #since = 0
  #totalMs = 0

  /** @param at monotonic clock, ms */
  enter(at: number): void {
    if (this.#waiting++ === 0) this.#since = at
  }

  leave(at: number): void {
    if (--this.#waiting === 0) this.#totalMs += at - this.#since
  }

  get isBlocked(): boolean {
    return this.#waiting > 0
  }

  seconds(at: number): number {
    return (this.#totalMs + (this.#waiting > 0 ? at - this.#since : 0)) / 1000
  }
}
