import { salvaged } from './salvage.ts'

/**
 * The disk as the log sees it. Everything is synchronous, since the log runs in a thread of its own that does nothing
 * else, and nothing is hidden: what a crash may undo (a write that was not synced, a name whose directory was not
 * synced) is the caller's to sync. Paths are absolute. Failures are {@link DiskError}s.
 */
export interface Files {
  /**
   * `create` makes a new file and fails with EEXIST where there is one; `write` opens one for reading and writing;
   * `read` for reading only. A new file has mode 0600.
   */
  open(path: string, mode: OpenMode): OpenFile
  /** Names in a directory, in no order; empty where there is no such directory. */
  list(directory: string): readonly string[]
  /** With its parents, mode 0700; nothing where it exists. */
  makeDirectory(directory: string): void
  /** Replaces what is there. */
  rename(from: string, to: string): void
  unlink(path: string): void
  /** Makes names durable: after create, rename and unlink. */
  syncDirectory(directory: string): void
  /** Bytes that may still be written on the file system of this directory. */
  freeBytes(directory: string): number
}

export type OpenMode = 'create' | 'write' | 'read'

export interface OpenFile {
  readonly path: string
  size(): number
  /** Fills the buffer from `position` on. @returns the bytes read, fewer only where the file ends */
  read(buffer: Uint8Array, position: number): number
  /**
   * Writes all buffers one after the other from `position` on, in one call to the system where it can. When it throws,
   * any part of it may have been written.
   */
  write(buffers: readonly Uint8Array[], position: number): void
  /**
   * fdatasync: what was written is durable, and the size that it needs. When it throws, what was written since the last
   * sync may be lost although it can still be read, and a second call that succeeds says nothing about it.
   */
  sync(): void
  truncate(size: number): void
  close(): void
}

/**
 * Opens a file for reading and closes it after the work; pages of it that the disk does not give read as zeros.
 *
 * @returns undefined where there is no such file
 */
export function readFile<Result>(files: Files, path: string, work: (file: OpenFile) => Result): Result | undefined {
  let file: OpenFile
  try {
    file = files.open(path, 'read')
  } catch (error) {
    if (error instanceof DiskError && error.code === 'ENOENT') return undefined
    throw error
  }
  try {
    return work(salvaged(file))
  } finally {
    file.close()
  }
}

/** What the system said, by its code: ENOSPC, EIO, EROFS, EMFILE, EDQUOT, EFBIG, ENOENT, EACCES, ... */
export class DiskError extends Error {
  readonly code: string
  readonly operation: string
  readonly path: string

  constructor(code: string, operation: string, path: string, options?: ErrorOptions) {
    super(`${operation} ${path}: ${code}`, options)
    this.name = 'DiskError'
    this.code = code
    this.operation = operation
    this.path = path
  }
}

/** Room or descriptors may come back without anybody touching the channel. */
export function mayPass(error: unknown): boolean {
  return error instanceof DiskError && passing.has(error.code)
}

const passing = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'EROFS', 'EFBIG', 'ENOMEM', 'EAGAIN'])
