import type { Kind } from '../component/kind.ts'
import type { AgentPlan, ChannelPlan, ComponentPlan, GroupPlan, SinkPlan, SourcePlan } from '../component/plan.ts'
import {
  type Channel,
  type Clock,
  type ComponentContext,
  ComponentFailedError,
  codeOf,
  type Interceptor,
  LifecycleError,
  type Log,
  type LogFacts,
  type LogLevel,
  messageOf,
  type Sink,
  type Source,
  systemClock,
} from '../core/index.ts'
import type { AgentAccounts } from './account.ts'
import { type RunnerSink, runnerSink } from './batch-delivery.ts'
import { ChannelProcessor } from './channel-processor.ts'
import { ComponentMetrics } from './component-metrics.ts'
import { DeadLetters } from './dead-letters.ts'
import { memoryShare } from './memory-share.ts'
import { SinkRunner } from './sink-runner.ts'
import { SourceRunner } from './source-runner.ts'
import { type ComponentStatus, Supervised } from './supervisor.ts'

export interface AgentServices {
  readonly log: Log
  readonly clock?: Clock
}

/** How an agent came to its end. */
export interface AgentEnd {
  /** `asked`: stop was called. `ended`: every source came to its end. `output-closed`: nobody reads the output any more. */
  readonly reason: 'asked' | 'ended' | 'failed' | 'output-closed'
  /** Of a failed agent: which component and why. */
  readonly error?: string
  /** Events that were left in channels that do not survive the process. */
  readonly left: readonly { readonly channel: string; readonly events: number }[]
}

interface SourceParts {
  readonly plan: SourcePlan
  readonly component: Supervised<Source>
  readonly runner: SourceRunner
  readonly processor: ChannelProcessor
  readonly interceptors: readonly Interceptor[]
  readonly stopped: AbortController
}

interface GroupParts {
  readonly plan: GroupPlan
  readonly sinks: readonly RunnerSink[]
  readonly runner: SinkRunner
}

interface ChannelParts {
  readonly plan: ChannelPlan
  readonly channel: Channel
}

/**
 * Runs a plan: starts channels, sinks, sources; stops sources, sinks (which drain), channels. A component that cannot
 * start at the first start ends the agent; a later failure is restarted or ends it, as the plan says.
 */
export class Agent {
  readonly name: string
  readonly #plan: AgentPlan
  readonly #log: Log
  readonly #clock: Clock
  readonly #deadLetters: DeadLetters
  readonly #metrics = new Map<string, ComponentMetrics>()
  #channels: ChannelParts[] = []
  #groups: GroupParts[] = []
  #sources: SourceParts[] = []
  readonly #endedSources = new Set<string>()
  #starting: Promise<void> | undefined
  #stopping: Promise<AgentEnd> | undefined
  /** Nobody reads what the agent writes; that it ends in the middle of its work is no news to anybody. */
  #isOutputClosed = false
  #state: 'new' | 'starting' | 'running' | 'stopping' | 'stopped' = 'new'
  /** Settles once: however the agent ends. */
  readonly ended: Promise<AgentEnd>
  readonly #resolveEnded: (end: AgentEnd) => void

  constructor(plan: AgentPlan, services: AgentServices) {
    this.name = plan.name
    this.#plan = plan
    this.#log = quietable(services.log, () => this.#isOutputClosed)
    this.#clock = services.clock ?? systemClock
    this.#deadLetters = new DeadLetters(plan.settings.deadLetters, this.#clock, this.#log)
    const { promise, resolve } = Promise.withResolvers<AgentEnd>()
    this.ended = promise
    this.#resolveEnded = resolve
  }

  get state(): 'new' | 'starting' | 'running' | 'stopping' | 'stopped' {
    return this.#state
  }

  /** Of every source and sink: what it does, since when, its last error. */
  get statuses(): readonly ComponentStatus[] {
    return [
      ...this.#sources.map(({ component }) => component.status),
      ...this.#groups.flatMap(({ sinks }) => sinks.map(({ component }) => component.status)),
    ]
  }

