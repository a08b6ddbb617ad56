import { crc32 } from 'node:zlib'
import type { Fingerprint } from './fingerprint.ts'

/**
 * The positions with what tells one file from another, beside Flume's position file: its path and `.flumen`. Text, a
 * record a line: eight hexadecimal digits of the CRC-32 of the JSON after them, a blank, JSON. The first record is
 * `{"flumen":1,"before":D,"after":D}`, the digests of Flume's file that this one goes with: which of the two was
 * written before a crash does not matter. Each other record is an array [device, inode, pos, file, head length, head
 * digest, anchor length, anchor digest]; a position of -1 says that the file is gone. Later records count. A line that
 * does not verify is a torn one.
 */
export interface Journal {
  /** Digests of Flume's position file of which one must be found, or the positions were changed by somebody else. */
  readonly digests: readonly string[]
  readonly positions: readonly FilePosition[]
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
}

/** The digest that stands for a position file that is not there. */
export const noPositionFile = 'absent'

export function journalPathOf(positionFile: string): string {
  return `${positionFile}.flumen`
}

export function formatJournal(before: string, after: string, positions: readonly FilePosition[]): string {
  return line({ flumen: 1, before, after }) + formatJournalLines(positions)
}

export function formatJournalLines(positions: readonly FilePosition[]): string {
  return positions
    .map(({ device, inode, pos, file, head, anchor }) =>
      line([device, inode, pos, file, head.length, head.digest, anchor.length, anchor.digest]),
    )
    .join('')
}

/** @returns undefined where the text does not begin with the record that makes it one */
export function parseJournal(text: string): Journal | undefined {
  const [first, ...rest] = text.split('\n')
  const header = recordOf(first ?? '')
  if (typeof header !== 'object' || header === null || !('flumen' in header) || header.flumen !== 1) return undefined
  const { before, after } = header as { readonly before?: unknown; readonly after?: unknown }
  const positions = new Map<string, FilePosition>()
  for (const each of rest) {
    const position = positionOf(recordOf(each))
    if (!position) continue
    const key = `${position.device}:${position.inode}`
    positions.delete(key)
    if (position.pos >= 0) positions.set(key, position)
  }
  return { digests: [String(before), String(after)], positions: [...positions.values()] }
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

function positionOf(record: unknown): FilePosition | undefined {
  if (!Array.isArray(record) || record.length !== 8) return undefined
  const [device, inode, pos, file, headLength, headDigest, anchorLength, anchorDigest] = record as unknown[]
  const texts = [device, inode, file, headDigest, anchorDigest]
  const numbers = [pos, headLength, anchorLength]
  if (!texts.every((each) => typeof each === 'string') || !numbers.every(Number.isSafeInteger)) return undefined
  return {
    device: device as string,
    inode: inode as string,
    pos: pos as number,
    file: file as string,
    head: { length: headLength as number, digest: headDigest as string },
    anchor: { length: anchorLength as number, digest: anchorDigest as string },
  }
}
