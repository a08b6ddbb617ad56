import type { FlumeLogPointer, Inflight } from './checkpoint.ts'
import { type LogRecord, recordType } from './log-record.ts'
import { PointerQueue } from './pointer-queue.ts'

/**
 * Applies records to the queue as Flume's ReplayHandler does: a put enters it when its transaction commits, a take
 * leaves it then; a rollback forgets the transaction.
 */
export class Transactions {
  readonly queue: PointerQueue
  /** What was taken and not committed when the checkpoint was made. */
  readonly #inflightTakes: Map<bigint, readonly FlumeLogPointer[]>
  readonly #open = new Map<bigint, FlumeLogPointer[]>()
  /** Takes that were committed before the put was: of two directories one may be ahead of the other. */
  readonly #pendingTakes = new PointerQueue()
  readonly #hasLog: (fileID: number) => boolean

  constructor(
    queue: PointerQueue,
    inflightPuts: Inflight,
    inflightTakes: Inflight,
    hasLog: (fileID: number) => boolean,
  ) {
    this.queue = queue
    this.#inflightTakes = new Map(inflightTakes)
    this.#hasLog = hasLog
    // The file has them in the order of a hash table. A transaction writes to one directory: by log and offset is the
    // order in which they were put.
    for (const [transaction, pointers] of inflightPuts) this.#open.set(transaction, [...pointers].sort(byPlace))
  }

  apply(fileID: number, offset: number, record: LogRecord): void {
    switch (record.type) {
      case recordType.put:
        this.#add(record.transactionID, { fileID, offset })
        return
      case recordType.take:
        this.#add(record.transactionID, { fileID: record.fileID, offset: record.offset })
        return
      case recordType.rollback:
        this.#open.delete(record.transactionID)
        return
      default:
        this.#commit(record.transactionID, record.of)
    }
  }

  /**
   * Takes of the checkpoint that nothing committed since. One that was rolled back, taken again and then committed is
   * none of them: Flume forgets that and gives the event out again.
   */
  get returned(): readonly FlumeLogPointer[] {
    const pointers = [...this.#inflightTakes.values()].flat()
    return pointers.filter(({ fileID, offset }) => !this.#pendingTakes.has(fileID, offset))
  }

  /** Pointers of transactions that neither committed nor rolled back: puts that are dropped, takes that are undone. */
  get unfinished(): { readonly transactions: number; readonly records: number } {
    let records = 0
    for (const pointers of this.#open.values()) records += pointers.length
    return { transactions: this.#open.size, records }
  }

  #add(transaction: bigint, pointer: FlumeLogPointer): void {
    const pointers = this.#open.get(transaction)
    if (pointers === undefined) this.#open.set(transaction, [pointer])
    else pointers.push(pointer)
  }

  #commit(transaction: bigint, of: 'put' | 'take'): void {
    const pointers = this.#open.get(transaction) ?? []
    this.#open.delete(transaction)
    if (of === 'put') {
      for (const pointer of pointers) this.#put(pointer)
      return
    }
    for (const pointer of pointers) this.#take(pointer)
    // They are not in the queue of the checkpoint.
    this.#inflightTakes.delete(transaction)
  }

  #put({ fileID, offset }: FlumeLogPointer): void {
    if (!this.#pendingTakes.remove(fileID, offset)) this.queue.add(fileID, offset)
  }

  #take({ fileID, offset }: FlumeLogPointer): void {
    if (fileID <= 0 || offset < 0 || this.queue.remove(fileID, offset)) return
    // The puts of a log that is no more were all taken; nobody will ask.
    if (this.#hasLog(fileID)) this.#pendingTakes.add(fileID, offset)
  }
}

function byPlace(one: FlumeLogPointer, other: FlumeLogPointer): number {
  return one.fileID - other.fileID || one.offset - other.offset
}
