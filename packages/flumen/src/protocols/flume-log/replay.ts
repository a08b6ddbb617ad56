import { createHash } from 'node:crypto'
import { type Checkpoint, type FlumeLogPointer, readCheckpoint } from './checkpoint.ts'
import { type BatchOptions, EventReader, type FlumeLogBatch, type PointerList } from './event-reader.ts'
import { FlumeLogError, type LogDamage } from './flume-log-error.ts'
import type { FlumeLogKeys } from './log-cipher.ts'
import { type OpenLog, openLogs, readerOf } from './log-files.ts'
import type { LogReader } from './log-reader.ts'
import { recordType } from './log-record.ts'
import type { FlumeLogFile, FlumeLogSource } from './log-source.ts'
import { PointerQueue } from './pointer-queue.ts'
import { RecordMerge } from './record-merge.ts'
import { Transactions } from './transactions.ts'

export interface ReplayOptions {
  /** Keys of enciphered logs. */
  readonly keys?: FlumeLogKeys
  /** The channel's capacity: a checkpoint of another is not used, as in Flume. Absent: any is. */
  readonly capacity?: number
  /** false: replay all logs as if there were no checkpoint. */
  readonly useCheckpoint?: boolean
  /** Told of everything that could not be used, when it is met: in the replay, and while events are read. */
  readonly report?: (damage: LogDamage) => void
}

export interface ReplayProgress {
  /** Records applied so far, and the write order of the last. */
  readonly records: number
}

/** Records between two steps of a replay. */
const stepRecords = 5000

/** What a stopped file channel holds. */
export class FlumeLogReplay {
  /** From where the queue came: a checkpoint and what was written after it, or all logs. */
  readonly way: 'checkpoint' | 'backup' | 'full'
  /** Why a checkpoint was not used. */
  readonly notes: readonly string[]
  readonly logs: readonly OpenLog[]
  /** Takes in flight at the end; their events stand at the head again. */
  readonly returned: number
  /** Puts and takes of transactions that neither committed nor rolled back. */
  readonly unfinished: { readonly transactions: number; readonly records: number }
  readonly #pointers: PointerList
  readonly #reader: EventReader

  constructor(
    facts: Pick<FlumeLogReplay, 'way' | 'notes' | 'logs' | 'returned' | 'unfinished'>,
    pointers: PointerList,
    reader: EventReader,
  ) {
    this.way = facts.way
    this.notes = facts.notes
    this.logs = facts.logs
    this.returned = facts.returned
    this.unfinished = facts.unfinished
    this.#pointers = pointers
    this.#reader = reader
  }

  /** Events that remain; those whose record turns out damaged when it is read are among them. */
  get size(): number {
    return this.#pointers.size
  }

  /**
   * Names the channel: the fingerprints of its logs, hashed. It is the same as long as no log comes or goes, so for
   * every import of the same stopped channel. An event is named by the fingerprint of its log and its offset, which
   * outlive that too: Flume may run again in between, roll and delete logs.
   */
  get fingerprint(): string {
    const hash = createHash('sha256')
    for (const { fingerprint } of this.logs) hash.update(fingerprint)
    return hash.digest('hex').slice(0, 32)
  }

