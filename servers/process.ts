import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { type Home, type Running, waitUntil } from './server.ts'

/** How a server's process is run. */
export interface ProcessOptions {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** Working directory and place of `output.log`; disposed of when the process has ended. */
  readonly home: Home
  /** Added to this process's environment. */
  readonly environment?: Readonly<Record<string, string>> | undefined
  readonly ports?: Readonly<Record<string, number>>
  /** Asks the server; true when it answers. May throw while it does not. */
  readonly answers: () => Promise<boolean>
  /** How long SIGTERM may take before SIGKILL; default 15 s. */
  readonly stopMs?: number
}

const outputLimit = 1024 * 1024
const alive = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

/** Starts a server's process with its output in `output.log` of its directory. */
export async function startProcess(options: ProcessOptions): Promise<Running> {
  const log = join(options.home.path, 'output.log')
  const child = await spawnLogged(options, log)
  const ended = endOf(child)
  const output = () => tail(log)
  let kept = ''
  let stopping: Promise<void> | undefined

  const stop = async () => {
    await terminate(child, ended, options.stopMs ?? 15_000)
    kept = output()
    options.home[Symbol.dispose]()
  }
  const stopOnce = () => {
    stopping ??= stop()
    return stopping
  }
  return {
    ports: options.ports ?? {},
    directory: options.home.path,
    pid: child.pid!,
    ready: (deadlineMs) => awaitAnswer(options, child, output, deadlineMs),
    output: () => kept || output(),
    stop: stopOnce,
    [Symbol.asyncDispose]: stopOnce,
  }
}

async function spawnLogged(options: ProcessOptions, log: string): Promise<ChildProcess> {
  const file = openSync(log, 'a')
  try {
    const child = spawn(options.command, options.args, {
      cwd: options.home.path,
      env: { ...process.env, ...options.environment },
      stdio: ['ignore', file, file],
    })
    await once(child, 'spawn')
    alive.add(child)
    return child
  } finally {
    closeSync(file)
  }
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  alive.delete(child)
}

async function terminate(child: ChildProcess, ended: Promise<void>, stopMs: number): Promise<void> {
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), stopMs)
  await ended
  clearTimeout(timer)
}

async function awaitAnswer(
  options: ProcessOptions,
  child: ChildProcess,
  output: () => string,
  deadlineMs = 60_000,
): Promise<void> {
  const ask = async () => {
    if (hasEnded(child)) return 'ended'
    return (await options.answers()) ? 'answers' : undefined
  }
  const state = await waitUntil(`${options.name} answers`, ask, deadlineMs).catch((error: unknown) => {
    throw new Error(`${options.name} is not ready.\n${output().slice(-4000)}`, { cause: error })
  })
  if (state === 'ended') throw new Error(`${options.name} ended before it answered.\n${output().slice(-4000)}`)
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

function tail(path: string): string {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const bytes = Buffer.alloc(Math.min(size, outputLimit))
    const read = readSync(file, bytes, 0, bytes.length, size - bytes.length)
    return bytes.toString('utf8', 0, read)
  } finally {
    closeSync(file)
  }
}