  get accounts(): AgentAccounts {
    return {
      sources: new Map(this.#sources.map(({ plan, processor }) => [plan.name, { ...processor.account }])),
      channels: new Map(this.#channels.map(({ plan, channel }) => [plan.name, channel.account])),
      sinks: new Map(this.#groups.flatMap(({ sinks }) => sinks.map(({ name, account }) => [name, { ...account }]))),
    }
  }

  /** What components count by themselves, by `kind name`. */
  get metrics(): ReadonlyMap<string, ComponentMetrics> {
    return this.#metrics
  }

  channel(name: string): Channel {
    const parts = this.#channels.find(({ plan }) => plan.name === name)
    if (!parts) throw new LifecycleError(`agent ${this.name} has no channel ${name} that runs`)
    return parts.channel
  }

  /** Resolves when every component works. On a failure everything is stopped again and the error names the component. */
  start(): Promise<void> {
    if (this.#state !== 'new') return Promise.reject(new LifecycleError(`agent ${this.name} was started before`))
    this.#starting = this.#start()
    return this.#starting
  }

  async #start(): Promise<void> {
    this.#state = 'starting'
    try {
      for (const plan of this.#plan.channels) await this.#startChannel(plan)
      await Promise.all(this.#plan.groups.map((plan) => this.#startGroup(plan)))
      for (const plan of this.#plan.sources) await this.#startSource(plan)
    } catch (error) {
      await this.#stopAll(0)
      this.#state = 'stopped'
      this.#resolveEnded({ reason: 'failed', error: messageOf(error), left: [] })
      throw error
    }
    this.#state = 'running'
    this.#endWhenSourcesEnded()
  }

  /**
   * Stops in order and says what was left. Idempotent.
   * @param deadlineMs for the whole stop; the agent's `stopTimeout` unless given
   */
  stop(deadlineMs: number = this.#plan.settings.stopTimeout): Promise<AgentEnd> {
    return this.#end({ reason: 'asked' }, deadlineMs)
  }

  #end(how: Pick<AgentEnd, 'reason' | 'error'>, deadlineMs: number): Promise<AgentEnd> {
    if (how.reason === 'asked') this.#hurry?.(deadlineMs)
    this.#stopping ??= this.#stopOnce(how, deadlineMs)
    return this.#stopping
  }

  /** A stop that waits for all to be delivered has no deadline until somebody asks to stop. */
  #hurry: ((deadlineMs: number) => void) | undefined

  async #stopOnce(how: Pick<AgentEnd, 'reason' | 'error'>, deadlineMs: number): Promise<AgentEnd> {
    await this.#starting?.catch(() => undefined)
    if (this.#state === 'stopped') return this.ended
    if (this.#state === 'new') {
      this.#state = 'stopped'
      const end = { ...how, left: [] }
      this.#resolveEnded(end)
      return end
    }
    this.#state = 'stopping'
    await this.#stopAll(deadlineMs)
    const left = this.#channels
      .map(({ plan, channel }) => ({ channel: plan.name, events: channel.durable ? 0 : channel.account.buffered }))
      .filter(({ events }) => events > 0)
    this.#state = 'stopped'
    const end: AgentEnd = { ...how, left }
    this.#resolveEnded(end)
    return end
  }

  async #stopAll(deadlineMs: number): Promise<void> {
    const began = this.#clock.monotonic()
    const leftMs = (): number => Math.max(0, deadlineMs - (this.#clock.monotonic() - began))
    await Promise.all(
      this.#sources.map(async ({ component, runner, interceptors, stopped }) => {
        const stopping = component.stop(Math.min(leftMs(), longestPartMs))
        const polls = runner.stop()
        stopped.abort()
        await Promise.all([stopping, polls])
        for (const interceptor of interceptors) await interceptor.stop?.()
      }),
    )
    await this.#drain(deadlineMs, leftMs)
    await Promise.all(
      this.#groups.map(async ({ runner, sinks }) => {
        if (!(await runner.halt(haltGraceMs))) {
          this.#log.error('A sink did not give up its batch in time.', { sink: runner.name })
        }
        await Promise.all(
          sinks.map(({ component }) => component.stop(Math.max(1000, Math.min(leftMs(), longestPartMs)))),
        )
      }),
    )
    for (const { channel } of this.#channels) await channel.stop(Math.max(1000, Math.min(leftMs(), longestPartMs)))
  }

  async #drain(deadlineMs: number, leftMs: () => number): Promise<void> {
    const over = new AbortController()
    const limit = new Promise<void>((resolve) => {
      this.#hurry = (ms) => this.#clock.after(ms, resolve)
      const cancel = this.#clock.after(deadlineMs === Number.POSITIVE_INFINITY ? deadlineMs : leftMs(), resolve)
      over.signal.addEventListener('abort', cancel)
    })
    await Promise.race([Promise.all(this.#groups.map(({ runner }) => runner.drain())), limit])
    over.abort()
    this.#hurry = undefined
  }

  async #startChannel(plan: ChannelPlan): Promise<void> {
    const share = memoryShare(this.#plan.channels.length)
    const channel = await this.#create(plan, 'channel', (error) => this.#channelFailed(plan, error), {
      memoryShare: share,
    })
    await this.#named(`channel ${plan.name}`, () => channel.start())
    this.#channels.push({ plan, channel })
  }

  #channelFailed(plan: ChannelPlan, error: unknown): void {
    this.#log.error('Component failed.', { component: `channel ${plan.name}`, error: messageOf(error) })
    if (this.#plan.settings.onFailure === 'stop')
      void this.#end(
        { reason: 'failed', error: `channel ${plan.name}: ${messageOf(error)}` },
        this.#plan.settings.stopTimeout,
      )
  }

  async #startGroup(plan: GroupPlan): Promise<void> {
    const sinks = plan.sinks.map((sink) => runnerSink(sink.name, this.#supervised('sink', sink)))
    const processor =
      plan.processor &&
      (await this.#create(plan.processor, 'processor', () => undefined, { sinks: plan.sinks.map(({ name }) => name) }))
    const runner = new SinkRunner({
      name: plan.name,
      channel: this.channel(plan.channel),
      sinks,
      processor,
      retry: plan.sinks[0]!.retry,
      clock: this.#clock,
      log: this.#log,
      deadLetters: this.#deadLetters,
    })
    this.#groups.push({ plan, sinks, runner })
    await Promise.all(sinks.map(({ component }) => this.#named(`sink ${component.name}`, () => component.start())))
    runner.start()
  }

  async #startSource(plan: SourcePlan): Promise<void> {
    const interceptors = await Promise.all(
      plan.interceptors.map((each) => this.#create(each, 'interceptor', () => undefined)),
    )
    const selector = await this.#create(plan.selector, 'selector', () => undefined, { channels: plan.channels })
    for (const [index, interceptor] of interceptors.entries()) {
      await this.#named(`interceptor ${plan.interceptors[index]!.name}`, async () => interceptor.start?.())
    }
    const processor = new ChannelProcessor(
      { interceptors, selector },
      {
        source: plan.name,
        channels: plan.channels.map((name) => this.channel(name)),
        ordinals: plan.channels.map((name) => this.#plan.channels.findIndex((channel) => channel.name === name)),
        clock: this.#clock,
        log: this.#log,
        deadLetters: this.#deadLetters,
      },
    )
    const stopped = new AbortController()
    const component = this.#supervised<'source'>('source', plan, {
      put: (batch: Parameters<ChannelProcessor['put']>[0], options: Parameters<ChannelProcessor['put']>[1]) =>
        processor.put(batch, options, stopped.signal),
      reject: (batch: Parameters<ChannelProcessor['reject']>[0], reason: string) => {
        processor.reject(batch, reason)?.catch((error: unknown) =>
          this.#log.error('Dead letters cannot be written; events are lost.', {
            source: plan.name,
            error: messageOf(error),
          }),
        )
      },
      end: () => this.#sourceEnded(plan.name),
    })
    const runner = new SourceRunner({ component, retry: plan.retry, clock: this.#clock, log: this.#log })
    this.#sources.push({ plan, component, runner, processor, interceptors, stopped })
    await this.#named(`source ${plan.name}`, () => component.start())
    runner.start()
  }

  #supervised<K extends 'source' | 'sink'>(
    kind: K,
    plan: K extends 'source' ? SourcePlan : SinkPlan,
    more: object = {},
  ): Supervised<K extends 'source' ? Source : Sink> {
    return new Supervised<K extends 'source' ? Source : Sink>({
      kind,
      name: plan.name,
      clock: this.#clock,
      log: this.#log,
      restartDelayMs: this.#plan.settings.restartDelay,
      create: (fail) =>
        this.#create(plan as unknown as ComponentPlan<K>, kind, fail, more) as Promise<
          K extends 'source' ? Source : Sink
        >,
      onFailure: (component, error) => this.#componentFailed(`${kind} ${component.name}`, error),
    })
  }

  #componentFailed(component: string, error: unknown): 'restart' | 'stop' {
    const { onFailure, stopTimeout } = this.#plan.settings
    if (codeOf(error) === 'OUTPUT_CLOSED') {
      this.#isOutputClosed = true
      void this.#end({ reason: 'output-closed' }, 0)
      return 'stop'
    }
    if (onFailure === 'restart') return 'restart'
    void this.#end({ reason: 'failed', error: `${component}: ${messageOf(error)}` }, stopTimeout)
    return 'stop'
  }

  #sourceEnded(name: string): void {
    this.#endedSources.add(name)
    if (this.#state === 'running') this.#endWhenSourcesEnded()
  }

  #endWhenSourcesEnded(): void {
    if (this.#sources.length === 0 || this.#endedSources.size < this.#sources.length) return
    void this.#end({ reason: 'ended' }, Number.POSITIVE_INFINITY)
  }

  async #create<K extends Kind>(plan: ComponentPlan<K>, kind: K, fail: (error: unknown) => void, more: object = {}) {
    const context: ComponentContext = {
      name: plan.name,
      clock: this.#clock,
      log: this.#log,
      metrics: this.#metricsOf(kind, plan),
      fail,
    }
    return this.#named(`${kind} ${plan.name}`, async () =>
      plan.declaration.create(plan.options, { ...context, ...more } as never),
    )
  }

  #metricsOf(kind: Kind, { name, declaration }: ComponentPlan): ComponentMetrics {
    const key = `${kind} ${name}`
    const known = this.#metrics.get(key) ?? new ComponentMetrics(declaration.metrics)
    this.#metrics.set(key, known)
    return known
  }

  /** Runs a step of a component; a failure says whose. */
  async #named<R>(component: string, step: () => Promise<R>): Promise<R> {
    try {
      return await step()
    } catch (cause) {
      if (cause instanceof ComponentFailedError && cause.component === component) throw cause
      throw new ComponentFailedError(`${component}: ${messageOf(cause)}`, { cause, component })
    }
  }
}

function quietable(log: Log, isQuiet: () => boolean): Log {
  const unlessQuiet =
    (level: LogLevel) =>
    (message: string, facts?: LogFacts): void => {
      if (!isQuiet()) log[level](message, facts)
    }
  return {
    debug: unlessQuiet('debug'),
    info: unlessQuiet('info'),
    warn: unlessQuiet('warn'),
    error: unlessQuiet('error'),
  }
}

/** How long a sink has to answer its abort signal, ms. */
const haltGraceMs = 5000
/** A part of a stop without an own deadline, ms. */
const longestPartMs = 30_000
