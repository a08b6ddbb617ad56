import { type NamedColumn, Part } from '../../../core/index.ts'
import { endsWithReturn, type LineEncoding, nextLineFeed } from '../../../text/line-encoding.ts'
import { joinLines, type LineJoining } from '../../lines/joining.ts'

export interface LinesRules {
  /** Most lines that are cut. */
  readonly maxLines: number
  /** Bytes of the file. */
  readonly maxLength: number
  /** What becomes of a longer line: several, cut between characters, or its beginning. */
  readonly longLines: 'split' | 'truncate'
  readonly encoding: LineEncoding
}

/** Lines of a chunk of a file, or what they were joined to. */
export interface FoundLines {
  readonly start: Uint32Array
  readonly end: Uint32Array
  /** Bytes of the chunk that belong to the lines and their ends. */
  readonly consumed: number
  /** The end of the last line is missing: what comes is a rest of it that is left out. */
  readonly isCut: boolean
}

/**
 * A line ends with a line feed; one carriage return before it belongs to its end.
 * @param isWhole nothing follows the chunk, so what has no end is a line too
 * @param isRest the chunk begins within a line that was cut
 */
export function findLines(chunk: Buffer, rules: LinesRules, isWhole: boolean, isRest = false): FoundLines {
  const { encoding, longLines, maxLength, maxLines } = rules
  const { unit } = encoding
  scratch.length = 0
  let at = 0
  let isCut = isRest
  while (at < chunk.length && scratch.length < maxLines) {
    const found = nextLineFeed(chunk, at, encoding)
    const stop = found < 0 ? chunk.length : found
    if (isCut) {
      isCut = found < 0
      at = stop + (isCut ? -(stop % unit) : unit)
      if (isCut) break
      continue
    }
    if (stop - at > maxLength) {
      const cut = Math.max(encoding.cut(chunk, at, maxLength), at + unit)
      scratch.add(at, cut)
      at = cut
      isCut = longLines === 'truncate'
      continue
    }
    if (found < 0) break
    scratch.add(at, endsWithReturn(chunk, at, found, encoding) ? found - unit : found)
    at = found + unit
  }
  if (isWhole && !isCut && at < chunk.length && scratch.length < maxLines) {
    scratch.add(at, chunk.length)
    at = chunk.length
  }
  const { length } = scratch
  return { start: scratch.start.slice(0, length), end: scratch.end.slice(0, length), consumed: at, isCut }
}

/**
 * Lines that belong together as one, with the line ends between them.
 * @param isFinal the last event is taken although it may get more lines
 */
export function joinFound(
  chunk: Buffer,
  lines: FoundLines,
  joining: LineJoining,
  { charset }: LineEncoding,
  isFinal: boolean,
): FoundLines {
  const texts = Array.from(lines.start, (from, line) => textOf(chunk, from, lines.end[line] ?? from, charset))
  const { firsts, isOpen } = joinLines(joining.marksOf(texts), joining.maxLines)
  const events = isOpen && !isFinal ? firsts.length - 1 : firsts.length
  const start = new Uint32Array(events)
  const end = new Uint32Array(events)
  for (let event = 0; event < events; event++) {
    start[event] = lines.start[firsts[event] ?? 0] ?? 0
    end[event] = lines.end[(firsts[event + 1] ?? lines.end.length) - 1] ?? 0
  }
  if (events === firsts.length) return { ...lines, start, end }
  return { start, end, consumed: lines.start[firsts[events] ?? 0] ?? 0, isCut: false }
}

/** Lines as rows over their chunk, or over their text in UTF-8. */
export function partOf(
  chunk: Buffer,
  { start, end }: FoundLines,
  { charset }: LineEncoding,
  arrivedAt: number,
  columns: readonly NamedColumn[],
): Part {
  if (!charset) return new Part({ arrivedAt, slab: chunk, start, end, columns })
  const texts = Array.from(start, (from, row) => textOf(chunk, from, end[row] ?? from, charset))
  const sizes = texts.map((text) => Buffer.byteLength(text))
  const slab = Buffer.allocUnsafeSlow(sizes.reduce((sum, size) => sum + size, 0))
  const starts = new Uint32Array(texts.length)
  const ends = new Uint32Array(texts.length)
  let at = 0
  for (const [row, text] of texts.entries()) {
    starts[row] = at
    at += slab.write(text, at)
    ends[row] = at
  }
  return new Part({ arrivedAt, slab, start: starts, end: ends, columns })
}

function textOf(chunk: Buffer, from: number, to: number, charset: LineEncoding['charset']): string {
  return charset ? charset.decode(chunk.subarray(from, to)) : chunk.toString('utf8', from, to)
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
