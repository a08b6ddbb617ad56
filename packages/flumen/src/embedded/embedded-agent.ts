import { Catalogue, type CatalogueEntry } from '../component/catalogue.ts'
import type { AgentPlan } from '../component/plan.ts'
import { readPlan } from '../component/plan-reader.ts'
import { loadPlugin } from '../component/plugins.ts'
import { Problems } from '../config/problem.ts'
import { printProblem } from '../config/problem-text.ts'
import {
  type AgentReading,
  batchOf,
  type Clock,
  ConfigurationError,
  codeOf,
  EventDeliveryError,
  EventRejectedError,
  LifecycleError,
  type Log,
  messageOf,
  systemClock,
  verdictOf,
} from '../core/index.ts'
import type { AgentAccounts } from '../runtime/account.ts'
import { Agent, type AgentEnd } from '../runtime/agent.ts'
import type { ConsoleLog } from '../runtime/console-log.ts'
import { warningsOnStandardError } from '../runtime/program-agent.ts'
import { type EmbeddedEvent, toEvent } from './embedded-event.ts'
import { asWritten, type EmbeddedProperties, embeddedSettings, settingsAgent } from './embedded-settings.ts'
import { EmbeddedDoor, embeddedSource } from './embedded-source.ts'

export interface EmbeddedAgentOptions {
  /**
   * Beyond Flume, which allows memory and file channels, Avro sinks and three sink processors: any type of them, built in
   * or a plugin.
   */
  readonly anyType?: boolean
  /** Where the agent's own log lines go; warnings and errors on standard error unless given. */
  readonly log?: Log
  readonly clock?: Clock
  /** Folder that relative paths of plugins are looked for in; the working directory unless given. */
  readonly directory?: string
}

export interface EmbeddedPutOptions {
  /** Gives up waiting for room. */
  readonly signal?: AbortSignal
}

export type EmbeddedState = 'NEW' | 'STOPPED' | 'STARTED'

/**
 * An agent that a program feeds itself: a source that is `put`, one channel, a group of sinks. It knows Flume's keys and
 * keeps Flume's rules. `configure`, `start` and `stop` take effect one after the other, in the order of their calls;
 * against that order they fail with a LifecycleError and change nothing.
 */
export class ConfiguredEmbeddedAgent {
  readonly name: string
  readonly #options: EmbeddedAgentOptions
  readonly #clock: Clock
  readonly #log: Log
  /** Its own; it holds repeated lines back for a while, and the process with them. */
  readonly #console?: ConsoleLog
  readonly #door = new EmbeddedDoor()
  readonly #catalogue: Catalogue
  #state: EmbeddedState = 'NEW'
  #plan: AgentPlan | undefined
  #agent: Agent | undefined
  /** How the agent ended that nobody has stopped. */
  #end: AgentEnd | undefined
  #last: Promise<unknown> = Promise.resolve()

  /** @param builtIn the components that can be named */
  constructor(name: string, builtIn: readonly CatalogueEntry[], options: EmbeddedAgentOptions = {}) {
    this.name = name
    this.#options = options
    this.#clock = options.clock ?? systemClock
    if (options.log) this.#log = options.log
    else this.#log = this.#console = warningsOnStandardError(this.#clock)
    this.#catalogue = new Catalogue([...builtIn, embeddedSource(this.#door)], loadPlugin)
  }

  /** NEW until it is configured; STARTED from a `start` that succeeded until `stop`. */
  get state(): EmbeddedState {
    return this.#state
  }

