import { digestOf, noFingerprint } from './fingerprint.ts'
import { type FlumePosition, parseFlumePositions } from './flume-positions.ts'
import { type EndedPosition, type FilePosition, noPositionFile, parseJournal } from './journal.ts'

/** What stands in the files of a source. */
export interface StoredPositions {
  /** Ours, with fingerprints; or those of Flume, without. */
  readonly positions: readonly FilePosition[]
  /** Content that was read and is in those files no more. */
  readonly ended: readonly EndedPosition[]
  /** Something stands in the position file and cannot be read. */
  readonly isDamaged: boolean
  /** Of the position file. */
  readonly digest: string
}

/** The device of a position that Flume wrote: it does not know any. */
export const anyDevice = ''

/** The journal counts as long as the position file is one that it goes with. Undefined: there is no such file. */
export function storedPositions(flume: string | undefined, journal: string | undefined): StoredPositions {
  const digest = flume === undefined ? noPositionFile : digestOf(Buffer.from(flume))
  const ours = parseJournal(journal ?? '')
  if (ours?.digests.includes(digest)) return { ...ours, isDamaged: false, digest }
  const theirs = parseFlumePositions(flume ?? '[]')
  const isDamaged = theirs === undefined && flume !== ''
  return { positions: (theirs ?? []).map(fromFlume), ended: [], isDamaged, digest }
}

function fromFlume({ inode, pos, file }: FlumePosition): FilePosition {
  return { device: anyDevice, inode, pos, file, head: noFingerprint, anchor: noFingerprint }
}
