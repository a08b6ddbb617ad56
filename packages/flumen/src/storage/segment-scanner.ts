import type { OpenFile } from './files.ts'
import { type RecordHeader, readRecordHeader, recordBytes, recordHeaderBytes, recordMagic } from './format/record.ts'
import { saltedSum } from './format/salt.ts'

export interface ScannedRecord {
  readonly kind: 'record'
  readonly header: RecordHeader
  readonly offset: number
  /** Where the next record begins. */
  readonly end: number
  /** As it is stored. A view on memory that is never written again, aligned to 8. */
  readonly payload: Uint8Array
}

/** Bytes between two records, or in the place of one, that are no record. */
export interface Hole {
  readonly kind: 'hole'
  readonly from: number
  readonly to: number
  /** Known where the header is whole and only the payload is not. */
  readonly header?: RecordHeader
}

/** Nothing valid follows. */
export interface ScanEnd {
  readonly kind: 'end'
  readonly offset: number
  /** The end mark stands there, or the file ends. */
  readonly isClean: boolean
  /** A header that is whole, of a record that is not. */
  readonly header?: RecordHeader
}

export type Scanned = ScannedRecord | Hole | ScanEnd

const windowBytes = 1 << 20
const magicBytes = Buffer.alloc(4)
magicBytes.writeUInt32LE(recordMagic)

/**
 * Reads the records of a segment in order and finds the next one behind anything that is none. Memory: one window of a
 * megabyte, or the largest record.
 */
export class SegmentScanner {
  readonly #file: OpenFile
  readonly #salt: number
  /** Bytes of the file that count; may grow. */
  limit: number
  #offset: number
  #window = Buffer.alloc(0)
  #windowAt = 0

  /** @param limit bytes of the file that count */
  constructor(file: OpenFile, salt: number, offset: number, limit: number = file.size()) {
    this.#file = file
    this.#salt = salt
    this.#offset = offset
    this.limit = limit
  }

  get offset(): number {
    return this.#offset
  }

  /** Goes on from here. A multiple of 8. */
  seek(offset: number): void {
    this.#offset = offset
  }

  next(): Scanned {
    const offset = this.#offset
    const header = this.#headerAt(offset)
    if (!header) return this.#resynchronize(offset)
    const end = offset + recordBytes(header.storedBytes)
    if (end > this.limit) return this.#resynchronize(offset, header)
    this.#load(offset, end - offset)
    const begin = offset + recordHeaderBytes - this.#windowAt
    const payload = this.#window.subarray(begin, begin + header.storedBytes)
    if (saltedSum(payload, this.#salt, offset) !== header.payloadSum) return this.#damaged(offset, end, header)
    this.#offset = end
    return { kind: 'record', header, offset, end, payload }
  }

  #damaged(offset: number, end: number, header: RecordHeader): Scanned {
    const next = this.#findRecord(end)
    if (next === undefined) return { kind: 'end', offset, isClean: false, header }
    this.#offset = end
    return { kind: 'hole', from: offset, to: end, header }
  }

  #resynchronize(offset: number, header?: RecordHeader): Scanned {
    const next = this.#findRecord(offset + 8)
    if (next === undefined) {
      const isClean = !header && this.#isEndMark(offset)
      return { kind: 'end', offset, isClean, ...(header && { header }) }
    }
    this.#offset = next
    return { kind: 'hole', from: offset, to: next, ...(header && { header }) }
  }

  #headerAt(offset: number): RecordHeader | undefined {
    if (!this.#load(offset, recordHeaderBytes)) return undefined
    return readRecordHeader(this.#window, offset - this.#windowAt, this.#salt, offset)
  }

  #isEndMark(offset: number): boolean {
    if (offset >= this.limit) return true
    const length = Math.min(8, this.limit - offset)
    this.#load(offset, length)
    return this.#window.subarray(offset - this.#windowAt, offset - this.#windowAt + length).every((byte) => byte === 0)
  }

  /** The offset of the next header that belongs to its place. */
  #findRecord(from: number): number | undefined {
    let at = from
    while (at + recordHeaderBytes <= this.limit) {
      const length = Math.min(windowBytes, this.limit - at)
      this.#load(at, length)
      const begin = at - this.#windowAt
      const found = this.#window.subarray(begin, begin + length).indexOf(magicBytes)
      if (found < 0) at += (length - 3) & ~7
      else {
        at += found
        if (at % 8 === 0 && this.#headerAt(at)) return at
        at = (at + 8) & ~7
      }
      if (length < recordHeaderBytes) return undefined
    }
    return undefined
  }

  /** Brings so many bytes into the window. @returns false where the file ends before */
  #load(offset: number, length: number): boolean {
    const windowEnd = this.#windowAt + this.#window.length
    if (offset >= this.#windowAt && offset + length <= windowEnd) return true
    const wanted = Math.min(Math.max(length, windowBytes), this.limit - offset)
    if (wanted < length) {
      if (wanted <= 0) return false
    }
    // Not from a pool: rows that are read keep it, and it has to be aligned.
    const window = Buffer.from(new ArrayBuffer(Math.max(wanted, 0)))
    const read = this.#file.read(window, offset)
    this.#window = window.subarray(0, read)
    this.#windowAt = offset
    return read >= length
  }
}
