import type { Bytes, Event } from '../../core/index.ts'
import { type DamageReason, FlumeLogError } from './flume-log-error.ts'
import { fileIDOf, type OpenOptions, openLog } from './log-files.ts'
import { type DamagedStep, LogReader } from './log-reader.ts'
import { frameLength, opcode, type PutBody, readEventHeaders, recordType } from './log-record.ts'
import type { FlumeLogFile, FlumeLogSource } from './log-source.ts'

export interface IntegrityOptions extends OpenOptions {
  /** Whether an event may stay; false, or an error, and it is to be neutralised. Default: all may. */
  readonly isValid?: ((event: Event) => boolean) | undefined
}

/** A record that Flume should not give out. */
export interface IntegrityFinding {
  readonly file: FlumeLogFile
  readonly start: number
  readonly end: number
  /** `corrupt`: it cannot be read; `invalid`: the validator refused its event; `failed`: the validator threw. */
  readonly kind: 'corrupt' | 'invalid' | 'failed'
  readonly reason: DamageReason | undefined
  readonly message: string
  readonly repair: IntegrityRepair | undefined
}

/**
 * Bytes to write so that Flume passes over a record. As its own tool does, opcode 0 where the record's length still
 * leads to the next. Where it does not: opcode 0 and a length that does.
 */
export interface IntegrityRepair {
  readonly offset: number
  readonly bytes: Bytes
}

export interface IntegrityCounts {
  /** Records that were read, puts and others, and corrupt ones. Flume's tool prints one more for each file. */
  records: number
  puts: number
  valid: number
  invalid: number
  failed: number
  corrupt: number
  /** Taken out by an earlier run. */
  neutralised: number
}

/**
 * Walks one log as `flume-ng tool FCINTEGRITYTOOL` does, and writes nothing.
 * @throws FlumeLogError when the log cannot be read rightly: `key`, `cipher`, `version`; `damaged` without metadata
 */
export function* checkFlumeLog(
  source: FlumeLogSource,
  file: FlumeLogFile,
  options: IntegrityOptions = {},
): Generator<IntegrityFinding, IntegrityCounts> {
  const log = openLog(source, file, fileIDOf(file.name) ?? -1, options)
  if (log.metadata === undefined && file.size > 0)
    throw new FlumeLogError('damaged', 'it has no metadata that can be read', file)
  const reader = new LogReader(source, file, log.cipher)
  const counts = { records: 0, puts: 0, valid: 0, invalid: 0, failed: 0, corrupt: 0, neutralised: 0 }
  for (let step = reader.next(); step !== undefined; step = reader.next()) {
    if (step.kind === 'damage' && step.reason === 'neutralised') {
      counts.neutralised++
      continue
    }
    counts.records++
    if (step.kind === 'damage') {
      counts.corrupt++
      const { start, end, reason, message } = step
      yield { file, start, end, kind: 'corrupt', reason, message, repair: repairOf(step) }
      continue
    }
    if (step.record.type !== recordType.put) continue
    counts.puts++
    const refusal = refusalOf(step.record.put, options)
    counts[refusal?.kind ?? 'valid']++
    if (refusal === undefined) continue
    const { start, end } = step
    yield { file, start, end, ...refusal, reason: undefined, repair: { offset: start, bytes: noop } }
  }
  return counts
}

const noop = Uint8Array.of(opcode.noop)

function refusalOf(
  put: PutBody,
  { isValid }: IntegrityOptions,
): { readonly kind: 'invalid' | 'failed'; readonly message: string } | undefined {
  if (isValid === undefined) return undefined
  try {
    const body = new Uint8Array(put.bytes.subarray(put.bodyStart, put.bodyEnd))
    if (isValid({ headers: readEventHeaders(put), body })) return undefined
    return { kind: 'invalid', message: 'the validator refuses the event' }
  } catch (error) {
    return {
      kind: 'failed',
      message: `the validator failed: ${error instanceof Error ? error.message : String(error)}`,
    }
  }
}

function repairOf({ start, end, isFramed, isLast }: DamagedStep): IntegrityRepair | undefined {
  if (isFramed) return { offset: start, bytes: noop }
  const length = end - start - frameLength
  if (length < 0)
    return isLast ? { offset: start, bytes: new Uint8Array(end - start).fill(opcode.endOfData) } : undefined
  const bytes = new Uint8Array(frameLength)
  new DataView(bytes.buffer).setInt32(1, length)
  return { offset: start, bytes }
}
