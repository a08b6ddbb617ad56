import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Bytes } from '../../core/index.ts'
import { FlumeLogError } from './flume-log-error.ts'
import type { LogEncryption } from './log-metadata.ts'
import type { FlumeLogFile } from './log-source.ts'

/** The raw AES key of an alias: 16, 24 or 32 bytes; undefined: there is none of that name. */
export type FlumeLogKeys = (alias: string) => Bytes | undefined

/** Records of up to this many bytes are deciphered with the kept key stream. */
const mostKept = 16_384

/**
 * AES/CTR/NoPadding as Flume uses it: each record begins anew with the counter of the metadata, so that one key stream
 * fits every record of a log.
 */
export class LogCipher {
  readonly #algorithm: string
  readonly #key: Bytes
  readonly #counter: Bytes
  #stream: Bytes = new Uint8Array(0)

  /** @throws FlumeLogError `key` or `cipher` */
  constructor(encryption: LogEncryption, keys: FlumeLogKeys | undefined, file: FlumeLogFile) {
    const { cipherProvider, keyAlias, parameters } = encryption
    if (
      !/^(aesctrnopadding|org\.apache\.flume\.channel\.file\.encryption\.aesctrnopaddingprovider)$/i.test(
        cipherProvider,
      )
    )
      throw new FlumeLogError('cipher', `the cipher provider ${cipherProvider} is not known`, file)
    if (parameters.length !== 16)
      throw new FlumeLogError('cipher', `the cipher has ${parameters.length} bytes of parameters, not 16`, file)
    const key = keys?.(keyAlias)
    if (key === undefined)
      throw new FlumeLogError('key', `it is enciphered and the key "${keyAlias}" is not given`, file)
    if (![16, 24, 32].includes(key.length))
      throw new FlumeLogError('key', `the key "${keyAlias}" has ${key.length} bytes; AES has 16, 24 or 32`, file)
    this.#algorithm = `aes-${key.length * 8}-ctr`
    this.#key = key
    this.#counter = parameters
  }

  /** The plain bytes of a record, or of the beginning of one, in memory of their own. */
  decipher(bytes: Bytes, start: number, end: number): Bytes {
    const length = end - start
    const plain = Buffer.allocUnsafeSlow(length)
    if (length > mostKept) {
      const decipher = createDecipheriv(this.#algorithm, this.#key, this.#counter)
      plain.set(decipher.update(bytes.subarray(start, end)))
      return plain
    }
    const stream = this.#streamOf(length)
    for (let index = 0; index < length; index++) plain[index] = bytes[start + index]! ^ stream[index]!
    return plain
  }

  #streamOf(length: number): Bytes {
    if (this.#stream.length < length) {
      const cipher = createCipheriv(this.#algorithm, this.#key, this.#counter)
      this.#stream = cipher.update(new Uint8Array(Math.min(Math.max(length * 2, 64), mostKept)))
    }
    return this.#stream
  }
}
