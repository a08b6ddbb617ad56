import { FlumenError } from '../../core/index.ts'

/**
 * Why a key store or a key of it cannot be had. `password`: it is wrong, or the bytes are damaged (the two look alike);
 * `format`: this is no key store, or a damaged one; `unsupported`: an algorithm or a class that is not read; `limit`:
 * more work than anyone's own store asks for; `missing`: no such entry.
 */
export type KeyStoreReason = 'password' | 'format' | 'unsupported' | 'limit' | 'missing'

/** A key store, or a key of it, cannot be read. Its message names the store and never holds a password or a key. */
export class KeyStoreError extends FlumenError {
  static override readonly code = 'KEY_STORE'
  readonly reason: KeyStoreReason

  constructor(store: string, reason: KeyStoreReason, message: string) {
    super(`${store}: ${message}`)
    this.reason = reason
  }
}

/** What goes wrong inside, where the name of the store is not known; it never leaves this folder. */
export class KeyStoreProblem extends Error {
  readonly reason: KeyStoreReason

  constructor(reason: KeyStoreReason, message: string) {
    super(message)
    this.name = 'KeyStoreProblem'
    this.reason = reason
  }
}

export function damaged(what: string): KeyStoreProblem {
  return new KeyStoreProblem('format', `it is damaged: ${what}`)
}

/** Runs what may find a problem; the error that leaves it names the store. */
export function named<T>(store: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof KeyStoreProblem) throw new KeyStoreError(store, error.reason, error.message)
    throw error
  }
}

/** What was deciphered with a wrong key may have a right padding by chance (once in 256); what it holds tells. */
export function orWrongPassword<T>(problem: KeyStoreProblem, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof KeyStoreProblem && error.reason === 'format') throw problem
    throw error
  }
}
