import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { messageOf, type SourceContext } from '../../../core/index.ts'
import { type FilePosition, noFingerprint } from '../../../protocols/tail-positions/index.ts'
import { type FileFacts, factsOf } from './descriptors.ts'
import { noBytes } from './ended-contents.ts'
import type { FileGroup } from './file-groups.ts'
import { type Folder, isWanted } from './folder.ts'
import { FolderWatch } from './folder-watch.ts'
import { FoundFile, leadsTo } from './found-file.ts'
import { KnownPositions } from './known-positions.ts'
import type { TailSet } from './tail-set.ts'
import { beginning, keyOf, type Place, TailedFile } from './tailed-file.ts'

export interface DiscoveryOptions {
  readonly groups: readonly FileGroup[]
  readonly skipToEnd: boolean
  /** Most files that are open ahead of their turn. */
  readonly maxOpenFiles: number
  /** A new file is followed; its position should survive a kill. */
  onTaken(file: TailedFile): Promise<void>
}

/** Between two looks at everything: where folders are watched, and where not, ms. */
const watchedPauseMs = 15_000
const unwatchedPauseMs = 1000
/** New files that are opened beyond the bound: reading closes others in their place. */
const moreOpenFiles = 64

/** Finds files by name, knows them again by device and inode, and tells reading which of them may have changed. */
export class Discovery {
  readonly #options: DiscoveryOptions
  readonly #context: SourceContext
  readonly #set: TailSet
  readonly #known: KnownPositions
  readonly #folders = new Map<string, Folder>()
  readonly #stopping = new AbortController()
  /** Files that have lost their name since the last look was complete. */
  readonly #lost = new Set<TailedFile>()
  #wake: (() => void) | undefined
  #loop: Promise<void> = Promise.resolve()

  constructor(options: DiscoveryOptions, context: SourceContext, set: TailSet, positions: readonly FilePosition[]) {
    this.#options = options
    this.#context = context
    this.#set = set
    this.#known = new KnownPositions(positions)
    for (const { paths } of options.groups) this.#addFolder(paths.folders.root, true)
  }

  /** Takes in all that is there, then goes on by itself until `stop`. */
  async start(): Promise<void> {
    for (const folder of this.#folders.values()) await this.#lookAtAll(folder, true)
    const gone: FilePosition[] = []
    for (const position of this.#known.rest()) if (!(await this.#findMoved(position))) gone.push(position)
    this.#endGone(gone)
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
        await this.#followLost()
      } catch (error) {
        this.#context.log.warn('Files could not be looked for.', { error: messageOf(error) })
      }
      await this.#pause()
    }
  }

