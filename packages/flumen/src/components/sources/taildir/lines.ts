import { type NamedColumn, Part } from '../../../core/index.ts'

export interface LinesRules {
  /** Most lines that are cut. */
  readonly maxLines: number
  /** Bytes; a longer line is cut into several, between characters of UTF-8. */
  readonly maxLength: number
  /** What follows the last line end is a line too. */
  readonly takesRest: boolean
}

/** Lines of a chunk of a file. */
export interface FoundLines {
  readonly start: Uint32Array
  readonly end: Uint32Array
  /** Bytes of the chunk that belong to the lines and their ends. */
  readonly consumed: number
}

const lineFeed = 10
const carriageReturn = 13

/** A line ends with `\n`; one `\r` before it belongs to its end. */
export function findLines(chunk: Buffer, rules: LinesRules): FoundLines {
  scratch.length = 0
  let at = 0
  while (at < chunk.length && scratch.length < rules.maxLines) {
    const found = chunk.indexOf(lineFeed, at)
    const stop = found < 0 ? chunk.length : found
    if (stop - at > rules.maxLength) {
      const cut = cutBefore(chunk, at, rules.maxLength)
      scratch.add(at, cut)
      at = cut
      continue
    }
    if (found < 0) {
      if (!rules.takesRest) break
      scratch.add(at, stop)
      at = stop
      break
    }
    scratch.add(at, found > at && chunk[found - 1] === carriageReturn ? found - 1 : found)
    at = found + 1
  }
  const { length } = scratch
  return { start: scratch.start.slice(0, length), end: scratch.end.slice(0, length), consumed: at }
}

/** Lines as rows over their chunk. */
export function partOf(
  chunk: Buffer,
  { start, end }: FoundLines,
  arrivedAt: number,
  columns: readonly NamedColumn[],
): Part {
  return new Part({ arrivedAt, slab: chunk, start, end, columns })
}

/** Where a piece of at most so many bytes ends: before a character of UTF-8 that would be cut. */
function cutBefore(bytes: Buffer, start: number, maxLength: number): number {
  const cut = start + maxLength
  for (let at = cut; at > start && at > cut - 4; at--) if (((bytes[at] ?? 0) & 0xc0) !== 0x80) return at
  return cut
}

/** Offsets of one chunk's lines; one list for all, as nothing waits while it is filled. */
const scratch = {
  start: new Uint32Array(1024),
  end: new Uint32Array(1024),
  length: 0,
  add(from: number, to: number): void {
    if (this.length === this.start.length) {
      const [start, end] = [this.start, this.end]
      this.start = new Uint32Array(start.length * 2)
      this.end = new Uint32Array(end.length * 2)
      this.start.set(start)
      this.end.set(end)
    }
    this.start[this.length] = from
    this.end[this.length++] = to
  },
}
