import { AppendError } from '../../client/append-error.ts'
import type { RpcClient } from '../../client/rpc-client.ts'
import { type Clock, type EventBatch, messageOf, PutError, retryAfterOf, StoppedError } from '../../core/index.ts'

const firstPauseMs = 250
const longestPauseMs = 5000

export interface SenderOptions {
  readonly client: RpcClient
  /** How long it tries where nothing is accepted, ms. */
  readonly patienceMs: number
  readonly clock: Clock
  say(line: string): void
}

/** Why nothing more is sent; the leading `stored` events of the batch are. */
export class GivenUpError extends PutError {
  constructor(message: string, stored: number) {
    super(stored, Object.assign(new Error(message), { code: 'GIVEN_UP', verdict: 'fatal' }))
    this.name = 'GivenUpError'
  }
}

/** Sends batch after batch; what is not accepted is sent again, from the first event that is not stored, for a while. */
export class Sender {
  readonly #options: SenderOptions
  #stored = 0
  #uncertain = 0
  #maybeNext = 0

  constructor(options: SenderOptions) {
    this.#options = options
  }

  /** Events that the other side has. */
  get stored(): number {
    return this.#stored
  }

  /** Events that were sent again after an answer was lost: so many at most are stored twice. */
  get uncertain(): number {
    return this.#uncertain
  }

  /** Where it gave up: the leading events of what is not surely stored that may be stored all the same. */
  get maybeNext(): number {
    return this.#maybeNext
  }

  /** @throws GivenUpError */
  async send(batch: EventBatch, signal: AbortSignal): Promise<void> {
    const { client, clock } = this.#options
    let rest = batch
    let since: number | undefined
    let pauseMs = firstPauseMs
    while (rest.length > 0) {
      try {
        await client.appendBatch(rest, { signal })
        this.#stored += rest.length
        if (since !== undefined) this.#options.say('the other side accepts events again')
        return
      } catch (error) {
        if (!(error instanceof AppendError)) throw error
        this.#stored += error.stored
        if (error.stored > 0) {
          since = undefined
          pauseMs = firstPauseMs
        }
        rest = rest.slice(error.stored, rest.length)
        this.#maybeNext = error.maybeDelivered ? Math.min(rest.length, client.batchSize) : 0
        since = this.#judge(error, batch.length - rest.length, since, signal)
        this.#uncertain += this.#maybeNext
        this.#maybeNext = 0
        const left = since + this.#options.patienceMs - clock.monotonic()
        await this.#sleep(
          Math.min(Math.max(pauseMs, retryAfterOf(error) ?? 0), left),
          batch.length - rest.length,
          signal,
        )
        pauseMs = Math.min(pauseMs * 2, longestPauseMs)
      }
    }
  }

  /** @returns since when nothing was accepted @throws GivenUpError */
  #judge(error: AppendError, stored: number, since: number | undefined, signal: AbortSignal): number {
    const { clock, patienceMs } = this.#options
    if (signal.aborted) throw new GivenUpError('stopped', stored)
    const reason = messageOf(error.cause)
    if (error.verdict !== 'retry')
      throw new GivenUpError(`event ${this.#stored + 1} is never accepted: ${reason}`, stored)
    const now = clock.monotonic()
    if (since !== undefined && now - since >= patienceMs) {
      throw new GivenUpError(`nothing was accepted for ${patienceMs / 1000} s: ${reason}`, stored)
    }
    if (patienceMs === 0) throw new GivenUpError(reason, stored)
    if (since === undefined) this.#options.say(`tries again for up to ${patienceMs / 1000} s: ${reason}`)
    return since ?? now
  }

  async #sleep(ms: number, stored: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#options.clock.sleep(ms, signal)
    } catch (error) {
      throw error instanceof StoppedError ? new GivenUpError('stopped', stored) : error
    }
  }
}
