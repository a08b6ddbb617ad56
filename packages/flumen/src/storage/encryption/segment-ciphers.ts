import type { Bytes } from '../../core/index.ts'
import { type KeyProvider, KeyProviderError } from './key-provider.ts'
import { SegmentCipher, SegmentOpener } from './segment-cipher.ts'

/** What the header of a segment says of its key. */
export interface CipherKey {
  /** Of the master key. */
  readonly id: string
  readonly salt: Bytes
}

/** The ciphers of a log whose keys a provider has. */
export class SegmentCiphers {
  readonly #keys: KeyProvider

  constructor(keys: KeyProvider) {
    this.#keys = keys
  }

  /** For a new segment, with the active key. */
  create(): { readonly key: CipherKey; readonly cipher: SegmentCipher } {
    const { id, bytes } = this.#keys.activeKey()
    const cipher = new SegmentCipher(bytes)
    return { key: { id, salt: cipher.salt }, cipher }
  }

  /** For a segment that is there. @throws KeyProviderError where its key is not there */
  open({ id, salt }: CipherKey): SegmentOpener {
    const bytes = this.#keys.key(id)
    if (bytes !== undefined) return new SegmentOpener(bytes, salt)
    throw new KeyProviderError(
      `events are stored that are encrypted with the key '${id}', which is not there: name it in encryption.keyProvider.keys`,
    )
  }
}
