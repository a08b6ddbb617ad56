import { type Files, readFile } from './files.ts'
import { ByteReader, FormatError } from './format/byte-reader.ts'
import { recordTypes } from './format/record.ts'
import { saltOf } from './format/salt.ts'
import {
  type GoneSegment,
  readGone,
  readSegmentHeader,
  type SegmentHeader,
  type SegmentKey,
  segmentHeaderBytes,
  segmentIdOf,
} from './format/segment-header.ts'
import { LogState } from './log-state.ts'
import { type ScannedRecord, SegmentScanner } from './segment-scanner.ts'
import { type Damage, firstRecordOffset, type Segment, segmentOf } from './segments.ts'

/** A file with the name of a segment. */
export interface FoundFile {
  readonly path: string
  readonly directory: string
  readonly nameId: number
  readonly size: number
  readonly header: SegmentHeader | undefined
  readonly gone: GoneSegment | undefined
}

export interface IdentifiedSegments {
  /** By number. */
  readonly segments: Segment[]
  readonly gone: readonly GoneSegment[]
  /** The files of those that are gone. */
  readonly tombstones: readonly Segment[]
  readonly damages: readonly Damage[]
}

/** @throws NewerFormatError, DiskError */
export function findSegmentFiles(files: Files, directories: readonly string[]): FoundFile[] {
  const found: FoundFile[] = []
  for (const directory of directories) {
    for (const name of files.list(directory)) {
      const nameId = segmentIdOf(name)
      if (nameId === undefined) continue
      const path = `${directory}/${name}`
      const read = readFile(files, path, (file) => {
        const head = new Uint8Array(segmentHeaderBytes)
        const bytes = head.subarray(0, file.read(head, 0))
        return { size: file.size(), header: readSegmentHeader(bytes, path), gone: readGone(bytes) }
      })
      if (read) found.push({ path, directory, nameId, ...read })
    }
  }
  return found
}

/** The channel that most segments are of, and most bytes where they are as many. */
export function channelOf(found: readonly FoundFile[]): Uint8Array | undefined {
  const counts = new Map<string, { id: Uint8Array; count: number; bytes: number }>()
  for (const { header, size } of found) {
    if (!header) continue
    const name = Buffer.from(header.channelId).toString('hex')
    const entry = counts.get(name) ?? { id: header.channelId, count: 0, bytes: 0 }
    entry.count++
    entry.bytes += size
    counts.set(name, entry)
  }
  return [...counts.values()].sort((a, b) => b.count - a.count || b.bytes - a.bytes)[0]?.id
}

/** Which segment each file is. Its head decides; its name where the head is damaged or another file has the number. */
export function identifySegments(files: Files, found: readonly FoundFile[], channelId: Uint8Array): IdentifiedSegments {
  const byId = new Map<number, Segment>()
  const damages: Damage[] = []
  const named = ({ header, nameId }: FoundFile): number => (header?.id === nameId ? 0 : 1)
  for (const file of found.toSorted((a, b) => named(a) - named(b))) {
    if (!file.header) continue
    const { id, base, key, channelId: owner } = file.header
    const { path, directory } = file
    if (Buffer.compare(owner, channelId) !== 0) damages.push(ignored(file, 'it is a segment of another channel'))
    else if (byId.has(id)) damages.push(ignored(file, `it is a second copy of segment ${id}`))
    else byId.set(id, segmentOf(channelId, { id, path, directory, base, key }))
  }
  const gone: GoneSegment[] = []
  const tombstones: Segment[] = []
  for (const file of found) {
    if (file.header) continue
    const { path, directory } = file
    if (file.gone) {
      const { id, base } = file.gone
      gone.push(file.gone)
      tombstones.push(segmentOf(channelId, { id, path, directory, base, key: undefined }))
      continue
    }
    const segment = identifyByRecords(files, file, channelId, byId)
    if (segment) {
      byId.set(segment.id, segment)
      const reason = 'the head of the segment is damaged; its records are read all the same'
      damages.push({ path, from: 0, to: segmentHeaderBytes, position: 0, events: 0, reason })
    }
    // A crash while a segment is begun leaves no record, and nothing is lost.
    else if (file.size > segmentHeaderBytes + 8) {
      damages.push(ignored(file, 'it has neither a head nor a record of this channel'))
    }
  }
  return { segments: [...byId.values()].sort((a, b) => a.id - b.id), gone, tombstones, damages }
}

function ignored({ path, size }: FoundFile, reason: string): Damage {
  return { path, from: 0, to: size, position: 0, events: 0, reason: `${reason} and is not read` }
}

/** The numbers that its records verify with, tried one after the other. */
function identifyByRecords(
  files: Files,
  { directory, nameId, path }: FoundFile,
  channelId: Uint8Array,
  known: ReadonlyMap<number, Segment>,
): Segment | undefined {
  const ids = known.has(nameId) ? missingIds(known) : [nameId, ...missingIds(known)]
  return readFile(files, path, (file) => {
    for (const id of ids) {
      const scanner = new SegmentScanner(file, saltOf(channelId, id), firstRecordOffset)
      let item = scanner.next()
      while (item.kind === 'hole' && !item.header) item = scanner.next()
      if (!item.header) continue
      const key = item.kind === 'record' ? keyIn(item) : undefined
      return segmentOf(channelId, { id, path, directory, base: item.header.position, key })
    }
    return undefined
  })
}

const mostGuesses = 64

function missingIds(known: ReadonlyMap<number, Segment>): number[] {
  const ids = [...known.keys()].sort((a, b) => a - b)
  const missing: number[] = []
  const last = (ids.at(-1) ?? 0) + 1
  for (let id = Math.max(1, (ids[0] ?? 1) - 1); id <= last && missing.length < mostGuesses; id++) {
    if (!known.has(id)) missing.push(id)
  }
  return missing
}

/** The key that a state record repeats. */
function keyIn({ header, payload }: ScannedRecord): SegmentKey | undefined {
  if (header.type !== recordTypes.state) return undefined
  try {
    const reader = new ByteReader(payload)
    new LogState().merge(reader)
    return reader.u8() === 0 ? undefined : { id: reader.text(), salt: reader.bytes(32).slice() }
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
}
