import { javaCharset } from '../../text/java-charset.ts'
import { asItStands, type LineEncoding, lineEncoding, nextLineFeed } from '../../text/line-encoding.ts'

/** So many bytes of a file tell how lines stand in it. */
export const markBytes = 2

/** How lines stand in a file that begins with these bytes. */
export type EncodingOf = (first: Uint8Array) => LineEncoding

/** As a source of this configuration reads them. */
export function encodingWith(inputCharset: string | undefined): EncodingOf {
  const charset = inputCharset === undefined ? undefined : javaCharset(inputCharset)
  return (first) => (charset ? lineEncoding(charset, first).encoding : asItStands)
}

/** Nothing says how its source reads it: UTF-16 where a byte order mark says so. */
export function encodingByMark(first: Uint8Array): LineEncoding {
  const charset = javaCharset('UTF-16')
  const found = charset && lineEncoding(charset, first)
  return found && found.markLength > 0 ? found.encoding : asItStands
}

/** Counts lines in pieces of text as they come. */
export class LineCounter {
  readonly #encoding: LineEncoding
  /** Where a piece ends within a character. */
  #rest = Buffer.alloc(0)
  #ended = 0
  #endsLine = true

  constructor(encoding: LineEncoding) {
    this.#encoding = encoding
  }

  /** A last one without an end counts. */
  get lines(): number {
    return this.#endsLine && this.#rest.length === 0 ? this.#ended : this.#ended + 1
  }

  /** So many lines have ended when this piece has come next; it has not. */
  linesWith(piece: Buffer): number {
    return this.#ended + this.#endsIn(piece).lines
  }

  add(piece: Buffer): void {
    const { lines, end, bytes, whole } = this.#endsIn(piece)
    this.#ended += lines
    if (whole > 0) this.#endsLine = end === whole
    this.#rest = Buffer.from(bytes.subarray(whole))
  }

  #endsIn(piece: Buffer): { lines: number; end: number; bytes: Buffer; whole: number } {
    const { unit } = this.#encoding
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece])
    const whole = bytes.length - (bytes.length % unit)
    const text = bytes.subarray(0, whole)
    let lines = 0
    let end = 0
    for (let at = nextLineFeed(text, 0, this.#encoding); at >= 0; at = nextLineFeed(text, end, this.#encoding)) {
      lines++
      end = at + unit
    }
    return { lines, end, bytes, whole }
  }
}
