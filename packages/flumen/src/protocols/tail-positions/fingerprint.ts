import { hash } from 'node:crypto'

/** Most bytes of a file that one fingerprint covers. */
export const fingerprintBytes = 256

/** So many bytes of a file, and their digest; a position file tells nothing of what stands in a log. */
export interface Fingerprint {
  readonly length: number
  readonly digest: string
}

export function digestOf(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex').slice(0, 24)
}

export const noFingerprint: Fingerprint = { length: 0, digest: '' }

export function fingerprintOf(bytes: Uint8Array): Fingerprint {
  return bytes.length === 0 ? noFingerprint : { length: bytes.length, digest: digestOf(bytes) }
}
