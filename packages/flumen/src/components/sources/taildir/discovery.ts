import { readdir } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { messageOf, type SourceContext } from '../../../core/index.ts'
import { type FilePosition, noFingerprint } from '../../../protocols/tail-positions/index.ts'
import { type FileFacts, factsOf, isOnLocalDisk, lookAtName } from './descriptors.ts'
import type { FileGroup } from './file-groups.ts'
import {
  type Folder,
  factsOfNames,
  folderAt,
  groupOf,
  mostAtOnce,
  type NameLook,
  noteLink,
  restOf,
  touchLinks,
} from './folder.ts'
import { FolderWatch } from './folder-watch.ts'
import { FoundFile, leadsTo } from './found-file.ts'
import { isOtherBirth, keyOf } from './identity.ts'
import { KnownPositions } from './known-positions.ts'
import { LostFiles } from './lost-files.ts'
import { holdsItsPlace } from './same-content.ts'
import type { TailSet } from './tail-set.ts'
import { beginning, type Place, TailedFile } from './tailed-file.ts'

export interface DiscoveryOptions {
  readonly groups: readonly FileGroup[]
  readonly skipToEnd: boolean
  /** The system tells of changes in folders where it can. */
  readonly watch: boolean
  /** Most files that are open ahead of their turn. */
  readonly maxOpenFiles: number
  /** New files are followed; their positions should survive a kill. */
  onTaken(files: readonly TailedFile[]): Promise<void>
}

/** What a name led to a moment ago. */
interface Look extends NameLook {
  /** It is the name of a file of this group. */
  readonly group?: FileGroup | undefined
  /** Open, where it is to be followed. */
  readonly found?: FoundFile | undefined
}

/** New files whose positions are written together. */
const mostUnsaved = 64
/** Between two looks at everything: where folders are watched, and where not, ms. */
const watchedPauseMs = 15_000
const unwatchedPauseMs = 1000
/** Files that were not read yet may be open beyond the bound: so many. */
export const moreOpenFiles = 64

/** Finds files by name, knows them again by device and inode, and tells reading which of them may have changed. */
export class Discovery {
  readonly #options: DiscoveryOptions
  readonly #context: SourceContext
  readonly #set: TailSet
  readonly #known: KnownPositions
  readonly #folders = new Map<string, Folder>()
  readonly #stopping = new AbortController()
  readonly #lost: LostFiles
  /** New files whose positions are not written yet. */
  #taken: TailedFile[] = []
  #wake: (() => void) | undefined
  #loop: Promise<void> = Promise.resolve()

  constructor(options: DiscoveryOptions, context: SourceContext, set: TailSet, positions: readonly FilePosition[]) {
    this.#options = options
    this.#context = context
    this.#set = set
    this.#known = new KnownPositions(positions)
    this.#lost = new LostFiles(options.groups, context, set, (directory) => this.#folders.get(directory))
    for (const { paths } of options.groups) this.#addFolder(paths.folders.root, true)
  }

