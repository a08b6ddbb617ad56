import { type Clock, StoppedError } from '../../core/index.ts'

/** Whether the work has come to its end, well or not, within `ms`. */
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

/**
 * The work's answer, or a StoppedError once the signal is aborted; the work itself goes on.
 * @throws StoppedError: it is not known whether the batch arrived
 */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stopped = (): void => {
      reject(new StoppedError('stopped while a batch was being written', { maybeDelivered: true }))
    }
    if (signal.aborted) stopped()
    else signal.addEventListener('abort', stopped, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stopped))
  })
}
