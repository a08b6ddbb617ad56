import type { Bytes } from '../../core/index.ts'
import { DamagedBytes, type DamageReason } from './flume-log-error.ts'
import type { LogCipher } from './log-cipher.ts'
import {
  frameLength,
  headerLength,
  isHeader,
  type LogRecord,
  leastPayload,
  opcode,
  type RecordHeader,
  readHeader,
  readRecord,
} from './log-record.ts'
import { FileWindow, type FlumeLogFile, type FlumeLogSource } from './log-source.ts'

/** What the reader met at `start`, and where that ends. */
export type LogStep =
  | { readonly kind: 'record'; readonly start: number; readonly end: number; readonly record: LogRecord }
  | DamagedStep

export interface DamagedStep {
  readonly kind: 'damage'
  readonly start: number
  readonly end: number
  readonly reason: DamageReason
  readonly message: string
  /** Its own length leads to `end`; else the reader searched for the next record, which stands there. */
  readonly isFramed: boolean
  /** Nothing that can be read follows. */
  readonly isLast: boolean
}

/** Bytes that failed records may cost, in sizes of the file: a made-up file must not be read for ever. */
const mostWaste = 16

/**
 * Reads one log in the order in which it was written. Where bytes are no record, it says so and goes on with the next
 * thing that is one: where the record's own length leads if the body bears it out, else after a search.
 */
export class LogReader {
  readonly file: FlumeLogFile
  position = 0
  readonly #window: FileWindow
  readonly #cipher: LogCipher | undefined
  #waste = 0

  constructor(source: FlumeLogSource, file: FlumeLogFile, cipher?: LogCipher, leastRead?: number) {
    this.file = file
    this.#window = new FileWindow(source, file, leastRead)
    this.#cipher = cipher
  }

  /** undefined: the log ends here. */
  next(): LogStep | undefined {
    const start = this.position
    const operation = this.#window.byte(start)
    if (operation < 0) return this.#ended()
    if (operation === opcode.endOfData) return this.#endOfData(start)
    if (operation !== opcode.record && operation !== opcode.noop)
      return this.#search(start, 'opcode', `there is no record: the opcode is 0x${operation.toString(16)}`)
    const length = this.#lengthAt(start, operation === opcode.record ? leastPayload : 1)
    if (length < 0) return this.#search(start, 'length', 'its length is impossible')
    const end = start + frameLength + length
    if (operation === opcode.record) return this.#record(start, end)
    return this.#broken(start, end, 'neutralised', 'the integrity tool has taken this record out')
  }

  /** The header of the record that stands at an offset; undefined: none does. */
  headerAt(offset: number): RecordHeader | undefined {
    if (this.#window.byte(offset) !== opcode.record || this.#lengthAt(offset) < 0) return undefined
    const index = this.#window.load(offset, frameLength + headerLength)
    if (index < 0) return undefined
    const { bytes } = this.#window
    const at = index + frameLength
    if (this.#cipher === undefined) return isHeader(bytes, at) ? readHeader(bytes, at) : undefined
    const plain = this.#cipher.decipher(bytes, at, at + headerLength)
    return isHeader(plain, 0) ? readHeader(plain, 0) : undefined
  }

  /** Whether something stands at an offset that can: a record, a neutralised one, the end of the data. */
  canStartAt(offset: number): boolean {
    return this.#standsAt(offset)
  }

  isNeutralised(offset: number): boolean {
    return this.#window.byte(offset) === opcode.noop && this.#lengthAt(offset) >= 0
  }

  /** Whether a record of this log can be read: of an enciphered one, whether the key fits. True for an empty log. */
  isReadable(): boolean {
    let frames = 0
    for (let at = 0; frames < 16 && this.#window.byte(at) === opcode.record; frames++) {
      const length = this.#lengthAt(at)
      if (length < 0) break
      if (this.headerAt(at) !== undefined) return true
      at += frameLength + length
    }
    return frames === 0 || this.#nextRecord(0) < this.file.size
  }

  /** @throws DamagedBytes when no put stands at the offset */
  recordAt(offset: number): LogRecord {
    const operation = this.#window.byte(offset)
    if (operation === opcode.noop) throw new DamagedBytes('neutralised', 'the integrity tool has taken this record out')
    if (operation !== opcode.record) throw new DamagedBytes('opcode', 'there is no record')
    const length = this.#lengthAt(offset)
    if (length < 0) throw new DamagedBytes('length', 'its length is impossible')
    return this.#decode(offset, offset + frameLength + length)
  }

  /** Where a record ends by its own length; one byte on where it has none. */
  endAt(offset: number): number {
    const length = this.#lengthAt(offset)
    return length < 0 ? Math.min(offset + 1, this.file.size) : offset + frameLength + length
  }

  /** Gives the memory back that was read last. */
  drop(): void {
    this.#window.drop()
  }

  #record(start: number, end: number): LogStep {
    try {
      const record = this.#decode(start, end)
      this.position = end
      return { kind: 'record', start, end, record }
    } catch (error) {
      if (!(error instanceof DamagedBytes)) throw error
      const { reason, message } = error
      return this.#broken(start, end, reason, message)
    }
  }

  /** A record that is none, of which only its length is known: that may be what is wrong. */
  #broken(start: number, end: number, reason: DamageReason, message: string): LogStep {
    if (this.#isBodyOf(start, end) && this.#standsAt(end)) return this.#damaged(start, end, reason, message, true)
    this.#waste += end - start
    if (this.#waste > mostWaste * this.file.size) return this.#given(start)
    return this.#search(start, reason, message, end)
  }

  /** Whether the payload's body and its empty footer are as long as the record says: two witnesses of its end. */
  #isBodyOf(start: number, end: number): boolean {
    const from = start + frameLength
    const index = this.#window.load(from, Math.min(headerLength + 10, end - from))
    if (index < 0) return false
    const stop = index + Math.min(headerLength + 10, end - from)
    const bytes = this.#cipher?.decipher(this.#window.bytes, index, stop) ?? this.#window.bytes.subarray(index, stop)
    let length = 0
    for (let at = headerLength, scale = 1; at < bytes.length; at++, scale *= 128) {
      length += (bytes[at]! & 0x7f) * scale
      if (bytes[at]! < 0x80) return from + at + 1 + length + 1 === end
    }
    return false
  }

  #decode(start: number, end: number): LogRecord {
    const index = this.#window.load(start, end - start)
    if (index < 0) throw new DamagedBytes('length', 'the file ends before it')
    const { bytes } = this.#window
    const from = index + frameLength
    const to = index + end - start
    if (this.#cipher === undefined) return readRecord(bytes, from, to)
    const plain = this.#cipher.decipher(bytes, from, to)
    return readRecord(plain, 0, plain.length)
  }

  /**
   * The payload's length; -1 when the file cannot hold it or none is so short.
   * @param least a neutralised record may be any longer than zeros of a hole
   */
  #lengthAt(offset: number, least: number = leastPayload): number {
    const index = this.#window.load(offset, frameLength)
    if (index < 0) return -1
    const length = int32(this.#window.bytes, index + 1)
    return length < least || length > this.file.size - offset - frameLength ? -1 : length
  }

  #standsAt(offset: number): boolean {
    if (offset === this.file.size) return true
    const operation = this.#window.byte(offset)
    if (operation === opcode.record) return this.headerAt(offset) !== undefined
    if (operation === opcode.noop) return this.#lengthAt(offset) >= 0
    return operation === opcode.endOfData && this.#isFill(offset, 16)
  }

