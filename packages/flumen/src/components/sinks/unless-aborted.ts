import { StoppedError } from '../../core/index.ts'

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
