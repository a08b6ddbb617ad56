// What authors of components and programs need of the core; `Source`, `Channel` and `Sink` are the program's classes in
// the library, the contracts of that name are exported as SourceComponent, ChannelComponent and SinkComponent.
export * from './core/batch-builder.ts'
export {
  type ChannelAccount,
  type ChannelAttempts,
  type ChannelLimits,
  type Consumer,
  type Demand,
  type Origin,
  type PutTransaction,
  putTransaction,
  type TakeLimit,
  type TakeTransaction,
  takeTransaction,
  type Wait,
} from './core/channel.ts'
export * from './core/clock.ts'
export * from './core/context.ts'
export * from './core/errors.ts'
export * from './core/event.ts'
export * from './core/event-batch.ts'
export * from './core/http-handler.ts'
export * from './core/lifecycle.ts'
export * from './core/log.ts'
export * from './core/metrics.ts'
export * from './core/monitor.ts'
export * from './core/part.ts'
export { QueueChannel } from './core/queue-channel.ts'
export * from './core/reading.ts'
export * from './core/selector.ts'
export * from './core/serializer.ts'
export type {
  Delivery,
  Outcome,
  ProcessorContext,
  SinkLimits,
  SinkProcessor,
  SinkSelector,
} from './core/sink.ts'
export type {
  EventDrivenSource,
  Interceptor,
  PollableSource,
  PutAccount,
  PutOptions,
  SourceContext,
} from './core/source.ts'
