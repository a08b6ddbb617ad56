import { closeSync, fdatasyncSync, fsyncSync, mkdirSync, openSync, readSync, renameSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

const folderName = 'quarantine'
const chunkBytes = 1 << 20

/** Where a file, or bytes of it, would go. */
export function quarantinePath(path: string, from = 0, to = 0): string {
  return join(dirname(path), folderName, to > from ? `${basename(path)}.${from}-${to - 1}` : basename(path))
}

/** Copies bytes of a file into the folder `quarantine` beside it, durably. */
export function quarantineBytes(path: string, from: number, to: number): void {
  makeFolder(path)
  const copy = quarantinePath(path, from, to)
  const source = openSync(path, 'r')
  const target = openSync(copy, 'w', 0o600)
  try {
    const chunk = new Uint8Array(chunkBytes)
    for (let at = from; at < to; ) {
      const count = readSync(source, chunk, 0, Math.min(chunk.length, to - at), at)
      if (count === 0) break
      writeSync(target, chunk, 0, count, at - from)
      at += count
    }
    fdatasyncSync(target)
  } finally {
    closeSync(source)
    closeSync(target)
  }
  syncFolder(dirname(copy))
}

/** Moves a file into the folder `quarantine` beside it. */
export function quarantineFile(path: string): void {
  makeFolder(path)
  const copy = quarantinePath(path)
  renameSync(path, copy)
  syncFolder(dirname(copy))
  syncFolder(dirname(path))
}

function makeFolder(path: string): void {
  mkdirSync(join(dirname(path), folderName), { recursive: true, mode: 0o700 })
  syncFolder(dirname(path))
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
