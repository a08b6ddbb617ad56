import type { Clock } from '../../../core/index.ts'
import type { FilePosition } from '../../../protocols/tail-positions/index.ts'
import { EndedContents } from './ended-contents.ts'
import { FindingRounds } from './finding-rounds.ts'
import { type Birth, type Identity, isOtherBirth, keyOf } from './identity.ts'
import type { TailedFile } from './tailed-file.ts'

/** Most files that are remembered after they have gone, in case that they come back under another name. */
const mostRetired = 10_000

const noFiles: ReadonlySet<TailedFile> = new Set()

/**
 * All files that are followed. Finding files and reading them are two loops that share this: finding adds files, opens
 * them and says by which name they are known; reading moves positions, closes and lets go.
 */
export class TailSet {
  readonly files = new Map<string, TailedFile>()
  readonly byPath = new Map<string, TailedFile>()
  /** Files that may have something to read, in the order in which they are read. */
  readonly ready = new Set<TailedFile>()
  /** Files that were followed and are not any more. */
  readonly retired = new Map<string, FilePosition & Birth>()
  /** Content that was read and that no followed file holds any more. */
  readonly ended = new EndedContents()
  /** Files that are open; reading opens and closes them, finding opens new ones, and looks at some before they are followed. */
  readonly opened = new Set<TailedFile>()
  readonly rounds = new FindingRounds(() => {
    for (const file of this.#unsettled) this.mark(file)
    this.#unsettled.clear()
  })
  /** Something moved on since the positions were saved. */
  hasMoved = false
  readonly #clock: Clock
  readonly #unsettled = new Set<TailedFile>()
  /** Files by what the names that they have had begin with. */
  readonly #byLead = new Map<string, Set<TailedFile>>()
  /** Files that are followed no more while lines of them are being stored. */
  readonly #late = new Map<TailedFile, 'cut' | 'gone'>()
  #wake: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether it is followed, and not another one with its inode number, or none. */
  has(file: TailedFile): boolean {
    return this.files.get(file.key) === file
  }

  /** Files that are open and have a name of a group. */
  get openNamed(): number {
    let named = 0
    for (const file of this.opened) if (file.isPresent) named++
    return named
  }

  /** It may have something to read. */
  mark(file: TailedFile): void {
    if (!this.has(file)) return
    this.ready.add(file)
    this.#wake?.()
  }

  /** Whether its original is known if it is a copy; where not, it is marked when it is. */
  isSettled(file: TailedFile): boolean {
    if (this.rounds.isSettled(file.foundIn)) return true
    this.#unsettled.add(file)
    return false
  }

  /** Those of the files that may have or have had a name like this one. */
  withLeadOf({ lead }: TailedFile): ReadonlySet<TailedFile> {
    return this.#byLead.get(lead) ?? noFiles
  }

  add(file: TailedFile): void {
    this.follow(file)
    this.byPath.set(file.path, file)
    this.hasMoved = true
  }

  /** Adds a file that no name of a group leads to. */
  follow(file: TailedFile): void {
    this.files.set(file.key, file)
    this.#index(file)
  }

  #index(file: TailedFile): void {
    const { lead } = file
    const like = this.#byLead.get(lead)
    if (like) like.add(file)
    else this.#byLead.set(lead, new Set([file]))
    file.leads.add(lead)
  }

  #unindex(file: TailedFile): void {
    for (const lead of file.leads) {
      const like = this.#byLead.get(lead)
      like?.delete(file)
      if (like?.size === 0) this.#byLead.delete(lead)
    }
  }

  /** It is known by this name from now on. */
  name(file: TailedFile, path: string): void {
    if (this.byPath.get(file.path) === file) this.byPath.delete(file.path)
    if (file.path !== path) this.hasMoved = true
    file.path = path
    file.isPresent = true
    file.isElsewhere = false
    this.byPath.set(path, file)
    if (this.has(file)) this.#index(file)
  }

  /** The name leads to it no more. */
  unname(file: TailedFile): void {
    if (this.byPath.get(file.path) === file) this.byPath.delete(file.path)
    file.isPresent = false
    this.hasMoved = true
  }

  /** It is followed no more. @param how its content ended; `cut` where there may be a copy of it */
  retire(file: TailedFile, how: 'cut' | 'gone'): void {
    this.unname(file)
    if (this.has(file)) this.files.delete(file.key)
    this.#unindex(file)
    this.ready.delete(file)
    this.retired.set(file.key, { ...file.position, bornNs: file.bornNs })
    if (file.isInHand) this.#late.set(file, how)
    else this.#end(file, how)
    for (const [key] of this.retired) {
      if (this.retired.size <= mostRetired) break
      this.retired.delete(key)
    }
  }

  /** Its lines were stored, or refused. */
  release(file: TailedFile): void {
    file.isInHand = false
    const how = this.#late.get(file)
    this.#late.delete(file)
    if (how !== undefined) this.#end(file, how)
  }

  /** Its content was truncated or replaced. @param unread bytes that were seen behind what is stored */
  cut(file: TailedFile, unread: number): void {
    this.#end(file, 'cut', unread)
    this.hasMoved = true
  }

  /** Files whose first line waits until it is known whether they are copies. */
  markUnjudged(): void {
    for (const file of this.files.values()) if (!file.isJudged && file.size > 0) this.mark(file)
  }

  #end(file: TailedFile, how: 'cut' | 'gone', unread = how === 'cut' ? (unreadOf(file) ?? 0) : 0): void {
    const { place, position, readPath, marks, recent, group } = file
    if (place.head.length === 0) return
    const ended = { ...position, file: readPath, marks: [...marks], how, endedAt: this.#clock.now() }
    const sought = how === 'cut' ? group : undefined
    this.ended.add(ended, { recent: recent.bytes, unread, since: this.#clock.monotonic(), group: sought })
    this.markUnjudged()
  }

  /** Takes back what is known of a file that was let go; nothing where another one has its inode number. */
  recall(file: Identity & Birth): FilePosition | undefined {
    const key = keyOf(file)
    const position = this.retired.get(key)
    this.retired.delete(key)
    return position && !isOtherBirth(position, file) ? position : undefined
  }

  /** Resolves when a file is marked, after `ms`, or when the signal is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (this.ready.size > 0 || signal.aborted) {
        resolve()
        return
      }
      const cancel = this.#clock.after(ms, done)
      const wake = done.bind(undefined)
      this.#wake = wake
      signal.addEventListener('abort', wake, { once: true })
      const forget = (): void => {
        cancel()
        signal.removeEventListener('abort', wake)
        if (this.#wake === wake) this.#wake = undefined
      }
      function done(): void {
        forget()
        resolve()
      }
    })
  }
}

/** Bytes that were seen and are not stored; of an archive nobody knows how many: undefined, or 0 where it is read. */
export function unreadOf({ isArchive, isRead, size, place: { pos, head } }: TailedFile): number | undefined {
  if (isArchive) return isRead ? 0 : undefined
  // What is shorter than what was read has other content.
  return pos === 0 ? Math.max(size, head.length) : size < pos ? size : size - pos
}
