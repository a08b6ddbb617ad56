import type { Bytes } from '../../core/index.ts'
import { readJsonFields, unescaped } from './json-fields.ts'

/** How a container's runtime writes what the container wrote. */
export type ContainerFormat = 'cri' | 'docker'

/** A line that a runtime wrote. */
export interface ContainerLine {
  readonly stream: string
  /** As it is written: RFC 3339 with nanoseconds. */
  readonly time: string
  /** The container's line goes on in the next one of its stream. */
  readonly isPartial: boolean
  /** Without a line feed; a piece of the slab where nothing is escaped in it. */
  readonly text: Bytes
}

const blank = 32
const brace = 123
const partialTag = 80
const fullTag = 70
const colon = 58
const lineFeed = 10
const longestTime = 40

/**
 * Reads a line: `<time> <stream> P|F <text>` as Kubernetes' runtimes write it (CRI), or the JSON object of Docker's driver
 * json-file, whose text has a line feed at its end unless it goes on.
 * @returns undefined where it has neither form
 */
export function readContainerLine(
  slab: Bytes,
  start: number,
  end: number,
  format: ContainerFormat | 'auto',
): ContainerLine | undefined {
  const isDocker = format === 'docker' || (format === 'auto' && slab[start] === brace)
  return isDocker ? readDocker(slab, start, end) : readCri(slab, start, end)
}

function readCri(slab: Bytes, start: number, end: number): ContainerLine | undefined {
  const timeEnd = slab.indexOf(blank, start)
  if (timeEnd <= start || timeEnd >= end || timeEnd - start > longestTime) return undefined
  const stream = streamAt(slab, timeEnd + 1, end)
  if (stream === undefined) return undefined
  const tag = timeEnd + 2 + stream.length
  const first = slab[tag]
  if (tag >= end || (first !== partialTag && first !== fullTag)) return undefined
  let text = tag + 1
  // More tags may follow behind a colon.
  if (text < end && slab[text] === colon) while (text < end && slab[text] !== blank) text++
  if (text < end && slab[text] !== blank) return undefined
  return {
    stream,
    time: ascii(slab, start, timeEnd),
    isPartial: first === partialTag,
    text: slab.subarray(Math.min(text + 1, end), end),
  }
}

function streamAt(slab: Bytes, at: number, end: number): string | undefined {
  for (const name of ['stdout', 'stderr']) {
    if (at + name.length < end && slab[at + name.length] === blank && ascii(slab, at, at + name.length) === name) {
      return name
    }
  }
  return undefined
}

function readDocker(slab: Bytes, start: number, end: number): ContainerLine | undefined {
  const fields = readJsonFields(slab, start, end, dockerFields)
  const log = fields?.get('log')
  if (!fields || !log) return undefined
  const whole = log.isEscaped ? unescaped(slab, log.start, log.end) : slab.subarray(log.start, log.end)
  if (whole === undefined) return undefined
  const isPartial = whole.at(-1) !== lineFeed
  return {
    stream: textOf(slab, fields.get('stream')),
    time: textOf(slab, fields.get('time')),
    isPartial,
    text: isPartial ? whole : whole.subarray(0, -1),
  }
}

const dockerFields: ReadonlySet<string> = new Set(['log', 'stream', 'time'])

function textOf(slab: Bytes, field: { readonly start: number; readonly end: number } | undefined): string {
  return field === undefined ? '' : ascii(slab, field.start, Math.min(field.end, field.start + longestTime))
}

function ascii(slab: Bytes, start: number, end: number): string {
  return Buffer.prototype.latin1Slice.call(slab, start, end)
}
