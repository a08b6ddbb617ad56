import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { root, waitUntil } from '../../servers/server.ts'
import { compileCache } from '../reliability/faults.ts'

const program = ['--conditions=flumen-source', join(root, 'packages/flumen/src/bin/flumen.ts')]

export interface TierProcessOptions {
  readonly directory: string
  readonly configuration: string
  /** Before the command: where it runs. */
  readonly prefix?: readonly string[]
  /** Where its source listens, as seen from here. */
  readonly host: string
  readonly port: number
  /** Where its metrics are; without it they are nowhere. */
  readonly monitorPort?: number
}

/** An agent of one configuration that is started, killed and started again. */
export class TierProcess {
  readonly #options: TierProcessOptions
  readonly #file: string
  #child: ChildProcess | undefined
  #log = ''

  constructor(options: TierProcessOptions) {
    this.#options = options
    mkdirSync(options.directory, { recursive: true })
    this.#file = join(options.directory, 'agent.conf')
    writeFileSync(this.#file, options.configuration)
    process.on('exit', () => this.#child?.kill('SIGKILL'))
  }

  /** Of all its processes, at most the last 200,000 characters. */
  get log(): string {
    return this.#log
  }

  start(): void {
    const { directory, host, monitorPort, prefix = [] } = this.#options
    const monitoring = monitorPort === undefined ? ['type=none'] : ['type=http', `port=${monitorPort}`, `bind=${host}`]
    const settings = monitoring.map((setting) => `-Dflume.monitoring.${setting}`)
    const [command = '', ...args] = [...prefix, process.execPath, ...program, 'agent', '-f', this.#file, ...settings]
    const child = spawn(command, args, {
      cwd: directory,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...compileCache },
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#log = (this.#log + text).slice(-200_000)
    })
    this.#child = child
  }

  async untilReady(): Promise<void> {
    const { host, port } = this.#options
    const state = await waitUntil<'ended' | true>(
      `the agent on ${host}:${port} listens`,
      async () => (this.#hasEnded ? 'ended' : await answers(host, port)),
      60_000,
    ).catch((error: unknown) => {
      throw new Error(this.#log.slice(-2000), { cause: error })
    })
    if (state === 'ended') throw new Error(`the agent ended: ${this.#log.slice(-2000)}`)
  }

  /** Of this process: the sum of a metric, over all its components or of one. Waits until it tells, also over a bad network. */
  metric(name: string, component?: string): Promise<number> {
    return waitUntil(
      `${this.#options.host} tells ${name}`,
      async () => {
        const samples = (await this.#metrics()).filter(
          (line) => line.startsWith(`${name}{`) && (component === undefined || line.includes(`"${component}"`)),
        )
        if (samples.length === 0) return undefined
        return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
      },
      60_000,
    )
  }

  async #metrics(): Promise<string[]> {
    const { host, monitorPort } = this.#options
    const signal = AbortSignal.timeout(10_000)
    const response = await fetch(`http://${host}:${monitorPort}/metrics/prometheus`, { signal })
    return (await response.text()).split('\n')
  }

  get #hasEnded(): boolean {
    return this.#child === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** @returns the exit status; null after a signal that ends it */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child
    if (!child) return null
    if (!this.#hasEnded) {
      const ended = once(child, 'exit')
      child.kill(signal)
      await ended
    }
    return child.exitCode
  }
}

function answers(host: string, port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 })
    const end = (answer: true | undefined): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(undefined))
    socket.once('timeout', () => end(undefined))
  })
}
