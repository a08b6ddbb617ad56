import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  anyDevice,
  digestOf,
  type FilePosition,
  type Fingerprint,
  mayBeCopyOf,
  type StoredPositions,
} from '../../protocols/tail-positions/index.ts'
import { type Archive, packingOfFile, unpack } from './archive.ts'
import { type EncodingOf, LineCounter, markBytes } from './line-counter.ts'

/**
 * `read`: all is stored. `unread`: a part is. `new`: it has no position. `replaced`: it holds other content than was
 * stored. `gone`: no name in its folder leads to it, so what was not stored of it is not known.
 */
export type FileState = 'read' | 'unread' | 'new' | 'replaced' | 'gone'

export interface FileReport {
  readonly file: string
  readonly state: FileState
  /** Bytes from its start that are stored. */
  readonly stored: number
  /** Undefined: it is not counted. */
  readonly unreadBytes?: number
  /** A last line without an end counts. */
  readonly unreadLines?: number
}

/** What stands in the files of a source. */
export interface Stored extends Pick<StoredPositions, 'positions' | 'ended'> {
  readonly encodingOf: EncodingOf
}

interface Found {
  readonly path: string
  readonly device: string
  readonly inode: string
}

interface Inspected {
  readonly report: FileReport
  /** Where that what it holds was read to. */
  readonly position?: FilePosition | undefined
}

/**
 * @param groupFiles files that a configuration names, beside those with a position
 * @param only report on these alone; none: on all
 */
export async function verifyFiles(
  stored: Stored,
  groupFiles: readonly string[],
  only: readonly string[],
): Promise<readonly FileReport[]> {
  const verification = new Verification(stored)
  if (only.length > 0) {
    for (const path of [...new Set(only)].sort()) {
      if (!(await verification.look(path, true))) verification.miss(path)
    }
    return verification.found()
  }
  const wanted = new Set(groupFiles)
  const paths = new Set([...groupFiles, ...(await besidePositions(stored.positions))])
  for (const path of [...paths].sort()) await verification.look(path, wanted.has(path))
  return [...(await verification.found()), ...verification.gone()]
}

/** What was found, file by file. */
class Verification {
  readonly #stored: Stored
  readonly #reports: FileReport[] = []
  readonly #replaced: { readonly position: FilePosition; readonly found: Found; readonly row: number }[] = []
  /** Positions of files that were found. */
  readonly #seen = new Set<FilePosition>()
  /** Those of content that stands packed in another file. */
  readonly #packed = new Set<FilePosition>()

  constructor(stored: Stored) {
    this.#stored = stored
  }

