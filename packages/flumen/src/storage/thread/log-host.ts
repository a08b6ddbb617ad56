import { LoadedKeys } from '../encryption/key-provider.ts'
import { SegmentCiphers } from '../encryption/segment-ciphers.ts'
import { StorageError } from '../errors.ts'
import type { Files } from '../files.ts'
import { Log, type PutRecord } from '../log.ts'
import { lz4Codec } from '../lz4-codec.ts'
import type { Recovery } from '../recovery.ts'
import type { GroupAnswer, GroupMessage, LogOpening, LogSettings, ReadAnswer, TendAnswer } from './log-port.ts'

/** One log and what is asked of it; lives in its thread. Synchronous, as the log is. */
export class LogHost {
  readonly #files: Files
  #log: Log | undefined

  readonly #progress: (bytes: number) => void

  /** @param progress is told of bytes that an opening has read */
  constructor(files: Files, progress: (bytes: number) => void = () => undefined) {
    this.#files = files
    this.#progress = progress
  }

  open(settings: LogSettings): LogOpening {
    const begin = performance.now()
    const { keys, ...rest } = settings
    const log = Log.open({
      ...rest,
      files: this.#files,
      ciphers: keys && new SegmentCiphers(new LoadedKeys(keys.active, keys.bytes)),
      lz4: lz4Codec,
      now: Date.now,
      progress: this.#progress,
    })
    this.#log = log
    const { state, recovery } = log
    const waiting = new Map<string, number>()
    const first = new Map<string, number>()
    for (const [cursor, acknowledged] of state.cursors) {
      waiting.set(cursor, state.nextPosition - acknowledged.total)
      first.set(cursor, acknowledged.firstMissing(0))
    }
    return {
      channelId: log.channelId,
      nextPosition: state.nextPosition,
      waiting,
      first,
      waitingBytes: waitingBytes(recovery, settings.segmentBytes),
      producers: new Map(
        [...state.producers].map(([name, { ranges }]) => [name, ranges.map(([a, b]) => [a, b] as const)]),
      ),
      damages: recovery.damages,
      notes: recovery.notes,
      tookMs: performance.now() - begin,
      status: log.status,
    }
  }

  write(group: GroupMessage): GroupAnswer {
    const { buffer, length, acknowledgements } = group
    const bytes = new Uint8Array(buffer, 0, length)
    const position = this.#opened.commit({ bytes, puts: putsOf(group), acknowledgements })
    return { position, buffer }
  }

  read(cursor: string, from: number, maxBytes: number): ReadAnswer {
    const log = this.#opened
    const { records, next } = log.read(cursor, from, maxBytes)
    return { records, next, damages: log.takeDamages() }
  }

  tend(isCheckpointDue: boolean): TendAnswer {
    const log = this.#opened
    let checkpointFailed = false
    try {
      log.tend()
    } catch {
      // The status says so, and the next time tries again.
    }
    try {
      if (isCheckpointDue) log.checkpoint()
    } catch {
      checkpointFailed = true
    }
    return { status: log.status, checkpointFailed }
  }

  /** While nobody waits. */
  prepare(): void {
    this.#log?.prepare()
  }

  close(): void {
    const log = this.#log
    this.#log = undefined
    log?.close()
  }

  get #opened(): Log {
    if (!this.#log) throw new StorageError('the log is closed')
    return this.#log
  }
}

/** Each segment counts with the share of its events that some cursor has not acknowledged. */
function waitingBytes({ segments, state }: Recovery, segmentBytes: number): number {
  let bytes = 0
  for (const { base, end, endOffset = segmentBytes } of segments) {
    let waiting = 0
    for (const acknowledged of state.cursors.values()) {
      const missing = acknowledged.missing(base, end).reduce((sum, [from, to]) => sum + to - from, 0)
      waiting = Math.max(waiting, missing)
    }
    if (waiting > 0) bytes += Math.round((endOffset * waiting) / (end - base))
  }
  return bytes
}

function putsOf({ puts, origins }: GroupMessage): PutRecord[] {
  const records: PutRecord[] = []
  for (let at = 0; at < puts.length; at += 3) {
    records.push({ offset: puts[at]!, payloadBytes: puts[at + 1]!, events: puts[at + 2]!, origin: undefined })
  }
  for (const [put, origin] of origins) records[put] = { ...records[put]!, origin }
  return records
}
