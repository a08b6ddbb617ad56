import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, waitUntil } from '../../servers/server.ts'
import { tryConnect } from '../support/agent-process.ts'
import { trialOf } from './channel-load.ts'
import { compileCache } from './faults.ts'
import type { Trial } from './oracle.ts'

const packageFolder = join(import.meta.dirname, '../../packages/flumen')
const source = ['--conditions=flumen-source', join(packageFolder, 'src/bin/flumen.ts')]
const built = [join(packageFolder, 'dist/bin/flumen.js')]

export interface FlowOptions {
  readonly seed: number
  readonly directory: string
  readonly eventBytes: number
  /** Of the channel; on another disk where wanted. */
  readonly data?: string
  readonly segmentMegabytes?: number
  /** Runs what a user runs; what runs the sources takes memory for compiling them. */
  readonly isBuilt?: boolean
}

/** netcat with acknowledgements → file channel → ledger, in a process that is started, ended and started again. */
export class FlowAgent {
  readonly port: number
  readonly monitorPort: number
  readonly trial: Trial
  readonly #options: FlowOptions
  readonly #configuration: string
  #child: ChildProcess | undefined
  #exited: Promise<unknown> | undefined
  #isUnder = false
  #log = ''

  private constructor(options: FlowOptions, port: number, monitorPort: number) {
    this.#options = options
    this.port = port
    this.monitorPort = monitorPort
    mkdirSync(options.directory, { recursive: true })
    this.trial = trialOf(options.directory, options.seed, options.eventBytes)
    this.#configuration = join(options.directory, 'agent.conf')
    writeFileSync(this.#configuration, this.#properties())
  }

  static async make(options: FlowOptions): Promise<FlowAgent> {
    return new FlowAgent(options, await freePort(), await freePort())
  }

  /** Of the agent itself, also where it runs under another command. */
  get pid(): number {
    const pid = this.#child?.pid ?? 0
    if (!this.#isUnder) return pid
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0] ?? 0)
  }

  /** Of the process that runs now, or ran last. */
  get log(): string {
    return this.#log
  }

  get channelDirectory(): string {
    return this.#options.data ?? this.#options.directory
  }

  /** @param under another command such as strace */
  start(under: readonly string[] = []): void {
    this.#log = ''
    this.#isUnder = under.length > 0
    const program = this.#options.isBuilt ? built : source
    const node = [process.execPath, ...program, 'agent', '-f', this.#configuration]
    const monitoring = ['-Dflume.monitoring.type=http', `-Dflume.monitoring.port=${this.monitorPort}`]
    const [first = '', ...rest] = [...under, ...node, ...monitoring]
    const child = spawn(first, rest, {
      cwd: this.#options.directory,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...compileCache },
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (child === this.#child) this.#log = (this.#log + text).slice(-200_000)
    })
    this.#child = child
    this.#exited = once(child, 'exit')
  }

  async untilReady(): Promise<void> {
    await waitUntil(
      'the agent listens',
      async () => {
        if (this.#child?.exitCode !== null) throw new Error(`the agent ended: ${this.#log}`)
        // What is asked about its health listens after the sources.
        for (const port of [this.port, this.monitorPort]) {
          const socket = await tryConnect(port)
          socket?.destroy()
          if (!socket) return undefined
        }
        return true
      },
      60_000,
    )
  }

  /** @returns the exit status; null after a signal that ends it */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child
    if (!child) return null
    if (child.exitCode === null && child.signalCode === null) {
      const { pid } = this
      if (pid > 0) process.kill(pid, signal)
    }
    await this.#exited
    return child.exitCode
  }

  /** Status and text of a path of its monitor, and how long it took, ms. */
  async ask(path: string): Promise<{ status: number; text: string; ms: number }> {
    const begin = performance.now()
    const answer = await fetch(`http://127.0.0.1:${this.monitorPort}${path}`)
    const text = await answer.text()
    return { status: answer.status, text, ms: performance.now() - begin }
  }

  residentBytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024
  }

  eventLoopLag(): { p99: number; max: number } {
    const path = `${this.trial.delivered}.lag`
    return existsSync(path)
      ? (JSON.parse(readFileSync(path, 'utf8')) as { p99: number; max: number })
      : { p99: 0, max: 0 }
  }

  #properties(): string {
    const { segmentMegabytes = 4 } = this.#options
    const extractor = 'a1.sources.r1.interceptors.i1'
    return [
      'a1.sources = r1',
      'a1.channels = c1',
      'a1.sinks = k1',
      'a1.sources.r1.type = netcat',
      'a1.sources.r1.bind = 127.0.0.1',
      `a1.sources.r1.port = ${this.port}`,
      'a1.sources.r1.max-line-length = 10000',
      'a1.sources.r1.channels = c1',
      'a1.sources.r1.interceptors = i1',
      `${extractor}.type = regex_extractor`,
      `${extractor}.regex = ^p(\\\\d+) (\\\\d+)`,
      `${extractor}.serializers = s1 s2`,
      `${extractor}.serializers.s1.name = producer`,
      `${extractor}.serializers.s2.name = number`,
      'a1.channels.c1.type = file',
      'a1.channels.c1.capacity = 100000000',
      `a1.channels.c1.dataDirs = ${join(this.channelDirectory, 'data')}`,
      `a1.channels.c1.checkpointDir = ${join(this.channelDirectory, 'checkpoint')}`,
      'a1.channels.c1.checkpointInterval = 1000',
      `a1.channels.c1.maxFileSize = ${segmentMegabytes * 2 ** 20}`,
      'a1.channels.c1.minimumRequiredSpace = 1048576',
      `a1.sinks.k1.type = ${join(import.meta.dirname, 'ledger-sink.ts')}`,
      `a1.sinks.k1.path = ${this.trial.delivered}`,
      'a1.sinks.k1.channel = c1',
      '',
    ].join('\n')
  }
}
