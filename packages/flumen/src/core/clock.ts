import { performance } from 'node:perf_hooks'
import { StoppedError } from './errors.ts'

/** Time comes in, so that tests own it. Wall time is for headers and names, monotonic time for every wait. */
export interface Clock {
  /** Wall clock, ms since the epoch. */
  now(): number
  /** Ms that only grow. */
  monotonic(): number
  /** Resolves after `ms`, rejects with a StoppedError when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** Calls back once after `ms`; the returned function cancels. */
  after(ms: number, callback: () => void): () => void
}

const longestTimer = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(new StoppedError('stopped while waiting'))
        return
      }
      const timer = setTimeout(done, Math.min(Math.max(ms, 0), longestTimer))
      signal.addEventListener('abort', stopped, { once: true })
      function done(): void {
        signal.removeEventListener('abort', stopped)
        resolve()
      }
      function stopped(): void {
        clearTimeout(timer)
        reject(new StoppedError('stopped while waiting'))
      }
    })
  },
  after(ms, callback) {
    if (ms === Number.POSITIVE_INFINITY) return () => undefined
    const timer = setTimeout(callback, Math.min(Math.max(ms, 0), longestTimer))
    return () => clearTimeout(timer)
  },
}
