import { type EndedPosition, leadOf } from '../../../protocols/tail-positions/index.ts'
import type { FileGroup } from './file-groups.ts'

/** Content that was read, of a file that has other content now or is gone: a copy of it goes on where that ended. */
export interface EndedContent extends EndedPosition {
  /** What its name begins with. */
  readonly lead: string
  /** Bytes that were seen behind what is stored. */
  readonly unread: number
  /** A copy was found. */
  isFound: boolean
  /** None is looked for any more. */
  isOver: boolean
  /** Of which a copy is looked for that has a name of no group. */
  readonly group: FileGroup | undefined
  /** The last bytes before the position; none of what ended long ago. */
  recent: Uint8Array
  /** Of the monotonic clock. */
  readonly since: number
}

const most = 4000
/** Of so many the last bytes are kept. */
const mostRecent = 500
/** So long a copy is looked for. Ms. */
export const lookMs = 10_000
export const noBytes = new Uint8Array(0)

/** The last contents that ended, oldest first. */
export class EndedContents {
  readonly #all: EndedContent[] = []
  readonly #unsaved: EndedContent[] = []

  get all(): readonly EndedContent[] {
    return this.#all
  }

  add(position: EndedPosition, more: Pick<EndedContent, 'recent' | 'unread' | 'since' | 'group'>): void {
    const content = { ...position, ...more, lead: leadOf(position.file), isFound: false, isOver: false }
    this.#all.push(content)
    this.#unsaved.push(content)
    const older = this.#all.at(-1 - mostRecent)
    if (older) older.recent = noBytes
    if (this.#all.length > most) this.#all.shift()
  }

  /**
   * Of an earlier run, which may have been killed before a copy was read that was there. It lived until the last of them
   * ended, so that copies of those long before were looked for.
   */
  restore(positions: readonly EndedPosition[], since: number, groups: readonly FileGroup[]): void {
    const lived = positions.reduce((last, { endedAt }) => Math.max(last, endedAt), 0)
    for (const position of positions) {
      const { endedAt, file, how } = position
      const isOver = how === 'gone' || endedAt < lived - lookMs
      const group = isOver ? undefined : groups.find(({ paths }) => paths.has(file))
      this.#all.push({
        ...position,
        lead: leadOf(file),
        recent: noBytes,
        unread: 0,
        since,
        isFound: false,
        isOver,
        group,
      })
    }
    this.#all.splice(0, this.#all.length - most)
  }

  /** Those that were added since the last call. */
  takeUnsaved(): readonly EndedContent[] {
    return this.#unsaved.splice(0)
  }

  /** What is looked for. */
  sought(): readonly { readonly path: string; readonly group: FileGroup }[] {
    const ended = this.#all.filter(({ isFound, isOver }) => !isFound && !isOver)
    return ended.flatMap(({ file, group }) => (group ? [{ path: file, group }] : []))
  }

  /**
   * Bytes of which it is certain by now that no copy comes; to be asked after one was looked for.
   * @param before of the monotonic clock: they ended earlier
   */
  takeLost(before: number): readonly { readonly file: string; readonly bytes: number }[] {
    const over = this.#all.filter(({ isOver, since }) => !isOver && since < before)
    for (const content of over) content.isOver = true
    const lost = over.filter(({ isFound, unread }) => !isFound && unread > 0)
    return lost.map(({ file, unread }) => ({ file, bytes: unread }))
  }
}
