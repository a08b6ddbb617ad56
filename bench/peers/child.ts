import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { now } from '../measure/time.ts'

export interface ChildOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly directory: string
  readonly environment?: Readonly<Record<string, string>>
  /** Resolves `start` when each of them accepts a connection. */
  readonly ports: readonly number[]
  /** Gets standard output instead of this class. */
  readonly onOutput?: (chunk: Buffer) => void
}

const keptOutput = 64 * 1024
const alive = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

/** A process that is measured, with its output read as it comes. */
export class Child {
  readonly pid: number
  readonly #child: ChildProcess
  readonly #watchers = new Set<(line: string) => void>()
  #output = ''

  private constructor(child: ChildProcess, onOutput: ((chunk: Buffer) => void) | undefined) {
    this.#child = child
    this.pid = child.pid!
    alive.add(child)
    child.once('exit', () => alive.delete(child))
    if (onOutput) child.stdout!.on('data', onOutput)
    else this.#readLines(child.stdout!)
    this.#readLines(child.stderr!)
  }

  static async start(options: ChildOptions): Promise<Child> {
    const process_ = spawn(options.command, options.args, {
      cwd: options.directory,
      env: { ...process.env, ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    await once(process_, 'spawn')
    const child = new Child(process_, options.onOutput)
    try {
      for (const port of options.ports) await child.#untilItListens(port)
    } catch (error) {
      await child.stop()
      throw error
    }
    return child
  }

  /** Ends what a failed workload has left. */
  static endAll(): void {
    for (const child of alive) child.kill('SIGKILL')
  }

  /** What it has printed, at most the last 64 KiB. */
  get output(): string {
    return this.#output
  }

  get lastLine(): string {
    return this.#output.trimEnd().split('\n').at(-1)!
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** Calls back with each line that it prints, until the returned function is called. */
  watch(onLine: (line: string) => void): () => void {
    this.#watchers.add(onLine)
    return () => this.#watchers.delete(onLine)
  }

  /** SIGTERM; SIGKILL where that does not end it in time. */
  async stop(graceMs = 15_000): Promise<void> {
    if (this.hasEnded) return
    // After its last output has been read.
    const exited = once(this.#child, 'close')
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs)
    await exited
    clearTimeout(timer)
  }

  #readLines(stream: NodeJS.ReadableStream): void {
    let begun = ''
    stream.setEncoding('utf8').on('data', (text: string) => {
      this.#output = (this.#output + text).slice(-keptOutput)
      const lines = (begun + text).split('\n')
      begun = lines.pop()!
      for (const line of lines) for (const watcher of this.#watchers) watcher(line)
    })
  }

  async #untilItListens(port: number): Promise<void> {
    const deadline = now() + 60_000
    while (!(await accepts(port))) {
      if (this.hasEnded) throw new Error(`it ended before it listened: ${this.lastLine}`)
      if (now() > deadline) throw new Error(`it does not listen on ${port}: ${this.lastLine}`)
      await sleep(2)
    }
  }
}

/** Resolves when lines that match have been printed so often from now on; with the time of the last. */
export function countLines(child: Child, pattern: RegExp, count: number, deadlineMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let left = count
    const finish = (): void => {
      clearTimeout(timer)
      clearInterval(look)
      release()
    }
    const release = child.watch((line) => {
      if (!pattern.test(line) || --left > 0) return
      finish()
      resolve(now())
    })
    const fail = (what: string): void => {
      finish()
      reject(new Error(`${what}; ${left} of ${count} signs of its end did not come: ${child.lastLine}`))
    }
    const timer = setTimeout(() => fail(`still not done after ${deadlineMs / 1000} s`), deadlineMs)
    const look = setInterval(() => child.hasEnded && fail('it has ended'), 500)
  })
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
