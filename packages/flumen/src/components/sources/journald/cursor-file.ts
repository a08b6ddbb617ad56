import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ComponentFailedError, codeOf } from '../../../core/index.ts'

/** As the journal writes a cursor; nothing else may reach a command line. */
const form = /^(?:[a-z]=[\da-f]+;)*[a-z]=[\da-f]+$/

/** Where the journal stands: one line. It is written whole or not at all: to another file, synced, renamed, synced. */
export class CursorFile {
  readonly #path: string
  #wanted: string | undefined
  #written: string | undefined
  #writing: Promise<void> | undefined

  constructor(path: string) {
    this.#path = path
  }

  /** @throws ComponentFailedError where it cannot be read or holds something else */
  async load(): Promise<string | undefined> {
    let text: string
    try {
      text = (await readFile(this.#path, 'utf8')).trim()
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return undefined
      throw new ComponentFailedError(`the cursor file ${this.#path} cannot be read`, { cause })
    }
    if (!form.test(text)) {
      throw new ComponentFailedError(`${this.#path} holds no cursor of a journal: remove it to begin anew`)
    }
    this.#written = text
    return text
  }

  /** The journal has been stored up to here; `save` writes it. What is no cursor is left out. */
  note(cursor: string): void {
    if (form.test(cursor)) this.#wanted = cursor
  }

  get isSaved(): boolean {
    return this.#wanted === undefined || this.#wanted === this.#written
  }

  /** Writes what was noted last. Calls at the same time are one. @throws the system's error */
  async save(): Promise<void> {
    while (!this.isSaved) {
      this.#writing ??= this.#write(this.#wanted!).finally(() => {
        this.#writing = undefined
      })
      await this.#writing
    }
  }

  async #write(cursor: string): Promise<void> {
    const folder = dirname(this.#path)
    await mkdir(folder, { recursive: true })
    const temporary = `${this.#path}.tmp`
    const file = await open(temporary, 'w', 0o600)
    try {
      await file.writeFile(`${cursor}\n`)
      await file.datasync()
    } finally {
      await file.close()
    }
    await rename(temporary, this.#path)
    const directory = await open(folder, 'r')
    try {
      await directory.sync()
    } catch (error) {
      // Some file systems have nothing to sync in a directory.
      if (!['EINVAL', 'ENOTSUP'].includes(codeOf(error) ?? '')) throw error
    } finally {
      await directory.close()
    }
    this.#written = cursor
  }
}
