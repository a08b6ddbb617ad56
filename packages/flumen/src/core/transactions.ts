import type { Demand, Origin, PutTransaction, TakeTransaction } from './channel.ts'
import { TransactionError } from './errors.ts'
import type { EventBatch, Rows } from './event-batch.ts'
import type { TakenRows } from './position-queue.ts'

/** A put that holds its room until it is committed or rolled back. */
export class OpenPut implements PutTransaction {
  readonly #demand: Demand
  readonly #store: (batch: EventBatch, origin: Origin | undefined) => void | Promise<void>
  readonly #free: () => void
  #open = true

  constructor(
    demand: Demand,
    store: (batch: EventBatch, origin: Origin | undefined) => void | Promise<void>,
    free: () => void,
  ) {
    this.#demand = demand
    this.#store = store
    this.#free = free
  }

  commit(batch: EventBatch, origin?: Origin): void | Promise<void> {
    if (!this.#open) throw new TransactionError('commit called on a put that is already settled')
    if (batch.length > this.#demand.events) {
      throw new TransactionError(`a put of ${batch.length} events reserved room for ${this.#demand.events}`)
    }
    this.#open = false
    return this.#store(batch, origin)
  }

  rollback(): void {
    if (!this.#open) return
    this.#open = false
    this.#free()
  }
}

/** A take that is settled once. */
export class OpenTake implements TakeTransaction {
  readonly batch: EventBatch
  readonly redelivered: boolean
  declare readonly origin?: Origin
  readonly #settle: (keep: Uint32Array | 'all') => void | Promise<void>
  #open = true

  constructor(
    taken: TakenRows,
    settle: (keep: Uint32Array | 'all') => void | Promise<void>,
    origin?: Origin | undefined,
  ) {
    this.batch = taken.batch
    this.redelivered = taken.redelivered
    if (origin) this.origin = origin
    this.#settle = settle
  }

  commit(keep: Rows = noRows): void | Promise<void> {
    if (!this.#open) throw new TransactionError('commit called on a take that is already settled')
    this.#open = false
    return this.#settle(keep ?? 'all')
  }

  rollback(): void {
    if (!this.#open) return
    this.#open = false
    void this.#settle('all')
  }
}

const noRows = new Uint32Array(0)
