import { performance } from 'node:perf_hooks'

const longestTurnMs = 5

/**
 * Lets the event loop breathe: a flow without I/O runs on promises alone and would starve every timer and socket. All
 * runners of a thread share one turn, because the loop is one.
 */
export class Turn {
  #began = performance.now()
  #pause: Promise<void> | undefined

  /** Nothing while the turn is young; otherwise a promise of the next one. Costs one clock reading. */
  yieldIfDue(): Promise<void> | undefined {
    if (performance.now() - this.#began < longestTurnMs) return undefined
    this.#pause ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#began = performance.now()
        this.#pause = undefined
        resolve()
      })
    })
    return this.#pause
  }
}

/** The event loop's turn. */
export const turn = new Turn()
