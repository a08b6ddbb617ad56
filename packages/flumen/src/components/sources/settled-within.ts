import type { Clock } from '../../core/index.ts'

/** What a stop waits beyond its deadline for that which it gave up at the deadline. */
export const graceMs = 250

/** Whether the work has come to its end, well or not, within `ms`. Leaves no timer. */
export function settledWithin(work: Promise<unknown>, ms: number, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, () => resolve(false))
    const done = (): void => {
      cancel()
      resolve(true)
    }
    work.then(done, done)
  })
}
