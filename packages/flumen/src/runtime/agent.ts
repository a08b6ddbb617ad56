import type { AgentPlan, ChannelPlan, GroupPlan, SourcePlan } from '../component/plan.ts'
import {
  type AgentReading,
  type Channel,
  type Clock,
  codeOf,
  LifecycleError,
  type Log,
  type LogFacts,
  type LogLevel,
  messageOf,
  systemClock,
} from '../core/index.ts'
import type { AgentAccounts } from './account.ts'
import { AgentMonitor } from './agent-monitor.ts'
import type { ChannelParts, GroupParts, SourceParts } from './agent-parts.ts'
import { runnerSink } from './batch-delivery.ts'
import { ChannelProcessor } from './channel-processor.ts'
import { ComponentMaker, named } from './component-maker.ts'
import type { ComponentMetrics } from './component-metrics.ts'
import { DeadLetters } from './dead-letters.ts'
import { memoryShare } from './memory-share.ts'
import { SinkRunner } from './sink-runner.ts'
import { SourceRunner } from './source-runner.ts'
import type { ComponentStatus } from './supervisor.ts'
import { AgentTelemetry } from './telemetry/agent-telemetry.ts'
import { turn } from './turn.ts'

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
  readonly #maker: ComponentMaker
  readonly #telemetry: AgentTelemetry
  /** Started last, so that the flow does not wait for it. */
  readonly #monitor: AgentMonitor | undefined
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
    this.#maker = new ComponentMaker({
      settings: plan.settings,
      log: this.#log,
      clock: this.#clock,
      onFailure: (component, error) => this.#componentFailed(component, error),
    })
    this.#telemetry = new AgentTelemetry({
      agent: plan.name,
      clock: this.#clock,
      log: this.#log,
      stallMs: plan.settings.stallTimeout,
      keepsDeadLetters: plan.settings.deadLetters !== undefined,
      state: () => this.#state,
      parts: () => ({ sources: this.#sources, channels: this.#channels, groups: this.#groups }),
      metrics: (key) => this.#maker.metrics.get(key),
    })
    const { monitor } = plan
    if (monitor) {
      this.#monitor = new AgentMonitor({
        plan: monitor,
        maker: this.#maker,
        clock: this.#clock,
        log: this.#log,
        read: () => this.read(),
      })
    }
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

  /** Everything that can be seen of it now. */
  read(): AgentReading {
    return this.#telemetry.read()
  }

  /** What components count by themselves, by `kind name`. */
  get metrics(): ReadonlyMap<string, ComponentMetrics> {
    return this.#maker.metrics
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
    this.#telemetry.start()
    try {
      for (const plan of this.#plan.channels) await this.#startChannel(plan)
      await Promise.all(this.#plan.groups.map((plan) => this.#startGroup(plan)))
      for (const plan of this.#plan.sources) await this.#startSource(plan)
      await this.#monitor?.start()
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
    for (const { plan, channel } of this.#channels) {
      await channel.stop(Math.max(1000, Math.min(leftMs(), longestPartMs)))
      this.#log.info('Component stopped.', { component: `channel ${plan.name}` })
    }
    await this.#monitor?.stop()
    this.#telemetry.stop()
  }

  async #drain(deadlineMs: number, leftMs: () => number): Promise<void> {
    const over = new AbortController()
    const limit = new Promise<void>((resolve) => {
      this.#hurry = (ms) => this.#clock.after(ms, resolve)
      const cancel = this.#clock.after(deadlineMs === Number.POSITIVE_INFINITY ? deadlineMs : leftMs(), resolve)
      over.signal.addEventListener('abort', cancel)
    })
    const isPatient = deadlineMs === Number.POSITIVE_INFINITY
    const drains = this.#groups.map(({ runner }) => runner.drain(!isPatient && runner.channel.durable))
    await Promise.race([Promise.all(drains), limit])
    over.abort()
    this.#hurry = undefined
  }

  async #startChannel(plan: ChannelPlan): Promise<void> {
    const share = memoryShare(this.#plan)
    const channel = await this.#maker.create(plan, 'channel', (error) => this.#channelFailed(plan, error), {
      memoryShare: share,
    })
    await named(`channel ${plan.name}`, () => channel.start())
    const startedAt = this.#clock.now()
    this.#channels.push({ plan, channel, startedAt, state: 'running', since: startedAt, lastError: null })
    this.#log.info('Component started.', { component: `channel ${plan.name}` })
  }

  #channelFailed(plan: ChannelPlan, error: unknown): void {
    this.#log.error('Component failed.', { component: `channel ${plan.name}`, error: messageOf(error) })
    const at = this.#clock.now()
    const parts = this.#channels.find((each) => each.plan === plan)
    if (parts)
      Object.assign(parts, {
        state: 'failed',
        since: at,
        lastError: { at, code: codeOf(error), message: messageOf(error) },
      })
    if (this.#plan.settings.onFailure === 'stop')
      void this.#end(
        { reason: 'failed', error: `channel ${plan.name}: ${messageOf(error)}` },
        this.#plan.settings.stopTimeout,
      )
  }

  async #startGroup(plan: GroupPlan): Promise<void> {
    const sinks = plan.sinks.map((sink) => runnerSink(sink.name, this.#maker.supervised('sink', sink)))
    const processor =
      plan.processor &&
      (await this.#maker.create(plan.processor, 'processor', () => undefined, {
        sinks: plan.sinks.map(({ name }) => name),
      }))
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
    await Promise.all(sinks.map(({ component }) => named(`sink ${component.name}`, () => component.start())))
    runner.start()
  }

  async #startSource(plan: SourcePlan): Promise<void> {
    const interceptors = await Promise.all(
      plan.interceptors.map((each) => this.#maker.create(each, 'interceptor', () => undefined)),
    )
    const selector = await this.#maker.create(plan.selector, 'selector', () => undefined, { channels: plan.channels })
    for (const [index, interceptor] of interceptors.entries()) {
      await named(`interceptor ${plan.interceptors[index]!.name}`, async () => interceptor.start?.())
    }
    const channels = plan.channels.map((name) => this.channel(name))
    const processor = new ChannelProcessor(
      { interceptors, selector },
      {
        source: plan.name,
        channels,
        ordinals: plan.channels.map((name) => this.#plan.channels.findIndex((channel) => channel.name === name)),
        clock: this.#clock,
        log: this.#log,
        deadLetters: this.#deadLetters,
      },
    )
    const stopped = new AbortController()
    const component = this.#maker.supervised<'source'>('source', plan, {
      put: (batch: Parameters<ChannelProcessor['put']>[0], options: Parameters<ChannelProcessor['put']>[1]) => {
        if (component.running?.kind === 'event-driven') turn.called()
        return processor.put(batch, options, stopped.signal)
      },
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
    const runner = new SourceRunner({ component, channels, retry: plan.retry, clock: this.#clock, log: this.#log })
    this.#sources.push({ plan, component, runner, processor, interceptors, stopped })
    await named(`source ${plan.name}`, () => component.start())
    runner.start()
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
