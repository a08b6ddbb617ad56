import type { Readable } from 'node:stream'
import type { Catalogue } from '../component/catalogue.ts'
import { type Clock, systemClock } from '../core/index.ts'
import type { CommandIo, TextOutput } from './io.ts'

/** A stream that keeps what is written, and lets a test wait for it. */
export class CapturedOutput implements TextOutput {
  readonly isTTY: boolean
  readonly columns = 100
  text = ''
  readonly #waiting = new Set<() => void>()

  constructor(isTTY = false) {
    this.isTTY = isTTY
  }

  write(text: string | Uint8Array, written?: (error?: Error | null) => void): boolean {
    this.text += typeof text === 'string' ? text : Buffer.from(text).toString()
    for (const look of [...this.#waiting]) look()
    if (written) queueMicrotask(written)
    return true
  }

  get lines(): readonly string[] {
    return this.text.split('\n').slice(0, -1)
  }

  /** Resolves as soon as the text matches. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve) => {
      const look = (): void => {
        const match = pattern.exec(this.text)
        if (!match) return
        this.#waiting.delete(look)
        resolve(match)
      }
      this.#waiting.add(look)
      look()
    })
  }
}

export interface CapturedOptions {
  readonly catalogue: Catalogue
  readonly cwd: string
  readonly environment?: Readonly<Record<string, string>>
  readonly clock?: Clock
  readonly systemConfiguration?: string
  readonly isTTY?: boolean
  readonly program?: readonly string[]
  readonly stdin?: () => Readable
}

/** Surroundings of a command that runs inside a test: what it writes is kept, signals come from the test. */
export class CapturedIo implements CommandIo {
  readonly stdout: CapturedOutput
  readonly stderr: CapturedOutput
  readonly stdin?: () => Readable
  readonly environment: Readonly<Record<string, string>>
  readonly cwd: string
  readonly clock: Clock
  readonly catalogue: Catalogue
  readonly program: readonly string[]
  readonly systemConfiguration: string
  readonly #onSignal = new Set<(signal: string) => void>()
  readonly #onUncaught = new Set<(error: unknown) => void>()

  constructor(options: CapturedOptions) {
    this.stdout = new CapturedOutput(options.isTTY)
    this.stderr = new CapturedOutput(options.isTTY)
    this.environment = options.environment ?? {}
    this.cwd = options.cwd
    this.clock = options.clock ?? systemClock
    this.catalogue = options.catalogue
    this.program = options.program ?? ['/opt/node', '/opt/flumen/flume-ng.js']
    if (options.stdin) this.stdin = options.stdin
    this.systemConfiguration = options.systemConfiguration ?? `${options.cwd}/etc`
  }

  /** Handlers that are registered; none after a command has ended. */
  get listeners(): number {
    return this.#onSignal.size + this.#onUncaught.size
  }

  onSignal(handler: (signal: string) => void): () => void {
    this.#onSignal.add(handler)
    return () => this.#onSignal.delete(handler)
  }

  onUncaught(handler: (error: unknown) => void): () => void {
    this.#onUncaught.add(handler)
    return () => this.#onUncaught.delete(handler)
  }

  signal(signal: string): void {
    for (const handler of this.#onSignal) handler(signal)
  }

  throwUncaught(error: unknown): void {
    for (const handler of this.#onUncaught) handler(error)
  }
}
