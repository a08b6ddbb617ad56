/**
 * Flumen as a library: an agent inside a program, and everything that a component of one's own is written with.
 * The components that come with it are found by their types, so nothing is loaded that is not used.
 */
import { Catalogue } from './component/catalogue.ts'
import { loadPlugin } from './component/plugins.ts'
import { builtInComponents } from './components/catalogue.generated.ts'
import type { AgentConfiguration } from './components/configuration.generated.ts'
import { PipelineChannel, type PipelineOptions, PipelineSink, PipelineSource } from './runtime/pipeline.ts'
import { ProgramAgent, type ProgramConfiguration, type ProgramOptions } from './runtime/program-agent.ts'

export * from './component/kit.ts'
export type { AgentConfiguration } from './components/configuration.generated.ts'
export type {
  Channel as ChannelComponent,
  Sink as SinkComponent,
  Source as SourceComponent,
} from './core/index.ts'
export * from './core-exports.ts'
export type { AgentAccounts } from './runtime/account.ts'
export type { AgentEnd } from './runtime/agent.ts'
export { ChannelHandle, type ChannelWait, type EventInput, type TakeWait } from './runtime/channel-handle.ts'
export { ConsoleLog } from './runtime/console-log.ts'
export type { PipelineOptions } from './runtime/pipeline.ts'
export type { ProgramOptions } from './runtime/program-agent.ts'
export type { ComponentStatus } from './runtime/supervisor.ts'

const catalogue = new Catalogue(builtInComponents, loadPlugin)

/** An agent inside a program; see docs/guide/library.md. */
export class Agent extends ProgramAgent {
  constructor(configuration: AgentConfiguration, options?: ProgramOptions) {
    super(configuration, catalogue, options)
  }
}

/** A source of a hand-wired pipeline: `new Source('stdin_source', 'stdin')`. */
export class Source extends PipelineSource {
  constructor(name: string, type: string, options: PipelineOptions = {}) {
    super(name, type, options, makeAgent)
  }
}

/** A channel of a hand-wired pipeline; a memory channel unless it says otherwise. */
export class Channel extends PipelineChannel {
  constructor(name: string, type = 'memory', options: PipelineOptions = {}) {
    super(name, type, options, makeAgent)
  }
}

/** A sink of a hand-wired pipeline. */
export class Sink extends PipelineSink {
  constructor(name: string, type: string, options: PipelineOptions = {}) {
    super(name, type, options, makeAgent)
  }
}

function makeAgent(configuration: ProgramConfiguration): ProgramAgent {
  return new ProgramAgent(configuration, catalogue)
}
