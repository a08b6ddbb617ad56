import type { FlumeLogFile } from './log-source.ts'

/**
 * Why a directory or a file of it cannot be read at all. `key`: it is enciphered and its key is absent or does not fit;
 * `cipher`: by a provider that we do not have; `version`: not log version 3; `duplicate`: two data directories hold a
 * log of one number; `damaged`: these bytes are no such thing.
 */
export type FlumeLogErrorCode = 'key' | 'cipher' | 'version' | 'duplicate' | 'damaged'

export class FlumeLogError extends Error {
  readonly code: FlumeLogErrorCode
  readonly file: FlumeLogFile | undefined

  constructor(code: FlumeLogErrorCode, message: string, file?: FlumeLogFile) {
    super(file === undefined ? message : `${file.directory}/${file.name}: ${message}`)
    this.name = 'FlumeLogError'
    this.code = code
    this.file = file
  }
}

/** What is wrong with some bytes of a file. `neutralised`: the integrity tool took the record out. */
export type DamageReason =
  | 'checksum'
  | 'record'
  | 'length'
  | 'opcode'
  | 'metadata'
  | 'checkpoint'
  | 'missing'
  | 'neutralised'

/** Bytes `start` to `end` (exclusive) of a file that could not be used; the rest of the file was. */
export interface LogDamage {
  readonly file: FlumeLogFile
  readonly start: number
  readonly end: number
  readonly reason: DamageReason
  readonly message: string
}

/** Thrown inside the codec; what is around it knows the file and the range. */
export class DamagedBytes extends Error {
  readonly reason: DamageReason

  constructor(reason: DamageReason, message: string) {
    super(message)
    this.name = 'DamagedBytes'
    this.reason = reason
  }
}
