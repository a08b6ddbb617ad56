import type { TakeLimit, TakeTransaction } from './channel.ts'
import type { Clock } from './clock.ts'
import { Waiters } from './waiters.ts'

interface TakeWanted {
  readonly limit: TakeLimit
  readonly give: (taken: TakeTransaction | null) => void
  /** Set from the first event on; called when the wait ends. */
  cancelLinger: (() => void) | undefined
  lingerOver: boolean
}

/** What takes are made of. */
export interface Supply {
  /** Events that a take could have now. */
  readonly available: number
  /** Most events of one take. */
  readonly transactionEvents: number
  take(limit: TakeLimit): TakeTransaction | null
}

/** Those who wait for events, first come, first served; one who lingers waits for a full take. */
export class Takers {
  readonly #clock: Clock
  readonly #supply: Supply
  readonly #waiting: Waiters<TakeWanted>
  #isStopped = false

  constructor(supply: Supply, clock: Clock) {
    this.#supply = supply
    this.#clock = clock
    this.#waiting = new Waiters(clock)
  }

  get isWaiting(): boolean {
    return this.#waiting.size > 0
  }

  stop(): void {
    this.#isStopped = true
    this.#waiting.stopAll()
  }

  /** @param onWait called when the take has to wait */
  take(
    limit: TakeLimit,
    idleMs: number,
    signal: AbortSignal,
    onWait: () => void,
  ): TakeTransaction | null | Promise<TakeTransaction | null> {
    if (this.#isStopped || signal.aborted) return null
    if (this.#waiting.size === 0 && this.#isEnough(limit)) return this.#supply.take(limit)
    if (idleMs <= 0 && this.#supply.available === 0) return null
    return new Promise((resolve) => {
      const give = (taken: TakeTransaction | null): void => {
        wanted.cancelLinger?.()
        resolve(taken)
      }
      const wanted: TakeWanted = { limit, give, cancelLinger: undefined, lingerOver: false }
      this.#waiting.add(
        wanted,
        idleMs,
        signal,
        () => give(null),
        () => give(null),
      )
      this.serve()
      onWait()
    })
  }

  /** To be called when events have come. */
  serve(): void {
    for (let waiter = this.#waiting.first; waiter && this.#supply.available > 0; waiter = this.#waiting.first) {
      const wanted = waiter.about
      if (!wanted.lingerOver && !this.#isEnough(wanted.limit)) {
        wanted.cancelLinger ??= this.#clock.after(wanted.limit.lingerMs, () => {
          wanted.lingerOver = true
          this.serve()
        })
        break
      }
      waiter.remove()
      wanted.give(this.#supply.take(wanted.limit))
    }
  }

  #isEnough({ events, lingerMs }: TakeLimit): boolean {
    const { available, transactionEvents } = this.#supply
    return available > 0 && (lingerMs <= 0 || available >= Math.min(events, transactionEvents))
  }
}