  /** Checks the properties, and takes them when they are right. May be called again while the agent is stopped. */
  configure(properties: EmbeddedProperties): Promise<void> {
    return this.#next(async () => {
      if (this.#state === 'STARTED') throw this.#misused('configured while it runs', 'stop it first')
      this.#plan = await this.#read(properties)
      this.#state = 'STOPPED'
    })
  }

  /**
   * Starts the channel, the sinks, and then takes events. A stopped agent can be started again (Flume's cannot).
   * @throws ComponentFailedError when a part cannot start; the agent is stopped then
   */
  start(): Promise<void> {
    return this.#next(async () => {
      if (this.#state === 'STARTED') throw this.#misused('started twice', 'it runs')
      const plan = this.#plan
      if (!plan) throw this.#misused('started before it is configured', 'call configure first')
      const agent = new Agent(plan, { log: this.#log, clock: this.#clock })
      await agent.start()
      this.#end = undefined
      this.#agent = agent
      this.#state = 'STARTED'
      agent.ended.then(
        (end) => {
          if (this.#agent === agent) this.#end = end
        },
        () => undefined,
      )
    })
  }

  /**
   * Stores one event; resolves when the channel has it: on the disk, where the channel is `file`. Waits for room as long
   * as the channel's keep-alive.
   * @throws EventDeliveryError when the channel refuses it; an EventRejectedError when it never fits, or is no event;
   * LifecycleError when the agent does not run, or has ended by a failure
   */
  put(event: EmbeddedEvent, options: EmbeddedPutOptions = {}): Promise<void> {
    return this.putAll([event], options)
  }

  /** Stores all of the events or none, in one transaction; see {@link put}. */
  async putAll(events: Iterable<EmbeddedEvent>, { signal }: EmbeddedPutOptions = {}): Promise<void> {
    if (this.#state !== 'STARTED') throw this.#misused('put into unless it runs', 'call start first')
    if (this.#end) throw this.#hasEnded(this.#end)
    try {
      signal?.throwIfAborted()
      const batch = batchOf(Array.from(events, toEvent), this.#clock.now())
      if (batch.length > 0) await this.#door.put(batch, signal)
    } catch (cause) {
      throw this.#notStored(cause)
    }
  }

  /**
   * Takes no more events, lets the sinks deliver what a memory channel holds, and stops.
   * @param deadlineMs for all of it; `flumen.stopTimeout` unless given
   * @returns what was left in a channel that does not survive the process
   */
  stop(deadlineMs?: number): Promise<AgentEnd> {
    return this.#next(async () => {
      const agent = this.#agent
      if (this.#state !== 'STARTED' || !agent) throw this.#misused('stopped unless it runs', 'call start first')
      this.#state = 'STOPPED'
      this.#agent = undefined
      return await agent.stop(deadlineMs)
    })
  }

  /** Everything that can be seen of the running agent now, as its metrics have it. */
  read(): AgentReading {
    return this.#running().read()
  }

  /** Of the running agent: what was put, is in the channel, and was delivered. */
  get accounts(): AgentAccounts {
    return this.#running().accounts
  }

  /** Stops it if it runs: `await using agent = …`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last
    if (this.#state === 'STARTED') await this.stop()
  }

  #next<R>(step: () => Promise<R>): Promise<R> {
    const result = this.#last.then(step).finally(() => {
      if (this.#state !== 'STARTED') this.#console?.close()
    })
    this.#last = result.catch(() => undefined)
    return result
  }

  async #read(properties: EmbeddedProperties): Promise<AgentPlan> {
    const problems = new Problems()
    const { anyType = false, directory } = this.#options
    this.#checkName(problems)
    const settings = embeddedSettings(this.name, properties, anyType, problems)
    this.#refuse(problems)
    const plan = await readPlan(settings, settingsAgent, problems, {
      catalogue: this.#catalogue,
      isEmbedded: true,
      ...(directory !== undefined && { directory }),
    })
    this.#refuse(problems)
    for (const problem of problems.all) {
      if (problem.severity === 'warning') this.#log.warn(printProblem(asWritten(problem, this.name)))
    }
    return { ...plan, name: this.name }
  }

  #checkName(problems: Problems): void {
    const { name } = this
    if (name.trim() !== '' && !name.includes('.')) return
    const fix = name.trim() === '' ? 'give it one' : `call it ${name.replaceAll('.', '-')}`
    const message = name.trim() === '' ? 'the agent has no name' : 'the name of the agent has a dot, as a key has'
    problems.error({ file: `embedded agent ${name}`, line: 0, column: 0 }, '', message, fix)
  }

  #refuse(problems: Problems): void {
    const errors = problems.all.filter(({ severity }) => severity === 'error')
    if (errors.length === 0) return
    throw new ConfigurationError(errors.map((problem) => printProblem(asWritten(problem, this.name))).join('\n'))
  }

  #misused(what: string, fix: string): LifecycleError {
    return new LifecycleError(`embedded agent ${this.name} cannot be ${what}; ${fix}`)
  }

  #hasEnded({ reason, error }: AgentEnd): LifecycleError {
    return new LifecycleError(`embedded agent ${this.name} has ended: ${error ?? reason}`)
  }

  #notStored(cause: unknown): EventDeliveryError {
    const message = `embedded agent ${this.name}: ${messageOf(cause)}${mendOf(cause)}`
    const options = { cause }
    return verdictOf(cause) === 'reject'
      ? new EventRejectedError(message, options)
      : new EventDeliveryError(message, options)
  }

  #running(): Agent {
    if (!this.#agent) throw new LifecycleError(`embedded agent ${this.name} does not run`)
    return this.#agent
  }
}

function mendOf(cause: unknown): string {
  if (codeOf(cause) !== 'CHANNEL_FULL') return ''
  return '; its sinks do not keep up, or cannot deliver: see their log lines, or raise channel.capacity'
}
