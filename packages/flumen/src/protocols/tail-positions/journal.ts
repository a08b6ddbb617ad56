import { crc32 } from 'node:zlib'
import type { Fingerprint } from './fingerprint.ts'

/**
 * The positions with what tells one file from another, beside Flume's position file: its path and `.flumen`. Text, a
 * record a line: eight hexadecimal digits of the CRC-32 of the JSON after them, a blank, JSON. The first record is
 * `{"flumen":1,"before":D,"after":D}`, the digests of Flume's file that this one goes with: which of the two was
 * written before a crash does not matter. Each other record is an array [device, inode, pos, file, head length, head
 * digest, anchor length, anchor digest, more]; a position of -1 says that the file is gone. Later records count. `more`
 * may be absent: `{"packed":N}` says that all of an archive of N bytes is stored (its position counts unpacked bytes),
 * `{"ended":T,"how":"cut"|"gone","sought":B}` that the file held the content until T, ms since 1970, and whether a copy of it
 * is looked for, `"marks":[[position, anchor length, anchor digest], ...]` names the last marks of a position, or of content of
 * which a copy is looked for, `"ends":"position.digest ..."` the last ends of lines in the same way. A line that does not
 * verify is a torn one.
 */
export interface Journal {
  /** Digests of Flume's position file of which one must be found, or the positions were changed by somebody else. */
  readonly digests: readonly string[]
  readonly positions: readonly FilePosition[]
  /** Content that was read and stands in those files no more. */
  readonly ended: readonly EndedPosition[]
}

/** What is known of a file that was read. */
export interface FilePosition {
  /** Decimal. */
  readonly device: string
  readonly inode: string
  /** Offset of the first byte that is not stored. */
  readonly pos: number
  readonly file: string
  /** The first bytes of the file. */
  readonly head: Fingerprint
  /** The last bytes before the position. */
  readonly anchor: Fingerprint
  /** Places in the same content up to the position, in order; none are known but that one where they are absent. */
  readonly marks?: readonly Mark[]
  /** The last ends of lines up to the position, in order; none are known where they are absent. */
  readonly ends?: readonly LineEnd[]
  /** All of an archive is stored that was so large. */
  readonly packedSize?: number
}

/** A place in a file, and the bytes before it. */
export interface Mark {
  readonly pos: number
  readonly anchor: Fingerprint
}

/** Where a line ends: the offset behind it, and the CRC-32, hexadecimal, of what one fingerprint would cover before it. */
export interface LineEnd {
  readonly pos: number
  readonly digest: string
}

/** Content that a file held until it was truncated or replaced (`cut`), or could be reached no more (`gone`). */
export interface EndedPosition extends FilePosition {
  readonly how: 'cut' | 'gone'
  /** Ms since 1970. */
  readonly endedAt: number
  /** A copy of it is looked for that has a name of no group: there may be one that nobody has found yet. */
  readonly isSought: boolean
}

/** So many marks are written with a position. */
const marksWritten = 4

/** Adds a mark; as the list grows each one is at least an eighth further on than the one before. */
export function addMark(marks: Mark[], mark: Mark): void {
  const { pos } = marks.at(-1) ?? { pos: 0 }
  const { pos: earlier } = marks.at(-2) ?? { pos: 0 }
  if (marks.length > 1 && pos - earlier < earlier / 8) marks.pop()
  marks.push({ pos: mark.pos, anchor: mark.anchor })
}

/** The marks of a position: where none are told it is one itself. */
export function marksOf({ pos, anchor, marks }: Pick<FilePosition, 'pos' | 'anchor' | 'marks'>): readonly Mark[] {
  return marks ?? (anchor.length > 0 ? [{ pos, anchor }] : [])
}

/** The digest that stands for a position file that is not there. */
export const noPositionFile = 'absent'

export function journalPathOf(positionFile: string): string {
  return `${positionFile}.flumen`
}

export function formatJournal(
  before: string,
  after: string,
  positions: readonly FilePosition[],
  ended: readonly EndedPosition[] = [],
): string {
  return line({ flumen: 1, before, after }) + formatJournalLines(ended) + formatJournalLines(positions)
}

export function formatJournalLines(positions: readonly (FilePosition | EndedPosition)[]): string {
  return positions
    .map((position) => {
      const { device, inode, pos, file, head, anchor } = position
      const record = [device, inode, pos, file, head.length, head.digest, anchor.length, anchor.digest]
      const more = moreOf(position)
      return line(more ? [...record, more] : record)
    })
    .join('')
}

