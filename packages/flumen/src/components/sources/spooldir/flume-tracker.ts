import { readFile, unlink } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { formatSpoolMeta, parseSpoolMeta } from '../../../protocols/avro-container/index.ts'
import { type Progress, replaceFile } from './progress-store.ts'

/** Flume's tracker of the file in work. While the source runs there is none; a clean stop leaves one for Flume. */
export class FlumeTracker {
  readonly #path: string
  /** As Flume has it in the paths of files. */
  readonly #spoolDir: string

  constructor(trackerDir: string, spoolDir: string) {
    this.#path = join(trackerDir, '.flumespool-main.meta')
    this.#spoolDir = spoolDir
  }

  /** @returns undefined where it says nothing @throws an Error where it cannot be read */
  async load(): Promise<Progress | undefined> {
    let bytes: Buffer
    try {
      bytes = await readFile(this.#path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
    const meta = bytes.length === 0 ? undefined : parseSpoolMeta(bytes)
    return meta && { file: resolve(meta.file), offset: meta.offset, events: 0, identity: undefined }
  }

  async remove(): Promise<void> {
    await unlink(this.#path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
  }

  /** @param offset as Flume's deserializer would have it */
  async write(file: string, offset: number): Promise<void> {
    const path = join(this.#spoolDir, relative(resolve(this.#spoolDir), file))
    await (await replaceFile(this.#path, formatSpoolMeta({ file: path, offset }))).close()
  }
}
