import { crc32 } from 'node:zlib'

/**
 * What the checksums of a segment start from, so that a record verifies only in the segment and at the offset where it
 * was written: a block that was moved, or is left of a file that had this one's place before, does not.
 */
export function saltOf(channelId: Uint8Array, segmentId: number): number {
  const bytes = Buffer.alloc(24)
  bytes.set(channelId.subarray(0, 16))
  bytes.writeBigUInt64LE(BigInt(segmentId), 16)
  return crc32(bytes)
}

/** The checksum of bytes at an offset of a segment. */
export function saltedSum(bytes: Uint8Array, salt: number, offset: number): number {
  return crc32(bytes, (salt ^ offset) >>> 0)
}
