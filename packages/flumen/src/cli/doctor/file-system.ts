import { readFileSync, realpathSync, statfsSync, statSync } from 'node:fs'
import { bytes } from '../top/human.ts'
import type { Check, Verdict } from './check.ts'

/** What a directory lies on. */
export interface Mount {
  /** `ext4`, `xfs`, `overlay`, `tmpfs`, ... */
  readonly type: string
  readonly source: string
  readonly mountPoint: string
  readonly options: readonly string[]
  /** `8:1`, as the kernel numbers it. */
  readonly device: string
}

export interface Device {
  /** A disk of a virtual machine. */
  readonly isVirtual: boolean
  /** Undefined: not known. */
  readonly isRotating: boolean | undefined
  /** Whether the device says that it keeps writes in memory until it is told. */
  readonly hasWriteCache: boolean | undefined
}

/** The default of `minimumRequiredSpace`. */
const usualMinimumFree = 500 << 20
const fewInodes = 1000

interface Judgement {
  readonly verdict: Verdict
  readonly meaning: string
}

const network =
  'it is reached over a network: what a sync means is the decision of the server, and a channel stops when it cannot be reached'
const memory = 'it is memory: everything on it is gone when the machine or the container stops'

const kinds: ReadonlyMap<string, Judgement> = new Map<string, Judgement>([
  ['tmpfs', { verdict: 'unsafe', meaning: memory }],
  ['ramfs', { verdict: 'unsafe', meaning: memory }],
  [
    'overlay',
    {
      verdict: 'warning',
      meaning: 'it is the layer of a container: it goes with the container; give the channel a volume',
    },
  ],
  ...[
    'nfs',
    'nfs4',
    'cifs',
    'smb3',
    'smbfs',
    'ceph',
    'glusterfs',
    'fuse.glusterfs',
    'fuse.sshfs',
    'afs',
    'lustre',
    '9p',
    'virtiofs',
  ].map((type) => [type, { verdict: 'warning', meaning: network }] as const),
  ['vfat', { verdict: 'warning', meaning: 'it has no journal: a crash may cost whole files' }],
  ['exfat', { verdict: 'warning', meaning: 'it has no journal: a crash may cost whole files' }],
  ['ext2', { verdict: 'warning', meaning: 'it has no journal: a crash may cost whole files' }],
])

export function checkFileSystem(mount: Mount | undefined): Check {
  if (!mount) {
    const lines = ['what this file system is cannot be found out here']
    return { name: 'file system', verdict: 'warning', lines, facts: {} }
  }
  const { type, source, mountPoint, options } = mount
  const known =
    kinds.get(type) ??
    (type.startsWith('fuse')
      ? { verdict: 'warning' as const, meaning: 'it is a program (FUSE): what a sync means is its decision' }
      : undefined)
  const isUnbarred = options.some((option) => ['nobarrier', 'barrier=0'].includes(option))
  const lines = [`${type} on ${source}, mounted at ${mountPoint}`]
  if (known) lines.push(known.meaning)
  if (isUnbarred) lines.push('it is mounted without barriers (nobarrier): a power cut may undo what was synced')
  const verdict = isUnbarred ? 'unsafe' : (known?.verdict ?? 'ok')
  return { name: 'file system', verdict, lines, facts: { type, source, mountPoint, options } }
}

export function checkRoom(directory: string): Check {
  const { bavail, bsize, files, ffree } = statfsSync(directory)
  const freeBytes = bavail * bsize
  // Some file systems make them as they are needed and say 0 of 0.
  const freeInodes = files > 0 ? ffree : undefined
  const isFull = freeBytes < usualMinimumFree
  const lines = [`${bytes(freeBytes)} are free${freeInodes === undefined ? '' : `, and ${freeInodes} inodes`}`]
  if (isFull)
    lines.push(`a file channel refuses events below minimumRequiredSpace, ${bytes(usualMinimumFree)} unless it is set`)
  if (freeInodes !== undefined && freeInodes < fewInodes)
    lines.push('there are hardly any inodes left for new segments')
  return { name: 'room', verdict: lines.length > 1 ? 'warning' : 'ok', lines, facts: { freeBytes, freeInodes } }
}

export function mountOf(directory: string): Mount | undefined {
  const text = textOf('/proc/self/mountinfo')
  return text === undefined ? undefined : mountIn(text, realpathSync(directory))
}

/** The mount that a path lies on: the last of the longest that hold it. */
export function mountIn(mountinfo: string, path: string): Mount | undefined {
  let best: Mount | undefined
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    const [, , device = '', , point = '', options = ''] = before.split(' ')
    const [type = '', source = '', superOptions = ''] = after.split(' ')
    const mountPoint = unescaped(point)
    const holds = path === mountPoint || path.startsWith(mountPoint === '/' ? '/' : `${mountPoint}/`)
    if (mountPoint === '' || !holds || (best && best.mountPoint.length > mountPoint.length)) continue
    const all = new Set([...options.split(','), ...superOptions.split(',')])
    best = { type, source: unescaped(source), mountPoint, options: [...all], device }
  }
  return best
}

export function deviceOf({ device, source }: Mount): Device {
  const isVirtual = /^\/dev\/x?vd[a-z]/.test(source)
  for (const queue of [`/sys/dev/block/${device}/queue`, `/sys/dev/block/${device}/../queue`]) {
    const rotational = textOf(`${queue}/rotational`)?.trim()
    if (rotational === undefined) continue
    const cache = textOf(`${queue}/write_cache`)?.trim()
    const hasWriteCache = cache === undefined ? undefined : cache === 'write back'
    // What a virtual disk says of turning is not meant.
    return { isVirtual, isRotating: isVirtual ? undefined : rotational === '1', hasWriteCache }
  }
  return { isVirtual, isRotating: undefined, hasWriteCache: undefined }
}

export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
