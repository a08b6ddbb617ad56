import { createDecipheriv } from 'node:crypto'
import type { Bytes } from '../../core/index.ts'
import { KeyStoreProblem } from './key-store-error.ts'

/** Deciphers in CBC mode and removes the padding. @throws `problem` where the padding is wrong, as under a wrong key */
export function decipher(algorithm: string, key: Bytes, iv: Bytes, data: Bytes, problem: KeyStoreProblem): Buffer {
  try {
    const cipher = createDecipheriv(algorithm, key, iv)
    return Buffer.concat([cipher.update(data), cipher.final()])
  } catch (error) {
    if (isCryptoFailure(error)) throw problem
    throw error
  }
}

export function wrongKeyPassword(alias: string): KeyStoreProblem {
  return new KeyStoreProblem('password', `the password of the key '${alias}' is wrong, or the key is damaged`)
}

function isCryptoFailure(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code.startsWith('ERR_OSSL_') || code.startsWith('ERR_CRYPTO_')
}
