import {
  close,
  closeSync,
  constants,
  fstat,
  fstatSync,
  lstat,
  lstatSync,
  open,
  openSync,
  read,
  readSync,
  stat,
  statfs,
  statSync,
} from 'node:fs'
import { readlink, realpath } from 'node:fs/promises'
import { dirname, resolve as resolvePath } from 'node:path'
import type { Identity } from './identity.ts'

/** What of a file changes as it is written. */
export interface FileState {
  readonly size: number
  /** Since 1970, whole. */
  readonly modifiedMs: number
  /** Names that it has; 0: it is deleted. */
  readonly links: number
}

/** What tells one file of a machine from another. */
export interface FileFacts extends FileState, Identity {
  /** Ns since 1970; 0: not known. */
  readonly bornNs: bigint
  readonly isFile: boolean
  readonly isDirectory: boolean
}

/** Follows symbolic links. Undefined: there is nothing, or nothing that may be looked at. */
export function factsOf(path: string): Promise<FileFacts | undefined> {
  return new Promise((resolve) => {
    stat(path, { bigint: true }, (error, stats) => resolve(error ? undefined : toFacts(stats)))
  })
}

/** What a name leads to. */
export interface NameFacts {
  readonly facts: FileFacts | undefined
  /** Whether the name itself is a symbolic link; undefined: nobody has looked. */
  readonly isLink: boolean | undefined
}

const nothing: NameFacts = { facts: undefined, isLink: false }

/** @param isLocal the folder of the path is; see {@link isOnLocalDisk} */
export function lookAtName(path: string, isLocal: boolean): Promise<NameFacts> | NameFacts {
  if (!isLocal) return factsOf(path).then((facts) => ({ facts, isLink: undefined }))
  try {
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false })
    if (!stats) return nothing
    // What a link leads to may lie elsewhere.
    if (stats.isSymbolicLink()) return factsOf(path).then((facts) => ({ facts, isLink: true }))
    return { facts: toFacts(stats), isLink: false }
  } catch {
    return nothing
  }
}

/** Whether the name itself is a symbolic link. */
export function isLink(path: string): Promise<boolean> {
  return new Promise((resolve) => lstat(path, (error, stats) => resolve(!error && stats.isSymbolicLink())))
}

/** Where the name leads to in the end; a link whose target is not there: where it points to. The path itself, if it is no link. */
export async function targetOf(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch {
    try {
      return resolvePath(dirname(path), await readlink(path))
    } catch {
      return path
    }
  }
}

/** Magic numbers of file systems that answer from memory what is known of an open file: statfs(2). */
const localTypes = new Set([0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0x2fc12fc1, 0xf2f52010])
/** By device: whether it is one of those. */
const localDevices = new Map<string, boolean>()

/**
 * Whether the file system of a file is none that can keep a call waiting that needs no disk. Then such a call is made at
 * once: it takes a tenth of what it takes to have it made by another thread.
 */
export function isOnLocalDisk(path: string, { device }: Pick<FileFacts, 'device'>): Promise<boolean> | boolean {
  const known = localDevices.get(device)
  if (known !== undefined) return known
  return new Promise((resolve) => {
    statfs(path, (error, stats) => {
      const isLocal = !error && localTypes.has(stats.type)
      if (!error) localDevices.set(device, isLocal)
      resolve(isLocal)
    })
  })
}

/** @param isLocal see {@link isOnLocalDisk} */
export async function factsOfOpen(descriptor: number, isLocal: boolean): Promise<FileFacts> {
  if (isLocal) return toFacts(fstatSync(descriptor, { bigint: true }))
  return new Promise((resolve, reject) => {
    fstat(descriptor, { bigint: true }, (error, stats) => (error ? reject(error) : resolve(toFacts(stats))))
  })
}

/** What of an open file changes. @param isLocal see {@link isOnLocalDisk} */
export async function stateOfOpen(descriptor: number, isLocal: boolean): Promise<FileState> {
  if (isLocal) return toState(fstatSync(descriptor))
  return new Promise((resolve, reject) => {
    fstat(descriptor, (error, stats) => (error ? reject(error) : resolve(toState(stats))))
  })
}

