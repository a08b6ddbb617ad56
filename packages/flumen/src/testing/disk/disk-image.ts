import { posix } from 'node:path'
import { emptyContent, type FileContent, withBytes, withSize } from './file-content.ts'
import { type Change, directoryInode, type Inode, isData, type Operation } from './operations.ts'

/**
 * A change that is not simply durable. `unsynced` and `doubtful` ones may be on the disk or not; a sync failed for the
 * doubtful ones, so no later sync helps them. `durable` ones are on the disk for certain and stand here because an
 * uncertain one before them touches the same file or name.
 */
export interface Entry {
  readonly change: Change
  readonly status: 'unsynced' | 'doubtful' | 'durable'
}

/** What is on the disk for certain, what may be, and what the test noted down so far. */
export interface DiskImage {
  readonly names: ReadonlyMap<string, Inode>
  readonly contents: ReadonlyMap<Inode, FileContent>
  readonly entries: readonly Entry[]
  readonly marks: readonly string[]
}

/** How the sizes of files come out where writes that made them longer were not synced. */
export type SizeRule =
  /** As far as the writes that are kept reach. */
  | 'natural'
  /** Nothing beyond what was synced: the growth is lost, though the bytes may have been written. */
  | 'short'
  /** As long as all writes made it: zeros where one is lost. */
  | 'long'

/** Which of the uncertain changes are on the disk after all. */
export interface Choice {
  /** One for each entry that is not durable, in their order. */
  readonly kept: readonly boolean[]
  /** The bytes from `from` up to `to` of one kept write are lost; `entry` counts as in `kept`. */
  readonly tear: { readonly entry: number; readonly from: number; readonly to: number } | undefined
  readonly size: SizeRule
}

/** Names and contents that are fixed. */
export interface Tree {
  readonly names: Map<string, Inode>
  readonly contents: Map<Inode, FileContent>
}

/** Follows a journal and says at each point what is durable and what is not. */
export class Replay {
  readonly #names: Map<string, Inode>
  readonly #contents: Map<Inode, FileContent>
  #entries: Entry[]
  #marks: readonly string[]

  constructor(image: DiskImage) {
    this.#names = new Map(image.names)
    this.#contents = new Map(image.contents)
    this.#entries = [...image.entries]
    this.#marks = image.marks
  }

