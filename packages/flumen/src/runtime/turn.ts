import { performance } from 'node:perf_hooks'

/** What runs on promises alone may go on for so long. */
const longestRunMs = 5
/** What input from outside calls again and again may go on for so long without a turn of the whole loop. */
const longestTurnMs = 200

/**
 * Lets the event loop breathe: a flow without I/O runs on promises alone and would starve every timer and socket. All
 * runners of a thread share one turn, because the loop is one.
 */
export class Turn {
  #began = performance.now()
  #calledAt = this.#began
  #pause: Promise<void> | undefined

  /**
   * The loop has called a source with new input. Whoever works on that need not wait until the loop has called all other
   * sources: with a thousand busy connections their chunks would pile up in the channels, and their memory with them.
   */
  called(): void {
    this.#calledAt = performance.now()
  }

  /** Nothing while the turn is young; otherwise a promise of the next one. Costs one clock reading. */
  yieldIfDue(): Promise<void> | undefined {
    const now = performance.now()
    if (now - this.#calledAt < longestRunMs && now - this.#began < longestTurnMs) return undefined
    this.#pause ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#began = performance.now()
        this.#calledAt = this.#began
        this.#pause = undefined
        resolve()
      })
    })
    return this.#pause
  }
}

/** The event loop's turn. */
export const turn = new Turn()
