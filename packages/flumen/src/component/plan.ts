import type { OptionsOf } from '../config/field.ts'
import type { Place } from '../config/problem.ts'
import type { agentFields, retryFields } from './common-fields.ts'
import type { Declaration } from './declaration.ts'
import type { Kind } from './kind.ts'

/** One component that can be created: its declaration and the options that were read for it. */
export interface ComponentPlan<K extends Kind = Kind> {
  readonly name: string
  readonly declaration: Declaration<K>
  // biome-ignore lint/suspicious/noExplicitAny: options fit their declaration; the pair is only made by its reader.
  readonly options: any
  /** `a1.sources.r1` */
  readonly key: string
  readonly place: Place
}

/** Pauses after failures, ms: Flume's `backoffSleepIncrement` and `maxBackoffSleep`. */
export type RetryOptions = OptionsOf<typeof retryFields>

export interface SourcePlan extends ComponentPlan<'source'> {
  /** In configured order. */
  readonly channels: readonly string[]
  readonly interceptors: readonly ComponentPlan<'interceptor'>[]
  readonly selector: ComponentPlan<'selector'>
  readonly retry: RetryOptions
}

export type ChannelPlan = ComponentPlan<'channel'>

export interface SinkPlan extends ComponentPlan<'sink'> {
  readonly channel: string
  readonly retry: RetryOptions
}

/** Sinks that share one runner. A sink that is in no group has one of its own, without a processor. */
export interface GroupPlan {
  readonly name: string
  readonly channel: string
  readonly sinks: readonly SinkPlan[]
  readonly processor: ComponentPlan<'processor'> | undefined
}

/** The agent-wide settings, `<agent>.flumen.<key>`. */
export type AgentSettings = OptionsOf<typeof agentFields>

/** Everything that an agent is made of, checked. */
export interface AgentPlan {
  readonly name: string
  readonly settings: AgentSettings
  readonly channels: readonly ChannelPlan[]
  readonly sources: readonly SourcePlan[]
  readonly groups: readonly GroupPlan[]
  /** Undefined: nobody looks from outside. */
  readonly monitor: MonitorPlan | undefined
}

export interface MonitorPlan extends ComponentPlan<'monitor'> {
  /** The configuration names it; the one that runs otherwise may fail to start without anybody missing it. */
  readonly isAsked: boolean
}
