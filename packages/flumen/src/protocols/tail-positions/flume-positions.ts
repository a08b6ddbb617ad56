/** One entry of Flume's `taildir_position.json`. */
export interface FlumePosition {
  /** Decimal: inode numbers of some file systems are larger than JavaScript's exact integers. */
  readonly inode: string
  /** Offset of the first byte that is not stored. */
  readonly pos: number
  /** Absolute path. */
  readonly file: string
}

/** In a JSON text: a name in a string has its quotes escaped, so this finds keys only. */
const inodeNumber = /"inode"\s*:\s*(\d+)/g

/**
 * Flume writes an array of `{"inode":N,"pos":N,"file":"…"}` in one line, and an empty file where it follows none.
 * @returns undefined for what is no such array: an empty or torn file, which Flume ignores as well; entries that lack
 * a member are left out
 */
export function parseFlumePositions(text: string): readonly FlumePosition[] | undefined {
  let read: unknown
  try {
    read = JSON.parse(text.replace(inodeNumber, '"inode":"$1"'))
  } catch {
    return undefined
  }
  if (!Array.isArray(read)) return undefined
  return read.filter(isPosition).map(({ inode, pos, file }) => ({ inode, pos, file }))
}

/** In Flume's form, which Flume reads. */
export function formatFlumePositions(positions: readonly FlumePosition[]): string {
  const entries = positions.map(
    ({ inode, pos, file }) => `{"inode":${inode},"pos":${pos},"file":${JSON.stringify(file)}}`,
  )
  return `[${entries.join(',')}]`
}

function isPosition(value: unknown): value is FlumePosition {
  if (typeof value !== 'object' || value === null) return false
  const { inode, pos, file } = value as Record<string, unknown>
  return typeof inode === 'string' && Number.isSafeInteger(pos) && (pos as number) >= 0 && typeof file === 'string'
}
