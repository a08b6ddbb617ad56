import type { ActiveSegment } from './active-segment.ts'
import { recordBytes, recordTypes } from './format/record.ts'
import type { LogOptions } from './log-options.ts'
import type { LogState } from './log-state.ts'
import { storePayload } from './payload.ts'
import { framed } from './record-frame.ts'
import { salvaged } from './salvage.ts'
import { openPayload } from './segment-payload.ts'
import { type ScannedRecord, SegmentScanner } from './segment-scanner.ts'
import { firstRecordOffset, placeOf, type Segment } from './segments.ts'

/**
 * Copies the puts of a segment that somebody still needs, from the position on at which the new one begins. What cannot
 * be read is left out: who reads the events finds that they are missing.
 *
 * @throws DiskError, StorageError
 */
export function copyPuts(options: LogOptions, from: Segment, to: ActiveSegment, state: LogState): void {
  const file = salvaged(options.files.open(from.path, 'read'))
  try {
    const scanner = new SegmentScanner(file, from.salt, firstRecordOffset, from.endOffset)
    for (let item = scanner.next(); item.kind !== 'end'; item = scanner.next()) {
      if (item.kind !== 'record' || item.header.type !== recordTypes.put) continue
      const { position, events } = item.header
      if (position < to.segment.base || state.isDone(position, position + events)) continue
      copyRecord(options, item, from, to)
    }
  } finally {
    file.close()
  }
}

function copyRecord(options: LogOptions, record: ScannedRecord, from: Segment, to: ActiveSegment): void {
  // Of the other segment, and the whole of this one is durable before it is seen.
  let header = { ...record.header, durableBefore: 0 }
  let { payload } = record
  if (header.enciphered || to.segment.cipher) {
    const plain = openPayload(record, from, options)
    if (!plain) return
    const place = { ...placeOf(record, to.segment), offset: to.end }
    const { compression, lz4 } = options
    const codec = compression === 'lz4' ? lz4() : undefined
    const stored = storePayload(plain, compression, codec, to.segment.cipher, place)
    payload = stored.bytes
    header = {
      ...header,
      compression: stored.compression,
      enciphered: stored.enciphered,
      storedBytes: payload.length,
    }
  }
  to.write(framed(header, payload, to.segment.salt, to.end), recordBytes(payload.length))
}
