import { dirname, join } from 'node:path'
import { EventDeliveryError, type PathManager } from '../../../core/index.ts'
import type { Files, WritableFile } from './files.ts'

export interface FileOpenerShape {
  readonly files: Files
  readonly pathManager: PathManager
  readonly directory: string
  /** What names end with, beside what the path manager says: `.gz`, or nothing. */
  readonly extension: string
  /** What names end with while the file is written; may be empty. */
  readonly inUseSuffix: string
  readonly createDirectory: boolean
  /** A new name is on the disk before the file is used. */
  readonly syncNames: boolean
}

export interface OpenedFile {
  readonly file: WritableFile
  readonly workingPath: string
  readonly path: string
}

/** Names that are taken, one after the other, before a new file is given up. */
const mostTaken = 10_000

/** Makes the next file. A name that is taken is left alone, and the path manager asked for the next. */
export class FileOpener {
  readonly #shape: FileOpenerShape
  /** A name whose file could not be made; tried again, so that numbers stay without gaps. */
  #unused: string | undefined

  constructor(shape: FileOpenerShape) {
    this.#shape = shape
  }

  /** @param now ms since the epoch @throws EventDeliveryError */
  async open(now: number): Promise<OpenedFile> {
    const { pathManager, directory, extension, inUseSuffix } = this.#shape
    for (let taken = 0; taken < mostTaken; taken++) {
      this.#unused ??= pathManager.nextName(now)
      const path = join(directory, this.#unused + extension)
      const workingPath = path + inUseSuffix
      const file = await this.#create(path, workingPath)
      this.#unused = undefined
      if (file) return { file, workingPath, path }
    }
    throw new EventDeliveryError(`no new file in ${directory}: the names of ${mostTaken} tries are all taken`)
  }

  /** undefined: the name is taken. */
  async #create(path: string, workingPath: string): Promise<WritableFile | undefined> {
    try {
      const file = await this.#createAnew(workingPath)
      if (await this.#isUsable(file, path, workingPath)) return file
      await file.close()
      await this.#shape.files.remove(workingPath)
      return undefined
    } catch (cause) {
      if (codeOf(cause) === 'EEXIST') return undefined
      throw new EventDeliveryError(`opening ${workingPath} failed`, { cause })
    }
  }

  async #isUsable(file: WritableFile, path: string, workingPath: string): Promise<boolean> {
    const { files, syncNames } = this.#shape
    try {
      // Asked after the file in use was made: who finishes a file of this name must have held that first.
      if (workingPath !== path && (await files.exists(path))) return false
      if (syncNames) await files.syncDirectory(dirname(workingPath))
      return true
    } catch (error) {
      await file.close()
      await files.remove(workingPath)
      throw error
    }
  }

  /** A directory may have been removed since the start. */
  async #createAnew(workingPath: string): Promise<WritableFile> {
    const { files, createDirectory } = this.#shape
    try {
      return await files.create(workingPath)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || !createDirectory) throw error
      await files.makeDirectory(dirname(workingPath))
      return files.create(workingPath)
    }
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