const freshMs = 10_000

/** Whether a file was written so recently that what stands in it is in memory. @param now of the wall clock */
export function isFresh({ modifiedMs }: Pick<FileState, 'modifiedMs'>, now: number): boolean {
  return now - modifiedMs < freshMs
}

/** Bytes that were read or written just now, once more. @param isLocal see {@link isOnLocalDisk} */
export async function readAgain(
  descriptor: number,
  position: number,
  length: number,
  isLocal: boolean,
): Promise<Buffer> {
  if (!isLocal) return readBytes(descriptor, position, length)
  const buffer = Buffer.allocUnsafe(length)
  return buffer.subarray(0, readSync(descriptor, buffer, 0, length, position))
}

/** What is no file any more, but a pipe without a writer, keeps nobody waiting. */
const readFlags = constants.O_RDONLY | constants.O_NONBLOCK

/** @param isLocal see {@link isOnLocalDisk}; the path was looked at or written just now */
export async function openToRead(path: string, isLocal: boolean): Promise<number> {
  if (isLocal) return openSync(path, readFlags)
  return new Promise((resolve, reject) => {
    open(path, readFlags, (error, descriptor) => (error ? reject(error) : resolve(descriptor)))
  })
}

/** Never fails: nothing was written. @param isLocal see {@link isOnLocalDisk} */
export async function closeDescriptor(descriptor: number, isLocal: boolean): Promise<void> {
  if (!isLocal) return new Promise((resolve) => close(descriptor, () => resolve()))
  try {
    closeSync(descriptor)
  } catch {
    // It was none.
  }
}

/** So many bytes from `position` on, fewer where the file ends; in memory of their own, outside Buffer's pool. */
export async function readBytes(descriptor: number, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length)
  let done = 0
  while (done < length) {
    const count = await readOnce(descriptor, buffer, done, position + done)
    if (count === 0) break
    done += count
  }
  return done === length ? buffer : buffer.subarray(0, done)
}

function readOnce(descriptor: number, buffer: Buffer, offset: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, buffer, offset, buffer.length - offset, position, (error, count) =>
      error ? reject(error) : resolve(count),
    )
  })
}

interface Births {
  readonly birthtimeNs: bigint
  readonly ctimeNs: bigint
}

/**
 * The system tells when files were made. Without statx(2), which old kernels do not have and old containers do not allow,
 * the time of the last change stands there instead. Undefined: nobody has asked.
 */
let birthsAreTold: boolean | undefined

/** Ns since 1970; 0: not known. */
function bornNsOf(stats: Births): bigint {
  birthsAreTold ||= isBirth(stats) || (birthsAreTold === undefined && ['/', '/etc', process.execPath].some(hasBirth))
  return birthsAreTold ? stats.birthtimeNs : 0n
}

function isBirth({ birthtimeNs, ctimeNs }: Births): boolean {
  return birthtimeNs > 0n && birthtimeNs !== ctimeNs
}

function hasBirth(path: string): boolean {
  try {
    return isBirth(statSync(path, { bigint: true }))
  } catch {
    return false
  }
}

interface Looks extends Births {
  readonly dev: bigint
  readonly ino: bigint
  readonly size: bigint
  readonly mtimeMs: bigint
  readonly nlink: bigint
  isFile(): boolean
  isDirectory(): boolean
}

function toFacts(stats: Looks): FileFacts {
  return {
    device: String(stats.dev),
    inode: String(stats.ino),
    size: Number(stats.size),
    modifiedMs: Number(stats.mtimeMs),
    links: Number(stats.nlink),
    bornNs: bornNsOf(stats),
    isFile: stats.isFile(),
    isDirectory: stats.isDirectory(),
  }
}

function toState(stats: { readonly size: number; readonly mtimeMs: number; readonly nlink: number }): FileState {
  return { size: stats.size, modifiedMs: Math.floor(stats.mtimeMs), links: stats.nlink }
}
