import { LifecycleError } from '../core/index.ts'
import type { AgentEnd } from './agent.ts'
import type { ProgramAgent, ProgramConfiguration } from './program-agent.ts'

/** Options of a component as a configuration has them. */
export type PipelineOptions = Readonly<Record<string, unknown>>

/** Makes the agent of a pipeline from its configuration. */
export type AgentMaker = (configuration: ProgramConfiguration) => ProgramAgent

/**
 * Sources, channels and sinks as objects that are wired by hand. What is wired together is one pipeline: `start` of any
 * part starts all of it, `stop` of any part stops all of it in order; both may be called on every part.
 */
abstract class PipelinePart {
  readonly name: string
  readonly type: string
  readonly options: PipelineOptions
  readonly #makeAgent: AgentMaker
  protected readonly neighbours = new Set<PipelinePart>()
  #agent: ProgramAgent | undefined

  constructor(name: string, type: string, options: PipelineOptions, makeAgent: AgentMaker) {
    this.name = name
    this.type = type
    this.options = options
    this.#makeAgent = makeAgent
  }

  /** Resolves when the whole pipeline runs. */
  start(): Promise<void> {
    return this.#join().start()
  }

  /** Resolves when the whole pipeline has stopped and says what was left. */
  stop(deadlineMs?: number): Promise<AgentEnd> {
    return this.#agent ? this.#agent.stop(deadlineMs) : Promise.resolve({ reason: 'asked', left: [] })
  }

  /** Settles when the pipeline has ended: stopped, or its sources came to their end and all is delivered. */
  get ended(): Promise<AgentEnd> {
    return this.#join().ended
  }

  protected join(other: PipelinePart): void {
    if (this.#agent || other.#agent)
      throw new LifecycleError(`${this.name} and ${other.name} can be joined before start only`)
    this.neighbours.add(other)
    other.neighbours.add(this)
  }

  #join(): ProgramAgent {
    if (this.#agent) return this.#agent
    const parts = connected(this)
    const agent = this.#makeAgent(configurationOf(parts))
    for (const part of parts) part.#agent = agent
    return agent
  }
}

/** Receives events from outside and puts them into its channels. */
export abstract class PipelineSource extends PipelinePart {
  addChannel(channel: PipelineChannel): this {
    this.join(channel)
    return this
  }

  get channels(): readonly PipelineChannel[] {
    return [...this.neighbours].filter((part) => part instanceof PipelineChannel)
  }
}

/** Holds events between sources and sinks. */
export abstract class PipelineChannel extends PipelinePart {
  addSink(sink: PipelineSink): this {
    if (sink.channel && sink.channel !== this)
      throw new LifecycleError(`${sink.name} takes from ${sink.channel.name} already`)
    this.join(sink)
    return this
  }
}

/** Takes events out of a channel and delivers them. */
export abstract class PipelineSink extends PipelinePart {
  get channel(): PipelineChannel | undefined {
    return [...this.neighbours].find((part) => part instanceof PipelineChannel)
  }
}

function connected(start: PipelinePart): PipelinePart[] {
  const found = new Set([start])
  for (const part of found)
    for (const next of (part as unknown as { neighbours: Set<PipelinePart> }).neighbours) found.add(next)
  return [...found]
}

function configurationOf(parts: readonly PipelinePart[]): ProgramConfiguration {
  const sources: Record<string, unknown> = {}
  const channels: Record<string, unknown> = {}
  const sinks: Record<string, unknown> = {}
  for (const part of parts) {
    const { name, type, options } = part
    const place = part instanceof PipelineSource ? sources : part instanceof PipelineChannel ? channels : sinks
    if (place[name]) throw new LifecycleError(`two parts of a pipeline are called ${name}`)
    if (part instanceof PipelineSource)
      place[name] = { type, ...options, channels: part.channels.map((channel) => channel.name) }
    else if (part instanceof PipelineSink) place[name] = { type, ...options, channel: part.channel?.name }
    else place[name] = { type, ...options }
  }
  return { name: 'pipeline', sources, channels, sinks }
}
