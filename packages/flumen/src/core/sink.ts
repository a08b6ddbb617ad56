import type { Origin, TakeLimit } from './channel.ts'
import type { ComponentContext } from './context.ts'
import type { FlumenErrorShape } from './errors.ts'
import type { EventBatch, Rows } from './event-batch.ts'
import type { Lifecycle } from './lifecycle.ts'

/** How a sink wants its batches. */
export interface SinkLimits extends TakeLimit {
  /** Batches that may be with the sink at one time. */
  readonly inFlight: number
  /** A failure makes all later open calls fail too, so that order holds with several in flight. */
  readonly ordered: boolean
}

/** What became of a batch that was not simply delivered. Rows named nowhere are delivered. */
export interface Outcome {
  readonly rejected?: readonly { readonly row: number; readonly reason: string }[]
  readonly retry?: Rows
}

export interface Delivery {
  readonly origin?: Origin
  /** From 1. */
  readonly attempt: number
  readonly signal: AbortSignal
}

/**
 * Only delivers. The runner owns take, commit, rollback, retries with back-off, halving of a refused batch, dead letters
 * and the account; a sink never sees a channel.
 */
export interface Sink extends Lifecycle {
  readonly limits: SinkLimits
  /**
   * Resolves when the destination has the batch for good (which may be when a file is closed); nothing returned means
   * all rows. Throws with a verdict otherwise: retry (all rows again), reject (none ever; a batch is halved to find the
   * rows), fatal (this instance is done for). Calls begin in order.
   */
  deliver(batch: EventBatch, delivery: Delivery): void | Outcome | Promise<Outcome | void>
  /** The channel has no room left but what this sink holds: finish what is open. */
  pressure?(): Promise<void>
}

export interface ProcessorContext extends ComponentContext {
  /** Names of the group's sinks in their configured order. */
  readonly sinks: readonly string[]
}

/** Some rows of a batch, and the sink for them. */
export interface SinkShare {
  readonly sink: string
  /** Ascending numbers, at least one; for the other rows the processor is asked again. */
  readonly rows: Uint32Array
}

/** Picks the sink of a group for each attempt. The failed batch itself goes to the next sink. */
export interface SinkProcessor {
  /**
   * @param tried sinks that have failed with this batch in this round; a round ends with a delivery, and when a wait is
   *   answered
   * @returns the name of the sink for this attempt, or a share of the batch where its rows belong to different sinks, or
   *   how long to wait at least before the next round, ms; 0 asks for nothing and leaves the pause to the runner's own
   *   back-off
   */
  pick(batch: EventBatch, tried: ReadonlySet<string>): string | SinkShare | { readonly waitMs: number }
  failed(sink: string, error: FlumenErrorShape): void
  succeeded(sink: string): void
}

/** Orders the sinks of a load_balance group; the first that does not fail gets the batch. The processor does the back-off. */
export interface SinkSelector {
  /** @param usable the sinks that are not backing off, at least one, in their configured order */
  order(batch: EventBatch, usable: readonly string[]): readonly string[]
  failed?(sink: string): void
  succeeded?(sink: string): void
}
