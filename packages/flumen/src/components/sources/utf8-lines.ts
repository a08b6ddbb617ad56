import { isUtf8 } from 'node:buffer'
import { type Charset, javaCharset } from '../../text/java-charset.ts'
import { type LineRules, type LineSlice, LineSplitter, type Lines } from './line-splitter.ts'

const noBytes = Buffer.alloc(0)

/**
 * Lines in UTF-8 of a stream in any character set; what is malformed becomes U+FFFD, as with Java's readers. UTF-8
 * itself is only checked, a chunk at a time, and left as it is.
 */
export class Utf8Lines {
  readonly #charset: Charset
  readonly #splitter: LineSplitter
  #decoder: ReturnType<Charset['strictDecoder']>

  /** @param charset name of one that there is */
  constructor(charset: string, rules: LineRules) {
    this.#charset = javaCharset(charset)!
    this.#splitter = new LineSplitter(rules)
    this.#decoder = this.#charset.strictDecoder()
  }

  /** The lines that end in this chunk; it belongs to them from now on. */
  split(chunk: Buffer): Lines {
    const text = this.#charset.isUtf8 ? chunk : this.#decode(chunk, true)
    const { slices, overlong } = this.#splitter.split(text)
    return { slices: this.#charset.isUtf8 ? slices.map(mended) : slices, overlong }
  }

  /** What stands at the end of the stream without an end of its own. */
  rest(): Lines {
    const last = this.#charset.isUtf8 ? noBytes : this.#decode(noBytes, false)
    const { slices } = this.#splitter.split(last)
    const rest = this.#splitter.rest()
    const all = rest ? [...slices, { slab: rest, start: [0], end: [rest.length] }] : slices
    return { slices: all.map(mended), overlong: false }
  }

  #decode(chunk: Buffer, goesOn: boolean): Buffer {
    let text: string
    try {
      text = this.#decoder.decode(chunk, goesOn)
    } catch {
      text = chunk.length === 0 ? '\uFFFD' : this.#charset.decode(chunk)
      this.#decoder = this.#charset.strictDecoder()
    }
    const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
    bytes.write(text)
    return bytes
  }
}

/** The same lines with U+FFFD for what is not UTF-8; the slice itself where all of it is. */
function mended(slice: LineSlice): LineSlice {
  const { slab, start, end } = slice
  if (isUtf8(slab.subarray(start[0], end[end.length - 1]))) return slice
  const lines = Array.from(start, (from, line) => Buffer.from(slab.toString('utf8', from, end[line])))
  const own = Buffer.allocUnsafeSlow(lines.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  const borders = lines.map((line) => {
    line.copy(own, at)
    at += line.length
    return at
  })
  return { slab: own, start: [0, ...borders.slice(0, -1)], end: borders }
}
