import { posix } from 'node:path'
import type { Files, OpenFile, OpenMode } from '../../storage/files.ts'
import { type CrashOptions, type FoundState, kills, powerCuts, stateAt } from './crash-states.ts'
import type { DiskImage } from './disk-image.ts'
import { type DiskLimits, DiskState, failure } from './disk-state.ts'
import { type Call, type CallName, Fault, type FaultOptions } from './faults.ts'
import { readContent, withBytes, withSize } from './file-content.ts'
import { directoryInode, type Inode, type Operation } from './operations.ts'
import { SimulatedFile } from './simulated-file.ts'

export interface DiskOptions extends Partial<DiskLimits> {
  /** Directories that are there from the start, durable, with their parents. */
  readonly directories?: readonly string[]
}

/** A disk as a crash leaves it, with what the test had noted down before. */
export interface CrashState {
  /** From which {@link SimulatedDisk.stateOf} of the same disk makes it again. */
  readonly id: string
  readonly disk: SimulatedDisk
  readonly marks: readonly string[]
}

/**
 * A disk in memory that keeps a journal of what is done to it, fails as told, and shows every state that a crash may
 * leave it in.
 *
 * As on a real one, a write is durable after a sync of its file; a new, renamed or removed name after a sync of its
 * directory, that of a new directory after a sync of its parent. When a sync fails, what was written since the last one
 * can still be read, but no later sync makes it durable; written again it is as new. So it is with names.
 */
export class SimulatedDisk implements Files {
  readonly #state: DiskState

  /** @param options a state only from this folder */
  constructor(options: DiskOptions | DiskState = {}) {
    this.#state = options instanceof DiskState ? options : new DiskState(imageWith(options.directories ?? []), options)
  }

