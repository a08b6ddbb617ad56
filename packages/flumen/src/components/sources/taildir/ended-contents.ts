import { type EndedPosition, type LineEnd, leadOf } from '../../../protocols/tail-positions/index.ts'
import type { FileGroup } from './file-groups.ts'

/** Content that was read, of a file that has other content now or is gone: a copy of it goes on where that ended. */
export interface EndedContent extends EndedPosition {
  /** What its name begins with. */
  readonly lead: string
  /** Bytes that were seen behind what is stored. */
  readonly unread: number
  isSought: boolean
  /** Of which a copy is looked for that has a name of no group. */
  readonly group: FileGroup | undefined
  /** The last bytes before the position; none of what ended long ago. */
  recent: Uint8Array
  /** The last ends of lines; none of what ended long ago. */
  ends?: readonly LineEnd[]
  /** Of the monotonic clock. */
  readonly since: number
}

const most = 4000
/** Of so many the last bytes and ends of lines are kept. */
const mostRecent = 500
export const noBytes = new Uint8Array(0)

/** The last contents that ended, oldest first. */
export class EndedContents {
  readonly #all: EndedContent[] = []
  readonly #unsaved: EndedContent[] = []

  get all(): readonly EndedContent[] {
    return this.#all
  }

  /** @param more the group, where a copy is looked for */
  add(
    position: Omit<EndedPosition, 'isSought'>,
    more: Pick<EndedContent, 'recent' | 'unread' | 'since' | 'group'>,
  ): void {
    const content = { ...position, ...more, lead: leadOf(position.file), isSought: more.group !== undefined }
    this.#all.push(content)
    this.#unsaved.push(content)
    const older = this.#all.at(-1 - mostRecent)
    if (older) {
      older.recent = noBytes
      older.ends = []
    }
    if (this.#all.length > most) this.#all.shift()
  }

  /** Of an earlier run, which may have been killed before a copy was read that was there, or before it looked for one. */
  restore(positions: readonly EndedPosition[], since: number, groups: readonly FileGroup[]): void {
    for (const position of positions) {
      const { file } = position
      const group = position.isSought ? groups.find(({ paths }) => paths.has(file)) : undefined
      const isSought = group !== undefined
      this.#all.push({ ...position, lead: leadOf(file), recent: noBytes, unread: 0, since, isSought, group })
    }
    this.#all.splice(0, this.#all.length - most)
  }

  /** Those that were added since the last call. */
  takeUnsaved(): readonly EndedContent[] {
    return this.#unsaved.splice(0)
  }

  /** What is looked for. */
  sought(): readonly { readonly path: string; readonly group: FileGroup }[] {
    return this.#all.flatMap(({ isSought, file, group }) => (isSought && group ? [{ path: file, group }] : []))
  }

  /**
   * Gives up those of which it is certain by now that no copy comes; to be asked after one was looked for.
   * @param before of the monotonic clock: they ended earlier
   */
  giveUp(before: number): readonly EndedContent[] {
    const over = this.#all.filter(({ isSought, since }) => isSought && since < before)
    for (const content of over) content.isSought = false
    return over
  }
}
