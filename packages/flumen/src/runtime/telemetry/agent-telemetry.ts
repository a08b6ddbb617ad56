import { typeNameOf } from '../../component/declaration.ts'
import type { ComponentPlan } from '../../component/plan.ts'
import type {
  AgentReading,
  ChannelReading,
  Clock,
  ComponentReading,
  HealthProblem,
  Log,
  MetricReading,
  SinkReading,
  SourceReading,
} from '../../core/index.ts'
import type { AgentParts, ChannelParts, GroupParts, SourceParts } from '../agent-parts.ts'
import type { RunnerSink } from '../batch-delivery.ts'
import type { ComponentMetrics } from '../component-metrics.ts'
import { flumenVersion } from '../flumen-version.ts'
import type { ComponentStatus } from '../supervisor.ts'
import { ComponentWatch } from './component-watch.ts'
import { forecast } from './forecast.ts'
import { HealthAssessor, usualPatience } from './health.ts'
import { ProcessWatch } from './process-watch.ts'

export interface TelemetryOptions {
  readonly agent: string
  readonly clock: Clock
  readonly log: Log
  /** A component that neither works nor fails for so long is a problem, ms. */
  readonly stallMs: number
  /** false: a rejected event is lost. */
  readonly keepsDeadLetters: boolean
  state(): AgentReading['state']
  parts(): AgentParts
  /** @param key `kind name` */
  metrics(key: string): ComponentMetrics | undefined
}

const tickMs = 1000
const toldProblems: ReadonlySet<HealthProblem['problem']> = new Set(['stalled', 'full', 'losing'])

/** Reads everything that can be seen of an agent, and looks at it once a second to know rates and what does not move. */
export class AgentTelemetry {
  readonly #options: TelemetryOptions
  readonly #watches = new Map<string, ComponentWatch>()
  readonly #health = new HealthAssessor()
  readonly #process = new ProcessWatch()
  #startedAt: number
  #cancelTick = (): void => undefined
  /** Problems that the log knows. */
  #told: ReadonlyMap<string, HealthProblem> = new Map()

  constructor(options: TelemetryOptions) {
    this.#options = options
    this.#startedAt = options.clock.now()
  }

  start(): void {
    this.#startedAt = this.#options.clock.now()
    this.#process.start()
    this.#look()
    this.#tickLater()
  }

  stop(): void {
    this.#cancelTick()
    this.#process.stop()
  }

