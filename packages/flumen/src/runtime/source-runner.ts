import type { RetryOptions } from '../component/plan.ts'
import {
  type Channel,
  type Clock,
  type Log,
  messageOf,
  type PollableSource,
  type Source,
  StoppedError,
  verdictOf,
} from '../core/index.ts'
import { componentScope, type Supervised } from './supervisor.ts'
import { turn } from './turn.ts'

export interface SourceRunnerOptions {
  readonly component: Supervised<Source>
  readonly retry: RetryOptions
  /** Where what the source puts goes. */
  readonly channels: readonly Channel[]
  readonly clock: Clock
  readonly log: Log
}

/** Most time that a paced source waits for sinks after each of its turns, ms: it fills a channel whose sinks stand still, too. */
const paceMs = 20

/** Asks a pollable source for its next events in a loop; an event-driven one needs no runner. */
export class SourceRunner {
  readonly #options: SourceRunnerOptions
  readonly #stopped = new AbortController()
  #loop: Promise<void> = Promise.resolve()

  constructor(options: SourceRunnerOptions) {
    this.#options = options
  }

  start(): void {
    this.#loop = componentScope.run(this.#options.component.scope, () => this.#run(this.#stopped.signal))
  }

  /** Resolves when no poll is under way. */
  async stop(): Promise<void> {
    this.#stopped.abort(new StoppedError('the agent stops'))
    await this.#loop
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const source = await this.#options.component.whenRunning(signal)
      if (!source) return
      if (source.kind !== 'pollable') return
      await this.#poll(source, signal)
    }
  }

  async #poll(source: PollableSource, signal: AbortSignal): Promise<void> {
    const { retry, clock, log, component } = this.#options
    let quiet = 0
    while (!signal.aborted && component.running === source) {
      try {
        const answer = await source.poll(signal)
        quiet = answer === 'ready' ? 0 : quiet + 1
      } catch (error) {
        if (signal.aborted) return
        if (verdictOf(error) === 'fatal') {
          component.fail(error, source)
          return
        }
        quiet++
        log.warn('A source could not store events and tries again.', {
          source: component.name,
          error: messageOf(error),
        })
      }
      if (quiet > 0) await pause(clock, Math.min(quiet * retry.backoffSleepIncrement, retry.maxBackoffSleep), signal)
      if (source.isPaced) await this.#pace(signal)
      await turn.yieldIfDue()
    }
  }

  async #pace(signal: AbortSignal): Promise<void> {
    for (const channel of this.#options.channels) await channel.whenLow?.(paceMs, signal)
  }
}

async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal)
  } catch {
    // Stopped; the loop sees the signal.
  }
}
