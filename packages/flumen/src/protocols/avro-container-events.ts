import type { Bytes, EventBatch, Part } from '../core/index.ts'
import { type HeaderPair, javaOrderedHeaders } from '../text/java-header-order.ts'
import { AvroEncoder } from './avro-container-encoder.ts'

/** Records of one block, encoded and not yet compressed. */
export interface EventBlock {
  readonly count: number
  readonly data: Bytes
}

/** About what a record takes beside its body, and each of its headers. */
const recordOverhead = 32

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
    const headersOf = javaOrderedHeaders(part)
    /** What the row before had, and where it stands in the encoder. */
    let pairs: readonly HeaderPair[] | undefined
    let map: readonly [start: number, end: number] = [0, 0]
    for (let row = 0; row < part.length; row++) {
      this.#encoder ??= new AvroEncoder(this.#expected(part, row))
      const encoder = this.#encoder
      const own = headersOf(row)
      if (own === pairs) encoder.repeat(...map)
      else {
        const start = encoder.length
        encodeMap(encoder, own)
        pairs = own
        map = [start, encoder.length]
      }
      encoder.bytes(part.slab, part.start[row]!, part.end[row]!)
      this.#count++
      if (encoder.length >= this.#syncInterval) {
        full(this.end()!)
        pairs = undefined
      }
    }
  }

  #expected(part: Part, row: number): number {
    const perRow = part.bodyBytes / part.length + part.columns.length * recordOverhead + recordOverhead
    return Math.min(Math.ceil(perRow * (part.length - row)), this.#syncInterval + Math.ceil(perRow))
  }
}

/** A map is one block of its pairs; the end of a map is a block of none. */
function encodeMap(encoder: AvroEncoder, pairs: readonly HeaderPair[]): void {
  if (pairs.length > 0) encoder.long(pairs.length)
  for (const [name, value] of pairs) {
    encoder.string(name)
    encoder.string(value)
  }
  encoder.long(0)
}
