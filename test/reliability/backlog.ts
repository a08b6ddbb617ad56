import { join } from 'node:path'
import { batchOf, createEvent } from '../../packages/flumen/src/core/index.ts'
import { writeBatch } from '../../packages/flumen/src/storage/format/batch.ts'
import { ByteWriter } from '../../packages/flumen/src/storage/format/byte-writer.ts'
import { recordHeaderBytes } from '../../packages/flumen/src/storage/format/record.ts'
import { Log, type LogOptions } from '../../packages/flumen/src/storage/log.ts'
import { systemFiles } from '../../packages/flumen/src/storage/system-files.ts'
import { logOptions } from '../../packages/flumen/src/testing/log-bench.ts'
import { startProgram } from './faults.ts'

const segmentBytes = 64 << 20

export interface Opening {
  /** That the log says it has. */
  readonly waiting: number
  /** The same, or that were read. */
  readonly events: number
  /** All that the process read of files, its own program included, when it began to open and when it was open. */
  readonly readBytes: number
  readonly openMs: number
  readonly residentBytes: number
}

export function backlogOptions(directory: string): LogOptions {
  return logOptions(systemFiles, {
    dataDirectories: [join(directory, 'data')],
    checkpointDirectories: [join(directory, 'checkpoint')],
    segmentBytes,
    syncEachCommit: false,
    now: Date.now,
  })
}

/** Stores so many bytes in events of that size, a thousand a put. @param isStopped as after a stop, or as after kill -9 */
export function fillLog(directory: string, bytes: number, eventBytes: number, isStopped: boolean): number {
  const log = Log.open(backlogOptions(directory))
  const body = 'x'.repeat(eventBytes)
  const batch = batchOf(Array.from({ length: 1000 }, () => createEvent(body)))
  let events = 0
  for (let written = 0, groups = 0; written < bytes; groups++) {
    const writer = new ByteWriter()
    writer.skip(recordHeaderBytes)
    writeBatch(writer, batch)
    const payloadBytes = writer.length - recordHeaderBytes
    writer.alignTo8()
    log.commit({
      bytes: writer.written,
      puts: [{ offset: 0, payloadBytes, events: batch.length }],
      acknowledgements: [],
    })
    written += writer.length
    events += batch.length
    if (groups % 50 > 0) continue
    log.tend()
    // As often as an agent that stores some MB a second.
    log.checkpoint()
  }
  log.tend()
  if (isStopped) log.close()
  return events
}

/** Opens it in a new process, which then reads all of it if wanted. */
export async function openLog(directory: string, readsAll = false): Promise<Opening> {
  const words = readsAll ? [directory, 'all'] : [directory]
  const { status, output, errors } = await startProgram('open-log.ts', words).ended
  if (status !== 0) throw new Error(`opening failed with ${status}: ${errors}`)
  return JSON.parse(output) as Opening
}