  /** False: there is no such file. */
  async look(path: string, isWanted: boolean): Promise<boolean> {
    const found = await find(path)
    if (!found) return false
    const own = this.#stored.positions.find((each) => isOf(each, found))
    if (own && this.#seen.has(own)) return true
    const inspected = await reportOf(found, own, this.#stored, isWanted)
    if (!inspected) return true
    const { report, position } = inspected
    if (position && position !== own) this.#packed.add(position)
    if (own && (position === own || (own.pos === 0 && own.file === path))) this.#seen.add(own)
    if (position && report.state === 'replaced') this.#replaced.push({ position, found, row: this.#reports.length })
    this.#reports.push(report)
    return true
  }

  miss(path: string): void {
    const stored = this.#stored.positions.find(({ file }) => file === path)?.pos ?? 0
    this.#reports.push({ file: path, state: 'gone', stored })
  }

  async found(): Promise<readonly FileReport[]> {
    const reports = [...this.#reports]
    for (const { position, found, row } of this.#replaced) {
      if (!this.#packed.has(position)) continue
      const { report } = await inspect(found, undefined, [], this.#stored.encodingOf)
      reports[row] = report
    }
    return reports
  }

  gone(): readonly FileReport[] {
    const gone = this.#stored.positions.filter((each) => !this.#seen.has(each) && !this.#packed.has(each))
    return gone.map(({ file, pos }) => ({ file, state: 'gone', stored: pos }))
  }
}

/** All names of the folders that positions name: a renamed file is one of them. */
async function besidePositions(positions: readonly FilePosition[]): Promise<readonly string[]> {
  const folders = new Set(positions.map(({ file }) => dirname(file)))
  const paths: string[] = []
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => [])
    for (const name of names) paths.push(join(folder, name))
  }
  return paths
}

async function find(path: string): Promise<Found | undefined> {
  try {
    const stats = await stat(path, { bigint: true })
    return stats.isFile() ? { path, device: String(stats.dev), inode: String(stats.ino) } : undefined
  } catch {
    return undefined
  }
}

function isOf(position: FilePosition, { device, inode }: Found): boolean {
  return position.inode === inode && (position.device === device || position.device === anyDevice)
}

/** Other content under another name only got the inode number of a file that is gone. */
async function reportOf(
  found: Found,
  position: FilePosition | undefined,
  { positions, ended, encodingOf }: Stored,
  isWanted: boolean,
): Promise<Inspected | undefined> {
  const originals = [...positions, ...ended].filter(
    ({ file, pos, anchor }) =>
      file !== found.path && pos > 0 && anchor.length > 0 && mayBeCopyOf(found, { path: file }),
  )
  if (!position && !isWanted && (originals.length === 0 || !(await isArchive(found)))) return undefined
  const inspected = await inspect(found, position, originals, encodingOf)
  const { state } = inspected.report
  if (inspected.position && (state !== 'replaced' || position?.file === found.path)) return inspected
  if (!isWanted) return undefined
  return position ? inspect(found, undefined, [], encodingOf) : inspected
}

async function isArchive({ path }: Found): Promise<boolean> {
  await using file = await open(path, 'r')
  return (await packingOfFile(file)) !== undefined
}

/** @param originals of which it may be a packed copy */
async function inspect(
  { path }: Found,
  position: FilePosition | undefined,
  originals: readonly FilePosition[],
  encodingOf: EncodingOf,
): Promise<Inspected> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const packing = await packingOfFile(file)
    if (packing) return await inspectArchive({ path, packing, size, encodingOf }, position, originals)
    const isSame = position === undefined || (await matches(file, position, size))
    const stored = position && isSame ? position.pos : 0
    const { bytes, lines } = await countFrom(file, stored, encodingOf)
    const found = isSame ? (bytes === 0 ? 'read' : 'unread') : 'replaced'
    const state = position === undefined && bytes > 0 ? 'new' : found
    return { report: { file: path, state, stored, unreadBytes: bytes, unreadLines: lines }, position }
  } finally {
    await file.close()
  }
}

/** By its own position, or by that of what it is a copy of: as far on as one is. */
async function inspectArchive(
  { size, ...archive }: Archive & { readonly size: number },
  position: FilePosition | undefined,
  originals: readonly FilePosition[],
): Promise<Inspected> {
  const { path } = archive
  if (position && isWhole(position, size)) {
    return { report: { file: path, state: 'read', stored: position.pos, unreadBytes: 0, unreadLines: 0 }, position }
  }
  const unpacked = await unpack(archive, position ? [position, ...originals] : originals)
  if (!unpacked) {
    const state = position === undefined ? 'new' : 'unread'
    return { report: { file: path, state, stored: position?.pos ?? 0 }, position }
  }
  const { bytes, lines, fitting } = unpacked
  // One at the start may be of a copy that the agent has found and not looked into yet.
  const known = position && position.pos > 0 && fitting.has(position) ? position : furthest(fitting.keys())
  const stored = known?.pos ?? 0
  const found = position && !known ? 'replaced' : known ? 'unread' : 'new'
  const state = stored === bytes ? 'read' : found
  const unreadLines = stored === bytes ? 0 : lines - ((known && fitting.get(known)) ?? 0)
  return {
    report: { file: path, state, stored, unreadBytes: bytes - stored, unreadLines },
    position: known ?? position,
  }
}

/** All of an archive is stored; Flume's position file says its size then. */
function isWhole({ packedSize, pos, head }: FilePosition, size: number): boolean {
  return packedSize === size || (head.length === 0 && pos === size)
}

function furthest(positions: Iterable<FilePosition>): FilePosition | undefined {
  return [...positions].toSorted((one, other) => other.pos - one.pos)[0]
}

async function matches(file: FileHandle, { pos, head, anchor }: FilePosition, size: number): Promise<boolean> {
  if (size < pos) return false
  return pos === 0 || ((await has(file, 0, head)) && (await has(file, pos - anchor.length, anchor)))
}

async function has(file: FileHandle, from: number, { length, digest }: Fingerprint): Promise<boolean> {
  if (length === 0) return true
  const bytes = Buffer.alloc(length)
  const { bytesRead } = await file.read(bytes, 0, length, from)
  return bytesRead === length && digestOf(bytes) === digest
}

async function countFrom(
  file: FileHandle,
  from: number,
  encodingOf: EncodingOf,
): Promise<{ bytes: number; lines: number }> {
  const chunk = Buffer.alloc(256 * 1024)
  const mark = Buffer.alloc(markBytes)
  await file.read(mark, 0, markBytes, 0)
  const counter = new LineCounter(encodingOf(mark))
  for (let bytes = 0; ; ) {
    const { bytesRead } = await file.read(chunk, 0, chunk.length, from + bytes)
    if (bytesRead === 0) return { bytes, lines: counter.lines }
    counter.add(chunk.subarray(0, bytesRead))
    bytes += bytesRead
  }
}
