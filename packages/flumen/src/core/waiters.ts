import type { Clock } from './clock.ts'
import { LinkedList } from './linked-list.ts'

/** One who waits: settled once, by an answer, a time-out or an abort. */
export interface Waiter<T> {
  readonly about: T
  /** Ends the wait; the owner has answered. */
  remove(): void
}

interface Entry<T> extends Waiter<T> {
  readonly onStop: () => void
  gone: boolean
}

/**
 * First come, first served, with deadlines and abort signals. Attaches one abort listener a signal, however many wait
 * under it: a component's signal lives as long as the component, and a listener a waiter costs microseconds.
 */
export class Waiters<T> {
  readonly #clock: Clock
  readonly #entries = new LinkedList<Entry<T>>()
  readonly #bySignal = new WeakMap<AbortSignal, LinkedList<Entry<T>>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#entries.size
  }

  get first(): Waiter<T> | undefined {
    return this.#entries.first
  }

  /**
   * @param ms until `onTimeout`; Infinity for no time limit
   * @param onStop called when the signal is aborted, or at once when it is already
   */
  add(about: T, ms: number, signal: AbortSignal, onTimeout: () => void, onStop: () => void): void {
    if (signal.aborted) {
      onStop()
      return
    }
    const group = this.#group(signal)
    const cancel = this.#clock.after(ms, () => {
      entry.remove()
      onTimeout()
    })
    const entry: Entry<T> = {
      about,
      onStop,
      gone: false,
      remove: () => {
        if (entry.gone) return
        entry.gone = true
        cancel()
        this.#entries.remove(link)
        group.remove(linkOfSignal)
      },
    }
    const link = this.#entries.add(entry)
    const linkOfSignal = group.add(entry)
  }

  /** Ends all waits as an abort does. */
  stopAll(): void {
    stop(this.#entries)
  }

  #group(signal: AbortSignal): LinkedList<Entry<T>> {
    let group = this.#bySignal.get(signal)
    if (!group) {
      group = new LinkedList()
      this.#bySignal.set(signal, group)
      const members = group
      signal.addEventListener('abort', () => stop(members), { once: true })
    }
    return group
  }
}

function stop<T>(entries: Iterable<Entry<T>>): void {
  for (const entry of [...entries]) {
    if (entry.gone) continue
    entry.remove()
    entry.onStop()
  }
}
