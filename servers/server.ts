import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** A real server that tests talk to: how it is installed, started, awaited and stopped. One file each in this folder. */
export interface Server<Options> {
  readonly name: string
  /** Why it can't be had on this machine, as a sentence; undefined when it can. */
  missing(): Promise<string | undefined>
  /** Fetches what is not there yet into `serverFolder(name)`. Safe to call again, and from several processes at once. */
  install(): Promise<void>
  /** Installs where needed and starts one instance. Resolves before the server answers: await `ready`. */
  start(options: Options): Promise<Running>
}

/** One started instance. It is stopped by its process id, also when the test process exits without asking. */
export interface Running extends AsyncDisposable {
  /** What it listens on, by the names its server's file gives them. */
  readonly ports: Readonly<Record<string, number>>
  /** Its data and logs; `stop` removes it unless the caller brought it. */
  readonly directory: string
  readonly pid: number
  /** Resolves when the server itself answers. Rejects with its last output when it ended or the deadline passed. */
  ready(deadlineMs?: number): Promise<void>
  /** What it has printed, at most the last megabyte. */
  output(): string
  /** SIGTERM, SIGKILL after a while; resolves when the process is gone. Idempotent. */
  stop(): Promise<void>
}

/** Starts a server and waits until it answers; one that does not is stopped again. */
export async function startReady<Options>(server: Server<Options>, options: Options): Promise<Running> {
  const running = await server.start(options)
  try {
    await running.ready()
    return running
  } catch (error) {
    await running.stop()
    throw error
  }
}

/** What `skipUnless` needs of node:test's context. */
interface TestContext {
  skip(message?: string): void
}

/** The repository's root. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The cache folder of a server; `FLUMEN_SERVERS` names another place than `.servers` at the root. Made when absent. */
export function serverFolder(name: string): string {
  const folder = join(process.env.FLUMEN_SERVERS ?? join(root, '.servers'), name)
  mkdirSync(folder, { recursive: true })
  return folder
}

/**
 * True when all servers can be had. Otherwise the test is skipped with one line that says why, or, where
 * `FLUMEN_NO_SKIP=1` (CI), fails.
 */
export async function skipUnless(
  t: TestContext,
  ...servers: readonly Pick<Server<never>, 'name' | 'missing'>[]
): Promise<boolean> {
  for (const server of servers) {
    const reason = await server.missing()
    if (reason === undefined) continue
    if (process.env.FLUMEN_NO_SKIP === '1') throw new Error(`${server.name} is needed here: ${reason}`)
    t.skip(`without ${server.name}: ${reason}`)
    return false
  }
  return true
}

const given = new Set<number>()

/**
 * A TCP port of 127.0.0.1 that nothing listens on and that this process has not given out before. Below 32768,
 * where the ephemeral range begins: a restart on a port of that range may meet a client's socket.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 500; attempt++) {
    const port = 10_000 + Math.floor(Math.random() * 22_000)
    if (given.has(port) || !(await canListen(port))) continue
    given.add(port)
    return port
  }
  throw new Error('No free port of 127.0.0.1 found between 10000 and 32000.')
}

/** Asks again and again until the answer is not undefined. An answer that throws counts as "not yet". */
export async function waitUntil<T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
  deadlineMs = 30_000,
): Promise<T> {
  const end = performance.now() + deadlineMs
  let failure: unknown
  for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 1.5, 250)) {
    try {
      const answer = await ask()
      if (answer !== undefined) return answer
    } catch (error) {
      failure = error
    }
    if (performance.now() > end) throw new Error(`Still not after ${deadlineMs} ms: ${what}.`, { cause: failure })
    await sleep(pauseMs)
  }
}

/** A directory that its holder disposes of when done. */
export interface Home extends Disposable {
  readonly path: string
}

/** A temporary directory; removed with all that is in it when disposed. */
export function temporaryDirectory(prefix: string): Home {
  const path = mkdtempSync(join(tmpdir(), `flumen-${prefix}-`))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }) }
}

/** The caller's own directory, made when absent; it stays, so that a next instance finds the data of this one. */
export function keptDirectory(path: string): Home {
  mkdirSync(path, { recursive: true })
  return { path, [Symbol.dispose]: () => {} }
}

/** The version that `command -version` and its like print first, or undefined when it is not on the PATH. */
export function commandVersion(command: string, ...args: readonly string[]): string | undefined {
  const run = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 })
  if (run.error !== undefined || run.status !== 0) return undefined
  return /\d+(\.\d+)*/.exec(run.stdout + run.stderr)?.[0]
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}
