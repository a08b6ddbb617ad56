import { BatchBuilder, type EventBatch } from '../../core/index.ts'
import { DamagedBytes, type LogDamage } from './flume-log-error.ts'
import type { OpenLog } from './log-files.ts'
import { LogReader } from './log-reader.ts'
import { type PutBody, readEventHeaders, recordType } from './log-record.ts'
import type { FlumeLogSource } from './log-source.ts'

/** Some events, and what names each: the log's fingerprint (see `logFingerprint`) and the offset of its record. */
export interface FlumeLogBatch {
  readonly batch: EventBatch
  /** By row: the number of the log. */
  readonly fileIDs: Uint32Array
  /** By row: bytes from the beginning of the log to the record. */
  readonly offsets: Uint32Array
  /** Position in the queue behind the last event: where to go on with `from`. */
  readonly next: number
}

export interface BatchOptions {
  /** Most events of a batch; default 1000. */
  readonly rows?: number
  /** A batch ends once its bodies have this many bytes; default 1 MiB. */
  readonly bytes?: number
  /** Position in the queue to begin with; default 0. */
  readonly from?: number
  /** Wall clock that the batches carry, ms since the epoch; default now. */
  readonly arrivedAt?: number
}

/** The pointers of a queue in order. */
export interface PointerList {
  readonly size: number
  fileAt(position: number): number
  offsetAt(position: number): number
}

/** Logs whose last read is kept, each of so many bytes. */
const mostReaders = 8
const readAhead = 131_072

/** Reads the events that pointers point at, a batch at a time. Bodies lie in what the source gave, uncopied. */
export class EventReader {
  readonly #source: FlumeLogSource
  readonly #logs: ReadonlyMap<number, OpenLog>
  readonly #report: ((damage: LogDamage) => void) | undefined
  /** The one used last is last. */
  readonly #readers = new Map<number, LogReader>()

  constructor(source: FlumeLogSource, logs: readonly OpenLog[], report: ((damage: LogDamage) => void) | undefined) {
    this.#source = source
    this.#logs = new Map(logs.map((log) => [log.fileID, log]))
    this.#report = report
  }

  *batches(
    pointers: PointerList,
    { rows = 1000, bytes = 1_048_576, from = 0, arrivedAt }: BatchOptions,
  ): Generator<FlumeLogBatch> {
    let position = from
    while (position < pointers.size) {
      const builder = new BatchBuilder(arrivedAt)
      const fileIDs: number[] = []
      const offsets: number[] = []
      let size = 0
      for (; position < pointers.size && builder.length < rows && size < bytes; position++) {
        const fileID = pointers.fileAt(position)
        const offset = pointers.offsetAt(position)
        const put = this.#putAt(fileID, offset)
        if (put === undefined) continue
        builder.row(put.bytes, put.bodyStart, put.bodyEnd, readEventHeaders(put))
        fileIDs.push(fileID)
        offsets.push(offset)
        size += put.bodyEnd - put.bodyStart
      }
      if (builder.length === 0) return
      yield {
        batch: builder.build(),
        fileIDs: Uint32Array.from(fileIDs),
        offsets: Uint32Array.from(offsets),
        next: position,
      }
    }
  }

  /** undefined: it cannot be read, which is reported. */
  #putAt(fileID: number, offset: number): PutBody | undefined {
    const log = this.#logs.get(fileID)
    if (log === undefined) {
      const file = { role: 'data', directory: '', name: `log-${fileID}`, size: 0 } as const
      this.#report?.({ file, start: offset, end: offset, reason: 'missing', message: 'there is no such log' })
      return undefined
    }
    const reader = this.#readerOf(log)
    try {
      const record = reader.recordAt(offset)
      if (record.type === recordType.put) return record.put
      throw new DamagedBytes('record', 'it is not a put')
    } catch (error) {
      if (!(error instanceof DamagedBytes)) throw error
      const { reason, message } = error
      this.#report?.({ file: log.file, start: offset, end: reader.endAt(offset), reason, message })
      return undefined
    }
  }

  #readerOf(log: OpenLog): LogReader {
    const known = this.#readers.get(log.fileID)
    const reader = known ?? new LogReader(this.#source, log.file, log.cipher, readAhead)
    this.#readers.delete(log.fileID)
    this.#readers.set(log.fileID, reader)
    if (this.#readers.size > mostReaders) this.#readers.delete(this.#readers.keys().next().value!)
    return reader
  }
}
