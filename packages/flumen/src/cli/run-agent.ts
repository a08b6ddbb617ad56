import type { AgentPlan } from '../component/plan.ts'
import { type Log, messageOf } from '../core/index.ts'
import { Agent, type AgentEnd } from '../runtime/agent.ts'
import type { LogFormat } from '../runtime/console-log.ts'
import { tuneMemory } from '../runtime/memory-tuning.ts'
import { componentScope } from '../runtime/supervisor.ts'
import { statuses } from './command.ts'
import type { CommandIo } from './io.ts'
import { flowsOf } from './ready-message.ts'

export interface RunOptions {
  readonly log: Log
  readonly format: LogFormat
  /** A reader of standard output that goes away is a clean end, whatever is left: `flumen pipe … | head`. */
  readonly closedOutputIsFine: boolean
}

/**
 * Runs a plan until it ends by itself or by a signal: the first SIGTERM or SIGINT stops it in order, one that comes
 * {@link oneSignalMs} later or more stops it at once. What nobody caught is a failure of the component in whose code it
 * was thrown, and never ends the process.
 * @returns the exit status
 */
export async function runAgent(plan: AgentPlan, io: CommandIo, options: RunOptions): Promise<number> {
  tuneMemory()
  return new Run(plan, io, options).run()
}

/** How often a start or a stop that takes long says what it waits for, ms. */
const progressMs = 3000
/** What a stop may take beyond its time before a component that does not let go is given up, ms. */
const stopGraceMs = 10_000

/**
 * Signals that come closer together count as one: `timeout`, npm and others send theirs to the process and to its group.
 * Ms.
 */
const oneSignalMs = 500

class Run {
  readonly #plan: AgentPlan
  readonly #io: CommandIo
  readonly #options: RunOptions
  readonly #log: Log
  readonly #agent: Agent
  /** The status of an end that does not wait for the agent. */
  readonly #early = Promise.withResolvers<number>()
  /** Of the monotonic clock: when the first signal came. */
  #signalledAt: number | undefined
  #hasStarted = false
  #stopProgress = (): void => undefined
  #cancelLimit = (): void => undefined

  constructor(plan: AgentPlan, io: CommandIo, options: RunOptions) {
    this.#plan = plan
    this.#io = io
    this.#options = options
    this.#log = options.log
    this.#agent = new Agent(plan, { log: options.log, clock: io.clock })
  }

  async run(): Promise<number> {
    const release = [
      this.#io.onSignal((signal) => this.#signalled(signal)),
      this.#io.onUncaught((e) => this.#uncaught(e)),
    ]
    try {
      const end = await Promise.race([this.#untilEnd(), this.#early.promise])
      return typeof end === 'number' ? end : this.#statusOf(end)
    } finally {
      this.#stopProgress()
      this.#cancelLimit()
      for (const each of release) each()
    }
  }

  /** The end of the agent, or the status where it did not start. */
  async #untilEnd(): Promise<AgentEnd | number> {
    try {
      this.#watch('Still starting.')
      await this.#agent.start()
    } catch (error) {
      this.#log.error(`Agent ${this.#plan.name} cannot start: ${messageOf(error)}`)
      return statuses.failed
    }
    this.#stopProgress()
    this.#hasStarted = true
    if (this.#signalledAt !== undefined) this.#stop()
    else this.#sayReady()
    return this.#agent.ended
  }

  #sayReady(): void {
    const { name } = this.#plan
    const flows = flowsOf(this.#plan)
    if (this.#options.format === 'json') this.#log.info('Agent runs.', { agent: name, flows })
    else this.#log.info(`Agent ${name} runs: ${flows.join('; ')}.`)
  }

  #signalled(signal: string): void {
    const now = this.#io.clock.monotonic()
    if (this.#signalledAt !== undefined) {
      if (now - this.#signalledAt >= oneSignalMs) this.#early.resolve(this.#endAtOnce())
      return
    }
    this.#signalledAt = now
    this.#log.info('Stopping; the same signal again stops at once.', { signal })
    if (this.#hasStarted) this.#stop()
  }

  #stop(): void {
    this.#watch('Still stopping.')
    this.#cancelLimit = this.#io.clock.after(this.#plan.settings.stopTimeout + stopGraceMs, () => {
      this.#log.error('The agent does not stop in time; it is ended.', { agent: this.#plan.name })
      this.#early.resolve(this.#endAtOnce())
    })
    this.#agent.stop().catch((error: unknown) => {
      this.#log.error(`Agent ${this.#plan.name} does not stop: ${messageOf(error)}`)
      this.#early.resolve(statuses.failed)
    })
  }

  #uncaught(error: unknown): void {
    const component = componentScope.getStore()
    const facts = { component: component?.name, error: messageOf(error), thrownAt: placeOf(error) }
    this.#log.error('Nobody caught this error.', facts)
    component?.fail(error)
  }

  /** Says from time to time that something takes long, and what it waits for. */
  #watch(message: string): void {
    this.#stopProgress()
    let cancel = (): void => undefined
    const again = (): void => {
      const waiting = this.#agent.statuses.filter(({ state }) => state === 'starting' || state === 'stopping')
      const events = [...this.#agent.accounts.channels].map(([name, { buffered }]) => `${name}: ${buffered}`)
      this.#log.info(message, {
        events: events.join(', ') || undefined,
        waitsFor: waiting.map(({ kind, name }) => `${kind} ${name}`).join(', ') || undefined,
      })
      cancel = this.#io.clock.after(progressMs, again)
    }
    cancel = this.#io.clock.after(progressMs, again)
    this.#stopProgress = () => cancel()
  }

  #endAtOnce(): number {
    const buffered = this.#buffered()
    // Sockets and files are let go of as far as the process lives on; nobody waits for it.
    if (this.#hasStarted) this.#agent.stop(0).catch(() => undefined)
    this.#log.warn('Stopped at once.', { agent: this.#plan.name, left: buffered })
    return buffered > 0 ? statuses.failed : statuses.ok
  }

  /** Events in channels that do not survive the process. */
  #buffered(): number {
    let events = 0
    for (const [name, { buffered }] of this.#agent.accounts.channels) {
      if (!this.#agent.channel(name).durable) events += buffered
    }
    return events
  }

  #statusOf({ reason, error, left }: AgentEnd): number {
    const isFine = reason === 'output-closed' && this.#options.closedOutputIsFine
    for (const { channel, events } of isFine ? [] : left) {
      this.#log.error('Events were left in a channel that does not survive the process.', { channel, events })
    }
    if (reason === 'failed') this.#log.error(`Agent ${this.#plan.name} failed: ${error}`)
    else this.#log.info('Agent stopped.', { agent: this.#plan.name, ...this.#totals() })
    return reason === 'failed' || (!isFine && left.length > 0) ? statuses.failed : statuses.ok
  }

  #totals(): { received: number; delivered: number } {
    const { sources, sinks } = this.#agent.accounts
    const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
    return {
      received: sum([...sources.values()].map(({ received }) => received)),
      delivered: sum([...sinks.values()].map(({ delivered }) => delivered)),
    }
  }
}

/** Where an error was made: the first line of its stack. */
function placeOf(error: unknown): string | undefined {
  return error instanceof Error ? /^\s+at (.*)$/m.exec(error.stack ?? '')?.[1] : undefined
}
