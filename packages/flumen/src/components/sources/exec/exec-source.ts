import type { Readable } from 'node:stream'
import {
  ComponentFailedError,
  codeOf,
  type EventBatch,
  type EventDrivenSource,
  messageOf,
  type SourceContext,
  settledWithin,
  verdictOf,
} from '../../../core/index.ts'
import { BatchGatherer } from '../batch-gatherer.ts'
import { linesInCharset } from '../charset-lines.ts'
import { Command, type CommandEnd } from '../command.ts'
import { batchOfLines, type LineRules } from '../line-splitter.ts'
import { graceMs } from '../stop-grace.ts'
import { Utf8Lines } from '../utf8-lines.ts'

export interface ExecOptions {
  readonly command: string
  readonly shell: string | undefined
  readonly restart: boolean
  /** Ms. */
  readonly restartThrottle: number
  readonly logStdErr: boolean
  readonly batchSize: number
  /** Ms. */
  readonly batchTimeout: number
  readonly charset: string
  readonly maxLineLength: number
}

/** Longest line of standard error that is logged as one. */
const longestErrorLine = 8192
/** What a shell answers when it does not find a command, or may not run it. */
const shellFailures: Readonly<Record<number, string>> = { 126: 'may not be run', 127: 'was not found' }

/** The output of a command; see the declaration. */
export class ExecSource implements EventDrivenSource {
  readonly kind = 'event-driven'
  readonly #options: ExecOptions
  readonly #context: SourceContext
  readonly #stopping = new AbortController()
  /** The deadline of the stop has come. */
  readonly #over = new AbortController()
  #command: Command | undefined
  #work: Promise<void> | undefined
  #stopped: Promise<void> | undefined

  constructor(options: ExecOptions, context: SourceContext) {
    this.#options = options
    this.#context = context
  }

  /** @throws ComponentFailedError where the command cannot be run and is not to be tried again */
  async start(): Promise<void> {
    const first = this.#launch()
    this.#work = first.then(
      (command) => this.#run(command),
      () => undefined,
    )
    await first
  }

  stop(deadlineMs: number): Promise<void> {
    this.#stopped ??= this.#stop(deadlineMs)
    return this.#stopped
  }

  /** Half of the time is for the command to end by itself, the other half for what it wrote to be stored. */
  async #stop(deadlineMs: number): Promise<void> {
    const { clock } = this.#context
    this.#stopping.abort()
    this.#command?.kill('SIGTERM')
    const timers = [
      clock.after(deadlineMs / 2, () => this.#command?.kill('SIGKILL')),
      clock.after(deadlineMs, () => {
        this.#command?.kill('SIGKILL')
        this.#command?.release()
        this.#over.abort()
      }),
    ]
    if (this.#work) await settledWithin(this.#work, deadlineMs + graceMs, clock)
    for (const cancel of timers) cancel()
  }

  async #run(first: Command | undefined): Promise<void> {
    let command = first
    const { restart, restartThrottle } = this.#options
    for (;;) {
      if (command && !(await this.#follow(command))) return
      if (this.#stopping.signal.aborted) return
      if (!restart) {
        this.#context.end()
        return
      }
      try {
        await this.#context.clock.sleep(restartThrottle, this.#stopping.signal)
        command = await this.#launch()
      } catch (error) {
        if (!this.#stopping.signal.aborted) this.#context.fail(error)
        return
      }
    }
  }

  /** `undefined`: it cannot be run now. */
  async #launch(): Promise<Command | undefined> {
    const { command, shell, restart } = this.#options
    const words = shell === undefined ? command.split(/\s+/) : [...shell.split(/\s+/), command]
    try {
      this.#command = await Command.start(words)
    } catch (cause) {
      const failure = new ComponentFailedError(`${words[0]} ${reasonOf(cause)}`, { cause })
      if (!restart) throw failure
      this.#context.log.error('The command could not be run.', { error: failure.message })
      return undefined
    }
    this.#context.metrics.counter('commandStarts').add(1)
    this.#context.log.info('The command runs.', { pid: this.#command.pid })
    if (this.#stopping.signal.aborted) this.#command.kill('SIGTERM')
    return this.#command
  }

  /** Reads a command to its end. False: nothing more can be stored. */
  async #follow(command: Command): Promise<boolean> {
    const gatherer = new BatchGatherer(this.#context, {
      batchSize: this.#options.batchSize,
      batchTimeoutMs: this.#options.batchTimeout,
      signal: this.#over.signal,
      onLost: (lines, error) => this.#lost(lines, error),
    })
    const [stored] = await Promise.all([this.#read(command, gatherer), this.#drain(command)])
    gatherer.close()
    const end = await command.ended
    this.#command = undefined
    this.#logEnd(end)
    return stored
  }

  async #read(command: Command, gatherer: BatchGatherer): Promise<boolean> {
    const { clock } = this.#context
    const lines = linesInCharset(this.#options.charset, rulesFor(this.#options.maxLineLength))
    try {
      for await (const chunk of readable(command.output)) {
        await gatherer.add(batchOfLines(lines.split(chunk), clock.now()))
      }
      await gatherer.add(batchOfLines(lines.rest(), clock.now()))
      await gatherer.flush()
      return true
    } catch {
      command.kill('SIGKILL')
      command.release()
      return false
    }
  }

  /** A command whose standard error nobody reads would wait for ever. */
  async #drain(command: Command): Promise<void> {
    const lines = new Utf8Lines(this.#options.charset, rulesFor(longestErrorLine))
    for await (const chunk of readable(command.errors)) {
      if (this.#options.logStdErr) this.#logErrors(batchOfLines(lines.split(chunk), 0))
    }
    if (this.#options.logStdErr) this.#logErrors(batchOfLines(lines.rest(), 0))
  }

  #logErrors(lines: EventBatch): void {
    for (let row = 0; row < lines.length; row++) {
      this.#context.log.info('The command wrote to standard error.', { line: lines.text(row) })
    }
  }

  #lost(lines: number, error: unknown): void {
    const { metrics, log } = this.#context
    metrics.counter('linesLost').add(lines)
    log.error('Lines of the command could not be stored and are lost.', { lines, error: messageOf(error) })
    if (verdictOf(error) === 'fatal') this.#context.fail(error)
  }

  #logEnd({ status, signal }: CommandEnd): void {
    const { log } = this.#context
    const { restart } = this.#options
    if (this.#stopping.signal.aborted) log.info('The command was ended.', { status, signal })
    else if (status === 0) log.info('The command ended.', { status, restart })
    else log.error('The command failed.', { status, signal, reason: shellFailures[status ?? 0], restart })
  }
}

function rulesFor(maxLength: number): LineRules {
  return { ends: 'any', maxLength, overlong: 'cut' }
}

/** Chunks of a stream to its end, or until it is destroyed. */
async function* readable(stream: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of stream) yield chunk as Buffer
  } catch {
    // Destroyed: there is nothing more.
  }
}

function reasonOf(cause: unknown): string {
  if (codeOf(cause) === 'ENOENT') return 'was not found'
  return codeOf(cause) === 'EACCES' ? 'may not be run' : `cannot be run: ${messageOf(cause)}`
}
