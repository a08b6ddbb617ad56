import type { Files } from '../files.ts'
import { LogHost } from './log-host.ts'
import { receivedError, sentError } from './log-messages.ts'
import type { GroupAnswer, GroupMessage, LogOpening, LogPort, LogSettings, ReadAnswer, TendAnswer } from './log-port.ts'

/** A log in this thread, for tests over a disk that is not the system's. It answers a turn later, as a thread would. */
export class DirectLogPort implements LogPort {
  readonly #host: LogHost

  constructor(files: Files) {
    this.#host = new LogHost(files)
  }

  open(settings: LogSettings): Promise<LogOpening> {
    return this.#answer(() => this.#host.open(settings))
  }

  write(group: GroupMessage): Promise<GroupAnswer> {
    return this.#answer(() => this.#host.write(group))
  }

  read(cursor: string, from: number, maxBytes: number): Promise<ReadAnswer> {
    return this.#answer(() => this.#host.read(cursor, from, maxBytes))
  }

  tend(isCheckpointDue: boolean): Promise<TendAnswer> {
    return this.#answer(() => this.#host.tend(isCheckpointDue))
  }

  close(): Promise<void> {
    return this.#answer(() => this.#host.close())
  }

  async #answer<T>(work: () => T): Promise<T> {
    await undefined
    try {
      return work()
    } catch (error) {
      throw receivedError(sentError(error))
    }
  }
}
