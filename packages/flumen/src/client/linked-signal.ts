/**
 * A signal that follows two others until it is disposed of. `AbortSignal.any` does not do where somebody keeps a listener
 * on it: it then stays as long as its longest-lived source.
 */
export class LinkedSignal implements Disposable {
  readonly #over = new AbortController()
  readonly #sources: readonly AbortSignal[]
  readonly #stop = (): void => this.#over.abort()

  constructor(...sources: readonly AbortSignal[]) {
    this.#sources = sources
    for (const source of sources) {
      if (source.aborted) this.#stop()
      else source.addEventListener('abort', this.#stop, { once: true })
    }
  }

  get signal(): AbortSignal {
    return this.#over.signal
  }

  [Symbol.dispose](): void {
    for (const source of this.#sources) source.removeEventListener('abort', this.#stop)
  }
}
