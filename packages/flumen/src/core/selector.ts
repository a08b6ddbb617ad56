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
  /**
   * Each row goes to one channel, and it does not matter which: one that comes again may be routed to another. So rows
   * that may come again (between two of ours) all go where the first of a put goes, and are stored when any channel has
   * them. Not set: what a row is routed to depends on nothing but the row.
   */
  readonly isArbitrary?: boolean
  select(batch: EventBatch): readonly Route[]
}
