import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startFlume } from '../../servers/flume.ts'
import type { Running } from '../../servers/server.ts'

export interface TierAgentOptions {
  /** What it is called here, as each edge has the same configuration. */
  readonly name: string
  /** Its name in the configuration, and that of the file. */
  readonly role: 'edge' | 'collector' | 'store'
  readonly home: string
  readonly environment: Readonly<Record<string, string>>
  /** Which program runs it. */
  readonly program: 'flumen' | 'flume'
  /** The port of its source, where it has one. */
  readonly port?: number
}

/** An agent in a process of its own that is started, killed and started again; its state is in `home`. */
export class TierAgent {
  readonly name: string
  readonly #options: TierAgentOptions
  #child: ChildProcess | undefined
  #flume: Running | undefined

  constructor(options: TierAgentOptions) {
    this.name = options.name
    this.#options = options
    mkdirSync(options.home, { recursive: true })
  }

  get pid(): number {
    return this.#child?.pid ?? this.#flume?.pid ?? 0
  }

  get isRunning(): boolean {
    if (this.pid === 0) return false
    try {
      process.kill(this.pid, 0)
      return true
    } catch {
      return false
    }
  }

  /** One line: its process, what it does and where its log is. */
  get description(): string {
    const { home, name, port, program } = this.#options
    const what = port === undefined ? `tails ${join(home, 'logs')}` : `listens on 127.0.0.1:${port}`
    return `${name.padEnd(10)} ${program} ${String(this.pid).padEnd(7)} ${what}, log ${this.log}`
  }

  get log(): string {
    return this.#flume ? join(this.#flume.directory, 'output.log') : join(this.#options.home, 'agent.log')
  }

  /** With Apache Flume resolves when it listens, otherwise when the process is there. */
  async start(): Promise<void> {
    const { home, port, program, role } = this.#options
    const environment = { ...this.#options.environment, TIER_HOME: home, TIER_PORT: String(port ?? 0) }
    if (program === 'flume') {
      const configuration = readFileSync(configurationOf(role), 'utf8')
      const listens = port === undefined ? [] : [port]
      this.#flume = await startFlume({ configuration, agent: role, environment, listens })
      return
    }
    const log = openSync(join(home, 'agent.log'), 'a')
    const args = ['agent', '-n', role, '-f', configurationOf(role), '-Dflume.monitoring.type=none']
    try {
      // In a process group of its own: Ctrl+C in a terminal ends only the program, which ends its agents in order.
      this.#child = spawn(join(import.meta.dirname, '../../bin/flumen'), args, {
        cwd: home,
        env: { ...process.env, ...environment },
        stdio: ['ignore', log, log],
        detached: true,
      })
      await once(this.#child, 'spawn')
    } finally {
      closeSync(log)
    }
  }

  /** As if the power went: `kill -9`. */
  async kill(): Promise<void> {
    if (this.isRunning) process.kill(this.pid, 'SIGKILL')
    await this.stop()
  }

  async stop(): Promise<void> {
    const child = this.#child
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), 20_000)
      await ended
      clearTimeout(late)
    }
    await this.#flume?.stop()
    this.#child = undefined
    this.#flume = undefined
  }

  /** For the end of the program, when nothing can be awaited. */
  killNow(): void {
    if (this.isRunning) process.kill(this.pid, 'SIGKILL')
  }
}

function configurationOf(role: string): string {
  return join(import.meta.dirname, `${role}.conf`)
}
