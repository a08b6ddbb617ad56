import { DiskError, type OpenFile } from './files.ts'

const pageBytes = 4096

/**
 * A file whose unreadable pages read as zeros, which are no record, so that what lies around them is read all the same.
 * Where nothing of a piece can be read, the whole disk may be away, and nothing is given up: that is an error still.
 */
export function salvaged(file: OpenFile): OpenFile {
  return {
    path: file.path,
    size: () => file.size(),
    read: (buffer, position) => readAround(file, buffer, position),
    write: (buffers, position) => file.write(buffers, position),
    sync: () => file.sync(),
    truncate: (size) => file.truncate(size),
    close: () => file.close(),
  }
}

/** Whether the disk has no more than a place that it cannot read. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof DiskError && error.code === 'EIO' && error.operation === 'read'
}

function readAround(file: OpenFile, buffer: Uint8Array, position: number): number {
  try {
    return file.read(buffer, position)
  } catch (error) {
    if (!isUnreadable(error)) throw error
    return readPages(file, buffer, position, error)
  }
}

function readPages(file: OpenFile, buffer: Uint8Array, position: number, whole: unknown): number {
  const length = Math.min(buffer.length, file.size() - position)
  let readable = 0
  for (let at = 0; at < length; ) {
    const end = Math.min(length, at + pageBytes - ((position + at) % pageBytes))
    const page = buffer.subarray(at, end)
    try {
      file.read(page, position + at)
      readable++
    } catch (error) {
      if (!isUnreadable(error)) throw error
      page.fill(0)
    }
    at = end
  }
  if (readable === 0) throw whole
  return length
}
