import { posix } from 'node:path'
import { DiskError, type Files, type OpenFile } from '../../storage/files.ts'

/** The files of one directory, by name. */
export type FileSet = ReadonlyMap<string, Uint8Array>

/** All files of a directory; directories within are left out. */
export function takeFiles(files: Files, directory: string): FileSet {
  const taken = new Map<string, Uint8Array>()
  for (const name of [...files.list(directory)].sort()) {
    const bytes = readWhole(files, posix.join(directory, name))
    if (bytes) taken.set(name, bytes)
  }
  return taken
}

/** Makes a directory hold just these files; directories within stay. Nothing is synced, and equal files are not touched. */
export function putFiles(files: Files, directory: string, set: FileSet): void {
  files.makeDirectory(directory)
  const there = takeFiles(files, directory)
  for (const name of there.keys()) {
    if (!set.has(name)) files.unlink(posix.join(directory, name))
  }
  for (const [name, bytes] of set) {
    const old = there.get(name)
    if (!old || Buffer.compare(old, bytes) !== 0) {
      writeWhole(files.open(posix.join(directory, name), old ? 'write' : 'create'), bytes)
    }
  }
}

function writeWhole(file: OpenFile, bytes: Uint8Array): void {
  try {
    file.truncate(0)
    file.write([bytes], 0)
  } finally {
    file.close()
  }
}

/** Undefined for a directory. */
function readWhole(files: Files, path: string): Uint8Array | undefined {
  try {
    const file = files.open(path, 'read')
    try {
      const bytes = new Uint8Array(file.size())
      return bytes.subarray(0, file.read(bytes, 0))
    } finally {
      file.close()
    }
  } catch (error) {
    if (error instanceof DiskError && error.code === 'EISDIR') return undefined
    throw error
  }
}
