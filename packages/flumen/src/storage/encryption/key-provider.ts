import { type Bytes, FlumenError } from '../../core/index.ts'

export interface MasterKey {
  /** What the header of a segment names it by. */
  readonly id: string
  /** 16, 24 or 32. */
  readonly bytes: Bytes
}

/** The keys of an encrypted channel. All are read when it is opened: asking does no input or output. */
export interface KeyProvider {
  /** That of new segments. */
  activeKey(): MasterKey
  /** Undefined when there is none of this name. */
  key(id: string): Bytes | undefined
}

/** A key cannot be had: its file, its store or its command does not give it. Its message never holds a key. */
export class KeyProviderError extends FlumenError {
  static override readonly code = 'KEY_PROVIDER'
}

/** A provider of keys that are there. */
export class LoadedKeys implements KeyProvider {
  readonly #active: MasterKey
  readonly #keys: ReadonlyMap<string, Bytes>

  /** @throws KeyProviderError when the active one is not among them */
  constructor(activeId: string, keys: ReadonlyMap<string, Bytes>) {
    const bytes = keys.get(activeId)
    if (bytes === undefined) throw new KeyProviderError(`the active encryption key '${activeId}' is not there`)
    this.#active = { id: activeId, bytes }
    this.#keys = keys
  }

  activeKey(): MasterKey {
    return this.#active
  }

  key(id: string): Bytes | undefined {
    return this.#keys.get(id)
  }
}
