import { recordBytes, recordHeaderBytes, recordTypes, writeRecordHeader } from '../../storage/format/record.ts'
import type { Segment } from '../../storage/segments.ts'

/** Bytes of one filler at most. */
const longest = 1 << 20

/** Bytes of a segment that are no record, and the position of what follows them. */
export interface HolePlace {
  readonly from: number
  readonly to: number
  readonly position: number
}

/**
 * Records of exactly these bytes that say nothing: acknowledgements of no cursor, so four zeros and more. They make a
 * hole passable for good.
 * @returns undefined where the hole is too small for a record
 */
export function fillers(segment: Segment, { from, to, position }: HolePlace): Uint8Array | undefined {
  const length = to - from
  // A count of cursors has to be in it.
  if (length < recordHeaderBytes + 8 || length % 8 !== 0) return undefined
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; ) {
    const rest = length - at
    // What is left must not be too small for one more.
    const size = rest <= longest ? rest : longest - 2 * recordHeaderBytes
    const storedBytes = size - recordHeaderBytes
    const payload = bytes.subarray(at + recordHeaderBytes, at + size)
    const header = { ...silent, storedBytes, plainBytes: storedBytes, position }
    writeRecordHeader(bytes, at, header, payload, segment.salt, from + at)
    at += recordBytes(storedBytes)
  }
  return bytes
}

const silent = {
  type: recordTypes.acknowledgement,
  compression: 0,
  enciphered: false,
  hasOrigin: false,
  events: 0,
  durableBefore: 0,
  sequence: 0,
}
