import type { Clock } from '../core/index.ts'

/**
 * One delay for many: each item that was started and neither cancelled nor started again within the delay is handed
 * over. One timer for all of them, none while there is nothing to wait for; start and cancel cost a map entry.
 */
export class SharedTimeout<T> {
  readonly #clock: Clock
  readonly #delayMs: number
  readonly #expired: (item: T) => void
  /** When each was started; in that order, as every start moves its item to the end. */
  readonly #started = new Map<T, number>()
  #cancelTimer: (() => void) | undefined

  /** @param delayMs 0: nothing ever expires */
  constructor(clock: Clock, delayMs: number, expired: (item: T) => void) {
    this.#clock = clock
    this.#delayMs = delayMs
    this.#expired = expired
  }

  start(item: T): void {
    if (this.#delayMs === 0) return
    this.#started.delete(item)
    this.#started.set(item, this.#clock.monotonic())
    this.#cancelTimer ??= this.#clock.after(this.#delayMs, () => this.#expire())
  }

  /** Started, and neither cancelled nor over. */
  has(item: T): boolean {
    return this.#started.has(item)
  }

  cancel(item: T): void {
    this.#started.delete(item)
  }

  /** Cancels all; leaves no timer. */
  clear(): void {
    this.#started.clear()
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  #expire(): void {
    this.#cancelTimer = undefined
    const now = this.#clock.monotonic()
    for (const [item, started] of this.#started) {
      const leftMs = started + this.#delayMs - now
      if (leftMs > 0) {
        this.#cancelTimer = this.#clock.after(leftMs, () => this.#expire())
        return
      }
      this.#started.delete(item)
      this.#expired(item)
    }
  }
}
