import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import {
  digestOf,
  type EndedPosition,
  type FilePosition,
  type FlumePosition,
  formatFlumePositions,
  formatJournal,
  formatJournalLines,
  journalPathOf,
  noPositionFile,
  type StoredPositions,
  storedPositions,
} from '../../../protocols/tail-positions/index.ts'

/** All that is to be remembered. */
export interface PositionsNow {
  readonly positions: readonly FilePosition[]
  readonly ended: readonly EndedPosition[]
  /** What Flume may see: files that still have a name of theirs. */
  readonly shown: readonly FlumePosition[]
}

/**
 * Positions on the disk. After each commit a record goes to the journal beside the position file, so that a killed
 * process repeats one put at most. `save` writes both files anew, each whole or not at all whatever happens: a file of
 * another name, synced, renamed, the directory synced. Flume's file decides where somebody else has changed it.
 */
export class PositionStore {
  readonly #path: string
  #journal: FileHandle | undefined
  #digest = noPositionFile
  #isTorn = false
  #last: Promise<void> = Promise.resolve()

  constructor(path: string) {
    this.#path = path
  }

  async load(): Promise<StoredPositions> {
    const stored = storedPositions(await textOf(this.#path), await textOf(journalPathOf(this.#path)))
    this.#digest = stored.digest
    return stored
  }

  /** Records what has moved on; a position of -1 is forgotten. Calls run one after the other. */
  record(positions: readonly (FilePosition | EndedPosition)[]): Promise<void> {
    return this.#next(async () => {
      if (!this.#journal) return
      const text = (this.#isTorn ? '\n' : '') + formatJournalLines(positions)
      this.#isTorn = true
      await writeAll(this.#journal, Buffer.from(text))
      this.#isTorn = false
    })
  }

  /** What stands is asked for when it is its turn. */
  save(state: () => PositionsNow): Promise<void> {
    return this.#next(async () => {
      await mkdir(dirname(this.#path), { recursive: true })
      const { positions, ended, shown } = state()
      const flume = formatFlumePositions(shown)
      const digest = digestOf(Buffer.from(flume))
      const fresh = await replace(journalPathOf(this.#path), formatJournal(this.#digest, digest, positions, ended))
      await this.#journal?.close()
      this.#journal = fresh
      this.#isTorn = false
      await (await replace(this.#path, flume)).close()
      this.#digest = digest
    })
  }

  async close(): Promise<void> {
    await this.#last
    await this.#journal?.close()
    this.#journal = undefined
  }

  #next(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => undefined)
    return done
  }
}

/** @returns the new file, open behind its content */
async function replace(path: string, text: string): Promise<FileHandle> {
  const temporary = `${path}.tmp`
  const file = await open(temporary, 'w')
  try {
    await writeAll(file, Buffer.from(text))
    await file.datasync()
    await rename(temporary, path)
    await syncDirectory(dirname(path))
  } catch (error) {
    await file.close()
    throw error
  }
  return file
}

/** A disk that runs full takes a part without an error. */
async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done)
    if (bytesWritten === 0) throw new Error('the system wrote nothing and said nothing')
    done += bytesWritten
  }
}

async function syncDirectory(path: string): Promise<void> {
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

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
