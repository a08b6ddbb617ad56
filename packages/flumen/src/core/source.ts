import type { Origin } from './channel.ts'
import type { ComponentContext } from './context.ts'
import type { EventBatch } from './event-batch.ts'
import type { Lifecycle } from './lifecycle.ts'

export interface PutOptions {
  /** Never split: one request of a client. Stored as a whole in each channel or not at all. */
  readonly atomic?: boolean
  readonly origin?: Origin
  readonly signal?: AbortSignal
}

/**
 * One edge's account: received = stored + filtered + rejected + unrouted + refused + repeated, and `copies` is the sum
 * of the channels' puts. What interceptors drop or reject is booked once the put it belongs to is stored.
 */
export interface PutAccount {
  received: number
  stored: number
  filtered: number
  rejected: number
  unrouted: number
  refused: number
  repeated: number
  copies: number
}

export interface SourceContext extends ComponentContext {
  /**
   * Interceptors, selector, fan-out to the channels. Answers without a promise when it can. Returns when the batch is
   * committed in every required channel; only then may the source acknowledge. Fails with a PutError: its `stored` says
   * how many leading rows are in, its `verdict` whether trying the rest again makes sense (`reject`: the first row that
   * is not stored never fits). Stays valid when interceptors or selector are reloaded.
   */
  put(batch: EventBatch, options?: PutOptions): void | Promise<void>
  /** For the rows that a put refused with the verdict `reject`: to the dead letters, counted. */
  reject(batch: EventBatch, reason: string): void
  /** The input has come to its end for good. An agent whose sources all ended stops when all is delivered. */
  end(): void
}

/** Calls `put` when something comes. */
export interface EventDrivenSource extends Lifecycle {
  readonly kind: 'event-driven'
}

/** Is asked for the next events in a loop: `ready` calls it again at once, `backoff` after a growing pause. */
export interface PollableSource extends Lifecycle {
  readonly kind: 'pollable'
  /**
   * What it reads stays where it is until it is stored: it is asked for more when the sinks have taken most of what they
   * were given, so that it is not read sooner than needed only to wait in memory.
   */
  readonly isPaced?: boolean
  poll(signal: AbortSignal): Promise<'ready' | 'backoff'>
}

export type Source = EventDrivenSource | PollableSource

/** Synchronous, no I/O, never more rows than came in, rows keep their order. */
export interface Interceptor {
  /** Set where the time for a row depends on what stands in it: such rows are intercepted few at a time. */
  readonly isUneven?: boolean
  /**
   * Rows that are left out of the result are filtered.
   * @param reject sends a row (a number of `batch`) to the dead letters; it must not be in the result as well
   */
  intercept(batch: EventBatch, reject: (row: number, reason: string) => void): EventBatch
  start?(): Promise<void>
  stop?(): Promise<void>
}
