import { Worker } from 'node:worker_threads'
import { StorageError } from '../errors.ts'
import { type LogAnswer, type LogProgress, type LogRequest, receivedError } from './log-messages.ts'
import type { GroupAnswer, GroupMessage, LogOpening, LogPort, LogSettings, ReadAnswer, TendAnswer } from './log-port.ts'

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: StorageError) => void
}

/** Beside its source where that runs, in `storage/thread` of the built package where its chunks run. */
const threadFile = import.meta.url.endsWith('.ts') ? './log-thread.ts' : '../storage/thread/log-thread.js'

/** Its objects are small and soon dead; what is large lies outside of the heap. */
const resourceLimits = { maxYoungGenerationSizeMb: 8 }

/** Where so many puts wait for one answer, it is looked for: to be woken takes as long as to end twenty of them. */
const manyPuts = 16
/** An answer that takes longer than this is waited for, ms. */
const longestLookMs = 0.5

/** A log in a worker thread of its own: a disk that stalls stalls neither the event loop nor the pool of `fs`. */
export class ThreadLogPort implements LogPort {
  readonly #worker: Worker
  readonly #pending: Pending[] = []
  #end: StorageError | undefined
  readonly #onEnd: (error: StorageError) => void
  /** The time that the last write took, ms. */
  #lastWriteMs = Number.POSITIVE_INFINITY

  /**
   * @param onEnd the thread has ended by itself; all requests have been rejected
   * @param onProgress is told of bytes that an opening has read, where that takes a while
   */
  constructor(onEnd: (error: StorageError) => void, onProgress: (bytes: number) => void = () => undefined) {
    this.#onEnd = onEnd
    this.#worker = new Worker(new URL(threadFile, import.meta.url), { name: 'flumen log', resourceLimits })
    this.#worker.on('message', (message: LogAnswer | LogProgress) => {
      if ('progress' in message) onProgress(message.progress)
      else this.#answer(message)
    })
    this.#worker.on('error', (error) => this.#ended(new StorageError('the thread of the log failed', { cause: error })))
    this.#worker.on('exit', () => this.#ended(new StorageError('the thread of the log has ended')))
  }

  open(settings: LogSettings): Promise<LogOpening> {
    return this.#ask<LogOpening>({ kind: 'open', settings })
  }

  async write(group: GroupMessage): Promise<GroupAnswer> {
    const begin = performance.now()
    const answer = this.#ask<GroupAnswer>({ kind: 'write', group }, [group.buffer])
    if (group.puts.length / 3 >= manyPuts && this.#lastWriteMs < longestLookMs)
      this.#lookUntil(begin + 2 * this.#lastWriteMs)
    try {
      return await answer
    } finally {
      this.#lastWriteMs = performance.now() - begin
    }
  }

  read(cursor: string, from: number, maxBytes: number): Promise<ReadAnswer> {
    return this.#ask<ReadAnswer>({ kind: 'read', cursor, from, maxBytes })
  }

  tend(isCheckpointDue: boolean): Promise<TendAnswer> {
    return this.#ask<TendAnswer>({ kind: 'tend', isCheckpointDue })
  }

  async close(): Promise<void> {
    if (this.#end) return
    try {
      await this.#ask({ kind: 'close' })
    } finally {
      this.#end ??= new StorageError('the log is closed')
      await this.#worker.terminate()
    }
  }

  #ask<T>(request: LogRequest, transfer: ArrayBuffer[] = []): Promise<T> {
    if (this.#end) return Promise.reject(this.#end)
    return new Promise<T>((resolve, reject) => {
      this.#pending.push({ resolve: resolve as (value: unknown) => void, reject })
      this.#worker.postMessage(request, transfer)
    })
  }

  /** Keeps the event loop from falling asleep before the thread has answered. */
  #lookUntil(end: number): void {
    if (this.#pending.length === 0 || performance.now() > end) return
    setImmediate(() => this.#lookUntil(end))
  }

  #answer(answer: LogAnswer): void {
    const pending = this.#pending.shift()
    if (!pending) return
    if ('error' in answer) pending.reject(receivedError(answer.error))
    else pending.resolve(answer.value)
  }

  #ended(error: StorageError): void {
    if (this.#end) return
    this.#end = error
    for (const { reject } of this.#pending.splice(0)) reject(error)
    this.#onEnd(error)
  }
}
