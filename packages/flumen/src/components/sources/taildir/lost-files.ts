import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { messageOf, type SourceContext } from '../../../core/index.ts'
import type { FilePosition } from '../../../protocols/tail-positions/index.ts'
import { factsOf, targetOf } from './descriptors.ts'
import { noBytes } from './ended-contents.ts'
import type { FileGroup } from './file-groups.ts'
import { type Folder, groupOf } from './folder.ts'
import { keyOf } from './identity.ts'
import { isSameContent } from './same-content.ts'
import { type TailSet, unreadOf } from './tail-set.ts'
import { TailedFile } from './tailed-file.ts'

/** Files that had a name of a group and have none now. */
export class LostFiles {
  readonly #groups: readonly FileGroup[]
  readonly #context: SourceContext
  readonly #set: TailSet
  readonly #folderOf: (directory: string) => Folder | undefined
  /** Since the last look was complete. */
  readonly #lost = new Set<TailedFile>()

  constructor(
    groups: readonly FileGroup[],
    context: SourceContext,
    set: TailSet,
    folderOf: (directory: string) => Folder | undefined,
  ) {
    this.#groups = groups
    this.#context = context
    this.#set = set
    this.#folderOf = folderOf
  }

  add(file: TailedFile): void {
    this.#lost.add(file)
  }

  /** It has one again. */
  delete(file: TailedFile): void {
    this.#lost.delete(file)
  }

  /** Files that have no name of a group any more: what they still hold is read as long as they can be reached. */
  async follow(): Promise<void> {
    for (const file of [...this.#lost]) {
      // It is asked for again then.
      if (file.isInHand && file.descriptor === undefined) continue
      this.#lost.delete(file)
      if (file.isPresent || !this.#set.has(file)) continue
      const where = file.descriptor === undefined ? await this.#openElsewhere(file, file.path) : 'open'
      if (where === 'named') this.#lost.add(file)
      // Reading may have opened it meanwhile.
      else if (where === 'open' || file.descriptor !== undefined) this.#set.mark(file)
      else this.letGo(file, 'gone')
    }
  }

  /** It cannot be reached any more. @param how its content ended */
  letGo(file: TailedFile, how: 'cut' | 'gone'): void {
    this.#set.retire(file, how)
    const { inode, path, place, size } = file
    this.#context.log.debug('A file is followed no more.', { file: path, inode, stored: place.pos, size })
    // Of what was truncated a copy is looked for before anything is counted.
    const unread = how === 'cut' ? 0 : unreadOf(file)
    if (unread === 0) return
    this.#context.metrics.counter('filesGoneUnread').add(1)
    this.#context.log.warn('A file is gone before all of it was read.', { file: path, unreadBytes: unread })
  }

  /** A file that was followed before the start and has no name of a group any more. */
  async findMoved(position: FilePosition): Promise<boolean> {
    const group = this.#groups.find((each) => each.paths.has(position.file))
    if (!group || position.head.length === 0) return false
    const now = this.#context.clock.monotonic()
    const file = new TailedFile(position, position.file, group, position, now, this.#set.opened)
    if (this.#set.files.has(file.key) || (await this.#openElsewhere(file, position.file)) !== 'open') return false
    file.isPresent = false
    this.#set.follow(file)
    this.#set.mark(file)
    return true
  }

  /**
   * Files that were followed before the start and are not there, or have other content: those were truncated, or are
   * others with the same inode number. When that was is not known: it may be now.
   */
  end(positions: readonly FilePosition[]): void {
    const { clock } = this.#context
    const known = positions.filter(({ head }) => head.length > 0)
    const since = clock.monotonic()
    for (const position of known) {
      const group = this.#groups.find((each) => each.paths.has(position.file))
      const sought = position.packedSize === undefined ? group : undefined
      const how = this.#set.files.has(keyOf(position)) ? 'cut' : 'gone'
      const ended = { ...position, how, endedAt: clock.now() } as const
      this.#set.ended.add(ended, { recent: noBytes, unread: 0, since, group: sought })
    }
  }

  /**
   * Looks for a name that leads to the file: in its folder, and where its name leads to, if that is a symbolic link.
   * `named`: one of a group does, which is looked at next.
   */
  async #openElsewhere(file: TailedFile, path: string): Promise<'open' | 'named' | 'gone'> {
    for (const directory of new Set([dirname(path), dirname(await targetOf(path))])) {
      const where = await this.#openIn(directory, file)
      if (where !== 'gone') return where
    }
    return 'gone'
  }

  async #openIn(directory: string, file: TailedFile): Promise<'open' | 'named' | 'gone'> {
    const folder = this.#folderOf(directory)
    try {
      for (const name of await readdir(directory)) {
        const facts = await factsOf(join(directory, name))
        if (!facts?.isFile || keyOf(facts) !== file.key) continue
        if (folder && groupOf(folder, join(directory, name))) {
          folder.touched.add(name)
          return 'named'
        }
        // Born in the same moment it is the same file, whatever became of its content.
        const isKnown = facts.bornNs > 0n && facts.bornNs === file.bornNs
        const isIt = isKnown || (file.is(facts) && (await this.#isAt(join(directory, name), file)))
        if (!isIt) return 'gone'
        // It may be read as soon as it is open.
        file.isElsewhere = !isKnown
        if (await file.open(join(directory, name))) return 'open'
        file.isElsewhere = false
      }
    } catch (error) {
      this.#context.log.warn('A renamed file could not be looked for.', {
        file: file.path,
        error: messageOf(error),
      })
    }
    return 'gone'
  }

  /** Whether what the name leads to, which has its inode number, is the file and no other one, as far as content tells. */
  async #isAt(path: string, file: TailedFile): Promise<boolean> {
    const candidate = new TailedFile(file, path, file.group, file.place, 0, this.#set.opened)
    try {
      return (await candidate.open(path)) && (await isSameContent(candidate))
    } finally {
      await candidate.close()
    }
  }
}