  #isFill(offset: number, length: number): boolean {
    const count = Math.min(length, this.file.size - offset)
    const index = this.#window.load(offset, count)
    if (index < 0) return false
    for (let at = index; at < index + count; at++) if (this.#window.bytes[at] !== opcode.endOfData) return false
    return true
  }

  /** The data end here, unless records follow: pages may have been lost between them. */
  #endOfData(start: number): LogStep | undefined {
    let at = start
    while (at < this.file.size) {
      const index = this.#window.load(at, 1)
      if (index < 0) break
      const { bytes } = this.#window
      let end = index
      while (end < bytes.length && bytes[end] === opcode.endOfData) end++
      at += end - index
      if (end < bytes.length) return this.#search(start, 'opcode', 'bytes follow the end of the data')
    }
    return this.#ended()
  }

  /** @param expected where the record's own length leads */
  #search(start: number, reason: DamageReason, message: string, expected?: number): LogStep {
    const next = this.#nextRecord(start + 1)
    const end = next < this.file.size ? next : this.#lastByte(start)
    return this.#damaged(start, end, reason, message, end === expected, next)
  }

  #given(start: number): LogStep {
    return this.#damaged(start, this.file.size, 'record', 'too much of it is damaged', false)
  }

  #damaged(
    start: number,
    end: number,
    reason: DamageReason,
    message: string,
    isFramed: boolean,
    next: number = end,
  ): DamagedStep {
    this.position = next
    const isLast = next >= this.file.size || this.#isFill(next, 16)
    return { kind: 'damage', start, end, reason, message, isFramed, isLast }
  }

  /** The first offset from `from` on where a record's header stands; the file's size: there is none. */
  #nextRecord(from: number): number {
    let at = from
    while (at < this.file.size) {
      const index = this.#window.load(at, 1)
      if (index < 0) break
      const { bytes } = this.#window
      const found = bytes.indexOf(opcode.record, index)
      if (found < 0) {
        at += bytes.length - index
        continue
      }
      at += found - index
      if (this.headerAt(at) !== undefined) return at
      at++
    }
    return this.file.size
  }

  /** Behind the last byte of the file, not before `start + 1`, that is not fill. */
  #lastByte(start: number): number {
    const block = 65_536
    for (let end = this.file.size; end > start; end -= block) {
      const from = Math.max(start, end - block)
      const index = this.#window.load(from, end - from)
      if (index < 0) return this.file.size
      for (let at = index + end - from - 1; at >= index; at--)
        if (this.#window.bytes[at] !== opcode.endOfData) return from + at - index + 1
    }
    return start + 1
  }

  #ended(): undefined {
    this.position = this.file.size
    this.drop()
    return undefined
  }
}

function int32(bytes: Bytes, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}
