import { StorageError } from './errors.ts'
import { type BlockCodec, type Ciphers, plainPayload } from './payload.ts'
import type { ScannedRecord } from './segment-scanner.ts'
import { placeOf, type Segment } from './segments.ts'

export interface PayloadOpener {
  readonly ciphers?: Ciphers | undefined
  lz4(): BlockCodec
}

/**
 * The payload of a record whose checksum is right.
 *
 * @returns undefined where it cannot be opened all the same
 * @throws StorageError where that may be for a key that is wrong or for a codec that is not there: nothing is lost then
 */
export function openPayload(record: ScannedRecord, segment: Segment, opener: PayloadOpener): Uint8Array | undefined {
  const { header, payload } = record
  const codec = header.compression === 2 ? opener.lz4() : undefined
  if (header.enciphered && segment.key) segment.cipher ??= opener.ciphers?.open(segment.key)
  try {
    const plain = plainPayload(payload, header, segment.cipher, () => codec ?? opener.lz4(), placeOf(record, segment))
    if (header.enciphered) segment.hasOpened = true
    return plain
  } catch (cause) {
    if (!header.enciphered || !segment.key || segment.hasOpened) return undefined
    const key = JSON.stringify(segment.key.id)
    throw new StorageError(`${segment.path}: the key ${key} does not open what is stored, it must be another one`, {
      cause,
    })
  }
}
