/** The unit of room on the disk, and of copying. */
export const pageSize = 4096

/** The bytes of a file. Never changed: a write gives another content, which shares the pages that it did not touch. */
export interface FileContent {
  readonly size: number
  /** A page that is missing is a hole: it reads as zeros and takes no room. Beyond the size a page holds zeros. */
  readonly pages: readonly (Uint8Array | undefined)[]
}

export const emptyContent: FileContent = { size: 0, pages: [] }

/** Room that it takes, in bytes. */
export function allocatedBytes({ pages }: FileContent): number {
  let count = 0
  for (const page of pages) if (page) count++
  return count * pageSize
}

/** How many of `length` bytes from `position` on can be written when there is room for `free` bytes of new pages. */
export function writableBytes(content: FileContent, position: number, length: number, free: number): number {
  let room = Math.floor(free / pageSize)
  for (let index = Math.floor(position / pageSize); index * pageSize < position + length; index++) {
    if (content.pages[index]) continue
    if (room === 0) return Math.max(0, index * pageSize - position)
    room--
  }
  return length
}

export function withBytes(content: FileContent, position: number, bytes: Uint8Array): FileContent {
  if (bytes.length === 0) return content
  const end = position + bytes.length
  const pages = content.pages.slice()
  for (let index = Math.floor(position / pageSize); index * pageSize < end; index++) {
    const start = index * pageSize
    const from = Math.max(position, start)
    const to = Math.min(end, start + pageSize)
    const page = new Uint8Array(pageSize)
    const old = pages[index]
    if (old && to - from < pageSize) page.set(old)
    page.set(bytes.subarray(from - position, to - position), from - start)
    while (pages.length < index) pages.push(undefined)
    pages[index] = page
  }
  return { size: Math.max(content.size, end), pages }
}

/** Cut, or made longer with a hole. */
export function withSize(content: FileContent, size: number): FileContent {
  if (size >= content.size) return size === content.size ? content : { size, pages: content.pages }
  const pages = content.pages.slice(0, Math.ceil(size / pageSize))
  const last = pages.at(-1)
  const rest = size % pageSize
  if (last && rest > 0 && pages.length === Math.ceil(size / pageSize)) {
    const page = new Uint8Array(pageSize)
    page.set(last.subarray(0, rest))
    pages[pages.length - 1] = page
  }
  return { size, pages }
}

/** Fills the buffer from `position` on. @returns the bytes read, fewer only where the file ends */
export function readContent(content: FileContent, buffer: Uint8Array, position: number): number {
  const end = Math.min(content.size, position + buffer.length)
  for (let from = position; from < end; ) {
    const index = Math.floor(from / pageSize)
    const to = Math.min(end, (index + 1) * pageSize)
    const page = content.pages[index]
    const target = buffer.subarray(from - position, to - position)
    if (page) target.set(page.subarray(from - index * pageSize, to - index * pageSize))
    else target.fill(0)
    from = to
  }
  return Math.max(0, end - position)
}
