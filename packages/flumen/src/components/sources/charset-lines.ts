import { isAscii } from 'node:buffer'
import { javaCharset } from '../../text/java-charset.ts'
import { type LineRules, type LineSlice, LineSplitter, type Lines } from './line-splitter.ts'
import { Utf8Lines } from './utf8-lines.ts'

/** Lines of a stream, a chunk at a time. */
export interface LineReader {
  /** The lines that end in this chunk; it belongs to them from now on. */
  split(chunk: Buffer): Lines
  /** What stands at the end of the stream without an end of its own. */
  rest(): Lines
}

type Encode = (text: string) => Uint8Array

/**
 * Lines in the character set that they came in, as Flume's `line.getBytes(charset)`: what is malformed becomes what
 * U+FFFD is there, `?` in most. Where text cannot be encoded here, the bytes stay as they are.
 * @param charset name of one that there is
 */
export function linesInCharset(charset: string, rules: LineRules): LineReader {
  const { isUtf8, encode, name } = javaCharset(charset)!
  if (!encode) return new UncheckedLines(rules)
  const lines = new Utf8Lines(charset, rules)
  return isUtf8 ? lines : new EncodedLines(lines, encode, !name.startsWith('UTF-'))
}

class EncodedLines implements LineReader {
  readonly #lines: Utf8Lines
  readonly #encode: Encode
  readonly #hasAscii: boolean

  /** @param hasAscii ASCII has the same bytes there */
  constructor(lines: Utf8Lines, encode: Encode, hasAscii: boolean) {
    this.#lines = lines
    this.#encode = encode
    this.#hasAscii = hasAscii
  }

  split(chunk: Buffer): Lines {
    return this.#encoded(this.#lines.split(chunk))
  }

  rest(): Lines {
    return this.#encoded(this.#lines.rest())
  }

  #encoded({ slices, overlong }: Lines): Lines {
    return { slices: slices.map((slice) => this.#slice(slice)), overlong }
  }

  #slice(slice: LineSlice): LineSlice {
    const { slab, start, end } = slice
    if (this.#hasAscii && isAscii(slab.subarray(start[0], end[end.length - 1]))) return slice
    const lines = Array.from(start, (from, line) => this.#encode(slab.toString('utf8', from, end[line])))
    const own = Buffer.concat(lines)
    let at = 0
    const ends = lines.map(({ length }) => {
      at += length
      return at
    })
    return { slab: own, start: [0, ...ends.slice(0, -1)], end: ends }
  }
}

/** Of a character set that has the bytes of `\n` and `\r` for nothing else. */
class UncheckedLines implements LineReader {
  readonly #splitter: LineSplitter

  constructor(rules: LineRules) {
    this.#splitter = new LineSplitter(rules)
  }

  split(chunk: Buffer): Lines {
    return this.#splitter.split(chunk)
  }

  rest(): Lines {
    const slab = this.#splitter.rest()
    return { slices: slab ? [{ slab, start: [0], end: [slab.length] }] : [], overlong: false }
  }
}
