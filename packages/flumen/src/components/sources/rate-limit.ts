import type { Clock } from '../../core/index.ts'

/**
 * So many events a second, in the long run: what was not used is kept for up to one second, and who takes much at once
 * is let through and the next one waits for it (Guava's RateLimiter).
 */
export class RateLimit {
  readonly #perSecond: number
  readonly #clock: Clock
  /** When all that was taken is paid for, on the monotonic clock. */
  #paidAt: number

  /** @param perSecond 0: no limit */
  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond
    this.#clock = clock
    this.#paidAt = clock.monotonic()
  }

  /** Waits until so many may be taken, and takes them. @throws StoppedError when the signal is aborted meanwhile */
  async take(events: number, signal: AbortSignal): Promise<void> {
    if (this.#perSecond === 0) return
    const now = this.#clock.monotonic()
    const from = Math.max(this.#paidAt, now - 1000)
    this.#paidAt = from + (events * 1000) / this.#perSecond
    if (from > now) await this.#clock.sleep(from - now, signal)
  }
}
