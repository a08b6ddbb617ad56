import { constants, writev } from 'node:fs'
import { access, mkdir, open, rename, stat, unlink } from 'node:fs/promises'
import type { Bytes } from '../../../core/index.ts'

/** A file that is being written; nobody else writes it. */
export interface WritableFile {
  /** May write less than all, as the system does; returns how much. @param position of the first byte */
  write(chunks: readonly Bytes[], position: number): Promise<number>
  truncate(length: number): Promise<void>
  /** Returns when the content is on the disk. */
  sync(): Promise<void>
  close(): Promise<void>
}

/** The file system as file_roll uses it; tests bring one that fails. */
export interface Files {
  /** With its parents; one that is there is fine. */
  makeDirectory(path: string): Promise<void>
  /** @throws what stands in the way of making files there */
  checkDirectory(path: string): Promise<void>
  /** @throws with the code EEXIST when there is a file of that name: none is ever opened again or truncated */
  create(path: string): Promise<WritableFile>
  exists(path: string): Promise<boolean>
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  /** Makes new names in a directory survive a loss of power. */
  syncDirectory(path: string): Promise<void>
}

export const systemFiles: Files = {
  makeDirectory: async (path) => {
    await mkdir(path, { recursive: true })
  },
  checkDirectory: async (path) => {
    if (!(await stat(path)).isDirectory())
      throw Object.assign(new Error(`${path} is not a directory`), { code: 'ENOTDIR' })
    await access(path, constants.W_OK | constants.X_OK)
  },
  create: async (path) => {
    const handle = await open(path, 'wx')
    return {
      write: (chunks, position) => writeVector(handle.fd, [...chunks], position),
      truncate: (length) => handle.truncate(length),
      sync: () => handle.datasync(),
      close: () => handle.close(),
    }
  },
  exists: (path) =>
    stat(path).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false
        throw error
      },
    ),
  rename,
  remove: unlink,
  syncDirectory: async (path) => {
    const handle = await open(path, 'r')
    try {
      await handle.sync()
    } catch (error) {
      // Some file systems have nothing to sync in a directory.
      if (!['EINVAL', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    } finally {
      await handle.close()
    }
  },
}

/** A FileHandle's own writev costs a third more for small batches. */
function writeVector(descriptor: number, chunks: Bytes[], position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(descriptor, chunks, position, (error, written) => (error ? reject(error) : resolve(written)))
  })
}

/** Writes all chunks, however little the system takes at a time: on a disk that runs full a write is short, not an error. */
export async function writeFully(file: WritableFile, chunks: readonly Bytes[], position: number): Promise<void> {
  let at = position
  for (let rest: readonly Bytes[] = chunks.filter(({ length }) => length > 0); rest.length > 0; ) {
    const written = await file.write(rest, at)
    if (written === 0) throw new Error('the system wrote nothing and said nothing')
    at += written
    rest = withoutFirst(rest, written)
  }
}

function withoutFirst(chunks: readonly Bytes[], bytes: number): readonly Bytes[] {
  let skipped = 0
  for (const [index, chunk] of chunks.entries()) {
    if (skipped + chunk.length > bytes) return [chunk.subarray(bytes - skipped), ...chunks.slice(index + 1)]
    skipped += chunk.length
  }
  return []
}
