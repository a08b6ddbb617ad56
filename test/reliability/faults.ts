import { type ChildProcess, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, temporaryDirectory } from '../../servers/server.ts'

export const strace = {
  name: 'strace',
  missing: async () =>
    spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0 ? undefined : 'it cannot trace a process here',
}

export const mounts = { name: 'a tmpfs of its own', missing: async () => whyNoMount('tmpfs') }
export const loopMounts = { name: 'an ext4 on a loop device', missing: async () => whyNoMount('ext4') }

export type FileSystem = 'tmpfs' | 'ext4' | 'xfs'

export interface Mount extends Disposable {
  readonly path: string
  /** After a power cut, or when it has become read only. */
  remount(): void
}

/** @param inodes most files; ext4 only */
export function mountNew(directory: string, kind: FileSystem, megabytes: number, inodes?: number): Mount {
  const path = join(directory, 'mount')
  const image = join(directory, 'image')
  mkdirSync(path, { recursive: true })
  if (kind !== 'tmpfs') {
    writeFileSync(image, '')
    truncateSync(image, megabytes * 2 ** 20)
    const count = inodes === undefined ? [] : ['-N', String(inodes)]
    command(`mkfs.${kind}`, kind === 'ext4' ? ['-q', '-F', ...count, image] : ['-q', '-f', image])
  }
  const mount = (): void => {
    if (kind === 'tmpfs') command('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path])
    // Each image has the same identifier after a copy; XFS refuses it twice.
    else command('mount', ['-o', kind === 'ext4' ? 'loop,errors=remount-ro' : 'loop,nouuid', image, path])
  }
  mount()
  return {
    path,
    remount: () => {
      command('umount', [path])
      mount()
    },
    [Symbol.dispose]: () => {
      command('umount', ['-l', path])
      rmSync(image, { force: true })
    },
  }
}

/** @throws Error with what the command said */
export function command(name: string, args: readonly string[]): string {
  const run: SpawnSyncReturns<string> = spawnSync(name, args, {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  })
  if (run.error) throw run.error
  if (run.status !== 0) throw new Error(`${name} ${args.join(' ')}: ${run.stderr || run.stdout || run.signal}`)
  return run.stdout
}

export interface Ended {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
  readonly errors: string
}

export interface Program {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  output(): string
}

/** Programs that node has compiled once start in half of the time; one that is killed leaves nothing there. */
export const compileCache = { NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/flumen-tests') }

/** Runs a TypeScript file of this folder, if wanted under another command such as strace. */
export function startProgram(file: string, args: readonly string[], under: readonly string[] = []): Program {
  const line = [...under, process.execPath, '--conditions=flumen-source', join(import.meta.dirname, file), ...args]
  const [first = '', ...rest] = line
  const child = spawn(first, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...compileCache, UV_THREADPOOL_SIZE: '1', NODE_TEST_CONTEXT: undefined },
  })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const ended = once(child, 'close').then(
    ([status, signal]): Ended => ({
      status: status as number | null,
      signal: signal as NodeJS.Signals | null,
      output,
      errors,
    }),
  )
  return { child, ended, output: () => output }
}

/** Words of strace that do something to a system call. Not with --seccomp-bpf: `when` counts wrongly with it. */
export function injecting(call: string, what: string, log = '/dev/null'): string[] {
  const rule = ['-e', `trace=${call}`, '-e', `inject=${call}:${what}`]
  return ['strace', '-f', '-y', '-qq', '-o', log, ...rule]
}

let reason: Map<string, string | undefined> | undefined

function whyNoMount(kind: FileSystem): string | undefined {
  reason ??= new Map()
  if (!reason.has(kind)) reason.set(kind, tryMount(kind))
  return reason.get(kind)
}

function tryMount(kind: FileSystem): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can mount'
  if (!existsSync('/proc/self/mounts')) return 'this is not Linux'
  using home = temporaryDirectory('mount')
  try {
    using _ = mountNew(home.path, kind, 32)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error)
  }
}
