import { dirname } from 'node:path'
import { type Bytes, type EventBatch, EventDeliveryError, type EventSerializer, type Log } from '../../../core/index.ts'
import type { Compression } from './compression.ts'
import { type Files, type WritableFile, writeFully } from './files.ts'

/** When written bytes are forced to the disk: not at all, when a file is finished, or before a batch is acknowledged. */
export type Sync = 'never' | 'roll' | 'batch'

export interface RollFileShape {
  readonly files: Files
  readonly file: WritableFile
  /** Its name while it is written. */
  readonly workingPath: string
  /** Its name when it is finished; the same where there is no suffix for files in use. */
  readonly path: string
  readonly serializer: EventSerializer
  readonly compression: Compression | undefined
  readonly sync: Sync
  readonly log: Log
}

/**
 * One file from its first byte to its last. It holds whole batches: one that could not be written whole is cut off
 * again, so that trying it once more neither repeats nor tears lines.
 */
export class RollFile {
  readonly #shape: RollFileShape
  #size = 0
  /** `done`: the next batch needs a new file. `spoiled`: what follows its good bytes is not known, it is never finished. */
  #state: 'open' | 'done' | 'spoiled' = 'open'

  constructor(shape: RollFileShape) {
    this.#shape = shape
  }

  get name(): string {
    return this.#shape.workingPath
  }

  /** Bytes of whole batches. */
  get size(): number {
    return this.#size
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /**
   * Writes batches with one write, all or none of them.
   * @throws what the serializer throws; EventDeliveryError when the system does not take the bytes
   */
  async write(batches: readonly EventBatch[]): Promise<void> {
    const chunks = await this.#serialize(batches)
    try {
      await writeFully(this.#shape.file, chunks, this.#size)
    } catch (cause) {
      await this.#cutOff()
      throw new EventDeliveryError(`writing to ${this.name} failed`, { cause })
    }
    if (this.#shape.sync === 'batch') await this.#sync()
    for (const chunk of chunks) this.#size += chunk.length
  }

  /** Writes what stands last, closes the file and gives it its name; one without a byte is removed. */
  async finish(): Promise<void> {
    const { files, file, workingPath, path, sync } = this.#shape
    try {
      if (this.#state === 'open' && this.#size > 0) await this.#writeEnd()
      if (this.#state !== 'spoiled' && this.#size > 0 && sync !== 'never') await file.sync()
    } finally {
      await file.close()
    }
    if (this.#state === 'spoiled') return
    if (this.#size === 0) await files.remove(workingPath)
    else if (workingPath !== path) await files.rename(workingPath, path)
    if (sync !== 'never') await files.syncDirectory(dirname(path))
  }

  async #serialize(batches: readonly EventBatch[]): Promise<readonly Bytes[]> {
    const { serializer } = this.#shape
    const chunks: Bytes[] = []
    const add = (bytes: Bytes | undefined): void => {
      if (bytes && bytes.length > 0) chunks.push(bytes)
    }
    try {
      if (this.#size === 0) add(serializer.begin())
      for (const batch of batches) {
        serializer.write(batch, add)
        add(await serializer.flush())
      }
      return await this.#compress(chunks)
    } catch (error) {
      // It may still hold a part of these batches.
      this.#state = 'done'
      throw error
    }
  }

  async #writeEnd(): Promise<void> {
    const end = this.#shape.serializer.end()
    if (!end) return
    try {
      await writeFully(this.#shape.file, await this.#compress([end]), this.#size)
    } catch (error) {
      await this.#cutOff()
      throw error
    }
  }

  async #compress(chunks: readonly Bytes[]): Promise<readonly Bytes[]> {
    const { compression } = this.#shape
    if (!compression || chunks.length === 0) return chunks
    return [await compression.compress(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))]
  }

  /** After a sync that failed the system takes its pages for written, and a second one would say so: the file is left. */
  async #sync(): Promise<void> {
    try {
      await this.#shape.file.sync()
    } catch (cause) {
      await this.#cutOff()
      this.#state = 'spoiled'
      throw new EventDeliveryError(`syncing ${this.name} failed`, { cause })
    }
  }

  async #cutOff(): Promise<void> {
    try {
      await this.#shape.file.truncate(this.#size)
    } catch (error) {
      this.#state = 'spoiled'
      this.#shape.log.warn('A part of a batch stays at the end of a file; the whole batch goes to a new one.', {
        file: this.name,
        wholeBytes: this.#size,
        error,
      })
    }
  }
}
