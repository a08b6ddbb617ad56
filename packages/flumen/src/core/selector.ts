import type { ComponentContext } from './context.ts'
import type { EventBatch, Rows } from './event-batch.ts'

export interface SelectorContext extends ComponentContext {
  /** Names of the source's channels in their configured order; a route names one by its number here. */
  readonly channels: readonly string[]
}

export interface Route {
  /** Number of the channel in the context's list. */
  readonly channel: number
  /** false: tried without waiting, a failure is counted and does not fail the put. */
  readonly required: boolean
  readonly rows: Rows
}

/** Rows that no route names are unrouted: counted, not stored. */
export interface ChannelSelector {
  select(batch: EventBatch): readonly Route[]
}
