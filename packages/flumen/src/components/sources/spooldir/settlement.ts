import { open, rename, stat, unlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { makeFolder, type Progress, replaceFile, syncDirectory } from './progress-store.ts'

export interface SettlementRules {
  /** Absolute. */
  readonly spoolDir: string
  /** Absolute. */
  readonly trackerDir: string
  readonly fileSuffix: string
  readonly quarantineSuffix: string
  /** What marks a file that is done with. */
  readonly how: 'rename' | 'delete' | 'track'
}

/** Why a file is put aside; text for people. */
export interface Quarantine {
  readonly path: string
  readonly reason: string
  readonly progress: Progress | undefined
  /** Ms since the epoch. */
  readonly now: number
}

/** What becomes of files in the end. Names are durable after `sync`. */
export class Settlement {
  readonly #rules: SettlementRules
  readonly #unsynced = new Set<string>()

  constructor(rules: SettlementRules) {
    this.#rules = rules
  }

  /** @returns false where the name that it should get is taken */
  async complete(path: string): Promise<boolean> {
    const { how, fileSuffix } = this.#rules
    if (how === 'track') await this.#mark(this.#trackerOf(path + fileSuffix))
    else if (how === 'delete') await unlink(path)
    else {
      if (await exists(path + fileSuffix)) return false
      await rename(path, path + fileSuffix)
    }
    if (how !== 'track') this.#unsynced.add(dirname(path))
    return true
  }

  /** Puts a file aside and writes down why. @returns where it is now */
  async quarantine({ path, reason, progress, now }: Quarantine): Promise<string> {
    const { how, quarantineSuffix } = this.#rules
    let aside = path + quarantineSuffix
    for (let number = 1; how !== 'track' && (await exists(aside)); number++) {
      aside = `${path}.${number}${quarantineSuffix}`
    }
    const note = this.#trackerOf(aside)
    const { offset = 0, events = 0 } = progress ?? {}
    const facts = { file: path, reason, storedBytes: offset, eventsAfterThem: events, at: new Date(now).toISOString() }
    await makeFolder(dirname(note))
    await (await replaceFile(note, `${JSON.stringify(facts, null, 2)}\n`)).close()
    if (how === 'track') return path
    await rename(path, aside)
    this.#unsynced.add(dirname(path))
    return aside
  }

  async sync(): Promise<void> {
    for (const directory of this.#unsynced) {
      this.#unsynced.delete(directory)
      await syncDirectory(directory).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return
        this.#unsynced.add(directory)
        throw error
      })
    }
  }

  async #mark(path: string): Promise<void> {
    await makeFolder(dirname(path))
    await (await open(path, 'a')).close()
    this.#unsynced.add(dirname(path))
  }

  #trackerOf(path: string): string {
    return join(this.#rules.trackerDir, relative(this.#rules.spoolDir, path))
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
