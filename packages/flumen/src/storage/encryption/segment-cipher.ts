import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { type Bytes, FlumenError } from '../../core/index.ts'
import { masterKeyProblem } from './master-key.ts'

/**
 * Encryption of the records of one segment. AES-256-GCM under a key of the segment's own: HKDF-SHA256 of the master
 * key, a salt of 32 random bytes that stands in the segment's header, and the info `flumen segment v1`. A record is
 *
 *     nonce      12 bytes: 4 zeros, then a count from 0, 8 bytes, the high one first
 *     ciphertext as long as the record
 *     tag        16 bytes
 *
 * A nonce must never come twice under one key, so only the cipher that made a salt seals with it. A restarted writer
 * begins a new segment; what is there can be opened only.
 */
export const saltLength = 32
const nonceLength = 12
const tagLength = 16
/** How much longer a sealed record is, bytes. */
export const sealOverhead = nonceLength + tagLength
const algorithm = 'aes-256-gcm'
const info = 'flumen segment v1'
const subkeyLength = 32

/** A record, its place or the key are not those that it was sealed with: it was changed, or the key is another. */
export class AuthenticationFailed extends FlumenError {
  static override readonly code = 'AUTHENTICATION_FAILED'
}

/** Opens what a SegmentCipher sealed. */
export class SegmentOpener {
  readonly salt: Bytes
  readonly #subkey: Buffer

  /** @param salt of the segment's header */
  constructor(masterKey: Bytes, salt: Bytes) {
    this.#subkey = subkeyOf(masterKey, salt)
    this.salt = Uint8Array.from(salt)
  }

  /**
   * @param aad what the record was sealed with, such as its place
   * @throws AuthenticationFailed
   */
  open(sealed: Bytes, aad: Bytes): Bytes {
    if (sealed.length < sealOverhead)
      throw new AuthenticationFailed(`an encrypted record of ${sealed.length} bytes is too short`)
    const tagStart = sealed.length - tagLength
    const nonce = sealed.subarray(0, nonceLength)
    const cipher = createDecipheriv(algorithm, this.#subkey, nonce, { authTagLength: tagLength })
    cipher.setAAD(aad)
    cipher.setAuthTag(sealed.subarray(tagStart))
    const plain = cipher.update(sealed.subarray(nonceLength, tagStart))
    try {
      cipher.final()
    } catch (error) {
      // Without what the library says: it has nothing to say but that the tag is wrong.
      if (error instanceof Error)
        throw new AuthenticationFailed('an encrypted record was changed, stands in the wrong place, or has another key')
      throw error
    }
    return plain
  }

  /** Never: it does not know which nonces its key has had. For where both halves of a cipher are asked for. */
  seal(): never {
    throw new TypeError('only the cipher that began a segment seals its records')
  }
}

/** Seals the records of a new segment. */
export class SegmentCipher {
  /** For the segment's header. */
  readonly salt: Bytes = Uint8Array.from(randomBytes(saltLength))
  readonly #subkey: Buffer
  readonly #opener: SegmentOpener
  #sealed = 0

  /** @param masterKey 16, 24 or 32 bytes */
  constructor(masterKey: Bytes) {
    this.#subkey = subkeyOf(masterKey, this.salt)
    this.#opener = new SegmentOpener(masterKey, this.salt)
  }

  /** @param aad is not kept, but has to be the same when it is opened */
  seal(plain: Bytes, aad: Bytes): Bytes {
    const sealed = Buffer.allocUnsafeSlow(plain.length + sealOverhead)
    this.#nextNonce(sealed)
    const nonce = sealed.subarray(0, nonceLength)
    const cipher = createCipheriv(algorithm, this.#subkey, nonce, { authTagLength: tagLength })
    cipher.setAAD(aad)
    sealed.set(cipher.update(plain), nonceLength)
    cipher.final()
    sealed.set(cipher.getAuthTag(), nonceLength + plain.length)
    return sealed
  }

  /** @throws AuthenticationFailed */
  open(sealed: Bytes, aad: Bytes): Bytes {
    return this.#opener.open(sealed, aad)
  }

  #nextNonce(into: Buffer): void {
    // Far beyond what can ever be written: a million records a second reach it after 285 years.
    if (this.#sealed === Number.MAX_SAFE_INTEGER) throw new RangeError('a segment has no more nonces')
    into.fill(0, 0, 4)
    into.writeBigUInt64BE(BigInt(this.#sealed), 4)
    this.#sealed += 1
  }
}

function subkeyOf(masterKey: Bytes, salt: Bytes): Buffer {
  const problem = masterKeyProblem(masterKey.length)
  if (problem !== undefined) throw new RangeError(problem)
  if (salt.length !== saltLength) throw new RangeError(`a salt has ${saltLength} bytes, not ${salt.length}`)
  return Buffer.from(hkdfSync('sha256', masterKey, salt, info, subkeyLength))
}
