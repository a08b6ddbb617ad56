import type { FlumeLogBatch } from '../../protocols/flume-log/index.ts'
import { writeBatch } from '../../storage/format/batch.ts'
import { ByteWriter } from '../../storage/format/byte-writer.ts'
import { recordHeaderBytes } from '../../storage/format/record.ts'
import type { Log, PutRecord } from '../../storage/log.ts'
import { ImportOrigins, type RemainingEvents } from './import-origins.ts'

export interface ImportCounts {
  readonly imported: number
  /** Stored by an import before. */
  readonly skipped: number
}

/** What is written and synced at once, bytes. */
const groupBytes = 4 << 20

/**
 * Puts the remaining events into a log, each once: every put says in its own record which events it holds, so that
 * whatever happens after any commit, the next run knows what is stored.
 * @param committed called after each commit
 * @throws StorageError where the disk does not take it; what was committed stays
 */
export async function importEvents(
  replay: RemainingEvents,
  log: Log,
  committed: (counts: ImportCounts) => void = () => undefined,
): Promise<ImportCounts> {
  const run = new ImportRun(new ImportOrigins(replay), log)
  for (const batch of replay.batches()) {
    run.add(batch)
    if (run.pendingBytes < groupBytes) continue
    run.commit()
    committed(run.counts)
    await new Promise(setImmediate)
  }
  run.commit()
  committed(run.counts)
  return run.counts
}

class ImportRun {
  readonly #origins: ImportOrigins
  readonly #log: Log
  #writer = new ByteWriter()
  #puts: PutRecord[] = []
  #pending = 0
  #imported = 0
  #skipped = 0

  constructor(origins: ImportOrigins, log: Log) {
    this.#origins = origins
    this.#log = log
  }

  get pendingBytes(): number {
    return this.#writer.length
  }

  get counts(): ImportCounts {
    return { imported: this.#imported, skipped: this.#skipped }
  }

  /** Events that follow each other in their log, among those that remain, make one put. */
  add(batch: FlumeLogBatch): void {
    const { fileIDs, offsets } = batch
    for (let from = 0; from < fileIDs.length; ) {
      const fileID = fileIDs[from]!
      const firstRank = this.#origins.rankOf(fileID, offsets[from]!)
      const isStored = this.#isStored(fileID, offsets[from]!)
      let to = from + 1
      while (
        to < fileIDs.length &&
        fileIDs[to] === fileID &&
        this.#origins.rankOf(fileID, offsets[to]!) === firstRank + to - from &&
        this.#isStored(fileID, offsets[to]!) === isStored
      ) {
        to++
      }
      if (isStored) this.#skipped += to - from
      else this.#put(batch, from, to, firstRank)
      from = to
    }
  }

  commit(): void {
    if (this.#puts.length === 0) return
    this.#log.commit({ bytes: this.#writer.written, puts: this.#puts, acknowledgements: [] })
    this.#imported += this.#pending
    this.#writer = new ByteWriter()
    this.#puts = []
    this.#pending = 0
  }

  #isStored(fileID: number, offset: number): boolean {
    return this.#log.state.producers.get(this.#origins.producerOf(fileID))?.covers(offset, offset + 1) ?? false
  }

  #put({ batch, fileIDs }: FlumeLogBatch, from: number, to: number, firstRank: number): void {
    const origin = this.#origins.rangeOf(fileIDs[from]!, firstRank, firstRank + to - from - 1)
    const offset = this.#writer.length
    this.#writer.skip(recordHeaderBytes)
    writeBatch(this.#writer, batch.slice(from, to), origin)
    const payloadBytes = this.#writer.length - offset - recordHeaderBytes
    this.#writer.alignTo8()
    this.#puts.push({ offset, payloadBytes, events: to - from, origin })
    this.#pending += to - from
  }
}
