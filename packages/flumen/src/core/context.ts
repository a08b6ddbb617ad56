import type { Clock } from './clock.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'

/** What a component gets from its runtime at `create`. */
export interface ComponentContext {
  /** Of the component: `r1`. For an interceptor or another part inside a component, the whole path: `r1.i1`. */
  readonly name: string
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  /** Reports a failure outside a call; the supervisor acts on its verdict. */
  fail(error: unknown): void
}

/** What a channel gets beside that. */
export interface ChannelContext extends ComponentContext {
  /** The share of the process's memory that this channel may hold unless its options say otherwise, bytes. */
  readonly memoryShare: number
}
