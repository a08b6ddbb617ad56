import type { Origin } from '../../core/index.ts'
import type { Compression } from '../format/record.ts'
import type { Acknowledgement, LogStatus } from '../log.ts'
import type { ReadRecord } from '../log-reader.ts'
import type { Damage } from '../segments.ts'

/** What a log is made with, in a form that can be sent to its thread. */
export interface LogSettings {
  readonly dataDirectories: readonly string[]
  readonly checkpointDirectories: readonly [string] | readonly [string, string]
  readonly segmentBytes: number
  readonly minimumFreeBytes: number
  readonly cursors: readonly string[]
  readonly compression: Compression
  readonly syncEachCommit: boolean
  /** Keys by their ids; the active one enciphers what is written from now on. */
  readonly keys?: { readonly active: string; readonly bytes: ReadonlyMap<string, Uint8Array> } | undefined
}

export interface LogOpening {
  readonly channelId: string
  readonly nextPosition: number
  /** Events that the cursors have not acknowledged, by cursor. */
  readonly waiting: ReadonlyMap<string, number>
  /** The first position that a cursor has not acknowledged. */
  readonly first: ReadonlyMap<string, number>
  /** Bytes of those events on the disk, about. */
  readonly waitingBytes: number
  readonly producers: ReadonlyMap<string, readonly (readonly [number, number])[]>
  readonly damages: readonly Damage[]
  readonly notes: readonly string[]
  readonly tookMs: number
  readonly status: LogStatus
}

export interface GroupMessage {
  /** Given away with the message; comes back with the answer. */
  readonly buffer: ArrayBuffer
  readonly length: number
  /** Flat, since a message of 64 objects costs as much as the write: offset, bytes of the payload, events of each put. */
  readonly puts: Uint32Array
  /** By number of the put. */
  readonly origins: readonly (readonly [put: number, origin: Origin])[]
  readonly acknowledgements: readonly Acknowledgement[]
}

export interface GroupAnswer {
  /** Of the first event. */
  readonly position: number
  readonly buffer: ArrayBuffer
}

export interface ReadAnswer {
  readonly records: readonly ReadRecord[]
  readonly next: number
  readonly damages: readonly Damage[]
}

export interface TendAnswer {
  readonly status: LogStatus
  /** The checkpoint that was due could not be written. */
  readonly checkpointFailed: boolean
}

/**
 * A log that lives elsewhere: in a thread of its own, or for tests in this one. Requests are answered in the order in
 * which they were made. All reject with a StorageError when the disk fails, or when the thread has ended.
 */
export interface LogPort {
  open(settings: LogSettings): Promise<LogOpening>
  write(group: GroupMessage): Promise<GroupAnswer>
  read(cursor: string, from: number, maxBytes: number): Promise<ReadAnswer>
  /** Housekeeping; with a checkpoint when `isCheckpointDue`. */
  tend(isCheckpointDue: boolean): Promise<TendAnswer>
  /** Saves what there is to save and lets go of everything. */
  close(): Promise<void>
}
