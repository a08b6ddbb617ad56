import type { Bytes } from '../../core/index.ts'
import { DamagedBytes, FlumeLogError } from './flume-log-error.ts'
import { ProtoReader, wire } from './proto-reader.ts'

/** `log-<id>.meta`: protobuf LogFileMetaData behind its length. */
export interface LogMetadata {
  readonly version: number
  readonly logFileID: number
  /** Where the log stood at the last checkpoint, bytes, and that checkpoint's number. */
  readonly checkpointPosition: number
  readonly checkpointWriteOrderID: bigint
  /** The same of the checkpoint before. */
  readonly backupCheckpointPosition: number
  readonly backupCheckpointWriteOrderID: bigint
  readonly encryption: LogEncryption | undefined
}

export interface LogEncryption {
  readonly cipherProvider: string
  readonly keyAlias: string
  /** Of AES/CTR: the first counter block, 16 bytes. */
  readonly parameters: Bytes
}

/** `checkpoint.meta`: protobuf Checkpoint behind its length. */
export interface CheckpointMetadata {
  readonly version: number
  readonly writeOrderID: bigint
  readonly queueSize: number
  readonly queueHead: number
  /** How many pointers of the queue point into each log. */
  readonly activeLogs: ReadonlyMap<number, number>
}

/** No metadata file is anywhere near as large, bytes. */
export const mostMetadata = 1_048_576

/** @throws FlumeLogError `damaged` */
export function readLogMetadata(bytes: Bytes): LogMetadata {
  return undamaged(() => {
    const reader = ProtoReader.delimited(bytes, 0, bytes.length)
    const fixed = new Map<number, number | bigint>()
    let encryption: LogEncryption | undefined
    while (reader.next()) {
      if (reader.is(5, wire.delimited)) {
        reader.delimited()
        encryption = readEncryption(reader.message())
      } else readFixed(reader, fixed)
    }
    return {
      version: int(fixed, 1),
      logFileID: int(fixed, 2),
      checkpointPosition: Number(long(fixed, 3)),
      checkpointWriteOrderID: long(fixed, 4),
      backupCheckpointPosition: Number(long(fixed, 6, 0n)),
      backupCheckpointWriteOrderID: long(fixed, 7, 0n),
      encryption,
    }
  })
}

/** @throws FlumeLogError `damaged` */
export function readCheckpointMetadata(bytes: Bytes): CheckpointMetadata {
  return undamaged(() => {
    const reader = ProtoReader.delimited(bytes, 0, bytes.length)
    const fixed = new Map<number, number | bigint>()
    const activeLogs = new Map<number, number>()
    while (reader.next()) {
      if (reader.is(5, wire.delimited)) {
        reader.delimited()
        const active = new Map<number, number | bigint>()
        for (const log = reader.message(); log.next(); ) readFixed(log, active)
        activeLogs.set(int(active, 1), int(active, 2))
      } else readFixed(reader, fixed)
    }
    return {
      version: int(fixed, 1),
      writeOrderID: long(fixed, 2),
      queueSize: int(fixed, 3),
      queueHead: int(fixed, 4),
      activeLogs,
    }
  })
}

function readEncryption(reader: ProtoReader): LogEncryption {
  let cipherProvider: string | undefined
  let keyAlias: string | undefined
  let parameters: Bytes = new Uint8Array(0)
  while (reader.next()) {
    const { field, type } = reader
    reader.skip()
    if (type !== wire.delimited) continue
    if (field === 1) cipherProvider = reader.text()
    else if (field === 2) keyAlias = reader.text()
    else if (field === 3) parameters = new Uint8Array(reader.bytes.subarray(reader.start, reader.stop))
  }
  if (cipherProvider === undefined || keyAlias === undefined)
    throw new DamagedBytes('metadata', 'the encryption has no cipher provider or no key alias')
  return { cipherProvider, keyAlias, parameters }
}

/** Keeps a fixed number by its field; passes over anything else. */
function readFixed(reader: ProtoReader, into: Map<number, number | bigint>): void {
  if (reader.type === wire.fixed32) into.set(reader.field, reader.fixed32())
  else if (reader.type === wire.fixed64) into.set(reader.field, reader.fixed64())
  else reader.skip()
}

function int(fields: ReadonlyMap<number, number | bigint>, field: number): number {
  const value = fields.get(field)
  if (typeof value !== 'number') throw new DamagedBytes('metadata', `field ${field} is missing`)
  return value
}

function long(fields: ReadonlyMap<number, number | bigint>, field: number, otherwise?: bigint): bigint {
  const value = fields.get(field) ?? otherwise
  if (typeof value !== 'bigint') throw new DamagedBytes('metadata', `field ${field} is missing`)
  return value
}

function undamaged<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof DamagedBytes) throw new FlumeLogError('damaged', error.message)
    throw error
  }
}