  async #lookAgain(folder: Folder): Promise<void> {
    if (folder.watch?.isLost || folder.lookAt <= this.#context.clock.monotonic()) {
      await this.#lookAtAll(folder, false)
      return
    }
    while (folder.touched.size > 0 && !this.#stopping.signal.aborted) {
      const names = [...folder.touched]
      folder.touched.clear()
      for (const name of names) await this.#look(folder, name, undefined, false)
    }
  }

  /** Lists the folder; looks at every name that fits and every name that is known. */
  async #lookAtAll(folder: Folder, isFirst: boolean): Promise<void> {
    await this.#watchFolder(folder)
    folder.touched.clear()
    const names = await this.#namesIn(folder)
    const found: { readonly name: string; readonly facts: FileFacts | undefined }[] = []
    for (const name of names) found.push({ name, facts: await factsOf(join(folder.directory, name)) })
    found.sort((a, b) => (a.facts?.modifiedMs ?? 0) - (b.facts?.modifiedMs ?? 0))
    for (const { name, facts } of found) {
      if (!isFirst && this.#isUnchanged(join(folder.directory, name), facts)) continue
      await this.#look(folder, name, isFirst ? facts : undefined, isFirst)
    }
    const there = new Set(names.map((name) => join(folder.directory, name)))
    for (const path of [...this.#set.byPath.keys()]) {
      if (dirname(path) === folder.directory && !there.has(path))
        await this.#look(folder, basename(path), undefined, false)
    }
    if (folder.isMissed && !folder.isRoot) this.#removeFolder(folder)
    const pause = folder.watch ? watchedPauseMs : unwatchedPauseMs
    folder.lookAt = this.#context.clock.monotonic() + pause
  }

  #isUnchanged(path: string, facts: FileFacts | undefined): boolean {
    const known = this.#set.byPath.get(path)
    if (!known || !facts || keyOf(facts) !== known.key) return false
    return known.isRead && facts.size === known.size && facts.modifiedMs === known.modifiedMs
  }

  /** Names of files of groups; folders behind which there may be some are added. */
  async #namesIn(folder: Folder): Promise<readonly string[]> {
    try {
      const entries = await readdir(folder.directory, { withFileTypes: true })
      folder.isMissed = false
      if (folder.goesBelow) {
        for (const entry of entries) if (entry.isDirectory()) this.#addFolder(join(folder.directory, entry.name), false)
      }
      return entries.map(({ name }) => name).filter((name) => isWanted(folder, name))
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
    this.#folders.set(directory, {
      directory,
      groups: inIt,
      goesBelow,
      isRoot,
      touched: new Set<string>(),
      watch: undefined,
      watchedKey: undefined,
      isMissed: false,
      lookAt: 0,
    })
  }

  #removeFolder(folder: Folder): void {
    folder.watch?.close()
    this.#folders.delete(folder.directory)
  }

  async #watchFolder(folder: Folder): Promise<void> {
    const facts = await factsOf(folder.directory)
    const key = facts && keyOf(facts)
    if (folder.watch && !folder.watch.isLost && folder.watchedKey === key) return
    folder.watch?.close()
    folder.watchedKey = key
    folder.watch =
      key === undefined
        ? undefined
        : await FolderWatch.start(folder.directory, (name, isContent) => this.#heard(folder, name, isContent))
  }

  #heard(folder: Folder, name: string | undefined, isContent: boolean): void {
    if (name === undefined || name === basename(folder.directory)) {
      folder.lookAt = 0
      this.#wake?.()
    }
    if (name === undefined) return
    const known = this.#set.byPath.get(join(folder.directory, name))
    if (known && isContent) {
      this.#set.mark(known)
    } else if (known || (folder.goesBelow && !isContent) || isWanted(folder, name)) {
      folder.touched.add(name)
      this.#wake?.()
    }
  }

  /** Finds out what a name leads to now. */
  async #look(folder: Folder, name: string, seen: FileFacts | undefined, isFirst: boolean): Promise<void> {
    const path = join(folder.directory, name)
    const group = folder.groups.find((each) => each.paths.has(path))
    const facts = seen ?? (await factsOf(path))
    const known = this.#set.byPath.get(path)
    if (facts?.isDirectory && folder.goesBelow && !this.#folders.has(path)) folder.lookAt = 0
    if (!facts?.isFile || !group) {
      if (known) this.#lose(known)
      return
    }
    if (known?.key === keyOf(facts)) {
      this.#seeAgain(known, facts)
      return
    }
    const most = this.#options.maxOpenFiles + (isFirst ? 0 : moreOpenFiles)
    const mayOpen = this.#set.opened.size < most && !(isFirst && this.#known.isRead(facts))
    const found = await FoundFile.at(path, facts, mayOpen)
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
    const key = keyOf(facts)
    const known = this.#set.byPath.get(path)
    if (known?.key === key) {
      this.#seeAgain(known, facts)
      return
    }
    const other = this.#set.files.get(key)
    // A second name of the same content: hard links and symbolic links are read once.
    if (other?.isPresent && other.path !== path && (await leadsTo(other.path, facts))) return
    if (known) this.#lose(known)
    if (!other || (await this.#isAnother(other, found))) {
      await this.#take(group, path, found, isFirst)
      return
    }
    other.see(facts, this.#context.clock.monotonic())
    if (!other.isRead) await other.adopt(found)
    this.#rename(other, path)
  }

  /** Whether what was found is a new file with the inode number of one that is gone, which is followed no more then. */
  async #isAnother(file: TailedFile, found: FoundFile): Promise<boolean> {
    if (file.descriptor !== undefined || file.isArchive || (await found.holds(file.place))) return false
    if (this.#set.files.get(file.key) === file && file.descriptor === undefined) this.#letGo(file)
    return this.#set.files.get(file.key) !== file
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
    const place = retired ?? this.#placeOf(path, facts, isFirst)
    const now = this.#context.clock.monotonic()
    const file = new TailedFile(facts, path, group, place, now, this.#set.opened)
    file.see(facts, now)
    await this.#openAhead(file, found)
    if (place === retired && file.descriptor !== undefined && !(await file.isSame())) file.forget()
    const meanwhile = this.#set.files.get(file.key)
    if (meanwhile) {
      // Found as a copy without a name of a group.
      await file.close()
      this.#rename(meanwhile, path)
      return
    }
    this.#set.add(file)
    this.#set.mark(file)
    if (!isFirst) await this.#options.onTaken(file)
    this.#context.log.debug('A file is followed.', { file: path, inode: file.inode, from: file.place.pos })
  }

  #placeOf(path: string, facts: FileFacts, isFirst: boolean): Place {
    const known = this.#known.take(facts, path)
    if (known) return known
    return isFirst && this.#options.skipToEnd
      ? { pos: facts.size, head: noFingerprint, anchor: noFingerprint }
      : beginning
  }

  /** An open file can be read to its end whatever becomes of its name. */
  async #openAhead(file: TailedFile, found: FoundFile): Promise<void> {
    if (found.facts.size > 0 && file.isRead) return
    try {
      if ((await file.adopt(found)) && found.facts.size > 0) file.learnHead()
    } catch {
      // Reading tries again and says why.
    }
  }

  /** Files that have no name of a group any more: what they still hold is read as long as they can be reached. */
  async #followLost(): Promise<void> {
    for (const file of [...this.#lost]) {
      this.#lost.delete(file)
      if (file.isPresent || this.#set.files.get(file.key) !== file) continue
      const where = file.descriptor === undefined ? await this.#openElsewhere(file, file.path) : 'open'
      if (where === 'open') this.#set.mark(file)
      else if (where === 'named') this.#lost.add(file)
      else this.#letGo(file)
    }
  }

  #letGo(file: TailedFile): void {
    this.#set.retire(file)
    const { inode, path, place, size } = file
    this.#context.log.debug('A file is followed no more.', { file: path, inode, stored: place.pos, size })
    if (file.isRead) return
    const unread = file.size - file.place.pos
    this.#context.metrics.counter('filesGoneUnread').add(1)
    this.#context.log.warn('A file is gone before all of it was read.', { file: file.path, unreadBytes: unread })
  }

  /** A file that was followed before the start and has no name of a group any more. */
  async #findMoved(position: FilePosition): Promise<boolean> {
    const group = this.#options.groups.find((each) => each.paths.has(position.file))
    if (!group || position.head.length === 0) return false
    const now = this.#context.clock.monotonic()
    const file = new TailedFile(position, position.file, group, position, now, this.#set.opened)
    if (this.#set.files.has(file.key) || (await this.#openElsewhere(file, position.file)) !== 'open') return false
    file.isPresent = false
    this.#set.follow(file)
    this.#set.mark(file)
    return true
  }

  /** Files that were followed before the start and are not there. When they went is not known: it may be now. */
  #endGone(positions: readonly FilePosition[]): void {
    const { clock } = this.#context
    const known = positions.filter(({ head }) => head.length > 0)
    const since = clock.monotonic()
    for (const position of known) {
      const group = this.#options.groups.find((each) => each.paths.has(position.file))
      const sought = position.packedSize === undefined ? group : undefined
      const ended = { ...position, how: 'gone' as const, endedAt: clock.now() }
      this.#set.ended.add(ended, { recent: noBytes, unread: 0, since, group: sought })
    }
  }

  /** Looks in its folder for a name that leads to the file. `named`: one of a group does, which is looked at next. */
  async #openElsewhere(file: TailedFile, path: string): Promise<'open' | 'named' | 'gone'> {
    const directory = dirname(path)
    const folder = this.#folders.get(directory)
    try {
      for (const name of await readdir(directory)) {
        const facts = await factsOf(join(directory, name))
        if (!facts?.isFile || keyOf(facts) !== file.key) continue
        if (folder && isWanted(folder, name)) {
          folder.touched.add(name)
          return 'named'
        }
        if (!(await file.open(join(directory, name)))) continue
        if (await file.isSame()) {
          file.isElsewhere = true
          return 'open'
        }
        await file.close()
        return 'gone'
      }
    } catch (error) {
      this.#context.log.warn('A renamed file could not be looked for.', { file: path, error: messageOf(error) })
    }
    return 'gone'
  }

  async #pause(): Promise<void> {
    const { clock } = this.#context
    const { signal } = this.#stopping
    const folders = [...this.#folders.values()]
    const next = Math.min(...folders.map(({ lookAt }) => lookAt))
    const isTouched = folders.some(({ touched }) => touched.size > 0)
    const restMs = isTouched ? 0 : next - clock.monotonic()
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
