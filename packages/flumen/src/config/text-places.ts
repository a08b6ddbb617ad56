import type { Place } from './problem.ts'

/** Turns offsets into a text (from 0, in UTF-16 units) into places; lines end with a line feed. */
export class TextPlaces {
  readonly #file: string
  readonly #length: number
  readonly #lineStarts: readonly number[]

  /** @param start where the first line begins: after a byte-order mark. */
  constructor(file: string, text: string, start = 0) {
    this.#file = file
    this.#length = text.length
    const lineStarts = [start]
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) lineStarts.push(end + 1)
    this.#lineStarts = lineStarts
  }

  /** Offsets beyond the text are its end. */
  at(offset: number): Place {
    const wanted = Math.min(offset, this.#length)
    let low = 0
    let high = this.#lineStarts.length
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if (this.#lineStarts[middle]! <= wanted) low = middle
      else high = middle
    }
    return { file: this.#file, line: low + 1, column: Math.max(wanted - this.#lineStarts[low]!, 0) + 1 }
  }
}
