import { spawn } from 'node:child_process'
import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { hostname } from 'node:os'
import { DirectoryInUseError } from './errors.ts'

export const lockName = 'flumen.lock'

/** Who has a directory, as its lock file says. */
export interface LockHolder {
  readonly pid: number
  readonly host: string
  readonly owner: string
  readonly since: string
}

/**
 * Holds a directory for this process until it is released or the process ends, however it ends. By flock(2), which
 * Node.js does not have: the command `flock` locks a descriptor that it shares with us, and the lock stays when it has
 * ended. Where there is no such command, by a socket in the abstract namespace, which goes with the process too, but is
 * seen only within one network namespace.
 */
export class DirectoryLock {
  readonly #descriptor: number
  readonly #server: Server | undefined
  #isHeld = true

  private constructor(descriptor: number, server: Server | undefined) {
    this.#descriptor = descriptor
    this.#server = server
  }

  /** @throws DirectoryInUseError who has it */
  static async acquire(directory: string, owner: string): Promise<DirectoryLock> {
    const path = `${directory}/${lockName}`
    const descriptor = openSync(path, 'a+', 0o600)
    let server: Server | undefined
    try {
      const locked = await flock(descriptor)
      if (locked === 'no command') server = await holdSocket(descriptor)
      if (locked === 'taken' || (locked === 'no command' && !server)) throw inUse(directory)
      const holder: LockHolder = { pid: process.pid, host: hostname(), owner, since: new Date().toISOString() }
      ftruncateSync(descriptor, 0)
      writeSync(descriptor, `${JSON.stringify(holder)}\n`)
      return new DirectoryLock(descriptor, server)
    } catch (error) {
      closeSync(descriptor)
      throw error
    }
  }

  release(): void {
    if (!this.#isHeld) return
    this.#isHeld = false
    ftruncateSync(this.#descriptor, 0)
    closeSync(this.#descriptor)
    this.#server?.close()
  }
}

/** What the lock file of a directory says; undefined where it says nothing. Not whether the lock is held. */
export function lockHolder(directory: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(`${directory}/${lockName}`, 'utf8')) as LockHolder
  } catch {
    return undefined
  }
}

function inUse(directory: string): DirectoryInUseError {
  const holder = lockHolder(directory)
  const who = holder
    ? `${holder.owner}, process ${holder.pid} on ${holder.host} since ${holder.since}`
    : 'another process'
  return new DirectoryInUseError(
    `${directory} is in use by ${who}; stop it, or give each channel directories of its own (dataDirs, checkpointDir)`,
  )
}

function flock(descriptor: number): Promise<'locked' | 'taken' | 'no command'> {
  return new Promise((resolve, reject) => {
    const child = spawn('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', descriptor] })
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'EACCES') resolve('no command')
      else reject(error)
    })
    child.once('exit', (code) => resolve(code === 0 ? 'locked' : 'taken'))
  })
}

/** Undefined where another process has it. */
function holdSocket(descriptor: number): Promise<Server | undefined> {
  const { dev, ino } = fstatSync(descriptor, { bigint: true })
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen(`\0flumen-lock-${dev}-${ino}`, () => resolve(server.unref()))
  })
}
