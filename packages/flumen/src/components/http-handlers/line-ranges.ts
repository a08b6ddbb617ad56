import type { Bytes } from '../../core/index.ts'

/** Lines without their ends: line `i` is `slab[start[i] .. end[i])`. */
export interface LineRanges {
  readonly slab: Buffer
  readonly start: ArrayLike<number>
  readonly end: ArrayLike<number>
}

const lineFeed = 10
const carriageReturn = 13

/** The lines of some bytes that are not empty; a carriage return before the end belongs to it. */
export function linesOf(body: Bytes): LineRanges {
  const slab = Buffer.from(body.buffer, body.byteOffset, body.length)
  let start = new Uint32Array(firstLines)
  let end = new Uint32Array(firstLines)
  let lines = 0
  for (let at = 0; at < slab.length; ) {
    const found = slab.indexOf(lineFeed, at)
    const next = found < 0 ? slab.length : found
    const to = next > at && slab[next - 1] === carriageReturn ? next - 1 : next
    if (to > at) {
      if (lines === start.length) {
        start = larger(start)
        end = larger(end)
      }
      start[lines] = at
      end[lines++] = to
    }
    at = next + 1
  }
  if (lines === 1) return { slab, start: [start[0]!], end: [end[0]!] }
  return { slab, start: start.slice(0, lines), end: end.slice(0, lines) }
}

const firstLines = 256

function larger(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const more = new Uint32Array(numbers.length * 4)
  more.set(numbers)
  return more
}
