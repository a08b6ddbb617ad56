import { type Bytes, batchOfRows, EventBatch } from '../../core/index.ts'

const lineFeed = 10
const carriageReturn = 13

/**
 * Cuts bytes into lines as Java's BufferedReader does text: a line ends with `\n`, `\r` or `\r\n`, which are left out,
 * and the last one needs no end. Bytes of UTF-8 stay as they are.
 */
export class LineCutter {
  readonly #longest: number
  /** Of a line that goes on in the next chunk. */
  #begun: Bytes[] = []
  #begunBytes = 0
  #passLineFeed = false
  #cuts = 0

  /** @param longest bytes; the rest of a longer line is the next event */
  constructor(longest: number) {
    this.#longest = longest
  }

  /** How often a line was cut because it is too long. */
  get cuts(): number {
    return this.#cuts
  }

  /** The lines that end in this chunk; their bodies are pieces of it. */
  cut(chunk: Bytes): EventBatch {
    const batches: EventBatch[] = []
    let from = this.#passLineFeed && chunk[0] === lineFeed ? 1 : 0
    if (chunk.length > 0) this.#passLineFeed = chunk.at(-1) === carriageReturn
    const ends = lineEnds(chunk, from)
    const [first] = ends
    if (first !== undefined && this.#begunBytes > 0) {
      batches.push(this.#joined(chunk.subarray(from, first.end)))
      from = first.next
      ends.shift()
    }
    if (ends.length > 0) {
      const starts = [from, ...ends.slice(0, -1).map(({ next }) => next)]
      batches.push(
        batchOfRows(
          chunk,
          starts,
          ends.map(({ end }) => end),
        ),
      )
      from = ends.at(-1)!.next
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from), batches)
    return EventBatch.join(batches)
  }

  /** The last line, where it has no end. */
  end(): EventBatch {
    return this.#begunBytes > 0 ? this.#joined(new Uint8Array()) : EventBatch.empty
  }

  #keep(piece: Bytes, batches: EventBatch[]): void {
    this.#begun.push(piece)
    this.#begunBytes += piece.length
    if (this.#begunBytes < this.#longest) return
    this.#cuts++
    batches.push(this.#joined(new Uint8Array()))
  }

  #joined(last: Bytes): EventBatch {
    const line = Buffer.concat([...this.#begun, last])
    this.#begun = []
    this.#begunBytes = 0
    return batchOfRows(line, [0], [line.length])
  }
}

interface LineEnd {
  readonly end: number
  /** Where the next line begins. */
  readonly next: number
}

function lineEnds(chunk: Bytes, from: number): LineEnd[] {
  const ends: LineEnd[] = []
  let feed = chunk.indexOf(lineFeed, from)
  let carriage = chunk.indexOf(carriageReturn, from)
  while (feed >= 0 || carriage >= 0) {
    const end = feed < 0 || (carriage >= 0 && carriage < feed) ? carriage : feed
    const next = end === carriage && feed === end + 1 ? end + 2 : end + 1
    ends.push({ end, next })
    if (feed >= 0 && feed < next) feed = chunk.indexOf(lineFeed, next)
    if (carriage >= 0 && carriage < next) carriage = chunk.indexOf(carriageReturn, next)
  }
  return ends
}
