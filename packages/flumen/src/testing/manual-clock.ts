import { type Clock, StoppedError } from '../core/index.ts'

interface Timer {
  readonly at: number
  readonly order: number
  readonly callback: () => void
}

/** Time that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now: number
  #monotonic = 0
  #order = 0
  readonly #timers = new Set<Timer>()

  /** @param now wall clock at the start, ms since the epoch */
  constructor(now: number = Date.UTC(2026, 0, 1)) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#monotonic
  }

  /** Timers that are set and have not fired; 0 after a component has stopped. */
  get pending(): number {
    return this.#timers.size
  }

  after(ms: number, callback: () => void): () => void {
    if (ms === Number.POSITIVE_INFINITY) return () => undefined
    const timer = { at: this.#monotonic + Math.max(ms, 0), order: this.#order++, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(new StoppedError('stopped while waiting'))
        return
      }
      const stopped = (): void => {
        cancel()
        reject(new StoppedError('stopped while waiting'))
      }
      const cancel = this.after(ms, () => {
        signal.removeEventListener('abort', stopped)
        resolve()
      })
      signal.addEventListener('abort', stopped, { once: true })
    })
  }

  /** Moves both clocks and fires what is due, in order; lets promises run between two timers. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms
    for (;;) {
      await settle()
      const next = this.#next(end)
      if (!next) break
      this.#timers.delete(next)
      this.#move(next.at)
      next.callback()
    }
    this.#move(end)
    await settle()
  }

  /** The wall clock jumps; monotonic time does not. */
  jump(ms: number): void {
    this.#now += ms
  }

  #move(to: number): void {
    this.#now += to - this.#monotonic
    this.#monotonic = to
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.at <= end && (!next || timer.at < next.at || (timer.at === next.at && timer.order < next.order)))
        next = timer
    }
    return next
  }
}

/** Lets every promise that is already resolved, and what follows from it, run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}
