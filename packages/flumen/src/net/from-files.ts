import { stat } from 'node:fs/promises'

/** So often files are looked at, ms. */
const lookEveryMs = 1000

/**
 * What is made of some files, and made anew when one of them has changed. A look costs a call of the system a file, so
 * it is done when somebody needs the value, and at most once a second.
 */
export class FromFiles<T> {
  readonly #paths: readonly string[]
  readonly #make: () => Promise<T>
  /** Of the files as they were when they were last read, well or not. */
  #mark: string
  #value: T
  /** Monotonic, ms. */
  #lookedAt: number | undefined
  #looking: Promise<void> | undefined

  /** @throws an error that names the files, caused by what `make` throws */
  static async load<T>(paths: readonly string[], make: () => Promise<T>): Promise<FromFiles<T>> {
    // Before they are read: what changes meanwhile is read again.
    const mark = await markOf(paths)
    const naming = async (): Promise<T> => {
      try {
        return await make()
      } catch (cause) {
        throw new Error(paths.join(', '), { cause })
      }
    }
    return new FromFiles(paths, naming, mark, await naming())
  }

  private constructor(paths: readonly string[], make: () => Promise<T>, mark: string, value: T) {
    this.#paths = paths
    this.#make = make
    this.#mark = mark
    this.#value = value
  }

  get value(): T {
    return this.#value
  }

  /**
   * Looks at the files; undefined: the last look is not long ago.
   * @param now monotonic, ms
   * @param onBroken the files have changed and nothing can be made of them: the value stays. Told once a change
   */
  look(now: number, onBroken: (error: unknown) => void): Promise<void> | undefined {
    if (this.#looking) return this.#looking
    if (this.#lookedAt !== undefined && now - this.#lookedAt < lookEveryMs) return undefined
    this.#lookedAt = now
    this.#looking = this.#look(onBroken).finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  async #look(onBroken: (error: unknown) => void): Promise<void> {
    const mark = await markOf(this.#paths)
    if (mark === this.#mark) return
    this.#mark = mark
    try {
      this.#value = await this.#make()
    } catch (error) {
      onBroken(error)
    }
  }
}

async function markOf(paths: readonly string[]): Promise<string> {
  const marks = await Promise.all(paths.map(markOfOne))
  return marks.join()
}

async function markOfOne(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true })
    return `${ino} ${size} ${mtimeNs}`
  } catch {
    return 'none'
  }
}
