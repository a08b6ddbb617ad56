import { saltedSum } from './salt.ts'

/*
 * A record of the log begins at a multiple of 8 and has a header of 48 bytes, little-endian, then its payload, then
 * zeros up to a multiple of 8:
 *
 *    0 u32 0x63655246 ("FRec")
 *    4 u32 checksum of bytes 8 to 47      (CRC-32 as in zlib, starting from the salt of the segment XOR the offset)
 *    8 u32 checksum of the payload as it is stored (the same start)
 *   12 u8  type: 1 put, 2 acknowledgement, 3 state
 *   13 u8  compression: 0 none, 1 zstd, 2 lz4 block
 *   14 u8  1 where the payload is enciphered
 *   15 u8  1 where a put names its origin
 *   16 u32 bytes of the payload as it is stored
 *   20 u32 bytes of the payload itself
 *   24 u32 events
 *   28 u32 offset in this segment up to which everything was durable when this record was written
 *   32 u64 number of the record in the channel
 *   40 u64 position of its first event
 *
 * Eight zeros follow the last record of a write; the next write overwrites them.
 */

export const recordHeaderBytes = 48
export const endMarkBytes = 8
export const recordMagic = 0x63655246

export const recordTypes = { put: 1, acknowledgement: 2, state: 3 } as const
export type RecordType = (typeof recordTypes)[keyof typeof recordTypes]
export const compressions = ['none', 'zstd', 'lz4'] as const
export type Compression = (typeof compressions)[number]

export interface RecordHeader {
  readonly type: number
  readonly compression: number
  readonly enciphered: boolean
  readonly hasOrigin: boolean
  readonly storedBytes: number
  readonly plainBytes: number
  readonly events: number
  readonly durableBefore: number
  readonly sequence: number
  readonly position: number
  readonly payloadSum: number
}

/** Bytes that a record with such a payload takes in its segment. */
export function recordBytes(storedBytes: number): number {
  return recordHeaderBytes + ((storedBytes + 7) & ~7)
}

export function writeRecordHeader(
  target: Buffer,
  at: number,
  header: Omit<RecordHeader, 'payloadSum'>,
  payload: Uint8Array,
  salt: number,
  offset: number,
): void {
  target.writeUInt32LE(recordMagic, at)
  target.writeUInt32LE(saltedSum(payload, salt, offset), at + 8)
  target[at + 12] = header.type
  target[at + 13] = header.compression
  target[at + 14] = header.enciphered ? 1 : 0
  target[at + 15] = header.hasOrigin ? 1 : 0
  target.writeUInt32LE(header.storedBytes, at + 16)
  target.writeUInt32LE(header.plainBytes, at + 20)
  target.writeUInt32LE(header.events, at + 24)
  target.writeUInt32LE(header.durableBefore, at + 28)
  writeU64(target, header.sequence, at + 32)
  writeU64(target, header.position, at + 40)
  target.writeUInt32LE(saltedSum(target.subarray(at + 8, at + recordHeaderBytes), salt, offset), at + 4)
}

/** @returns undefined where there is no header that belongs to this place */
export function readRecordHeader(source: Buffer, at: number, salt: number, offset: number): RecordHeader | undefined {
  if (at + recordHeaderBytes > source.length || source.readUInt32LE(at) !== recordMagic) return undefined
  const sum = saltedSum(source.subarray(at + 8, at + recordHeaderBytes), salt, offset)
  if (source.readUInt32LE(at + 4) !== sum) return undefined
  return {
    payloadSum: source.readUInt32LE(at + 8),
    type: source[at + 12]!,
    compression: source[at + 13]!,
    enciphered: source[at + 14] === 1,
    hasOrigin: source[at + 15] === 1,
    storedBytes: source.readUInt32LE(at + 16),
    plainBytes: source.readUInt32LE(at + 20),
    events: source.readUInt32LE(at + 24),
    durableBefore: source.readUInt32LE(at + 28),
    sequence: readU64(source, at + 32),
    position: readU64(source, at + 40),
  }
}

function writeU64(target: Buffer, value: number, at: number): void {
  target.writeUInt32LE(value % 0x100000000, at)
  target.writeUInt32LE(Math.floor(value / 0x100000000), at + 4)
}

function readU64(source: Buffer, at: number): number {
  return source.readUInt32LE(at + 4) * 0x100000000 + source.readUInt32LE(at)
}
