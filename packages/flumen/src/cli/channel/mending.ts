import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { recordTypes } from '../../storage/format/record.ts'
import { segmentHeaderBytes, writeSegmentHeader } from '../../storage/format/segment-header.ts'
import { SegmentScanner } from '../../storage/segment-scanner.ts'
import { firstRecordOffset, type Segment } from '../../storage/segments.ts'
import { systemFiles } from '../../storage/system-files.ts'
import { fillers } from './filler.ts'
import type { Finding } from './inspection.ts'
import { quarantineBytes, quarantineFile, quarantinePath } from './quarantine.ts'
import { plural } from './report.ts'

/** One thing that a repair does. */
export interface Step {
  /** What is done, as an instruction. */
  readonly what: string
  /** Undefined: nothing can be done. */
  readonly work?: () => void
}

/** Bytes of a torn tail that are kept at most, where nothing says how long it is. */
const mostTailBytes = 16 << 20

/** What is to be done about a finding, beside giving up the positions that it costs. */
export function stepsFor(finding: Finding): readonly Step[] {
  switch (finding.kind) {
    case 'records':
      return fillHole(finding)
    case 'tail':
      return cutTail(finding)
    case 'head':
      return writeHead(finding)
    case 'file':
    case 'checkpoint':
      return [
        {
          what: `move ${finding.path} to ${quarantinePath(finding.path)}`,
          work: () => void quarantineFile(finding.path),
        },
      ]
    case 'missing':
      return []
    case 'content':
      return [
        {
          what: `leave ${finding.path}, bytes ${finding.from} to ${finding.to - 1}: its checksum is right; is it the right key?`,
        },
      ]
  }
}

function fillHole(finding: Finding): readonly Step[] {
  const { path, from, to, next, segment } = finding
  if (!segment || to <= from) return []
  const filler = fillers(segment, { from, to, position: next })
  if (!filler) return [{ what: `leave ${path}, bytes ${from} to ${to - 1}: they are too few for a record` }]
  return [
    copyOf(path, from, to),
    {
      what: `write an empty record over bytes ${from} to ${to - 1} of ${path}`,
      work: () => overwrite(path, filler, from),
    },
  ]
}

function cutTail({ path, from, to }: Finding): readonly Step[] {
  const end = Math.max(to, endOfBytes(path, from))
  const cut = { what: `cut ${path} at byte ${from}`, work: () => truncate(path, from) }
  return end > from ? [copyOf(path, from, end), cut] : [cut]
}

function writeHead({ path, segment }: Finding): readonly Step[] {
  const header = segment && headOf(segment)
  if (!header) return [{ what: `leave the head of ${path}: its first record does not say what it was` }]
  return [
    copyOf(path, 0, segmentHeaderBytes),
    { what: `write the head of ${path} again`, work: () => overwrite(path, header, 0) },
  ]
}

/** The head as the record behind it repeats it. */
function headOf(segment: Segment): Uint8Array | undefined {
  const file = systemFiles.open(segment.path, 'read')
  try {
    const first = new SegmentScanner(file, segment.salt, firstRecordOffset).next()
    if (first.kind !== 'record' || first.header.type !== recordTypes.state) return undefined
    const { id, channelId, base, key } = segment
    return writeSegmentHeader({ id, channelId, base, sequence: first.header.sequence, createdAt: 0, key })
  } finally {
    file.close()
  }
}

function copyOf(path: string, from: number, to: number): Step {
  const copy = quarantinePath(path, from, to)
  return {
    what: `copy bytes ${from} to ${to - 1} of ${path} (${plural(to - from, 'byte')}) to ${copy}`,
    work: () => void quarantineBytes(path, from, to),
  }
}

function overwrite(path: string, bytes: Uint8Array, from: number): void {
  const file = systemFiles.open(path, 'write')
  try {
    file.write([bytes], from)
    file.sync()
  } finally {
    file.close()
  }
}

function truncate(path: string, size: number): void {
  const file = systemFiles.open(path, 'write')
  try {
    file.truncate(size)
    file.sync()
  } finally {
    file.close()
  }
}

/** Behind the last byte from there on that is not zero, within what is kept. */
function endOfBytes(path: string, from: number): number {
  const descriptor = openSync(path, 'r')
  try {
    const length = Math.min(mostTailBytes, fstatSync(descriptor).size - from)
    if (length <= 0) return from
    const bytes = new Uint8Array(length)
    readSync(descriptor, bytes, 0, length, from)
    return from + bytes.findLastIndex((byte) => byte !== 0) + 1
  } finally {
    closeSync(descriptor)
  }
}
