import { createHash } from 'node:crypto'
import type { Bytes } from '../../core/index.ts'
import { FlumeLogError, type LogDamage } from './flume-log-error.ts'
import { type FlumeLogKeys, LogCipher } from './log-cipher.ts'
import { type LogMetadata, mostMetadata, readLogMetadata } from './log-metadata.ts'
import { LogReader } from './log-reader.ts'
import { frameLength, headerLength } from './log-record.ts'
import { type FlumeLogFile, type FlumeLogSource, readWhole } from './log-source.ts'

/** One log of a channel, ready to be read. */
export interface OpenLog {
  readonly fileID: number
  readonly file: FlumeLogFile
  readonly metadata: LogMetadata | undefined
  readonly cipher: LogCipher | undefined
  /** See `logFingerprint`. */
  readonly fingerprint: string
}

export interface OpenOptions {
  readonly keys?: FlumeLogKeys | undefined
  readonly report?: ((damage: LogDamage) => void) | undefined
}

/** As `FileChannel` numbers logs: a Java int. */
const mostFileID = 2 ** 31 - 1

/** Memory for the windows of all logs together, bytes. */
const windowMemory = 16 * 1_048_576

/**
 * The logs of all data directories by their number. Everything that keeps a log from being read rightly is found here,
 * before anything is taken from any.
 * @throws FlumeLogError `key`, `cipher`, `version`, `duplicate`
 */
export function openLogs(source: FlumeLogSource, options: OpenOptions): readonly OpenLog[] {
  const logs = new Map<number, OpenLog>()
  const asked = { ...options, keys: askedOnce(options.keys) }
  for (const file of source.files) {
    const fileID = file.role === 'data' ? fileIDOf(file.name) : undefined
    if (fileID === undefined) continue
    const twin = logs.get(fileID)
    if (twin !== undefined)
      throw new FlumeLogError('duplicate', `${twin.file.directory} holds a log of this number too`, file)
    logs.set(fileID, openLog(source, file, fileID, asked))
  }
  return [...logs.values()].sort((one, other) => one.fileID - other.fileID)
}

/** One log with what its metadata say. @throws FlumeLogError `key`, `cipher`, `version` */
export function openLog(source: FlumeLogSource, file: FlumeLogFile, fileID: number, options: OpenOptions): OpenLog {
  const metadata = metadataOf(source, file, fileID, options)
  if (metadata === undefined && isVersion2(source, file, fileID))
    throw new FlumeLogError('version', 'it is a log of version 2; start it once with Flume 1.4 or later', file)
  if (metadata !== undefined && metadata.version !== 3)
    throw new FlumeLogError('version', `it is a log of version ${metadata.version}, not 3`, file)
  const { encryption } = metadata ?? {}
  const cipher = encryption && new LogCipher(encryption, options.keys, file)
  if (cipher !== undefined && !new LogReader(source, file, cipher).isReadable())
    throw new FlumeLogError('key', `the key "${encryption?.keyAlias}" does not fit`, file)
  return { fileID, file, metadata, cipher, fingerprint: logFingerprint(source, file, fileID) }
}

export function readerOf(source: FlumeLogSource, log: OpenLog, logs: number): LogReader {
  const leastRead = Math.max(4096, Math.min(65_536, Math.floor(windowMemory / logs)))
  return new LogReader(source, log.file, log.cipher, leastRead)
}

/** The number of a log file's name; undefined: it is none. */
export function fileIDOf(name: string): number | undefined {
  if (!/^log-\d{1,10}$/.test(name)) return undefined
  const fileID = Number(name.slice('log-'.length))
  return fileID <= mostFileID ? fileID : undefined
}

/**
 * Names a log for as long as it exists, in 32 hexadecimal digits: a hash of its number and of the length and header of
 * its first record. Those hold the ids of a transaction and of a write, which Flume counts up from the clock, and
 * nothing writes them again: not Flume when it goes on, not a checkpoint (which writes the `.meta`), not the integrity
 * tool (which writes an opcode). Logs of other channels have other ids, or, enciphered, other random counters.
 */
export function logFingerprint(source: FlumeLogSource, file: FlumeLogFile, fileID: number): string {
  const first = source.read(file, 0, Math.min(file.size, frameLength + headerLength))
  return createHash('sha256').update(`flume-log-3 ${fileID} `).update(first.subarray(1)).digest('hex').slice(0, 32)
}

/** To open an entry of a key store takes Java's many rounds; a channel has many logs of one key. */
function askedOnce(keys: FlumeLogKeys | undefined): FlumeLogKeys | undefined {
  if (keys === undefined) return undefined
  const known = new Map<string, Bytes | undefined>()
  return (alias) => {
    if (!known.has(alias)) known.set(alias, keys(alias))
    return known.get(alias)
  }
}

/** Flume writes metadata by way of `.meta.tmp`, where it cannot rename over a file also by way of `.meta.old`. */
function metadataOf(
  source: FlumeLogSource,
  log: FlumeLogFile,
  fileID: number,
  { report }: OpenOptions,
): LogMetadata | undefined {
  for (const suffix of ['.meta', '.meta.tmp', '.meta.old']) {
    const file = source.files.find(({ name, directory }) => name === log.name + suffix && directory === log.directory)
    if (file === undefined) continue
    try {
      const metadata = readLogMetadata(readWhole(source, file, mostMetadata))
      if (metadata.logFileID === fileID) return metadata
      report?.(metadataDamage(file, file.size, `it belongs to log ${metadata.logFileID}`))
    } catch (error) {
      if (!(error instanceof FlumeLogError || error instanceof RangeError)) throw error
      if (log.size > 0) report?.(metadataDamage(file, file.size, error.message))
    }
  }
  if (log.size > 0) report?.(metadataDamage(log, 0, 'it has no metadata; it is read as one that is not enciphered'))
  return undefined
}

function metadataDamage(file: FlumeLogFile, end: number, message: string): LogDamage {
  return { file, start: 0, end, reason: 'metadata', message }
}

/** A log of version 2 begins with the version and its own number, int32 each. */
function isVersion2(source: FlumeLogSource, file: FlumeLogFile, fileID: number): boolean {
  const first = source.read(file, 0, Math.min(file.size, 8))
  if (first.length < 8) return false
  const view = new DataView(first.buffer, first.byteOffset, 8)
  return view.getInt32(0) === 2 && view.getInt32(4) === fileID
}
