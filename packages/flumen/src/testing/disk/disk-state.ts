import { posix } from 'node:path'
import { DiskError } from '../../storage/files.ts'
import { type DiskImage, liveTree } from './disk-image.ts'
import type { Call, Fault } from './faults.ts'
import { allocatedBytes, emptyContent, type FileContent, withBytes, withSize } from './file-content.ts'
import { type DataOperation, directoryInode, type Inode, type NameOperation, type Operation } from './operations.ts'

/** What the disk has room for; may be changed at any time. */
export interface DiskLimits {
  /** Bytes, in pages of 4,096 that a file takes when they are first written; a hole takes none. */
  capacity: number
  /** Files and directories. */
  inodes: number
  /** Files open at once. */
  descriptors: number
  readOnly: boolean
}

const unlimited: DiskLimits = {
  capacity: Number.POSITIVE_INFINITY,
  inodes: Number.POSITIVE_INFINITY,
  descriptors: Number.POSITIVE_INFINITY,
  readOnly: false,
}

/** What a running system knows of a disk: names and contents as they are read, and how they came about. */
export class DiskState {
  readonly limits: DiskLimits
  readonly journal: Operation[] = []
  faults: Fault[] = []
  /** Calls so far. */
  calls = 0
  #base: DiskImage
  #names: Map<string, Inode>
  #contents: Map<Inode, FileContent>
  /** How often each inode is open. */
  #holders = new Map<Inode, number>()
  #descriptors = 0
  #nextInode: Inode

  constructor(image: DiskImage, limits: Partial<DiskLimits>) {
    this.limits = { ...unlimited, ...limits }
    this.#base = image
    const { names, contents } = liveTree(image)
    this.#names = names
    this.#contents = contents
    this.#nextInode = 1 + Math.max(directoryInode, ...names.values(), ...image.contents.keys(), ...inodesOf(image))
  }

  /** What the journal begins with. */
  get base(): DiskImage {
    return this.#base
  }

  get descriptors(): number {
    return this.#descriptors
  }

  get paths(): readonly string[] {
    return [...this.#names.keys()]
  }

  copy(): DiskState {
    const copy = new DiskState(this.#base, this.limits)
    copy.journal.push(...this.journal)
    copy.#names = new Map(this.#names)
    copy.#contents = new Map(this.#contents)
    copy.#nextInode = this.#nextInode
    for (const inode of this.#holders.keys()) copy.#release(inode)
    return copy
  }

  /** Everything so far is durable, and the journal begins anew. */
  settle(): void {
    this.#base = {
      names: new Map(this.#names),
      contents: new Map(this.#contents),
      entries: [],
      marks: [...this.#base.marks, ...this.journal.flatMap((each) => (each.kind === 'mark' ? [each.label] : []))],
    }
    this.journal.length = 0
  }

  /** The fault that this call meets. */
  faultOf(call: Call): Fault | undefined {
    this.calls++
    return this.faults.find((fault) => fault.strikes(call))
  }

  /** Throws where a fault is due or, for what changes the disk, where it is read only. */
  begin(call: Call, changes = false): void {
    const fault = this.faultOf(call)
    if (fault) throw failure(fault.code, call)
    if (changes) this.requireWritable(call)
  }

  requireWritable(call: Call): void {
    if (this.limits.readOnly) throw failure('EROFS', call)
  }

  inodeOf(path: string): Inode | undefined {
    return path === '/' ? directoryInode : this.#names.get(path)
  }

  /** The file or directory of a name; throws where there is none. */
  requireInode(call: Call): Inode {
    const inode = this.inodeOf(call.path)
    if (inode === undefined) throw failure(this.#isBelowFile(call.path) ? 'ENOTDIR' : 'ENOENT', call)
    return inode
  }

  requireDirectory(call: Call, path: string): void {
    if (this.isAbsent(path)) throw failure('ENOENT', call)
    if (this.inodeOf(path) !== directoryInode) throw failure('ENOTDIR', call)
  }

  /** Neither there nor below a file. */
  isAbsent(path: string): boolean {
    return this.inodeOf(path) === undefined && !this.#isBelowFile(path)
  }

  newInode(call: Call): Inode {
    if (this.#inodes() >= this.limits.inodes) throw failure('ENOSPC', call)
    return this.#nextInode++
  }

  contentOf(inode: Inode): FileContent {
    return this.#contents.get(inode) ?? emptyContent
  }

  /** Bytes of pages that can still be taken. */
  freeBytes(): number {
    if (this.limits.capacity === Number.POSITIVE_INFINITY) return Number.MAX_SAFE_INTEGER
    let used = 0
    for (const content of this.#contents.values()) used += allocatedBytes(content)
    return Math.max(0, this.limits.capacity - used)
  }

  changeData(operation: DataOperation): void {
    const content = this.contentOf(operation.inode)
    const after =
      operation.kind === 'write'
        ? withBytes(content, operation.position, operation.bytes)
        : withSize(content, operation.size)
    this.#contents.set(operation.inode, after)
    this.journal.push(operation)
  }

  changeNames(operation: NameOperation): void {
    this.journal.push(operation)
    const { inode, path } = operation
    if (operation.kind !== 'rename' && operation.kind !== 'unlink') {
      this.#names.set(path, inode)
      if (operation.kind === 'create') this.#contents.set(inode, emptyContent)
      return
    }
    this.#names.delete(path)
    if (operation.kind === 'unlink') {
      this.#release(inode)
      return
    }
    const replaced = this.#names.get(operation.to)
    this.#names.set(operation.to, inode)
    if (replaced !== undefined) this.#release(replaced)
  }

  /** Changes a file behind the system's back; what came before counts as durable. */
  damage(path: string, change: (content: FileContent) => FileContent): void {
    const inode = this.requireInode({ operation: 'open', path })
    this.#contents.set(inode, change(this.contentOf(inode)))
    this.settle()
  }

  requireDescriptor(call: Call): void {
    if (this.#descriptors >= this.limits.descriptors) throw failure('EMFILE', call)
  }

  hold(inode: Inode): void {
    this.#descriptors++
    this.#holders.set(inode, (this.#holders.get(inode) ?? 0) + 1)
  }

  letGo(inode: Inode): void {
    this.#descriptors--
    const holders = (this.#holders.get(inode) ?? 0) - 1
    if (holders > 0) {
      this.#holders.set(inode, holders)
      return
    }
    this.#holders.delete(inode)
    this.#release(inode)
  }

  /** A file without a name keeps its room as long as it is open. */
  #release(inode: Inode): void {
    if (this.#holders.has(inode)) return
    for (const named of this.#names.values()) if (named === inode) return
    this.#contents.delete(inode)
  }

  #inodes(): number {
    let directories = 0
    for (const inode of this.#names.values()) if (inode === directoryInode) directories++
    return directories + this.#contents.size
  }

  #isBelowFile(path: string): boolean {
    for (let parent = posix.dirname(path); parent !== '/'; parent = posix.dirname(parent)) {
      if ((this.#names.get(parent) ?? directoryInode) !== directoryInode) return true
    }
    return false
  }
}

/** As the port says it. */
export function failure(code: string, call: Call): DiskError {
  return new DiskError(code, call.operation === 'create' ? 'open' : call.operation, call.path)
}

function inodesOf(image: DiskImage): Inode[] {
  return image.entries.map(({ change }) => change.inode)
}
