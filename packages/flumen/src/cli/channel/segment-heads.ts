import { type Files, readFile } from '../../storage/files.ts'
import { ByteReader } from '../../storage/format/byte-reader.ts'
import { recordTypes } from '../../storage/format/record.ts'
import { saltOf } from '../../storage/format/salt.ts'
import {
  readSegmentHeader,
  type SegmentHeader,
  segmentHeaderBytes,
  segmentIdOf,
} from '../../storage/format/segment-header.ts'
import { LogState, onlyCursor } from '../../storage/log-state.ts'
import { SegmentScanner } from '../../storage/segment-scanner.ts'
import { firstRecordOffset } from '../../storage/segments.ts'

export interface SegmentHead {
  readonly path: string
  readonly header: SegmentHeader
}

/** The heads that are whole, by number. @throws NewerFormatError */
export function segmentHeads(files: Files, directories: readonly string[]): readonly SegmentHead[] {
  return directories
    .flatMap((directory) => files.list(directory).map((name) => ({ name, path: `${directory}/${name}` })))
    .filter(({ name }) => segmentIdOf(name) !== undefined)
    .flatMap(({ path }) => headAt(files, path) ?? [])
    .sort((one, other) => one.header.id - other.header.id)
}

/** Undefined where the file is gone, or its head is not whole. */
export function headAt(files: Files, path: string): SegmentHead | undefined {
  const header = readFile(files, path, (file) => {
    const bytes = new Uint8Array(segmentHeaderBytes)
    return readSegmentHeader(bytes.subarray(0, file.read(bytes, 0)), path)
  })
  return header && { path, header }
}

/** Names of the keys that segments are enciphered with, oldest first. */
export function keysNamed(heads: readonly SegmentHead[]): readonly string[] {
  return [...new Set(heads.flatMap(({ header: { key } }) => key?.id ?? []))]
}

/**
 * The cursors of a log: each segment names them all where it begins.
 * @param known to the newest checkpoint
 */
export function cursorsOf(files: Files, heads: readonly SegmentHead[], known: Iterable<string>): readonly string[] {
  for (const { path, header } of heads.toReversed()) {
    const state = readFile(files, path, (file) => {
      const record = new SegmentScanner(file, saltOf(header.channelId, header.id), firstRecordOffset).next()
      if (record.kind !== 'record' || record.header.type !== recordTypes.state) return undefined
      const read = new LogState()
      read.merge(new ByteReader(record.payload))
      return read
    })
    if (state && state.cursors.size > 0) return [...state.cursors.keys()]
  }
  const cursors = [...known]
  return cursors.length > 0 ? cursors : [onlyCursor]
}
