import type { Range } from '../core/ranges.ts'
import type { Files } from './files.ts'
import type { Compression } from './format/record.ts'
import type { BlockCodec, Ciphers } from './payload.ts'

export interface LogOptions {
  readonly files: Files
  readonly dataDirectories: readonly string[]
  /** One for both slots, or one for each. */
  readonly checkpointDirectories: readonly [string] | readonly [string, string]
  /** A segment is closed when the next write would make it longer. */
  readonly segmentBytes: number
  /** Puts are refused below. */
  readonly minimumFreeBytes: number
  readonly cursors: readonly string[]
  readonly compression: Compression
  /** A put is durable when its commit returns. Otherwise it is after the next sync. */
  readonly syncEachCommit: boolean
  readonly ciphers?: Ciphers | undefined
  /** Loads the codec of LZ4; only called where it is needed. */
  lz4(): BlockCodec
  /** Wall clock, ms. */
  now(): number
  progress?(bytes: number): void
}

/** Puts and acknowledgements that are written together, and synced once. */
export interface WriteGroup {
  /** Records one after the other, each at a multiple of 8: room for its head, the payload, zeros up to a multiple of 8. */
  readonly bytes: Uint8Array
  readonly puts: readonly PutRecord[]
  readonly acknowledgements: readonly Acknowledgement[]
}

export interface PutRecord {
  /** Of its head in the bytes of the group. */
  readonly offset: number
  readonly payloadBytes: number
  readonly events: number
  readonly origin?: { readonly producer: string; readonly first: number; readonly last: number } | undefined
}

export interface Acknowledgement {
  readonly cursor: string
  readonly ranges: readonly Range[]
}

export interface LogStatus {
  readonly segments: number
  /** Bytes of all segments. */
  readonly bytes: number
  readonly freeBytes: number
  /** Why puts are refused now. */
  readonly failure?: string
  /** Acknowledgements that could not be written yet: their events come again after a crash. */
  readonly hasUnsavedAcknowledgements: boolean
  readonly timings: Readonly<LogTimings>
}

/** Where the time of the log's thread goes, ms since the start, and what it did. */
export interface LogTimings {
  checksum: number
  write: number
  sync: number
  syncs: number
  commits: number
  writtenBytes: number
}
