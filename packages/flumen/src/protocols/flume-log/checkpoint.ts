import { createHash } from 'node:crypto'
import type { Bytes } from '../../core/index.ts'
import { FlumeLogError } from './flume-log-error.ts'
import { mostMetadata, readCheckpointMetadata } from './log-metadata.ts'
import { FileWindow, type FlumeLogFile, type FlumeLogSource, readWhole } from './log-source.ts'
import { PointerQueue } from './pointer-queue.ts'

/**
 * A checkpoint is the queue of pointers as it once was, and what was in flight then. `checkpoint` holds big-endian
 * longs: [0] version 3, [1] number of the checkpoint in the order of writes, [4] 1 while it is being written, from
 * [1029] on the ring of `capacity` pointers (`fileID << 32 | offset`). `inflightputs` and `inflighttakes` begin with
 * the MD5 of the rest: transaction, count, pointers, and again.
 */
export interface Checkpoint {
  readonly writeOrderID: bigint
  readonly capacity: number
  readonly queue: PointerQueue
  readonly inflightPuts: Inflight
  readonly inflightTakes: Inflight
}

/** Pointers by transaction. */
export type Inflight = ReadonlyMap<bigint, readonly FlumeLogPointer[]>

export interface FlumeLogPointer {
  readonly fileID: number
  readonly offset: number
}

/** Longs before the ring. */
const ringStart = 1029
const longLength = 8
const digestLength = 16

/**
 * Reads the checkpoint of one directory, which is as small as its queue: the ring itself is not read as a whole.
 * @param files of the directory
 * @param capacity of the channel; undefined: whatever the checkpoint has
 * @throws FlumeLogError `damaged` that says why the checkpoint is no good; then all logs are to be replayed
 */
export function readCheckpoint(
  source: FlumeLogSource,
  files: readonly FlumeLogFile[],
  capacity: number | undefined,
): Checkpoint {
  const find = (name: string): FlumeLogFile => {
    const file = files.find((each) => each.name === name)
    return file ?? unusable(`there is no file ${name}`)
  }
  const file = find('checkpoint')
  const meta = readCheckpointMetadata(readWholeOf(source, find('checkpoint.meta')))
  const ring = new FileWindow(source, file)
  const slots = file.size / longLength - ringStart
  if (!Number.isInteger(slots) || slots < 1) unusable(`its size of ${file.size} bytes is impossible`, file)
  if (capacity !== undefined && capacity !== slots)
    unusable(`it was made for a capacity of ${slots} events, the channel has ${capacity}`, file)
  const version = longAt(ring, 0)
  if (version !== 3n || meta.version !== 3) unusable(`it has version ${version}, not 3`, file)
  if (longAt(ring, 4) !== 0n) unusable('it was not written to its end', file)
  const writeOrderID = longAt(ring, 1)
  if (writeOrderID !== meta.writeOrderID) unusable('checkpoint and checkpoint.meta are not of one time', file)
  const { queueSize, queueHead } = meta
  if (queueSize < 0 || queueSize > slots || queueHead < 0 || queueHead >= slots)
    unusable('size or head of its queue are impossible', file)
  const queue = readRing(ring, slots, queueHead, queueSize, meta.activeLogs)
  const inflightPuts = readInflight(source, find('inflightputs'))
  const inflightTakes = readInflight(source, find('inflighttakes'))
  return { writeOrderID, capacity: slots, queue, inflightPuts, inflightTakes }
}

/** @throws FlumeLogError `damaged` */
export function decodeInflight(bytes: Bytes): Inflight {
  const inflight = new Map<bigint, readonly FlumeLogPointer[]>()
  if (bytes.length === 0) return inflight
  const digest = createHash('md5').update(bytes.subarray(digestLength)).digest()
  if (!digest.equals(bytes.subarray(0, digestLength)))
    throw new FlumeLogError('damaged', 'the checksum of what was in flight does not fit')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = digestLength
  while (at + 2 * longLength <= bytes.length) {
    const transaction = view.getBigInt64(at)
    const count = Number(view.getBigInt64(at + longLength))
    at += 2 * longLength
    const pointers: FlumeLogPointer[] = []
    for (let left = count; left > 0 && at + longLength <= bytes.length; left--, at += longLength)
      pointers.push({ fileID: view.getInt32(at), offset: view.getInt32(at + 4) })
    if (pointers.length > 0) inflight.set(transaction, pointers)
  }
  return inflight
}

function readInflight(source: FlumeLogSource, file: FlumeLogFile): Inflight {
  try {
    return decodeInflight(source.read(file, 0, file.size))
  } catch (error) {
    if (error instanceof FlumeLogError) unusable(error.message, file)
    throw error
  }
}

function readRing(
  ring: FileWindow,
  slots: number,
  head: number,
  size: number,
  expected: ReadonlyMap<number, number>,
): PointerQueue {
  const queue = new PointerQueue()
  const counts = new Map<number, number>()
  for (let index = 0; index < size; index++) {
    const at = ring.load((ringStart + ((head + index) % slots)) * longLength, longLength)
    if (at < 0) unusable('it ends too early', ring.file)
    const view = new DataView(ring.bytes.buffer, ring.bytes.byteOffset + at, longLength)
    const fileID = view.getInt32(0)
    const offset = view.getInt32(4)
    if (fileID <= 0 || offset < 0 || !queue.add(fileID, offset))
      unusable('a pointer of its queue is impossible', ring.file)
    counts.set(fileID, (counts.get(fileID) ?? 0) + 1)
  }
  const fits = counts.size === expected.size && [...counts].every(([fileID, count]) => expected.get(fileID) === count)
  if (!fits) unusable('its queue and its counts of events do not fit', ring.file)
  return queue
}

function readWholeOf(source: FlumeLogSource, file: FlumeLogFile): Bytes {
  try {
    return readWhole(source, file, mostMetadata)
  } catch (error) {
    if (error instanceof RangeError) unusable(error.message, file)
    throw error
  }
}

function longAt(ring: FileWindow, index: number): bigint {
  const at = ring.load(index * longLength, longLength)
  if (at < 0) unusable('it ends too early', ring.file)
  return new DataView(ring.bytes.buffer, ring.bytes.byteOffset + at, longLength).getBigInt64(0)
}

function unusable(reason: string, file?: FlumeLogFile): never {
  throw new FlumeLogError('damaged', reason, file)
}