  /** All numbers of one moment: nothing here waits. */
  read(): AgentReading {
    return { ...this.#assessed(), process: this.#process.reading }
  }

  #assessed(): Omit<AgentReading, 'process'> {
    const { agent, clock, stallMs } = this.#options
    const now = clock.monotonic()
    const { sources, channels, groups } = this.#options.parts()
    const reading = {
      agent,
      version: flumenVersion(),
      at: clock.now(),
      startedAt: this.#startedAt,
      state: this.#options.state(),
      sources: sources.map((parts) => this.#source(parts, now)),
      channels: channels.map((parts) => this.#channel(parts, now)),
      sinks: groups.flatMap((parts) => parts.sinks.map((sink) => this.#sink(parts, sink, now))),
    }
    const counts = new Map(groups.flatMap(({ sinks }) => sinks.map((sink) => [sink.name, sink.counts])))
    const health = this.#health.assess({
      reading,
      watches: this.#watches,
      now,
      patience: { stallMs, ...usualPatience },
      longestLagSeconds: this.#process.lag.max,
      failingSince: (sink) => {
        const known = counts.get(sink)
        return known && known.failuresInRow > 0 ? known.failingSince : undefined
      },
    })
    return { ...reading, health }
  }

  #tickLater(): void {
    this.#cancelTick = this.#options.clock.after(tickMs, () => {
      this.#tickLater()
      this.#process.tick()
      this.#look()
    })
  }

  #look(): void {
    const now = this.#options.clock.monotonic()
    const reading = this.#assessed()
    for (const source of reading.sources) {
      const watch = this.#watch(`source ${source.name}`)
      watch.in.sample(now, source.account.received)
      watch.seeLoss(now, lossesOf(source))
    }
    for (const channel of reading.channels) {
      const { account } = channel
      const watch = this.#watch(`channel ${channel.name}`)
      watch.in.sample(now, account.put + account.recovered)
      watch.out.sample(now, account.acknowledged + account.discarded)
      watch.see(now, account.acknowledged + account.discarded)
      watch.seeLoss(now, account.discarded)
    }
    for (const sink of reading.sinks) {
      const watch = this.#watch(`sink ${sink.name}`)
      watch.out.sample(now, sink.account.delivered)
      const isIdle = sink.batchesInFlight === 0 && channelOf(reading, sink)?.size === 0
      // An idle sink does not stand still.
      watch.see(now, isIdle ? -now : sink.attempts + sink.account.taken)
      watch.seeLoss(now, lossesOf(sink))
    }
    this.#tell(reading)
  }

  /** What nothing else logs: what stands still, and that it moves again; what loses events. */
  #tell({ health }: Pick<AgentReading, 'health'>): void {
    const { log } = this.#options
    const now = new Map<string, HealthProblem>()
    for (const found of [...health.problems, ...health.warnings])
      if (toldProblems.has(found.problem)) now.set(`${found.component} ${found.problem}`, found)
    for (const [key, { component, message }] of now) if (!this.#told.has(key)) log.warn(message, { component })
    for (const [key, { component, problem }] of this.#told)
      if (!now.has(key) && problem !== 'losing') log.info('It moves again.', { component })
    this.#told = now
  }

  #watch(key: string): ComponentWatch {
    const known = this.#watches.get(key) ?? new ComponentWatch()
    this.#watches.set(key, known)
    return known
  }

  #common(kind: string, plan: ComponentPlan, status: ComponentStatus): ComponentReading {
    const { state, since, startedAt, restarts, lastError } = status
    return {
      name: plan.name,
      type: typeNameOf(plan.declaration),
      state,
      since,
      startedAt,
      restarts,
      lastError: lastError ?? null,
      metrics: this.#options.metrics(`${kind} ${plan.name}`)?.readings ?? [],
    }
  }

  #source({ plan, component, processor }: SourceParts, now: number): SourceReading {
    const account = { ...processor.account }
    const { counts, blocked } = processor
    const isKept = this.#options.keepsDeadLetters
    const common = this.#common('source', plan, component.status)
    return {
      ...common,
      channels: plan.channels,
      account,
      dropped: {
        filtered: account.filtered,
        rejected: isKept ? 0 : account.rejected,
        unrouted: account.unrouted,
        ...ownLosses(common.metrics),
      },
      deadLettered: isKept ? account.rejected : 0,
      puts: counts.puts,
      channelFull: counts.channelFull,
      putFailures: counts.failures,
      optionalMissed: counts.optionalMissed,
      inPerSecond: this.#watch(`source ${plan.name}`).in.perSecond(now, account.received),
      blockedSeconds: blocked.seconds(now),
      isBlocked: blocked.isBlocked,
      putSeconds: processor.puts.reading,
    }
  }

  #channel({ plan, channel, state, since, startedAt, lastError }: ChannelParts, now: number): ChannelReading {
    const { account, limits } = channel
    const watch = this.#watch(`channel ${plan.name}`)
    const inPerSecond = watch.in.perSecond(now, account.put + account.recovered)
    const outPerSecond = watch.out.perSecond(now, account.acknowledged + account.discarded)
    const filled = { size: account.buffered, capacity: limits.events, bytes: account.bytes, byteCapacity: limits.bytes }
    const status = { kind: 'channel', name: plan.name, state, since, startedAt, restarts: 0, lastError: undefined }
    return {
      ...this.#common('channel', plan, status),
      lastError,
      account,
      ...filled,
      isDurable: channel.durable,
      problem: channel.problem ?? null,
      putAttempts: channel.attempts?.putEvents ?? account.put,
      takeAttempts: channel.attempts?.takes ?? account.acknowledged,
      inPerSecond,
      outPerSecond,
      ...forecast(filled, inPerSecond, outPerSecond),
      secondsSinceProgress: watch.hasProgressed ? watch.quietMs(now) / 1000 : null,
    }
  }

  #sink({ plan: group }: GroupParts, sink: RunnerSink, now: number): SinkReading {
    const { name, component, account, counts, ages, deliveries } = sink
    const plan = group.sinks.find((each) => each.name === name)!
    const isKept = this.#options.keepsDeadLetters
    const common = this.#common('sink', plan, component.status)
    const { lastSuccessAt, failingSince: _failingSince, ...shown } = counts
    return {
      ...common,
      channel: group.channel,
      group: group.processor ? group.name : null,
      account: { ...account },
      dropped: { rejected: isKept ? 0 : account.dead, ...ownLosses(common.metrics) },
      deadLettered: isKept ? account.dead : 0,
      ...shown,
      outPerSecond: this.#watch(`sink ${name}`).out.perSecond(now, account.delivered),
      secondsSinceSuccess: lastSuccessAt < 0 ? null : (now - lastSuccessAt) / 1000,
      eventAgeSeconds: ages.reading,
      deliverySeconds: deliveries.reading,
    }
  }
}

function channelOf({ channels }: Pick<AgentReading, 'channels'>, { channel }: SinkReading): ChannelReading | undefined {
  return channels.find(({ name }) => name === channel)
}

/** Events that are gone against everybody's will: what a filter drops is not. */
function lossesOf({ dropped }: SourceReading | SinkReading): number {
  let lost = 0
  for (const [reason, events] of Object.entries(dropped)) if (reason !== 'filtered') lost += events
  return lost
}

/** What a component itself knows to be lost, by the names of its metrics. */
function ownLosses(metrics: readonly MetricReading[]): Record<string, number> {
  const lost: Record<string, number> = {}
  for (const { metric, value } of metrics) {
    if (metric.isLoss && typeof value === 'number') lost[metric.name] = value
  }
  return lost
}
