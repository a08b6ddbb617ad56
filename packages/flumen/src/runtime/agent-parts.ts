import type { ChannelPlan, GroupPlan, SourcePlan } from '../component/plan.ts'
import type { Channel, ComponentState, Interceptor, LastError, Source } from '../core/index.ts'
import type { RunnerSink } from './batch-delivery.ts'
import type { ChannelProcessor } from './channel-processor.ts'
import type { SinkRunner } from './sink-runner.ts'
import type { SourceRunner } from './source-runner.ts'
import type { Supervised } from './supervisor.ts'

/** A source at work, with everything between it and its channels. */
export interface SourceParts {
  readonly plan: SourcePlan
  readonly component: Supervised<Source>
  readonly runner: SourceRunner
  readonly processor: ChannelProcessor
  readonly interceptors: readonly Interceptor[]
  readonly stopped: AbortController
}

export interface GroupParts {
  readonly plan: GroupPlan
  readonly sinks: readonly RunnerSink[]
  readonly runner: SinkRunner
}

export interface ChannelParts {
  readonly plan: ChannelPlan
  readonly channel: Channel
  /** Wall clock, ms since the epoch. */
  readonly startedAt: number
  state: ComponentState
  since: number
  lastError: LastError | null
}

/** What an agent is made of, as far as it has been started. */
export interface AgentParts {
  readonly sources: readonly SourceParts[]
  readonly channels: readonly ChannelParts[]
  readonly groups: readonly GroupParts[]
}
