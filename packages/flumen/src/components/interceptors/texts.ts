import { isAscii } from 'node:buffer'
import type { Part } from '../../core/index.ts'

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

/** The stretch of the slab that holds the rows, if it is ASCII and not mostly something else. */
function asciiOf(part: Part): { readonly text: string; readonly from: number } | undefined {
  if (part.length < 4) return undefined
  let from = part.start[0]!
  let to = part.end[0]!
  for (let row = 1; row < part.length; row++) {
    from = Math.min(from, part.start[row]!)
    to = Math.max(to, part.end[row]!)
  }
  if (to - from > 2 * part.bodyBytes + part.length || !isAscii(part.slab.subarray(from, to))) return undefined
  return { text: Buffer.prototype.latin1Slice.call(part.slab, from, to), from }
}
