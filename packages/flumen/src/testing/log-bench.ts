import { batchOf, createEvent, type EventBatch, type Origin } from '../core/index.ts'
import type { Files } from '../storage/files.ts'
import { readBatch, writeBatch } from '../storage/format/batch.ts'
import { ByteWriter } from '../storage/format/byte-writer.ts'
import { recordHeaderBytes } from '../storage/format/record.ts'
import type { Acknowledgement, Log, LogOptions, PutRecord, WriteGroup } from '../storage/log.ts'
import type { ReadResult } from '../storage/log-reader.ts'

export const dataDirectory = '/data'
export const checkpointDirectory = '/checkpoint'

/** Options of a log for tests: tiny segments, one cursor, no room kept free. */
export function logOptions(files: Files, change: Partial<LogOptions> = {}): LogOptions {
  return {
    files,
    dataDirectories: [dataDirectory],
    checkpointDirectories: [checkpointDirectory],
    segmentBytes: 8192,
    minimumFreeBytes: 0,
    cursors: ['channel'],
    compression: 'none',
    syncEachCommit: true,
    lz4: () => {
      throw new Error('no test of this kind packs with lz4')
    },
    now: () => 0,
    ...change,
  }
}

/** A group of puts, each a list of texts, with an origin each where they are given. */
export function groupOf(
  puts: readonly (readonly string[])[],
  acknowledgements: readonly Acknowledgement[] = [],
  origins: readonly Origin[] = [],
): WriteGroup {
  const batches = puts.map((texts) =>
    batchOf(
      texts.map((text) => createEvent(text)),
      1,
    ),
  )
  return groupOfBatches(batches, acknowledgements, origins)
}

export function groupOfBatches(
  batches: readonly EventBatch[],
  acknowledgements: readonly Acknowledgement[] = [],
  origins: readonly Origin[] = [],
): WriteGroup {
  const writer = new ByteWriter()
  const records: PutRecord[] = []
  for (const [index, batch] of batches.entries()) {
    const origin = origins[index]
    const offset = writer.length
    writer.skip(recordHeaderBytes)
    writeBatch(writer, batch, origin)
    records.push({ offset, payloadBytes: writer.length - offset - recordHeaderBytes, events: batch.length, origin })
    writer.alignTo8()
  }
  return { bytes: writer.written, puts: records, acknowledgements }
}

/** Texts of what was read, by position. */
export function textsOf({ records }: ReadResult): Map<number, string> {
  const texts = new Map<number, string>()
  for (const { position, events, payload, wanted = [[position, position + events]] } of records) {
    const { batch } = readBatch(payload)
    for (const [from, to] of wanted) for (let at = from; at < to; at++) texts.set(at, batch.text(at - position))
  }
  return texts
}

/** Everything that a cursor has not acknowledged, in order, without acknowledging it. */
export function readAll(log: Log, cursor = 'channel', maxBytes = 700): Map<number, string> {
  const all = new Map<number, string>()
  for (let from = 0; from < log.state.nextPosition; ) {
    const result = log.read(cursor, from, maxBytes)
    for (const [position, text] of textsOf(result)) all.set(position, text)
    if (result.next <= from) break
    from = result.next
  }
  return all
}
