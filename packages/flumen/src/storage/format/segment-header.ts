import { crc32 } from 'node:zlib'
import { ByteReader, FormatError } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'

/*
 * A segment begins with 4,096 bytes, little-endian: "FLUMLOG\n", u16 major and u16 minor version, u32 4096, u64 number of
 * the segment, 16 bytes channel id, u64 position of the first event, u64 number of the first record, f64 when it was
 * begun (ms since the epoch), u8 1 where puts are enciphered, then text key id and 32 bytes salt of the key; zeros; in
 * the last four bytes the CRC-32 of all before. A newer major version is not read; a newer minor one is.
 */

export const segmentHeaderBytes = 4096
export const formatMajor = 1
const formatMinor = 0
const magic = Buffer.from('FLUMLOG\n')

export interface SegmentHeader {
  readonly id: number
  readonly channelId: Uint8Array
  /** Position of its first event. */
  readonly base: number
  readonly sequence: number
  readonly createdAt: number
  readonly key?: SegmentKey | undefined
}

/** How the puts of a segment are enciphered. */
export interface SegmentKey {
  readonly id: string
  readonly salt: Uint8Array
}

/** The directory was written by a newer version; nothing in it may be touched. */
export class NewerFormatError extends Error {
  override readonly name = 'NewerFormatError'
}

export function writeSegmentHeader(header: SegmentHeader): Uint8Array {
  const writer = new ByteWriter(new ArrayBuffer(segmentHeaderBytes))
  writer.bytes(magic)
  writer.u16(formatMajor)
  writer.u16(formatMinor)
  writer.u32(segmentHeaderBytes)
  writer.u64(header.id)
  writer.bytes(header.channelId)
  writer.u64(header.base)
  writer.u64(header.sequence)
  writer.f64(header.createdAt)
  writer.u8(header.key ? 1 : 0)
  if (header.key) {
    writer.text(header.key.id)
    writer.bytes(header.key.salt)
  }
  if (writer.length > segmentHeaderBytes - 4) throw new FormatError('the id of the key is too long')
  writer.skip(segmentHeaderBytes - 4 - writer.length)
  writer.u32(crc32(writer.written))
  return writer.written
}

/**
 * @returns undefined where the header is damaged
 * @throws NewerFormatError
 */
export function readSegmentHeader(bytes: Uint8Array, path: string): SegmentHeader | undefined {
  if (bytes.length < segmentHeaderBytes || !magic.equals(bytes.subarray(0, 8))) return undefined
  const sum = new ByteReader(bytes, segmentHeaderBytes - 4).u32()
  if (crc32(bytes.subarray(0, segmentHeaderBytes - 4)) !== sum) return undefined
  const reader = new ByteReader(bytes, 8)
  const major = reader.u16()
  if (major > formatMajor) {
    throw new NewerFormatError(
      `${path} is written in version ${major} of the format, this Flumen reads up to ${formatMajor}; use the version that wrote it`,
    )
  }
  reader.u16()
  reader.u32()
  const id = reader.u64()
  const channelId = reader.bytes(16).slice()
  const base = reader.u64()
  const sequence = reader.u64()
  const createdAt = reader.f64()
  const key = reader.u8() === 0 ? undefined : { id: reader.text(), salt: reader.bytes(32).slice() }
  return { id, channelId, base, sequence, createdAt, key }
}

/** `events-0000000017.log` */
export function segmentName(id: number): string {
  return `events-${String(id).padStart(10, '0')}.log`
}

/** The number in the name of a segment, also while it is on its way to get that name again. */
export function segmentIdOf(name: string): number | undefined {
  const digits = /^events-([0-9]{10,16})\.log(?:\.again)?$/.exec(name)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** A segment between two renames that make its name durable. */
export const againSuffix = '.again'

/** A segment that is not yet published: removed by the next start. */
export const unpublishedSuffix = '.new'
/** A segment whose space is kept for the next one. */
export const spareName = 'spare.log'

/*
 * A segment whose events were all acknowledged when the disk had no room to say so: "FLUMGONE", u64 number, u64 position
 * of the first event, u64 position after the last, u32 CRC-32 of all before; written over its head, and the rest is cut.
 */

const goneMagic = Buffer.from('FLUMGONE')
const goneBytes = 36

export interface GoneSegment {
  readonly id: number
  readonly base: number
  readonly end: number
}

export function writeGone({ id, base, end }: GoneSegment): Uint8Array {
  const writer = new ByteWriter(new ArrayBuffer(goneBytes))
  writer.bytes(goneMagic)
  writer.u64(id)
  writer.u64(base)
  writer.u64(end)
  writer.u32(crc32(writer.written))
  return writer.written
}

export function readGone(bytes: Uint8Array): GoneSegment | undefined {
  if (bytes.length < goneBytes || !goneMagic.equals(bytes.subarray(0, 8))) return undefined
  if (new ByteReader(bytes, goneBytes - 4).u32() !== crc32(bytes.subarray(0, goneBytes - 4))) return undefined
  const reader = new ByteReader(bytes, 8)
  return { id: reader.u64(), base: reader.u64(), end: reader.u64() }
}
