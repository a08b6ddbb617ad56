import type { Catalogue } from '../component/catalogue.ts'
import { readPlan } from '../component/plan-reader.ts'
import { settingsFromObject } from '../config/object-reader.ts'
import { Problems } from '../config/problem.ts'
import { printProblem } from '../config/problem-text.ts'
import { type Clock, ConfigurationError, LifecycleError, type Log, systemClock } from '../core/index.ts'
import type { AgentAccounts } from './account.ts'
import { Agent, type AgentEnd } from './agent.ts'
import { ChannelHandle } from './channel-handle.ts'
import { ConsoleLog } from './console-log.ts'
import type { ComponentStatus } from './supervisor.ts'

export interface ProgramOptions {
  /** Where log lines go; warnings and errors on standard error unless given. */
  readonly log?: Log
  readonly clock?: Clock
  /** Folder that plugin paths are relative to; the working directory unless given. */
  readonly directory?: string
}

/** What an agent of a program is made of: the maps of the configuration file, with the keys of a map as its active list. */
export interface ProgramConfiguration {
  readonly name?: string
  readonly sources?: object
  readonly channels?: object
  readonly sinks?: object
  readonly sinkgroups?: object
  readonly flumen?: object
}

/**
 * An agent inside a program: the same configuration, components and guarantees as the command's. Nothing happens before
 * `start`; the configuration is checked there.
 */
export class ProgramAgent {
  readonly name: string
  readonly #configuration: ProgramConfiguration
  readonly #catalogue: Catalogue
  readonly #options: ProgramOptions
  readonly #clock: Clock
  readonly #ended = Promise.withResolvers<AgentEnd>()
  #agent: Agent | undefined
  #starting: Promise<void> | undefined

  constructor(configuration: ProgramConfiguration, catalogue: Catalogue, options: ProgramOptions = {}) {
    this.name = configuration.name ?? 'agent'
    this.#configuration = configuration
    this.#catalogue = catalogue
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  /** Settles once: however the agent ends, by `stop`, by the end of its sources, or by a failure. */
  get ended(): Promise<AgentEnd> {
    return this.#ended.promise
  }

  get accounts(): AgentAccounts {
    return this.#running().accounts
  }

  get statuses(): readonly ComponentStatus[] {
    return this.#running().statuses
  }

  /**
   * Checks the configuration and starts channels, sinks, sources.
   * @throws ConfigurationError with a line a problem, ComponentFailedError when a component cannot start
   */
  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  /** Stops in order: sources, sinks (which deliver what the channels hold), channels. Idempotent. */
  async stop(deadlineMs?: number): Promise<AgentEnd> {
    if (!this.#starting) return { reason: 'asked', left: [] }
    await this.#starting.catch(() => undefined)
    return this.#agent ? this.#agent.stop(deadlineMs) : this.ended
  }

  /** A channel of the running agent, to put into, take from or iterate over. */
  channel(name: string): ChannelHandle {
    return new ChannelHandle(this.#running().channel(name), this.#clock)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #start(): Promise<void> {
    const problems = new Problems()
    const { name: _name, ...sections } = this.#configuration
    const settings = settingsFromObject({ [this.name]: sections }, 'program', problems)
    const { directory } = this.#options
    const plan = await readPlan(settings, this.name, problems, {
      catalogue: this.#catalogue,
      isEmbedded: true,
      ...(directory !== undefined && { directory }),
    })
    if (problems.hasErrors) {
      const errors = problems.all.filter(({ severity }) => severity === 'error')
      const error = new ConfigurationError(errors.map(printProblem).join('\n'))
      this.#ended.resolve({ reason: 'failed', error: error.message, left: [] })
      throw error
    }
    const own = warningsOnStandardError(this.#clock)
    this.#agent = new Agent(plan, { log: this.#options.log ?? own, clock: this.#clock })
    // It holds lines back for a while, and the program with them.
    this.#agent.ended.finally(() => own.close()).then(this.#ended.resolve, this.#ended.reject)
    await this.#agent.start()
  }

  #running(): Agent {
    if (!this.#agent) throw new LifecycleError(`agent ${this.name} is not started`)
    return this.#agent
  }
}

export function warningsOnStandardError(clock: Clock): ConsoleLog {
  return new ConsoleLog({
    format: 'text',
    clock,
    colours: process.stderr.isTTY === true,
    level: 'warn',
    write: (line) => process.stderr.write(line),
  })
}
