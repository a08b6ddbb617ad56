import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { type LockHolder, lockHolder, lockName } from '../../storage/directory-lock.ts'

/** Who has a directory. */
export interface Holding {
  readonly directory: string
  /** What its lock file says; undefined: it says nothing. */
  readonly holder: LockHolder | undefined
}

/** The first of the directories that a running agent has. Takes no lock for longer than a look at it. */
export function heldDirectory(directories: readonly string[]): Holding | undefined {
  for (const directory of directories) {
    if (isHeld(join(directory, lockName))) return { directory, holder: lockHolder(directory) }
  }
  return undefined
}

export function holderText({ directory, holder }: Holding): string {
  if (!holder) return `${directory} is in use by another process`
  const since = holder.since === undefined ? '' : ` since ${holder.since}`
  return `${directory} is in use by ${holder.owner}, process ${holder.pid} on ${holder.host}${since}`
}

/**
 * Whether a process has a lock on a file of the kind that Java takes (fcntl). The kernel's table tells: nothing else
 * does without taking it. Undefined: there is no such table.
 */
export function hasRecordLock(path: string): boolean | undefined {
  const file = statSync(path, { throwIfNoEntry: false })
  if (!file) return false
  return inTable('POSIX', file.ino)
}

function isHeld(path: string): boolean {
  const file = statSync(path, { throwIfNoEntry: false, bigint: true })
  if (!file) return false
  const descriptor = openSync(path, 'r')
  try {
    const { status, error } = spawnSync('flock', ['-n', '-s', '3'], {
      stdio: ['ignore', 'ignore', 'ignore', descriptor],
    })
    if (!error && status !== null && status <= 1) return status === 1
  } finally {
    closeSync(descriptor)
  }
  // There is no such command: the holder has no lock either, but a socket.
  return hasSocket(`@flumen-lock-${file.dev}-${file.ino}`) ?? isAlive(path)
}

function inTable(kind: 'FLOCK' | 'POSIX', inode: number): boolean | undefined {
  const table = textOf('/proc/locks')
  return table
    ?.split('\n')
    .map((line) => line.trim().split(/\s+/))
    .some((words) => words[1] === kind && words[5]?.split(':')[2] === String(inode))
}

function hasSocket(name: string): boolean | undefined {
  return textOf('/proc/net/unix')
    ?.split('\n')
    .some((line) => line.endsWith(` ${name}`))
}

function isAlive(path: string): boolean {
  const holder = lockHolder(path.slice(0, -lockName.length - 1))
  if (!holder || holder.host !== hostname()) return false
  try {
    return process.kill(holder.pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
