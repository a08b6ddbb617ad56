import type { ActiveSegment } from './active-segment.ts'
import { type RecordType, recordBytes, recordHeaderBytes, recordTypes, writeRecordHeader } from './format/record.ts'
import type { LogOptions, WriteGroup } from './log-options.ts'
import type { LogState } from './log-state.ts'
import { storePayload } from './payload.ts'
import { framed } from './record-frame.ts'

/** A group as it goes to the disk, and what the log's state is once it is there. */
export interface AssembledGroup {
  readonly buffers: readonly Uint8Array[]
  readonly bytes: number
  readonly nextPosition: number
  readonly nextSequence: number
}

/** In place where nothing is packed or enciphered. */
export function assembleGroup(
  active: ActiveSegment,
  group: WriteGroup,
  acknowledgements: Uint8Array | undefined,
  state: LogState,
  { compression, lz4 }: Pick<LogOptions, 'compression' | 'lz4'>,
): AssembledGroup {
  const { segment, durable: durableBefore } = active
  const { channelId, cipher, salt } = segment
  const codec = compression === 'lz4' ? lz4() : undefined
  const target = Buffer.from(group.bytes.buffer, group.bytes.byteOffset, group.bytes.length)
  const isPlain = compression === 'none' && !cipher
  const buffers: Uint8Array[] = isPlain && group.puts.length > 0 ? [group.bytes] : []
  let offset = active.end
  let { nextPosition: position, nextSequence: sequence } = state
  for (const put of group.puts) {
    const from = put.offset + recordHeaderBytes
    const plain = target.subarray(from, from + put.payloadBytes)
    const place = { channelId, segment: segment.id, offset, position, sequence }
    const stored = isPlain
      ? { bytes: plain, compression: 0, enciphered: false }
      : storePayload(plain, compression, codec, cipher, place)
    const header = {
      type: recordTypes.put,
      compression: stored.compression,
      enciphered: stored.enciphered,
      hasOrigin: put.origin !== undefined,
      storedBytes: stored.bytes.length,
      plainBytes: put.payloadBytes,
      events: put.events,
      durableBefore,
      sequence,
      position,
    }
    if (isPlain) writeRecordHeader(target, put.offset, header, plain, salt, offset)
    else buffers.push(...framed(header, stored.bytes, salt, offset))
    offset += recordBytes(stored.bytes.length)
    position += put.events
    sequence++
  }
  if (acknowledgements) {
    const { length } = acknowledgements
    const header = controlHeader(recordTypes.acknowledgement, length, durableBefore, sequence++, position)
    buffers.push(...framed(header, acknowledgements, salt, offset))
    offset += recordBytes(length)
  }
  return { buffers, bytes: offset - active.end, nextPosition: position, nextSequence: sequence }
}

/** Head of a record without events. */
export function controlHeader(
  type: RecordType,
  bytes: number,
  durableBefore: number,
  sequence: number,
  position: number,
) {
  return {
    type,
    compression: 0,
    enciphered: false,
    hasOrigin: false,
    storedBytes: bytes,
    plainBytes: bytes,
    events: 0,
    durableBefore,
    sequence,
    position,
  }
}