/** @returns undefined where the text does not begin with the record that makes it one */
export function parseJournal(text: string): Journal | undefined {
  const [first, ...rest] = text.split('\n')
  const header = recordOf(first ?? '')
  if (typeof header !== 'object' || header === null || !('flumen' in header) || header.flumen !== 1) return undefined
  const { before, after } = header as { readonly before?: unknown; readonly after?: unknown }
  const positions = new Map<string, FilePosition>()
  const ended = new Map<string, EndedPosition>()
  for (const each of rest) {
    const position = positionOf(recordOf(each))
    if (!position) continue
    const key = `${position.device}:${position.inode}`
    if (isEnded(position)) {
      // The content of a file may be known by several names: a copy is one only if its own is like that.
      ended.set(`${key}:${position.pos}:${position.anchor.digest}:${position.file}`, position)
      continue
    }
    positions.delete(key)
    if (position.pos >= 0) positions.set(key, position)
  }
  return { digests: [String(before), String(after)], positions: [...positions.values()], ended: [...ended.values()] }
}

function isEnded(position: FilePosition | EndedPosition): position is EndedPosition {
  return 'endedAt' in position
}

function moreOf(position: FilePosition | EndedPosition): object | undefined {
  if (isEnded(position)) {
    const { endedAt, how, isSought } = position
    // There are thousands of the others, which are written again and again.
    return { ended: endedAt, how, sought: isSought, ...(isSought ? placesOf(position) : {}) }
  }
  const places = placesOf(position)
  return position.packedSize === undefined ? places : { packed: position.packedSize, ...places }
}

function placesOf(position: FilePosition): object | undefined {
  const marks = lastMarksOf(position)
  const ends = (position.ends ?? []).map(({ pos, digest }) => `${pos}.${digest}`).join(' ')
  return ends === '' ? marks : { ...marks, ends }
}

/** Undefined: there is none but the position itself. */
function lastMarksOf({ marks = [] }: FilePosition): { readonly marks: unknown } | undefined {
  const last = marks.slice(-marksWritten).map(({ pos, anchor }) => [pos, anchor.length, anchor.digest])
  return last.length > 1 ? { marks: last } : undefined
}

function line(record: unknown): string {
  const json = JSON.stringify(record)
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`
}

function recordOf(text: string): unknown {
  const json = text.slice(9)
  if (text.slice(0, 9) !== `${crc32(json).toString(16).padStart(8, '0')} `) return undefined
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

function positionOf(record: unknown): FilePosition | EndedPosition | undefined {
  if (!Array.isArray(record) || record.length < 8 || record.length > 9) return undefined
  const [device, inode, pos, file, headLength, headDigest, anchorLength, anchorDigest, more] = record as unknown[]
  const texts = [device, inode, file, headDigest, anchorDigest]
  const numbers = [pos, headLength, anchorLength]
  if (!texts.every((each) => typeof each === 'string') || !numbers.every(Number.isSafeInteger)) return undefined
  const position: FilePosition = {
    device: device as string,
    inode: inode as string,
    pos: pos as number,
    file: file as string,
    head: { length: headLength as number, digest: headDigest as string },
    anchor: { length: anchorLength as number, digest: anchorDigest as string },
  }
  return typeof more === 'object' && more !== null ? withMore(position, { ...more }) : position
}

function withMore(
  position: FilePosition,
  { packed, ended, how, sought, marks, ends }: { readonly [name: string]: unknown },
): FilePosition | EndedPosition {
  const marked = Array.isArray(marks) ? { ...position, marks: marks.flatMap(markOf) } : position
  const known = typeof ends === 'string' ? { ...marked, ends: ends.split(' ').flatMap(lineEndOf) } : marked
  if (typeof ended === 'number') {
    return { ...known, endedAt: ended, how: how === 'cut' ? 'cut' : 'gone', isSought: sought === true }
  }
  return typeof packed === 'number' ? { ...known, packedSize: packed } : known
}

function lineEndOf(text: string): readonly LineEnd[] {
  const [pos = '', digest = ''] = text.split('.')
  return Number.isSafeInteger(Number(pos)) && digest !== '' ? [{ pos: Number(pos), digest }] : []
}

function markOf(record: unknown): readonly Mark[] {
  const [pos, length, digest] = Array.isArray(record) ? (record as unknown[]) : []
  if (!Number.isSafeInteger(pos) || !Number.isSafeInteger(length) || typeof digest !== 'string') return []
  return [{ pos: pos as number, anchor: { length: length as number, digest } }]
}
