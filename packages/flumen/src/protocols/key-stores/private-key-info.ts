import type { Bytes } from '../../core/index.ts'
import { DerReader, tags } from './der.ts'

/** A PKCS8 PrivateKeyInfo (RFC 5208): version, algorithm, the key in octets. Java keeps secret keys so too. */
export interface PrivateKeyInfo {
  readonly algorithm: string
  readonly key: Buffer
}

/** @throws KeyStoreProblem `format` */
export function readPrivateKeyInfo(bytes: Bytes): PrivateKeyInfo {
  const info = new DerReader(bytes).into()
  info.integer()
  const algorithm = info.into().oid()
  return { algorithm, key: info.octets() }
}

/** An EncryptedPrivateKeyInfo (RFC 5208): how it is enciphered, and the octets. */
export interface EncryptedPrivateKeyInfo {
  readonly algorithm: string
  /** What follows the algorithm's identifier. */
  readonly parameters: DerReader
  readonly data: Buffer
}

/** @throws KeyStoreProblem `format` */
export function readEncryptedPrivateKeyInfo(bytes: Bytes): EncryptedPrivateKeyInfo {
  const info = new DerReader(bytes).into(tags.sequence)
  const parameters = info.into()
  const algorithm = parameters.oid()
  return { algorithm, parameters, data: info.octets() }
}