  open(path: string, mode: OpenMode): OpenFile {
    const call = { operation: mode === 'create' ? 'create' : 'open', path: posix.resolve(path) } as const
    this.#state.begin(call)
    this.#state.requireDescriptor(call)
    const inode = mode === 'create' ? this.#create(call) : this.#state.requireInode(call)
    if (inode === directoryInode) throw failure('EISDIR', call)
    if (mode === 'write') this.#state.requireWritable(call)
    return new SimulatedFile(this.#state, call.path, inode, mode)
  }

  list(directory: string): readonly string[] {
    const call = { operation: 'list', path: posix.resolve(directory) } as const
    this.#state.begin(call)
    this.#state.requireDescriptor(call)
    if (this.#state.isAbsent(call.path)) return []
    this.#state.requireDirectory(call, call.path)
    return this.#state.paths.filter((path) => posix.dirname(path) === call.path).map((path) => posix.basename(path))
  }

  makeDirectory(directory: string): void {
    const call = { operation: 'makeDirectory', path: posix.resolve(directory) } as const
    this.#state.begin(call)
    const missing: string[] = []
    let parent: string = call.path
    for (; this.#state.inodeOf(parent) === undefined; parent = posix.dirname(parent)) missing.unshift(parent)
    if (this.#state.inodeOf(parent) !== directoryInode) throw failure(missing.length === 0 ? 'EEXIST' : 'ENOTDIR', call)
    for (const path of missing) {
      this.#state.requireWritable(call)
      this.#state.newInode(call)
      this.#state.changeNames({ kind: 'makeDirectory', inode: directoryInode, path })
    }
  }

  rename(from: string, to: string): void {
    const call = { operation: 'rename', path: posix.resolve(from) } as const
    const target = posix.resolve(to)
    this.#state.begin(call)
    for (const path of [call.path, target]) this.#state.requireDirectory(call, posix.dirname(path))
    const inode = this.#state.requireInode(call)
    if (inode === directoryInode) throw new Error('the simulated disk renames no directories')
    if (this.#state.inodeOf(target) === directoryInode) throw failure('EISDIR', call)
    this.#state.requireWritable(call)
    if (target !== call.path) this.#state.changeNames({ kind: 'rename', inode, path: call.path, to: target })
  }

  unlink(path: string): void {
    const call = { operation: 'unlink', path: posix.resolve(path) } as const
    this.#state.begin(call)
    const inode = this.#state.requireInode(call)
    if (inode === directoryInode) throw failure('EISDIR', call)
    this.#state.requireWritable(call)
    this.#state.changeNames({ kind: 'unlink', inode, path: call.path })
  }

  syncDirectory(directory: string): void {
    const call = { operation: 'syncDirectory', path: posix.resolve(directory) } as const
    const fault = this.#state.faultOf(call)
    this.#state.requireDescriptor(call)
    this.#state.requireDirectory(call, call.path)
    this.#state.journal.push({ kind: 'syncDirectory', path: call.path, failed: fault !== undefined })
    if (fault) throw failure(fault.code, call)
  }

  freeBytes(directory: string): number {
    const call = { operation: 'freeBytes', path: posix.resolve(directory) } as const
    this.#state.begin(call)
    this.#state.requireInode(call)
    return this.#state.freeBytes()
  }

  /** What the disk has room for; may be changed at any time. */
  get limits(): DiskLimits {
    return this.#state.limits
  }

  /** Everything that was done since the start or the last {@link settle}. */
  get journal(): readonly Operation[] {
    return this.#state.journal
  }

  /** Files that are open. */
  get descriptors(): number {
    return this.#state.descriptors
  }

  /** Calls of the port so far, those that failed too. */
  get calls(): number {
    return this.#state.calls
  }

  /** Notes something down in the journal, an acknowledgement for one: crash states say what was noted before them. */
  mark(label: string): void {
    this.#state.journal.push({ kind: 'mark', label })
  }

  /**
   * Lets calls fail: the next one that matches, or as the options say. A failed call changes nothing, except that a
   * write may be short, a sync leaves its file in doubt, and a close closes.
   */
  failNext(which: CallName | ((call: Call) => boolean), code: string, options: FaultOptions = {}): Fault {
    const fault = new Fault(which, code, options)
    this.#state.faults.push(fault)
    return fault
  }

  /** No call fails any more for a fault that was set. */
  clearFaults(): void {
    this.#state.faults = []
  }

  /** States after a power cut at any point of the journal; see {@link powerCuts}. */
  *crashStates(options: CrashOptions = {}): Generator<CrashState> {
    for (const found of powerCuts(this.#state.base, this.#state.journal, options)) yield this.#stateFrom(found)
  }

  /** States after a kill -9 at any point of the journal. What was not synced then may still be lost by a later crash. */
  *killStates(options: CrashOptions = {}): Generator<CrashState> {
    for (const found of kills(this.#state.base, this.#state.journal, options)) yield this.#stateFrom(found)
  }

  /** The crash or kill state with this id. */
  stateOf(id: string): CrashState {
    return this.#stateFrom(stateAt(this.#state.base, this.#state.journal, id))
  }

  /** Everything so far counts as durable, and the journal begins anew, which keeps it short. */
  settle(): void {
    this.#state.settle()
  }

  /** The same disk with the same journal, without open files and faults; shares the contents until one changes. */
  clone(): SimulatedDisk {
    return new SimulatedDisk(this.#state.copy())
  }

  /** Paths of all files, sorted. */
  files(): readonly string[] {
    return this.#state.paths.filter((path) => this.#state.inodeOf(path) !== directoryInode).sort()
  }

  /** What is in a file. */
  read(path: string): Uint8Array {
    const content = this.#state.contentOf(this.#state.requireInode({ operation: 'open', path: posix.resolve(path) }))
    const bytes = new Uint8Array(content.size)
    readContent(content, bytes, 0)
    return bytes
  }

  /** Turns bits of one byte round, behind the system's back; {@link settle}s first. */
  flip(path: string, offset: number, bits = 1): void {
    const old = this.read(path)[offset]
    if (old === undefined) throw new RangeError(`${path} has no byte ${offset}`)
    this.overwrite(path, offset, Uint8Array.of(old ^ bits))
  }

  /** Puts bytes into a file behind the system's back; {@link settle}s first. */
  overwrite(path: string, offset: number, bytes: Uint8Array): void {
    this.#state.damage(posix.resolve(path), (content) => withBytes(content, offset, bytes))
  }

  /** Sets the size of a file behind the system's back; {@link settle}s first. */
  resize(path: string, size: number): void {
    this.#state.damage(posix.resolve(path), (content) => withSize(content, size))
  }

  #create(call: Call): Inode {
    this.#state.requireDirectory(call, posix.dirname(call.path))
    if (this.#state.inodeOf(call.path) !== undefined) throw failure('EEXIST', call)
    this.#state.requireWritable(call)
    const inode = this.#state.newInode(call)
    this.#state.changeNames({ kind: 'create', inode, path: call.path })
    return inode
  }

  #stateFrom({ id, image, marks }: FoundState): CrashState {
    const { capacity, inodes, descriptors } = this.#state.limits
    return { id, disk: new SimulatedDisk(new DiskState(image, { capacity, inodes, descriptors })), marks }
  }
}

function imageWith(directories: readonly string[]): DiskImage {
  const names = new Map<string, Inode>()
  for (const directory of directories) {
    for (let path = posix.resolve(directory); path !== '/'; path = posix.dirname(path)) names.set(path, directoryInode)
  }
  return { names, contents: new Map(), entries: [], marks: [] }
}