  /** Good until the next `advance`; {@link frozenImage} for ever. */
  get image(): DiskImage {
    return { names: this.#names, contents: this.#contents, entries: this.#entries, marks: this.#marks }
  }

  get frozenImage(): DiskImage {
    return {
      names: new Map(this.#names),
      contents: new Map(this.#contents),
      entries: [...this.#entries],
      marks: this.#marks,
    }
  }

  advance(operation: Operation): void {
    switch (operation.kind) {
      case 'mark':
        this.#marks = [...this.#marks, operation.label]
        return
      case 'sync':
        this.#settle(operation.failed, ({ change }) => isData(change) && change.inode === operation.inode)
        return
      case 'syncDirectory':
        this.#settle(operation.failed, ({ change }) => !isData(change) && isNamedIn(operation.path, change))
        return
      default:
        this.#entries.push({ change: operation, status: 'unsynced' })
    }
  }

  #settle(failed: boolean, isMeant: (entry: Entry) => boolean): void {
    const status = failed ? 'doubtful' : 'durable'
    const settled = this.#entries.map((entry) =>
      entry.status === 'unsynced' && isMeant(entry) ? ({ change: entry.change, status } as const) : entry,
    )
    // A durable change is folded into what is certain, unless an uncertain one before it touches the same.
    const rest: Entry[] = []
    for (const entry of settled) {
      const waits = entry.status !== 'durable' || rest.some((earlier) => touchTheSame(earlier.change, entry.change))
      if (waits) rest.push(entry)
      else apply(entry.change, this.#names, this.#contents, this.#contents)
    }
    this.#entries = rest.filter(({ change }) => !isData(change) || this.#mayHaveName(change.inode, rest))
  }

  /** Bytes of a file whose name is gone for certain are nobody's. */
  #mayHaveName(inode: Inode, entries: readonly Entry[]): boolean {
    if (entries.some(({ change }) => !isData(change) && change.inode === inode)) return true
    for (const named of this.#names.values()) if (named === inode) return true
    return false
  }
}

/** How many changes a choice is about. */
export function uncertain({ entries }: DiskImage): Change[] {
  return entries.filter(({ status }) => status !== 'durable').map(({ change }) => change)
}

/** Everything that was done, as a process that goes on sees it. */
export function liveTree(image: DiskImage): Tree {
  return treeOf(image, { kept: uncertain(image).map(() => true), tear: undefined, size: 'natural' })
}

/** What the disk holds when just the chosen changes have reached it. */
export function treeOf(image: DiskImage, choice: Choice): Tree {
  const names = new Map(image.names)
  const changed = new Map<Inode, FileContent>()
  let index = 0
  let lostDirectory = false
  for (const { change, status } of image.entries) {
    const position = status === 'durable' ? -1 : index++
    if (position >= 0 && !choice.kept[position]) lostDirectory ||= change.kind === 'makeDirectory'
    else if (choice.tear?.entry === position) applyTorn(change, choice.tear, image.contents, changed)
    else apply(change, names, image.contents, changed)
  }
  if (choice.size !== 'natural') fitSizes(image, choice.size, changed)
  if (lostDirectory) dropUnreachable(names)
  const contents = new Map<Inode, FileContent>()
  for (const inode of names.values()) {
    if (inode !== directoryInode) contents.set(inode, changed.get(inode) ?? image.contents.get(inode) ?? emptyContent)
  }
  return { names, contents }
}

/** Sizes of a file in an image when no uncertain write is kept, and when all are. */
export function sizesOf(image: DiskImage, inode: Inode): { readonly least: number; readonly most: number } {
  let least = image.contents.get(inode)?.size ?? 0
  let most = least
  for (const { change, status } of image.entries) {
    if (!isData(change) || change.inode !== inode) continue
    most = sizeAfter(change, most)
    if (status === 'durable') least = sizeAfter(change, least)
  }
  return { least, most }
}

function sizeAfter(change: Change, size: number): number {
  if (change.kind === 'truncate') return change.size
  return change.kind === 'write' ? Math.max(size, change.position + change.bytes.length) : size
}

function fitSizes(image: DiskImage, rule: 'short' | 'long', changed: Map<Inode, FileContent>): void {
  const inodes = new Set(image.entries.flatMap(({ change }) => (isData(change) ? [change.inode] : [])))
  for (const inode of inodes) {
    const content = changed.get(inode) ?? image.contents.get(inode) ?? emptyContent
    const { least, most } = sizesOf(image, inode)
    const size = rule === 'short' ? Math.min(content.size, least) : Math.max(content.size, most)
    changed.set(inode, withSize(content, size))
  }
}

function apply(
  change: Change,
  names: Map<string, Inode>,
  from: ReadonlyMap<Inode, FileContent>,
  to: Map<Inode, FileContent>,
): void {
  if (!isData(change)) {
    applyName(change, names)
    return
  }
  const content = to.get(change.inode) ?? from.get(change.inode) ?? emptyContent
  const after =
    change.kind === 'write' ? withBytes(content, change.position, change.bytes) : withSize(content, change.size)
  to.set(change.inode, after)
}

function applyTorn(
  change: Change,
  lost: { readonly from: number; readonly to: number },
  from: ReadonlyMap<Inode, FileContent>,
  to: Map<Inode, FileContent>,
): void {
  if (change.kind !== 'write') throw new RangeError(`only a write is torn, not a ${change.kind}`)
  const content = to.get(change.inode) ?? from.get(change.inode) ?? emptyContent
  const begun = withBytes(content, change.position, change.bytes.subarray(0, lost.from))
  to.set(change.inode, withBytes(begun, change.position + lost.to, change.bytes.subarray(lost.to)))
}

function applyName(change: Change, names: Map<string, Inode>): void {
  if (change.kind === 'rename') {
    // Not by its old name: that one may itself come from a change that was lost.
    for (const [name, inode] of names) if (inode === change.inode) names.delete(name)
    names.set(change.to, change.inode)
  } else if (change.kind === 'unlink') {
    if (names.get(change.path) === change.inode) names.delete(change.path)
  } else {
    names.set(change.path, change.inode)
  }
}

function dropUnreachable(names: Map<string, Inode>): void {
  // Parents are shorter than what they hold, so one pass in this order finds all.
  for (const name of [...names.keys()].sort((a, b) => a.length - b.length)) {
    const parent = posix.dirname(name)
    if (parent !== '/' && names.get(parent) !== directoryInode) names.delete(name)
  }
}

function isNamedIn(directory: string, change: Change): boolean {
  // A rename from one directory to another counts with the sync of the one that it goes to.
  return posix.dirname(change.kind === 'rename' ? change.to : change.path) === directory
}

function touchTheSame(earlier: Change, later: Change): boolean {
  if (isData(earlier) || isData(later)) return isData(earlier) && isData(later) && earlier.inode === later.inode
  const isFile = earlier.inode !== directoryInode
  return (isFile && earlier.inode === later.inode) || pathsOf(earlier).some((path) => pathsOf(later).includes(path))
}

function pathsOf(change: Change): readonly string[] {
  return change.kind === 'rename' ? [change.path, change.to] : [change.path]
}
