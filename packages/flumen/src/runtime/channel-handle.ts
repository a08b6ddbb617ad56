import {
  batchOf,
  type Channel,
  type ChannelAccount,
  type Clock,
  createEvent,
  type Event,
  EventBatch,
  putTransaction,
  type TakeLimit,
  takeTransaction,
} from '../core/index.ts'

export type EventInput = Event | string | Uint8Array

export interface ChannelWait {
  /** How long to wait for room or for events, ms. Puts: the channel's keep-alive unless given; takes: for ever. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface TakeWait extends ChannelWait {
  /** Most events of one take; the channel's transactionCapacity bounds it too. */
  readonly events?: number
}

/** A channel of a running agent, for the program that runs it: put into it, take out of it, iterate over it. */
export class ChannelHandle {
  readonly #channel: Channel
  readonly #clock: Clock

  constructor(channel: Channel, clock: Clock) {
    this.#channel = channel
    this.#clock = clock
  }

  get account(): ChannelAccount {
    return this.#channel.account
  }

  /**
   * Stores all or nothing; resolves when they are committed. A text becomes the body in UTF-8.
   * @throws ChannelFullError when there is no room in time, BatchTooLargeError for more than transactionCapacity
   */
  async put(events: EventInput | readonly EventInput[] | EventBatch, wait: ChannelWait = {}): Promise<void> {
    const batch = events instanceof EventBatch ? events : batchOf(toEvents(events))
    const { signal = neverAborted, timeoutMs = this.#channel.limits.keepAliveMs } = wait
    const compact = batch.compact()
    const demand = { events: compact.length, bytes: compact.retainedBytes }
    const deadlineMs = this.#clock.monotonic() + timeoutMs
    await putTransaction(this.#channel, demand, { deadlineMs, signal }, () => compact)
  }

  /**
   * Takes a batch and gives it to `work`; an error of the work puts it back.
   * @returns false when no event came in time
   */
  take(work: (batch: EventBatch) => void | Promise<void>, wait: TakeWait = {}): Promise<boolean> {
    const { limit, timeoutMs, signal } = takeOf(wait)
    return takeTransaction(this.#channel.consumer(), limit, timeoutMs, signal, work)
  }

  /** Event by event; see {@link batches}. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Event, void, void> {
    for await (const batch of this.batches({ events: 1 })) yield batch.event(0)
  }

  /**
   * Batch by batch until the channel stops or the signal is aborted. A batch is acknowledged when the loop asks for the
   * next one; leaving the loop by break or an error gives the last batch back, so that nothing is lost.
   */
  async *batches(wait: TakeWait = {}): AsyncGenerator<EventBatch, void, void> {
    for (;;) {
      const { limit, timeoutMs, signal } = takeOf(wait)
      const transaction = await this.#channel.consumer().take(limit, timeoutMs, signal)
      if (!transaction) return
      let settled = false
      try {
        yield transaction.batch
        settled = true
      } finally {
        if (settled) await transaction.commit()
        else transaction.rollback()
      }
    }
  }
}

const neverAborted = new AbortController().signal

function takeOf({ events = 1000, timeoutMs = Number.POSITIVE_INFINITY, signal = neverAborted }: TakeWait): {
  readonly limit: TakeLimit
  readonly timeoutMs: number
  readonly signal: AbortSignal
} {
  return { limit: { events, bytes: Number.POSITIVE_INFINITY, lingerMs: 0 }, timeoutMs, signal }
}

function toEvents(events: EventInput | readonly EventInput[]): Event[] {
  const list = isList(events) ? events : [events]
  return list.map((event) => (typeof event === 'string' || event instanceof Uint8Array ? createEvent(event) : event))
}

function isList(events: EventInput | readonly EventInput[]): events is readonly EventInput[] {
  return Array.isArray(events)
}