  /** Takes in all that is there, then goes on by itself until `stop`. */
  async start(): Promise<void> {
    for (const folder of this.#folders.values()) await this.#lookAtAll(folder, true)
    const gone: FilePosition[] = []
    for (const position of this.#known.rest()) if (!(await this.#lost.findMoved(position))) gone.push(position)
    this.#lost.end(gone)
    this.#loop = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake?.()
    await this.#loop
    for (const folder of this.#folders.values()) folder.watch?.close()
  }

  /** The name leads to another file than was thought, or to none. */
  touch(path: string): void {
    const folder = this.#folders.get(dirname(path))
    folder?.touched.add(basename(path))
    this.#wake?.()
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        for (const folder of this.#folders.values()) await this.#lookAgain(folder)
        await this.#lost.follow()
      } catch (error) {
        this.#context.log.warn('Files could not be looked for.', { error: messageOf(error) })
      }
      await this.#set.rounds.end(() => restOf(this.#folders.values(), this.#context.clock.monotonic()) > 0)
      await this.#pause()
    }
  }

  async #lookAgain(folder: Folder): Promise<void> {
    if (folder.watch?.isLost || folder.lookAt <= this.#context.clock.monotonic()) {
      await this.#lookAtAll(folder, false)
      return
    }
    touchLinks(folder, this.#context.clock.monotonic())
    const names = [...folder.touched]
    folder.touched.clear()
    await this.#lookAt(folder, names, false)
  }

  /** Lists the folder; looks at every name that fits and every name that is known. */
  async #lookAtAll(folder: Folder, isFirst: boolean): Promise<void> {
    await this.#watchFolder(folder)
    folder.touched.clear()
    const names = await this.#namesIn(folder)
    const seen: readonly Look[] = await factsOfNames(folder, names, !isFirst)
    const changed = seen
      .filter((look) => isFirst || !this.#isUnchanged(folder, look))
      .sort((a, b) => (a.facts?.modifiedMs ?? 0) - (b.facts?.modifiedMs ?? 0))
    await this.#lookAt(folder, isFirst ? changed : changed.map(({ name }) => name), isFirst)
    const there = new Set(names.map((name) => folder.prefix + name))
    const gone = [...this.#set.byPath.keys()].filter((path) => dirname(path) === folder.directory && !there.has(path))
    await this.#lookAt(
      folder,
      gone.map((path) => basename(path)),
      false,
    )
    if (folder.isMissed && !folder.isRoot) this.#removeFolder(folder)
    const pause = folder.watch ? watchedPauseMs : unwatchedPauseMs
    folder.lookAt = this.#context.clock.monotonic() + pause
  }

  #isUnchanged({ prefix }: Folder, { name, facts }: Look): boolean {
    const known = this.#set.byPath.get(prefix + name)
    if (!known || !facts || !known.is(facts)) return false
    return known.isRead && facts.size === known.size && facts.modifiedMs === known.modifiedMs
  }

  /** Names of files of groups; folders behind which there may be some are added. */
  async #namesIn(folder: Folder): Promise<readonly string[]> {
    try {
      const entries = await readdir(folder.directory, { withFileTypes: true })
      folder.isMissed = false
      if (folder.goesBelow) {
        for (const entry of entries) if (entry.isDirectory()) this.#addFolder(folder.prefix + entry.name, false)
      }
      const wanted = entries.filter(({ name }) => groupOf(folder, folder.prefix + name))
      folder.links.clear()
      for (const entry of wanted) if (entry.isSymbolicLink()) folder.links.add(entry.name)
      return wanted.map(({ name }) => name)
    } catch (error) {
      if (!folder.isMissed && folder.isRoot) {
        this.#context.log.warn('A folder cannot be read; it is waited for.', {
          folder: folder.directory,
          error: messageOf(error),
        })
      }
      folder.isMissed = true
      return []
    }
  }

  #addFolder(directory: string, isRoot: boolean): void {
    const { groups } = this.#options
    const goesBelow = groups.some(({ paths }) => paths.folders.goesBelow(directory))
    const inIt = groups.filter(({ paths }) => paths.folders.has(directory))
    if (this.#folders.has(directory) || !(isRoot || goesBelow || inIt.length > 0)) return
    this.#folders.set(directory, folderAt({ directory, groups: inIt, goesBelow, isRoot }))
  }

  #removeFolder(folder: Folder): void {
    folder.watch?.close()
    this.#folders.delete(folder.directory)
  }

  async #watchFolder(folder: Folder): Promise<void> {
    const facts = await factsOf(folder.directory)
    const key = facts && keyOf(facts)
    folder.isLocal = facts !== undefined && (await isOnLocalDisk(folder.directory, facts))
    if (folder.watch && !folder.watch.isLost && folder.watchedKey === key) return
    folder.watch?.close()
    folder.watchedKey = key
    folder.watch =
      key === undefined || !this.#options.watch
        ? undefined
        : await FolderWatch.start(folder.directory, (name, isContent) => this.#heard(folder, name, isContent))
  }

  #heard(folder: Folder, name: string | undefined, isContent: boolean): void {
    if (name === undefined || name === folder.name) {
      // The folder itself may have gone; one that is made again may have its inode number.
      if (!isContent) folder.watchedKey = undefined
      folder.lookAt = 0
      this.#wake?.()
    }
    if (name === undefined) return
    const path = folder.prefix + name
    const known = this.#set.byPath.get(path)
    if (known && isContent) {
      this.#set.mark(known)
    } else if (known || (folder.goesBelow && !isContent) || groupOf(folder, path)) {
      folder.touched.add(name)
      this.#wake?.()
    }
  }

  /** Finds out what names lead to now, and follows them in this order. */
  async #lookAt(folder: Folder, names: readonly (string | Look)[], isFirst: boolean): Promise<void> {
    const { rounds } = this.#set
    rounds.expect(names.map((each) => (typeof each === 'string' ? each : each.name)))
    for (let from = 0; from < names.length && !this.#stopping.signal.aborted; from += mostAtOnce) {
      const some = names.slice(from, from + mostAtOnce)
      const room = this.#room(isFirst)
      const looks = await Promise.all(some.map((name, at) => this.#lookAhead(folder, name, isFirst, at < room)))
      const isDoubtful = looks.some((look) => this.#isOther(folder, look))
      try {
        for (const look of looks) {
          await this.#look(folder, look, isFirst)
          rounds.seen(look.name)
        }
      } finally {
        for (const { found } of looks) await found?.close()
      }
      const isLast = from + mostAtOnce >= names.length
      if (this.#taken.length >= (isLast ? 1 : mostUnsaved)) await this.#options.onTaken(this.#taken.splice(0))
      if (isDoubtful) await this.#lookAtFolder(folder)
    }
  }

  /** The name led to another file before, or leads nowhere. */
  #isOther({ prefix }: Folder, { name, facts }: Look): boolean {
    const known = this.#set.byPath.get(prefix + name)
    return facts === undefined || (known !== undefined && !known.is(facts))
  }

  /** As long as one of its files is open, the system does not tell that a folder has gone, or that there is another one. */
  async #lookAtFolder(folder: Folder): Promise<void> {
    const facts = folder.watch && (await factsOf(folder.directory))
    if (folder.watch && (facts && keyOf(facts)) !== folder.watchedKey) folder.lookAt = 0
  }

  async #lookAhead(folder: Folder, given: string | Look, isFirst: boolean, hasRoom: boolean): Promise<Look> {
    const name = typeof given === 'string' ? given : given.name
    const path = folder.prefix + name
    const look = typeof given === 'string' ? { name, ...(await lookAtName(path, folder.isLocal)) } : given
    const { facts } = look
    const group = groupOf(folder, path)
    const isKnown = facts !== undefined && this.#set.byPath.get(path)?.is(facts)
    if (look !== given && !isKnown) await noteLink(folder, look, group)
    if (!facts?.isFile || !group || isKnown) return { ...look, group }
    return { ...look, group, found: await this.#find(path, facts, isFirst, hasRoom) }
  }

  #find(path: string, facts: FileFacts, isFirst: boolean, hasRoom: boolean): Promise<FoundFile | undefined> {
    const mayOpen = hasRoom && !(isFirst && this.#known.isRead(facts))
    return FoundFile.at(path, facts, mayOpen, this.#context.clock.now())
  }

  /** So many files may be opened. Those that have no name any more stay open beside them. */
  #room(isFirst: boolean): number {
    return this.#options.maxOpenFiles + (isFirst ? 0 : moreOpenFiles) - this.#set.openNamed
  }

  async #look(folder: Folder, look: Look, isFirst: boolean): Promise<void> {
    const { facts, group } = look
    const path = folder.prefix + look.name
    const known = this.#set.byPath.get(path)
    const below = this.#folders.get(path)
    if (below && (facts && keyOf(facts)) !== below.watchedKey) below.lookAt = 0
    if (facts?.isDirectory && folder.goesBelow && !below) folder.lookAt = 0
    if (!facts?.isFile || !group) {
      if (known) this.#lose(known)
      return
    }
    if (known?.is(facts)) {
      this.#seeAgain(known, facts)
      return
    }
    const found = look.found ?? (await this.#find(path, facts, isFirst, this.#room(isFirst) > 0))
    try {
      if (found) await this.#follow(group, path, found, isFirst)
      else if (known) this.#lose(known)
    } finally {
      await found?.close()
    }
  }

  #seeAgain(file: TailedFile, facts: FileFacts): void {
    const hasChanged = facts.size !== file.size || facts.modifiedMs !== file.modifiedMs
    file.see(facts, this.#context.clock.monotonic())
    if (hasChanged || !file.isRead) this.#set.mark(file)
  }

  /** A name leads to another file than before. */
  async #follow(group: FileGroup, path: string, found: FoundFile, isFirst: boolean): Promise<void> {
    const { facts } = found
    const known = this.#set.byPath.get(path)
    if (known?.is(facts)) return this.#seeAgain(known, facts)
    const other = this.#set.files.get(keyOf(facts))
    // A second name of the same content: hard links and symbolic links are read once.
    if (other?.isPresent && other.path !== path && (await leadsTo(other.path, facts))) return
    if (known) this.#lose(known)
    if (!other || (await this.#isAnother(other, found))) {
      await this.#take(group, path, found, isFirst)
      return
    }
    other.see(facts, this.#context.clock.monotonic())
    if (!other.isRead) other.adopt(found)
    this.#rename(other, path)
  }

  /** Whether what was found is a new file with the inode number of one that is gone, which is followed no more then. */
  async #isAnother(file: TailedFile, found: FoundFile): Promise<boolean> {
    const isOther = isOtherBirth(file, found.facts)
    if (file.descriptor !== undefined || (!isOther && (file.isArchive || (await found.holds(file.place))))) return false
    if (this.#set.has(file) && file.descriptor === undefined) this.#lost.letGo(file, isOther ? 'gone' : 'cut')
    return !this.#set.has(file)
  }

  #lose(file: TailedFile): void {
    this.#set.unname(file)
    this.#lost.add(file)
  }

  #rename(file: TailedFile, path: string): void {
    this.#lost.delete(file)
    this.#set.name(file, path)
    this.#set.mark(file)
  }

  async #take(group: FileGroup, path: string, found: FoundFile, isFirst: boolean): Promise<void> {
    const { facts } = found
    const retired = this.#set.recall(facts)
    const known = retired ?? this.#known.take(facts, path)
    const place = known ?? this.#placeOf(facts, isFirst)
    const now = this.#context.clock.monotonic()
    const file = new TailedFile(facts, path, group, place, now, this.#set.opened)
    if (known) file.readPath = known.file
    file.see(facts, now)
    file.foundIn = this.#set.rounds.find()
    this.#openAhead(file, found, retired !== undefined)
    // Other content must not be known by this name after a kill.
    if (retired && !(await holdsItsPlace(file))) file.forget()
    else if (known && !retired) await this.#known.confirm(known, file)
    const meanwhile = this.#set.files.get(file.key)
    if (meanwhile) {
      // Found as a copy without a name of a group.
      await file.close()
      this.#rename(meanwhile, path)
      return
    }
    this.#set.add(file)
    this.#set.mark(file)
    if (!isFirst) this.#taken.push(file)
    this.#context.log.debug('A file is followed.', { file: path, inode: file.inode, from: file.place.pos })
  }

  #placeOf(facts: FileFacts, isFirst: boolean): Place {
    return isFirst && this.#options.skipToEnd
      ? { pos: facts.size, head: noFingerprint, anchor: noFingerprint }
      : beginning
  }

  /**
   * An open file can be read to its end whatever becomes of its name: where there was room to open it, it stays so.
   * @param isDoubtful it may be another one than was read, of the same size
   */
  #openAhead(file: TailedFile, found: FoundFile, isDoubtful: boolean): void {
    if (found.facts.size > 0 && file.isRead && !isDoubtful) return
    if (file.adopt(found) && found.facts.size > 0) file.learnHead()
  }

  async #pause(): Promise<void> {
    const { clock } = this.#context
    const { signal } = this.#stopping
    const restMs = restOf(this.#folders.values(), clock.monotonic())
    if (restMs <= 0 || signal.aborted) return
    await new Promise<void>((resolve) => {
      const cancel = clock.after(restMs, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
    this.#wake = undefined
  }
}
