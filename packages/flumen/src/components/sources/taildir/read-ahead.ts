import { readBytes } from './descriptors.ts'

/** Where of an open file a piece was read. */
interface Spot {
  readonly descriptor: number
  readonly position: number
  readonly length: number
}

/** What is known of the file when reading begins. */
interface Begun {
  /** Of the monotonic clock. */
  readonly at: number
  /** The name that it has. */
  readonly path: string
}

interface Early extends Spot, Begun {
  /** Undefined: it could not be read. Whoever reads there is told why. */
  readonly bytes: Promise<Buffer | undefined>
}

/** Bytes that were asked for before it was known that they are wanted, and what was known then. */
export interface EarlyBytes extends Begun {
  readonly chunk: Buffer
}

/**
 * The next piece of a file, read while the one before is stored. It is one piece at most; what is not asked for at just
 * its place is let go. Who takes it looks afterwards whether the file still is what it was, as after each read.
 */
export class ReadAhead {
  #early: Early | undefined
  /** Of all that was begun, also what was let go. */
  #underWay: Promise<unknown> | undefined

  /** Does nothing while a read that was let go is under way. */
  begin(spot: Spot, begun: Begun): void {
    if (this.#underWay) return
    const bytes = readBytes(spot.descriptor, spot.position, spot.length).catch(() => undefined)
    this.#early = { ...spot, ...begun, bytes }
    this.#underWay = bytes.finally(() => {
      this.#underWay = undefined
    })
  }

  /** Undefined: they were not read early, or not all of them. */
  async take({ descriptor, position, length }: Spot): Promise<EarlyBytes | undefined> {
    const early = this.#early
    this.#early = undefined
    if (early?.descriptor !== descriptor || early.position !== position || early.length !== length) return undefined
    const chunk = await early.bytes
    return chunk?.length === length ? { chunk, at: early.at, path: early.path } : undefined
  }

  /** The content is not what it was. */
  forget(): void {
    this.#early = undefined
  }

  /** Nothing reads from the descriptor any more: its number may be another file's soon. */
  async end(): Promise<void> {
    this.#early = undefined
    await this.#underWay
  }
}
