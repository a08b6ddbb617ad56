import type { Part } from '../../core/index.ts'

/** Shorter pieces of a string are copied by V8 itself; a longer one keeps the whole string alive. */
const shortestPinning = 13

/**
 * A piece of a body's text, as a string that holds nothing else: one that is cut out of a larger string keeps all of it
 * in memory for as long as the header lives.
 * @param piece found somewhere in `text`
 * @param text the body of the row
 */
export function ownText(piece: string, text: string, part: Part, row: number): string {
  if (piece.length < shortestPinning) return piece
  const from = part.start[row]!
  // One character a byte: the piece lies in the body where it lies in the text.
  if (text.length === part.end[row]! - from) {
    const start = from + text.indexOf(piece)
    return Buffer.prototype.utf8Slice.call(part.slab, start, start + piece.length)
  }
  return Buffer.from(piece, 'utf16le').toString('utf16le')
}