  pointerAt(position: number): FlumeLogPointer {
    return { fileID: this.#pointers.fileAt(position), offset: this.#pointers.offsetAt(position) }
  }

  /** The events in order. */
  batches(options: BatchOptions = {}): Generator<FlumeLogBatch> {
    return this.#reader.batches(this.#pointers, options)
  }
}

/**
 * Finds out what a stopped file channel of Flume holds: what its sinks would take, in that order.
 * @throws FlumeLogError before anything is read of a log, when one of them cannot be read rightly
 */
export function replayFlumeLog(source: FlumeLogSource, options: ReplayOptions = {}): FlumeLogReplay {
  const steps = replaySteps(source, options)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** The same in steps of some milliseconds, for a caller that has other things to do in between. */
export function* replaySteps(
  source: FlumeLogSource,
  options: ReplayOptions = {},
): Generator<ReplayProgress, FlumeLogReplay> {
  const { report, keys } = options
  const logs = openLogs(source, { keys, report })
  const readers = new Map(logs.map((log) => [log.fileID, readerOf(source, log, logs.length)]))
  const notes: string[] = []
  const found = options.useCheckpoint === false ? undefined : findCheckpoint(source, readers, options, notes)
  if (found !== undefined) skipTo(found.checkpoint.writeOrderID, logs, readers)
  const transactions = transactionsFrom(found?.checkpoint, readers)
  const after = found?.checkpoint.writeOrderID ?? -1n
  const merge = new RecordMerge(readers, report)
  let records = 0
  for (let place = merge.next(); place !== undefined; place = merge.next()) {
    const { fileID, offset, record } = place
    if (found === undefined || record.writeOrderID > after) transactions.apply(fileID, offset, record)
    if (++records % stepRecords === 0) yield { records }
  }
  const returned = inOrderOfPuts(transactions.returned, readers)
  const { queue, unfinished } = transactions
  queue.freeze()
  const facts = { way: found?.way ?? 'full', notes, logs, returned: returned.length, unfinished } as const
  return new FlumeLogReplay(facts, withHead(returned, queue), new EventReader(source, logs, report))
}

interface FoundCheckpoint {
  readonly way: 'checkpoint' | 'backup'
  readonly checkpoint: Checkpoint
}

/** The checkpoint, else its backup; why one is not used goes to the notes. */
function findCheckpoint(
  source: FlumeLogSource,
  readers: ReadonlyMap<number, LogReader>,
  { capacity }: ReplayOptions,
  notes: string[],
): FoundCheckpoint | undefined {
  for (const way of ['checkpoint', 'backup'] as const) {
    const files = source.files.filter(({ role }) => role === way)
    if (files.length === 0) continue
    try {
      if (way === 'backup') checkBackup(files)
      const checkpoint = readCheckpoint(source, files, capacity)
      checkPointers(checkpoint, readers)
      return { way, checkpoint }
    } catch (error) {
      if (!(error instanceof FlumeLogError)) throw error
      notes.push(`The ${way === 'backup' ? 'backup of the ' : ''}checkpoint was not used: ${error.message}.`)
    }
  }
  return undefined
}

function checkBackup(files: readonly FlumeLogFile[]): void {
  if (!files.some(({ name }) => name === 'backupComplete'))
    throw new FlumeLogError('damaged', 'it was not written to its end')
  if (files.some(({ name }) => name === 'checkpoint.snappy'))
    throw new FlumeLogError('damaged', 'it is compressed, which is not read')
}

/** A ring has no checksum: each of its pointers must lead to a put, or to one that the integrity tool took out. */
function checkPointers({ queue }: Checkpoint, readers: ReadonlyMap<number, LogReader>): void {
  for (let position = 0; position < queue.size; position++) {
    const offset = queue.offsetAt(position)
    const fileID = queue.fileAt(position)
    const reader = readers.get(fileID)
    if (reader === undefined) throw new FlumeLogError('damaged', `it points into log-${fileID}, which is not there`)
    if (reader.headerAt(offset)?.type === recordType.put || reader.isNeutralised(offset)) continue
    throw new FlumeLogError('damaged', `it points to no put, at ${offset} of log-${fileID}`)
  }
}

/** Sets readers to where their log stood at the checkpoint, if its metadata know of this one or of an older one. */
function skipTo(writeOrderID: bigint, logs: readonly OpenLog[], readers: ReadonlyMap<number, LogReader>): void {
  for (const { fileID, metadata } of logs) {
    const reader = readers.get(fileID)
    if (metadata === undefined || reader === undefined || metadata.checkpointPosition <= 0) continue
    let position = 0
    if (metadata.checkpointWriteOrderID <= writeOrderID) position = metadata.checkpointPosition
    else if (metadata.backupCheckpointWriteOrderID <= writeOrderID) position = metadata.backupCheckpointPosition
    if (position > 0 && reader.canStartAt(position)) reader.position = position
  }
}

function transactionsFrom(checkpoint: Checkpoint | undefined, readers: ReadonlyMap<number, LogReader>): Transactions {
  const hasLog = (fileID: number): boolean => readers.has(fileID)
  if (checkpoint === undefined) return new Transactions(new PointerQueue(), new Map(), new Map(), hasLog)
  const { queue, inflightPuts, inflightTakes } = checkpoint
  return new Transactions(queue, inflightPuts, inflightTakes, hasLog)
}

/**
 * Takes in flight go back to the head. Their file has them in the order of a hash table, in which Flume gives them out
 * again; here they come in the order in which they were put, as after a replay of all logs.
 */
function inOrderOfPuts(
  pointers: readonly FlumeLogPointer[],
  readers: ReadonlyMap<number, LogReader>,
): readonly FlumeLogPointer[] {
  const orders = new Map(
    pointers.map((pointer) => [pointer, readers.get(pointer.fileID)?.headerAt(pointer.offset)?.writeOrderID ?? 0n]),
  )
  return [...pointers].sort((one, other) => {
    const difference = orders.get(one)! - orders.get(other)!
    if (difference !== 0n) return difference < 0n ? -1 : 1
    return one.fileID - other.fileID || one.offset - other.offset
  })
}

function withHead(head: readonly FlumeLogPointer[], queue: PointerQueue): PointerList {
  const { length } = head
  return {
    size: length + queue.size,
    fileAt: (position) => (position < length ? head[position]!.fileID : queue.fileAt(position - length)),
    offsetAt: (position) => (position < length ? head[position]!.offset : queue.offsetAt(position - length)),
  }
}
