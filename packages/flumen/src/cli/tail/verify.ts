import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { anyDevice, digestOf, type FilePosition, type Fingerprint } from '../../protocols/tail-positions/index.ts'

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

interface Found {
  readonly path: string
  readonly device: string
  readonly inode: string
}

/**
 * @param groupFiles files that a configuration names, beside those with a position
 * @param only report on these alone; none: on all
 */
export async function verifyFiles(
  positions: readonly FilePosition[],
  groupFiles: readonly string[],
  only: readonly string[],
): Promise<readonly FileReport[]> {
  const paths = new Set(only.length > 0 ? only : [...groupFiles, ...(await besidePositions(positions))])
  const wanted = new Set(only.length > 0 ? only : groupFiles)
  const reports: FileReport[] = []
  const seen = new Set<FilePosition>()
  for (const path of [...paths].sort()) {
    const found = await find(path)
    const position = found && positions.find((each) => isOf(each, found))
    if (position && seen.has(position)) continue
    const report = found && (await reportOf(found, position, wanted.has(path)))
    if (position && report && report.state !== 'new') seen.add(position)
    if (report) reports.push(report)
    else if (!found && only.includes(path)) {
      reports.push({ file: path, state: 'gone', stored: storedOf(positions, path) })
    }
  }
  if (only.length > 0) return reports
  const gone = positions.filter((each) => !seen.has(each))
  return [...reports, ...gone.map(({ file, pos }): FileReport => ({ file, state: 'gone', stored: pos }))]
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

function storedOf(positions: readonly FilePosition[], path: string): number {
  return positions.find(({ file }) => file === path)?.pos ?? 0
}

/** Other content under another name only got the inode number of a file that is gone. */
async function reportOf(
  found: Found,
  position: FilePosition | undefined,
  isWanted: boolean,
): Promise<FileReport | undefined> {
  const report = position && (await inspect(found, position))
  if (report && (report.state !== 'replaced' || position?.file === found.path)) return report
  return isWanted ? inspect(found, undefined) : undefined
}

async function inspect({ path }: Found, position: FilePosition | undefined): Promise<FileReport> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    if (await isArchive(file)) return ofArchive(path, position, size)
    const isSame = position === undefined || (await matches(file, position, size))
    const stored = position && isSame ? position.pos : 0
    const { bytes, lines } = await countFrom(file, stored)
    const found = isSame ? (bytes === 0 ? 'read' : 'unread') : 'replaced'
    const state = position === undefined && bytes > 0 ? 'new' : found
    return { file: path, state, stored, unreadBytes: bytes, unreadLines: lines }
  } finally {
    await file.close()
  }
}

/** What is unread of an archive is not counted: that would unpack it. */
function ofArchive(file: string, position: FilePosition | undefined, size: number): FileReport {
  if (position?.packedSize === size)
    return { file, state: 'read', stored: position.pos, unreadBytes: 0, unreadLines: 0 }
  return { file, state: position === undefined ? 'new' : 'unread', stored: position?.pos ?? 0 }
}

/** gzip or zstd. */
async function isArchive(file: FileHandle): Promise<boolean> {
  const first = Buffer.alloc(4)
  await file.read(first, 0, 4, 0)
  const hex = first.toString('hex')
  return hex.startsWith('1f8b08') || hex === '28b52ffd'
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

async function countFrom(file: FileHandle, from: number): Promise<{ bytes: number; lines: number }> {
  const chunk = Buffer.alloc(256 * 1024)
  let bytes = 0
  let lines = 0
  let endsLine = true
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, chunk.length, from + bytes)
    if (bytesRead === 0) return { bytes, lines: endsLine ? lines : lines + 1 }
    const read = chunk.subarray(0, bytesRead)
    for (let at = read.indexOf(10); at >= 0; at = read.indexOf(10, at + 1)) lines++
    bytes += bytesRead
    endsLine = read[bytesRead - 1] === 10
  }
}
