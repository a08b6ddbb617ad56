import { crc32 } from 'node:zlib'
import { DiskError, type Files } from './files.ts'
import { ByteReader } from './format/byte-reader.ts'
import { ByteWriter } from './format/byte-writer.ts'
import { formatMajor, NewerFormatError } from './format/segment-header.ts'
import { LogState } from './log-state.ts'

/*
 * A checkpoint, little-endian: "FLUMCKP\n", u16 major and u16 minor version, u32 0, 16 bytes channel id, u64 generation,
 * f64 when (ms since the epoch), u8 1 after a stop, u64 number of the last segment, u64 where its records end, the state,
 * u32 segments, each: u64 number, u64 position of its first event, u64 position after its last, u64 where its records
 * end (0 where that was not known); in the last four bytes the CRC-32 of all before.
 *
 * Two slots are written in turn, each as a file of its own that is synced and renamed. Both gone costs a longer start.
 */

const magic = Buffer.from('FLUMCKP\n')
const largest = 64 << 20

export interface CheckpointSegment {
  readonly id: number
  readonly base: number
  /** Position after its last event. */
  readonly end: number
  /** Where its records end; 0 where that is not known. */
  readonly endOffset: number
}

export interface Checkpoint {
  readonly channelId: Uint8Array
  readonly generation: number
  readonly writtenAt: number
  readonly isStop: boolean
  readonly tailSegment: number
  readonly tailOffset: number
  readonly state: LogState
  readonly segments: readonly CheckpointSegment[]
}

/** What became of a slot. */
export interface SlotReading {
  readonly path: string
  readonly checkpoint?: Checkpoint
  /** Why there is none, unless the file is missing. */
  readonly problem?: string
}

export function checkpointPaths(directories: readonly [string] | readonly [string, string]): readonly string[] {
  return [`${directories[0]}/checkpoint-a`, `${directories[1] ?? directories[0]}/checkpoint-b`]
}

/** Writes the slot that this generation belongs to. */
export function writeCheckpoint(files: Files, paths: readonly string[], checkpoint: Checkpoint): void {
  const path = paths[checkpoint.generation % paths.length]!
  const temporary = `${path}.new`
  const bytes = encode(checkpoint)
  try {
    files.unlink(temporary)
  } catch (error) {
    if (!(error instanceof DiskError && error.code === 'ENOENT')) throw error
  }
  const file = files.open(temporary, 'create')
  try {
    file.write([bytes], 0)
    file.sync()
  } finally {
    file.close()
  }
  files.rename(temporary, path)
  files.syncDirectory(path.slice(0, path.lastIndexOf('/')))
}

/** @throws NewerFormatError */
export function readCheckpoints(files: Files, paths: readonly string[]): SlotReading[] {
  return paths.map((path) => {
    try {
      return readSlot(files, path)
    } catch (error) {
      if (error instanceof NewerFormatError) throw error
      if (error instanceof DiskError && error.code === 'ENOENT') return { path }
      return { path, problem: error instanceof Error ? error.message : String(error) }
    }
  })
}

function readSlot(files: Files, path: string): SlotReading {
  const file = files.open(path, 'read')
  try {
    const size = file.size()
    if (size < 64 || size > largest) return { path, problem: `${size} bytes are no checkpoint` }
    const bytes = new Uint8Array(size)
    file.read(bytes, 0)
    if (!magic.equals(bytes.subarray(0, 8))) return { path, problem: 'it does not begin as a checkpoint' }
    if (new ByteReader(bytes, size - 4).u32() !== crc32(bytes.subarray(0, size - 4))) {
      return { path, problem: 'its checksum is wrong' }
    }
    return { path, checkpoint: decode(bytes, path) }
  } finally {
    file.close()
  }
}

function encode(checkpoint: Checkpoint): Uint8Array {
  const writer = new ByteWriter()
  writer.bytes(magic)
  writer.u16(formatMajor)
  writer.u16(0)
  writer.u32(0)
  writer.bytes(checkpoint.channelId)
  writer.u64(checkpoint.generation)
  writer.f64(checkpoint.writtenAt)
  writer.u8(checkpoint.isStop ? 1 : 0)
  writer.u64(checkpoint.tailSegment)
  writer.u64(checkpoint.tailOffset)
  checkpoint.state.write(writer)
  writer.u32(checkpoint.segments.length)
  for (const { id, base, end, endOffset } of checkpoint.segments) {
    writer.u64(id)
    writer.u64(base)
    writer.u64(end)
    writer.u64(endOffset)
  }
  writer.u32(crc32(writer.written))
  return writer.written
}

function decode(bytes: Uint8Array, path: string): Checkpoint {
  const reader = new ByteReader(bytes, 8)
  const major = reader.u16()
  if (major > formatMajor) {
    throw new NewerFormatError(
      `${path} is written in version ${major} of the format, this Flumen reads up to ${formatMajor}; use the version that wrote it`,
    )
  }
  reader.u16()
  reader.u32()
  const channelId = reader.bytes(16).slice()
  const generation = reader.u64()
  const writtenAt = reader.f64()
  const isStop = reader.u8() === 1
  const tailSegment = reader.u64()
  const tailOffset = reader.u64()
  const state = new LogState()
  state.merge(reader)
  const segments: CheckpointSegment[] = []
  for (let left = reader.count(32); left > 0; left--) {
    segments.push({ id: reader.u64(), base: reader.u64(), end: reader.u64(), endOffset: reader.u64() })
  }
  return { channelId, generation, writtenAt, isStop, tailSegment, tailOffset, state, segments }
}
