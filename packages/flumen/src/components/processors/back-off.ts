import type { Clock } from '../../core/index.ts'

/** Failures further apart than this, beyond the pause itself, do not add up, ms. */
const sequentialRange = 3_600_000
const mostFailures = 16

/** Which sinks of a group are left alone because they failed. Times are monotonic ms. */
export class BackOff {
  readonly #longest: number
  readonly #clock: Clock
  readonly #failing = new Map<string, { failures: number; failedAt: number; restoreAt: number }>()

  /** @param longest most ms that a sink is left alone */
  constructor(longest: number, clock: Clock) {
    this.#longest = longest
    this.#clock = clock
  }

  holds(sink: string): boolean {
    const state = this.#failing.get(sink)
    return state !== undefined && this.#clock.monotonic() < state.restoreAt
  }

  /** Ms until the first of them may be tried again. */
  untilOneIsOver(): number {
    const restores = Array.from(this.#failing.values(), ({ restoreAt }) => restoreAt)
    return Math.max(0, Math.min(...restores) - this.#clock.monotonic())
  }

  /**
   * Calls that were open when a sink failed fail after it; only the first of them counts.
   * @param askedMs the pause that the sink's other side asked for
   */
  failed(sink: string, askedMs: number): void {
    if (this.holds(sink)) return
    const now = this.#clock.monotonic()
    const last = this.#failing.get(sink)
    const sequential = last !== undefined && now - last.failedAt < this.#pause(last.failures) + sequentialRange
    const failures = sequential ? Math.min(last.failures + 1, mostFailures) : 1
    this.#failing.set(sink, { failures, failedAt: now, restoreAt: now + this.#pause(failures, askedMs) })
  }

  succeeded(sink: string): void {
    this.#failing.delete(sink)
  }

  #pause(failures: number, askedMs = 0): number {
    return Math.min(this.#longest, Math.max(1000 * 2 ** failures, askedMs))
  }
}
