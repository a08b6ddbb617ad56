import * as fs from 'node:fs'
import { DiskError, type Files, type OpenFile, type OpenMode } from './files.ts'

/** Less than the 2 GiB that one call reads at most. */
const mostBytes = 2 ** 30

const { O_CREAT, O_DIRECTORY, O_EXCL, O_RDONLY, O_RDWR } = fs.constants

const flags: Readonly<Record<OpenMode, number>> = { create: O_RDWR | O_CREAT | O_EXCL, write: O_RDWR, read: O_RDONLY }

/** The disk of this machine. A descriptor belongs to the thread that opened it. */
export const systemFiles: Files = {
  open(path: string, mode: OpenMode): OpenFile {
    return new SystemFile(
      path,
      attempt('open', path, () => fs.openSync(path, flags[mode], 0o600)),
    )
  },

  list(directory: string): readonly string[] {
    try {
      return attempt('list', directory, () => fs.readdirSync(directory))
    } catch (error) {
      if (error instanceof DiskError && error.code === 'ENOENT') return []
      throw error
    }
  },

  makeDirectory(directory: string): void {
    attempt('makeDirectory', directory, () => fs.mkdirSync(directory, { recursive: true, mode: 0o700 }))
  },

  rename(from: string, to: string): void {
    attempt('rename', from, () => fs.renameSync(from, to))
  },

  unlink(path: string): void {
    attempt('unlink', path, () => fs.unlinkSync(path))
  },

  syncDirectory(directory: string): void {
    attempt('syncDirectory', directory, () => {
      const descriptor = fs.openSync(directory, O_RDONLY | O_DIRECTORY)
      try {
        fs.fsyncSync(descriptor)
      } finally {
        fs.closeSync(descriptor)
      }
    })
  },

  freeBytes(directory: string): number {
    const { bavail, bsize } = attempt('freeBytes', directory, () => fs.statfsSync(directory))
    return bavail * bsize
  },
}

class SystemFile implements OpenFile {
  readonly path: string
  /** Undefined once closed: the number may be another file's by then. */
  #descriptor: number | undefined

  constructor(path: string, descriptor: number) {
    this.path = path
    this.#descriptor = descriptor
  }

  size(): number {
    return this.#attempt('size', (descriptor) => fs.fstatSync(descriptor).size)
  }

  read(buffer: Uint8Array, position: number): number {
    return this.#attempt('read', (descriptor) => {
      let done = 0
      while (done < buffer.length) {
        const length = Math.min(buffer.length - done, mostBytes)
        const count = fs.readSync(descriptor, buffer, done, length, position + done)
        if (count === 0) break
        done += count
      }
      return done
    })
  }

  write(buffers: readonly Uint8Array[], position: number): void {
    this.#attempt('write', (descriptor) => {
      let rest = buffers.filter((buffer) => buffer.length > 0)
      let done = 0
      while (rest.length > 0) {
        // A full disk takes a part without an error, and says ENOSPC to the next call only. What are more buffers than
        // one call takes (IOV_MAX) Node divides.
        const count = fs.writevSync(descriptor, rest, position + done)
        if (count === 0) throw new DiskError('EIO', 'write', this.path)
        done += count
        rest = withoutFirst(rest, count)
      }
    })
  }

  sync(): void {
    this.#attempt('sync', (descriptor) => fs.fdatasyncSync(descriptor))
  }

  truncate(size: number): void {
    this.#attempt('truncate', (descriptor) => fs.ftruncateSync(descriptor, size))
  }

  close(): void {
    const descriptor = this.#descriptor
    this.#descriptor = undefined
    if (descriptor !== undefined) attempt('close', this.path, () => fs.closeSync(descriptor))
  }

  #attempt<Result>(operation: string, work: (descriptor: number) => Result): Result {
    const descriptor = this.#descriptor
    if (descriptor === undefined) throw new DiskError('EBADF', operation, this.path)
    return attempt(operation, this.path, () => work(descriptor))
  }
}

function withoutFirst(buffers: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes
  for (const [index, buffer] of buffers.entries()) {
    if (skip < buffer.length) return [buffer.subarray(skip), ...buffers.slice(index + 1)]
    skip -= buffer.length
  }
  return []
}

/** Only what the system says becomes a DiskError; a wrong argument stays what it is. */
function attempt<Result>(operation: string, path: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (error instanceof Error && 'errno' in error && 'code' in error && typeof error.code === 'string') {
      throw new DiskError(error.code, operation, path, { cause: error })
    }
    throw error
  }
}
