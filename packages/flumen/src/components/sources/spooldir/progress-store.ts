import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'

/** How far a file is stored, and what tells it from another one of its name. */
export interface Progress {
  readonly file: string
  /** Undefined: Flume said it, who does not know. */
  readonly identity: Identity | undefined
  /** Bytes (of a compressed file: of its content) whose events are stored. */
  readonly offset: number
  /** Events after the offset that are stored. */
  readonly events: number
}

export interface Identity {
  readonly inode: number
  readonly size: number
  /** Ms. */
  readonly modified: number
}

/** A longer journal is written anew. */
const mostBytes = 1024 ** 2

/**
 * The progress of files, on the disk: text, a record a line: eight hexadecimal digits of the CRC-32 of the JSON after
 * them, a blank, JSON. A record is an array [file, offset, events, inode, size, modified], the last three null where
 * Flume's tracker said it; an offset of -1 says that the file is done with. Later records count. A line that does not
 * verify is a torn one. After each put a record is written, so that a killed process repeats one put at most; `save`
 * makes it safe against a loss of power.
 */
export class ProgressStore {
  readonly #path: string
  readonly #progress = new Map<string, Progress>()
  #journal: FileHandle | undefined
  #bytes = 0
  #isTorn = false
  #isSaved = true

  constructor(path: string) {
    this.#path = path
  }

  /** Of files that are begun and not done with, in the order of their last records. */
  get begun(): readonly Progress[] {
    return [...this.#progress.values()]
  }

  /** @returns whether something stands there that cannot be read */
  async load(): Promise<boolean> {
    let text: string
    try {
      text = await readFile(this.#path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
      throw error
    }
    const lines = text.split('\n').slice(0, -1)
    let damaged = 0
    for (const line of lines) {
      const record = recordOf(line)
      if (!record) damaged++
      else if (record.offset < 0) this.#progress.delete(record.file)
      else this.#set(record)
    }
    return damaged > 0
  }

  /** Writes what is known anew, whole or not at all, and durably. */
  async rewrite(): Promise<void> {
    await makeFolder(dirname(this.#path))
    const text = this.begun.map(lineOf).join('')
    const fresh = await replaceFile(this.#path, text)
    await this.#journal?.close()
    this.#journal = fresh
    this.#bytes = Buffer.byteLength(text)
    this.#isTorn = false
    this.#isSaved = true
  }

  async record(progress: Progress): Promise<void> {
    this.#set(progress)
    await this.#append(lineOf(progress))
  }

  /** The file is done with: one of its name is another one. */
  async forget(file: string): Promise<void> {
    if (this.#progress.delete(file)) await this.#append(lineOf({ file, identity: undefined, offset: -1, events: 0 }))
  }

  async save(): Promise<void> {
    if (this.#isSaved) return
    this.#isSaved = true
    try {
      await this.#journal?.datasync()
    } catch (error) {
      this.#isSaved = false
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#journal?.close()
    this.#journal = undefined
  }

  #set(progress: Progress): void {
    this.#progress.delete(progress.file)
    this.#progress.set(progress.file, progress)
  }

  async #append(line: string): Promise<void> {
    if (!this.#journal) return
    const bytes = Buffer.from(this.#isTorn ? `\n${line}` : line)
    this.#isTorn = true
    this.#isSaved = false
    await writeAll(this.#journal, bytes)
    this.#isTorn = false
    this.#bytes += bytes.length
    if (this.#bytes > mostBytes) await this.rewrite()
  }
}

/** Writes a file whole or not at all, whatever happens. @returns it, open behind its content */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<FileHandle> {
  const temporary = `${path}.tmp`
  const file = await open(temporary, 'w', 0o600)
  try {
    await writeAll(file, typeof content === 'string' ? Buffer.from(content) : content)
    await file.datasync()
    await rename(temporary, path)
    await syncDirectory(dirname(path))
  } catch (error) {
    await file.close()
    throw error
  }
  return file
}

/** A folder with its parents, durably. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true })
  if (first === undefined) return
  for (let folder = path; folder.length >= first.length; folder = dirname(folder)) await syncDirectory(dirname(folder))
}

/** Makes names durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } catch (error) {
    // Some file systems have nothing to sync in a directory.
    if (!['EINVAL', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  } finally {
    await directory.close()
  }
}

/** A disk that runs full takes a part without an error. */
async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done)
    if (bytesWritten === 0) throw new Error('the system wrote nothing and said nothing')
    done += bytesWritten
  }
}

function lineOf({ file, identity, offset, events }: Progress): string {
  const { inode = null, size = null, modified = null } = identity ?? {}
  const json = JSON.stringify([file, offset, events, inode, size, modified])
  return `${sumOf(json)} ${json}\n`
}

function recordOf(line: string): Progress | undefined {
  const json = line.slice(9)
  if (line.slice(0, 9) !== `${sumOf(json)} `) return undefined
  const record = JSON.parse(json) as unknown
  if (!Array.isArray(record) || record.length !== 6) return undefined
  const [file, offset, events, inode, size, modified] = record as unknown[]
  if (typeof file !== 'string' || !isCount(offset, -1) || !isCount(events, 0)) return undefined
  const isKnown = typeof inode === 'number' && typeof size === 'number' && typeof modified === 'number'
  return { file, offset, events, identity: isKnown ? { inode, size, modified } : undefined }
}

function isCount(value: unknown, least: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least
}

function sumOf(json: string): string {
  return crc32(json).toString(16).padStart(8, '0')
}
