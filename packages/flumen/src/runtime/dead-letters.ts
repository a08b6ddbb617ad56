import { isUtf8 } from 'node:buffer'
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, type EventBatch, EventDeliveryError, type Log } from '../core/index.ts'

/** One event that nobody will take, as it stood when it was rejected. */
export interface DeadLetter {
  readonly batch: EventBatch
  readonly row: number
  readonly reason: string
}

/**
 * Where rejected events go: a folder with a file of JSON lines a component and day, written and synced before the event
 * counts as settled. Without a folder they are dropped, and the log says so.
 */
export class DeadLetters {
  readonly #directory: string | undefined
  readonly #clock: Clock
  readonly #log: Log
  /** One writer at a time, so that lines do not mix. */
  #last: Promise<void> = Promise.resolve()

  constructor(directory: string | undefined, clock: Clock, log: Log) {
    this.#directory = directory
    this.#clock = clock
    this.#log = log
  }

  /** Resolves when the letters are kept (or dropped, by configuration); a failure to keep them is a retry. */
  write(component: string, letters: readonly DeadLetter[], attempts = 1): Promise<void> | undefined {
    if (letters.length === 0) return undefined
    const { reason } = letters[0]!
    if (this.#directory === undefined) {
      this.#log.warn('Rejected events were dropped; set deadLetters to keep them.', {
        component,
        events: letters.length,
        reason,
      })
      return undefined
    }
    this.#log.warn('Rejected events went to the dead letters.', { component, events: letters.length, reason })
    const lines = letters.map((letter) => this.#line(component, letter, attempts))
    const written = this.#last.then(() => this.#append(component, lines.join('')))
    this.#last = written.catch(() => undefined)
    return written
  }

  #line(component: string, { batch, row, reason }: DeadLetter, attempts: number): string {
    const body = Buffer.from(batch.body(row))
    const content = isUtf8(body) ? { body: body.toString() } : { bodyBase64: body.toString('base64') }
    const headers = Object.fromEntries(batch.headers(row))
    const at = new Date(this.#clock.now()).toISOString()
    return `${JSON.stringify({ at, component, reason, attempts, headers, ...content })}\n`
  }

  async #append(component: string, lines: string): Promise<void> {
    const directory = this.#directory!
    const day = new Date(this.#clock.now()).toISOString().slice(0, 10)
    const path = join(directory, `${component.replaceAll(/[^\w.-]/g, '_')}-${day}.jsonl`)
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      const file = await open(path, 'a', 0o600)
      try {
        await file.appendFile(lines)
        await file.datasync()
      } finally {
        await file.close()
      }
    } catch (cause) {
      throw new EventDeliveryError(`writing dead letters to ${path}`, { cause })
    }
  }
}
