import { close, fstat, open, read, stat } from 'node:fs'

/** What tells one file of a machine from another. */
export interface FileFacts {
  /** Decimal. */
  readonly device: string
  readonly inode: string
  readonly size: number
  readonly modifiedMs: number
  readonly isFile: boolean
  readonly isDirectory: boolean
}

/** Follows symbolic links. Undefined: there is nothing, or nothing that may be looked at. */
export function factsOf(path: string): Promise<FileFacts | undefined> {
  return new Promise((resolve) => {
    stat(path, { bigint: true }, (error, stats) => resolve(error ? undefined : toFacts(stats)))
  })
}

export function factsOfOpen(descriptor: number): Promise<FileFacts> {
  return new Promise((resolve, reject) => {
    fstat(descriptor, { bigint: true }, (error, stats) => (error ? reject(error) : resolve(toFacts(stats))))
  })
}

export function sizeOfOpen(descriptor: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fstat(descriptor, (error, stats) => (error ? reject(error) : resolve(stats.size)))
  })
}

export function openToRead(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    open(path, 'r', (error, descriptor) => (error ? reject(error) : resolve(descriptor)))
  })
}

/** Never fails: nothing was written. */
export function closeDescriptor(descriptor: number): Promise<void> {
  return new Promise((resolve) => close(descriptor, () => resolve()))
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

function toFacts(stats: {
  readonly dev: bigint
  readonly ino: bigint
  readonly size: bigint
  readonly mtimeMs: bigint
  isFile(): boolean
  isDirectory(): boolean
}): FileFacts {
  return {
    device: String(stats.dev),
    inode: String(stats.ino),
    size: Number(stats.size),
    modifiedMs: Number(stats.mtimeMs),
    isFile: stats.isFile(),
    isDirectory: stats.isDirectory(),
  }
}
