import { isAscii } from 'node:buffer'
import type { Bytes, Part } from '../../core/index.ts'

/**
 * The bodies of all rows as text, UTF-8. Where they are ASCII they are cut out of one text, which costs a third of
 * decoding them one by one; so nobody may keep one of them, it would keep them all.
 */
export function textsOf(part: Part): readonly string[] {
  const whole = asciiOf(part)
  const texts = new Array<string>(part.length)
  for (let row = 0; row < part.length; row++) {
    texts[row] = whole ? whole.text.slice(part.start[row]! - whole.from, part.end[row]! - whole.from) : part.text(row)
  }
  return texts
}

/** A stretch of a slab as text. */
interface Stretch {
  readonly slab: Bytes
  readonly from: number
  readonly to: number
  readonly text: string
}

/** The last one, for the next interceptor of the chain, which looks at the same slab. It is kept in memory, so a large one is not. */
let last: Stretch | undefined
const largestKept = 1024 * 1024

/** The stretch of the slab that holds the rows, if it is ASCII and not mostly something else. */
function asciiOf(part: Part): Stretch | undefined {
  if (part.length < 4) return undefined
  const { slab } = part
  let from = part.start[0]!
  let to = part.end[0]!
  for (let row = 1; row < part.length; row++) {
    from = Math.min(from, part.start[row]!)
    to = Math.max(to, part.end[row]!)
  }
  if (last?.slab === slab && last.from <= from && last.to >= to) return last
  if (to - from > 2 * part.bodyBytes + part.length || !isAscii(slab.subarray(from, to))) return undefined
  const stretch = { slab, from, to, text: Buffer.prototype.latin1Slice.call(slab, from, to) }
  last = slab.buffer.byteLength <= largestKept ? stretch : undefined
  return stretch
}
