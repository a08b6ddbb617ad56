import { type EventBatch, EventDeliveryError, type SinkProcessor, verdictOf } from '../core/index.ts'
import type { Host, HostFailure } from './host.ts'

/** Chooses the host of a batch, and the next one where that fails. */
export interface Route {
  /** Resolves when a host has the batch. @throws what the last host that was tried threw */
  deliver(batch: EventBatch, signal: AbortSignal): Promise<void>
}

/** Every batch goes to one host. */
export class OneHost implements Route {
  readonly #host: Host

  constructor(host: Host) {
    this.#host = host
  }

  async deliver(batch: EventBatch, signal: AbortSignal): Promise<void> {
    const failure = await this.#host.deliver(batch, 1, signal)
    if (failure) throw failure.error
  }
}

/**
 * Flume's failover of clients, which is not that of its sinks: a host is used until it fails, then the next of the list,
 * and nobody goes back to an earlier one before that fails in its turn.
 */
export class Failover implements Route {
  readonly #hosts: readonly Host[]
  readonly #maxAttempts: number
  #current = 0

  /** @param maxAttempts how often a batch is sent; a host without a connection does not count */
  constructor(hosts: readonly Host[], maxAttempts: number) {
    this.#hosts = hosts
    this.#maxAttempts = maxAttempts
  }

  async deliver(batch: EventBatch, signal: AbortSignal): Promise<void> {
    let sent = 0
    for (let refused = 0; ; ) {
      const index = this.#current
      const failure = await this.#hosts[index]!.deliver(batch, sent + 1, signal)
      if (!failure) return
      if (isFinal(failure, signal)) throw failure.error
      if (this.#current === index) this.#current = (index + 1) % this.#hosts.length
      if (failure.isRefused) refused++
      else {
        sent++
        refused = 0
      }
      if (sent >= this.#maxAttempts || refused >= this.#hosts.length) throw failure.error
    }
  }
}

/** Spreads the batches as the processor of a sink group does: each host is tried at most once with a batch. */
export class LoadBalance implements Route {
  readonly #hosts: ReadonlyMap<string, Host>
  readonly #processor: SinkProcessor

  constructor(hosts: readonly Host[], processor: SinkProcessor) {
    this.#hosts = new Map(hosts.map((host) => [host.name, host]))
    this.#processor = processor
  }

  async deliver(batch: EventBatch, signal: AbortSignal): Promise<void> {
    const tried = new Set<string>()
    let last: HostFailure | undefined
    for (;;) {
      const picked = this.#processor.pick(batch, tried)
      const host = typeof picked === 'string' && !tried.has(picked) ? this.#hosts.get(picked) : undefined
      if (!host) throw last?.error ?? allLeftAlone(typeof picked === 'object' && 'waitMs' in picked ? picked.waitMs : 0)
      last = await host.deliver(batch, tried.size + 1, signal)
      if (!last) {
        this.#processor.succeeded(host.name)
        return
      }
      if (isFinal(last, signal)) throw last.error
      this.#processor.failed(host.name, errorOf(last))
      tried.add(host.name)
    }
  }
}

/** No other host would do better. */
function isFinal({ error }: HostFailure, signal: AbortSignal): boolean {
  return signal.aborted || verdictOf(error) === 'reject'
}

function allLeftAlone(waitMs: number): EventDeliveryError {
  const message = `every host failed of late and is left alone; the first may be tried again in ${Math.ceil(waitMs)} ms`
  return new EventDeliveryError(message, { retryAfterMs: waitMs })
}

function errorOf({ error }: HostFailure): EventDeliveryError {
  return error instanceof EventDeliveryError ? error : new EventDeliveryError('the host failed', { cause: error })
}
