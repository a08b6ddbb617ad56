import type { GroupPlan, SourcePlan } from '../../component/plan.ts'
import type { NamedPlan } from './configurations.ts'
import type { Outlook } from './outlook.ts'

/** What batches and pauses mean for how late events are; times in ms. */
export interface SourceDelay {
  readonly source: string
  /** Events that it gathers for a put, and how long it waits for them at most. */
  readonly gathersEvents: number
  readonly gathersMs: number
  /** How long that takes at the planned rate. */
  readonly expectedMs: number
}

export interface SinkDelay {
  /** The sink that is alone, or the group. */
  readonly sinks: readonly string[]
  /** Pauses after failures in a row, from the first to the longest: so late an outage's end may be noticed. */
  readonly firstPauseMs: number
  readonly longestPauseMs: number
  /** How long a sink of a group is left alone at most after it failed; undefined: it is not. */
  readonly leftAloneMs: number | undefined
}

export interface Delays {
  readonly sources: readonly SourceDelay[]
  readonly sinks: readonly SinkDelay[]
}

export function delaysOf(plans: readonly NamedPlan[], { sources }: Pick<Outlook, 'sources'>): Delays {
  const rates = new Map(sources.map(({ id, carries }) => [id, carries.events]))
  return {
    sources: plans.flatMap(({ name, plan }) =>
      plan.sources.flatMap((source) => sourceDelay(`${name}.${source.name}`, source, rates)),
    ),
    sinks: plans.flatMap(({ name, plan }) => plan.groups.map((group) => sinkDelay(name, group))),
  }
}

function sourceDelay(
  id: string,
  { declaration, options }: SourcePlan,
  rates: ReadonlyMap<string, number>,
): SourceDelay[] {
  const events = declaration.batchSize?.(options)?.events
  const { batchTimeout: gathersMs } = options as { batchTimeout?: unknown }
  if (events === undefined || typeof gathersMs !== 'number') return []
  const perSecond = rates.get(id) ?? 0
  const expectedMs = Math.min(gathersMs, (events / perSecond) * 1000)
  return [{ source: id, gathersEvents: events, gathersMs, expectedMs }]
}

function sinkDelay(agent: string, { sinks, processor }: GroupPlan): SinkDelay {
  const [first] = sinks
  return {
    sinks: sinks.map(({ name }) => `${agent}.${name}`),
    firstPauseMs: Math.min(first?.retry.backoffSleepIncrement ?? 0, first?.retry.maxBackoffSleep ?? 0),
    longestPauseMs: first?.retry.maxBackoffSleep ?? 0,
    leftAloneMs: leftAloneMs(processor?.options),
  }
}

/** The keys that Flume's failover and load_balance processors have for it. */
function leftAloneMs(options: unknown): number | undefined {
  const { maxpenalty, backoff, ...rest } = (options ?? {}) as Readonly<Record<string, unknown>>
  if (typeof maxpenalty === 'number') return maxpenalty
  const most = rest['selector.maxTimeOut']
  return backoff === true && typeof most === 'number' ? most : undefined
}
