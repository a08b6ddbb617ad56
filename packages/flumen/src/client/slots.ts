import { type Clock, EventDeliveryError, StoppedError } from '../core/index.ts'
import { Waiters } from '../core/waiters.ts'

/** So many may work at one time; the others wait in the order in which they came. */
export class Slots {
  readonly #mostWaiting: number
  readonly #waiting: Waiters<() => void>
  #free: number

  constructor(count: number, mostWaiting: number, clock: Clock) {
    this.#free = count
    this.#mostWaiting = mostWaiting
    this.#waiting = new Waiters(clock)
  }

  /**
   * Works as soon as there is a slot.
   * @throws EventDeliveryError where too many wait, StoppedError when the signal is aborted before the work began
   */
  async use<R>(signal: AbortSignal, work: () => Promise<R>): Promise<R> {
    if (signal.aborted) throw new StoppedError('stopped')
    if (this.#free > 0) this.#free--
    else await this.#turn(signal)
    try {
      return await work()
    } finally {
      this.#release()
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.#mostWaiting) {
      throw new EventDeliveryError(
        `${this.#mostWaiting} calls wait already; wait for the answers of some, or raise max-queued-calls`,
      )
    }
    return new Promise((resolve, reject) => {
      const stopped = (): void => reject(new StoppedError('stopped while it waited for a connection'))
      this.#waiting.add(resolve, Number.POSITIVE_INFINITY, signal, stopped, stopped)
    })
  }

  #release(): void {
    const next = this.#waiting.first
    if (next) {
      next.remove()
      next.about()
    } else this.#free++
  }
}
