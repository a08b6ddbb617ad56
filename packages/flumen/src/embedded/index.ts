/**
 * `flumen/embedded`: an agent inside a program that feeds it, with the keys and the rules of Flume's EmbeddedAgent; see
 * docs/guide/embedded.md.
 */
import { builtInComponents } from '../components/catalogue.generated.ts'
import { ConfiguredEmbeddedAgent, type EmbeddedAgentOptions } from './embedded-agent.ts'
import { ConfiguredLogSender, type LogSenderOptions } from './log-sender.ts'

export {
  ComponentFailedError,
  ConfigurationError,
  EventDeliveryError,
  EventRejectedError,
  LifecycleError,
} from '../core/errors.ts'
export { createEvent, type Event, type Headers } from '../core/event.ts'
export type { Log } from '../core/log.ts'
export type { AgentEnd } from '../runtime/agent.ts'
export type { EmbeddedAgentOptions, EmbeddedPutOptions, EmbeddedState } from './embedded-agent.ts'
export type { EmbeddedEvent } from './embedded-event.ts'
export type { EmbeddedProperties } from './embedded-settings.ts'
export { EventQueue, type EventQueueAccount, type EventQueueOptions } from './event-queue.ts'
export type { LogSenderDeadlines, LogSenderOptions } from './log-sender.ts'
export { type LogLineFacts, log4jHeaders } from './log4j-headers.ts'

/** An agent that a program feeds itself: `configure`, `start`, `put`, `stop`. */
export class EmbeddedAgent extends ConfiguredEmbeddedAgent {
  /** @param name of the agent, in metrics and in the names of its parts: `source-NAME`, `channel-NAME` */
  constructor(name: string, options?: EmbeddedAgentOptions) {
    super(name, builtInComponents, options)
  }
}

/** What a transport of a logger is made of; see examples/pino-transport and examples/winston-transport. */
export class LogSender extends ConfiguredLogSender {
  constructor(options: LogSenderOptions) {
    super(options, builtInComponents)
  }
}
