import type { Bytes, EventBatch, Part } from '../core/index.ts'
import { AvroEncoder } from './avro-container-encoder.ts'
import { expectedRowBytes, rowWriter } from './avro-container-rows.ts'

/** Records of one block, encoded and not yet compressed. */
export interface EventBlock {
  readonly count: number
  readonly data: Bytes
}

/**
 * Encodes the rows of batches as Flume's Avro records `Event {headers, body}`, straight from their columns. A block
 * ends once it holds `syncInterval` bytes, as in Java's DataFileWriter, or where its owner ends it.
 */
export class EventBlockEncoder {
  readonly #syncInterval: number
  #encoder: AvroEncoder | undefined
  #count = 0

  /** @param syncInterval bytes before compression */
  constructor(syncInterval: number) {
    this.#syncInterval = syncInterval
  }

  /** @param full gets each block that ends within this batch */
  append(batch: EventBatch, full: (block: EventBlock) => void): void {
    for (const part of batch.parts) this.#appendPart(part, full)
  }

  /** Ends the open block; undefined: there is none. */
  end(): EventBlock | undefined {
    if (this.#encoder === undefined) return undefined
    const block = { count: this.#count, data: this.#encoder.encoded }
    this.#encoder = undefined
    this.#count = 0
    return block
  }

  #appendPart(part: Part, full: (block: EventBlock) => void): void {
    const write = rowWriter(part)
    for (let row = 0; row < part.length; row++) {
      this.#encoder ??= new AvroEncoder(this.#expected(part, row))
      write(this.#encoder, row)
      this.#count++
      if (this.#encoder.length >= this.#syncInterval) full(this.end()!)
    }
  }

  #expected(part: Part, row: number): number {
    const perRow = expectedRowBytes(part)
    return Math.min(Math.ceil(perRow * (part.length - row)), this.#syncInterval + Math.ceil(perRow))
  }
}
