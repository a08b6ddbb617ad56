import { type Clock, type Log as LogSink, type Metrics, messageOf, settledWithin } from '../../core/index.ts'
import { DirectoryLock } from '../directory-lock.ts'
import type { Damage } from '../segments.ts'
import type { LogOpening, LogPort, LogSettings, TendAnswer } from '../thread/log-port.ts'
import type { GroupWriter } from './group-writer.ts'

export interface LogKeeperOptions {
  readonly checkpointIntervalMs: number
  /** How often the log is looked after. */
  readonly tendIntervalMs: number
  /** Directories that this process must have for itself. */
  readonly directories: readonly string[]
  /** `channel c1`: for the log, and for the one that comes second. */
  readonly owner: string
  /** Reads keys, makes directories. @throws where it cannot start */
  settings(): Promise<LogSettings>
  makePort(onEnd: (error: unknown) => void, onProgress: (bytes: number) => void): LogPort
}

export interface LogChannelContext {
  readonly clock: Clock
  readonly log: LogSink
  readonly metrics: Metrics
}

/** What the channel does when something has happened to its log. */
export interface LogEvents {
  opened(opening: LogOpening): void
  /** Events were found to be lost that had been counted as buffered. */
  lost(events: number): void
  /** The log was looked after, or works again. */
  tended(): void
}

/** Reading and all else get well by themselves: that one works says nothing of the other. */
export type LogTrouble = 'log' | 'reading'

const reopenMs = 1000
/** The log says how far it is each time it has read so much. */
const progressBytes = 256 << 20
/** The log may take that long to save its state, however short the deadline is. */
const closeMs = 2000

/**
 * Keeps the log of a channel open: has its directories, looks after it now and then, and begins a new thread where one has
 * ended. Says what is wrong, once, and that it works again.
 */
export class LogKeeper {
  readonly #options: LogKeeperOptions
  readonly #context: LogChannelContext
  readonly #events: LogEvents
  readonly #writer: GroupWriter
  #locks: DirectoryLock[] = []
  #port: LogPort | undefined
  #minimumFreeBytes = 0
  /** What does not work, and why. */
  readonly #problems = new Map<LogTrouble, string>()
  #checkpointAt = 0
  #syncs = 0
  #isStopped = false
  #cancelTend: (() => void) | undefined
  #tending: Promise<void> | undefined

  constructor(options: LogKeeperOptions, context: LogChannelContext, writer: GroupWriter, events: LogEvents) {
    this.#options = options
    this.#context = context
    this.#writer = writer
    this.#events = events
  }

  /** Undefined before the start, after the stop, and while a thread is begun anew. */
  get port(): LogPort | undefined {
    return this.#port
  }

  get problem(): string | undefined {
    const [reason] = this.#problems.values()
    return reason
  }

  async start(): Promise<void> {
    const { directories, owner } = this.#options
    const settings = await this.#options.settings()
    for (const directory of new Set(directories)) this.#locks.push(await DirectoryLock.acquire(directory, owner))
    await this.#open(settings)
    this.#tendLater()
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#isStopped = true
    this.#cancelTend?.()
    const { clock } = this.#context
    const until = clock.monotonic() + deadlineMs
    const leftMs = (): number => Math.max(0, until - clock.monotonic())
    if (this.#tending) await settledWithin(this.#tending, leftMs(), clock)
    const port = this.#port
    if (port) {
      await settledWithin(this.#writer.drain(), leftMs(), clock)
      this.#port = undefined
      await this.#close(port, Math.max(closeMs, leftMs()))
    }
    for (const lock of this.#locks.splice(0)) lock.release()
  }

  fail(what: LogTrouble, reason: string): void {
    if (this.#problems.get(what) === reason) return
    this.#problems.set(what, reason)
    this.#context.metrics.gauge('unhealthy').set(1)
    this.#context.log.error('The log does not work; it is tried again.', { ...this.#facts, reason })
  }

  recover(what: LogTrouble): void {
    if (!this.#problems.delete(what) || this.#problems.size > 0) return
    this.#context.metrics.gauge('unhealthy').set(0)
    this.#context.log.info('The log works again.', this.#facts)
  }

  /** @param areCounted the lost events were counted as buffered so far */
  report(damages: readonly Damage[], areCounted: boolean): void {
    for (const { path, from, to, position, events, reason } of damages) {
      const facts = { ...this.#facts, file: path, ...(to > from && { bytes: `${from} to ${to}` }), reason }
      if (events === 0) {
        this.#context.log.warn('A part of the log is damaged; no event is lost.', facts)
        continue
      }
      this.#context.log.error('Events are lost.', { ...facts, events, firstPosition: position })
      this.#context.metrics.counter('damaged').add(events)
      if (areCounted) this.#events.lost(events)
    }
  }

  get #facts(): { readonly component: string } {
    return { component: this.#options.owner }
  }

  async #open(settings: LogSettings): Promise<void> {
    let read = 0
    const port = this.#options.makePort(
      (error) => this.#ended(port, error),
      (bytes) => {
        const before = Math.floor(read / progressBytes)
        read += bytes
        if (Math.floor(read / progressBytes) === before) return
        this.#context.log.info('Reading the log.', { ...this.#facts, bytes: read })
      },
    )
    let opening: LogOpening
    try {
      opening = await port.open(settings)
    } catch (error) {
      await port.close().catch(() => undefined)
      throw error
    }
    if (this.#isStopped) {
      await port.close()
      return
    }
    this.#port = port
    this.#minimumFreeBytes = settings.minimumFreeBytes
    const { log, metrics, clock } = this.#context
    for (const note of opening.notes) log.warn('The log was not as a stop leaves it.', { ...this.#facts, note })
    this.#checkpointAt = clock.monotonic() + this.#options.checkpointIntervalMs
    this.#events.opened(opening)
    this.report(opening.damages, false)
    metrics.gauge('open').set(1)
    this.#writer.attach(port)
    this.#events.tended()
  }

  async #close(port: LogPort, ms: number): Promise<void> {
    const { clock, log, metrics } = this.#context
    const failed = (error: unknown): void =>
      log.warn('Closing the log failed.', { ...this.#facts, reason: messageOf(error) })
    const isClosed = await settledWithin(port.close().catch(failed), ms, clock)
    metrics.gauge('open').set(0)
    metrics.gauge('closed').set(1)
    if (isClosed) return
    log.warn('The disk does not answer; what is acknowledged is safe, the next start finds out the rest.', this.#facts)
  }

  /** The thread has ended by itself: another one takes its place. */
  #ended(port: LogPort, error: unknown): void {
    if (this.#port !== port) return
    this.#port = undefined
    this.#writer.detach(error)
    this.fail('log', messageOf(error))
  }

  #tendLater(): void {
    if (this.#isStopped) return
    this.#cancelTend = this.#context.clock.after(this.#port ? this.#options.tendIntervalMs : reopenMs, () => {
      this.#tending = this.#tend().finally(() => {
        this.#tending = undefined
        this.#tendLater()
      })
    })
  }

  async #tend(): Promise<void> {
    try {
      const port = this.#port
      if (port) await this.#lookAfter(port)
      else {
        await this.#open(await this.#options.settings())
        this.recover('log')
      }
    } catch (error) {
      this.fail('log', messageOf(error))
    }
  }

  async #lookAfter(port: LogPort): Promise<void> {
    const now = this.#context.clock.monotonic()
    const isCheckpointDue = now >= this.#checkpointAt
    if (isCheckpointDue) this.#checkpointAt = now + this.#options.checkpointIntervalMs
    const answer = await port.tend(isCheckpointDue)
    this.#measure(answer)
    const { failure, freeBytes } = answer.status
    const problem = failure ?? this.#tooLittleRoom(freeBytes)
    if (problem === undefined) this.recover('log')
    else this.fail('log', problem)
    this.#events.tended()
  }

  #measure({ status, checkpointFailed }: TendAnswer): void {
    const { metrics } = this.#context
    if (checkpointFailed) metrics.counter('checkpointErrors').add(1)
    metrics.gauge('diskBytes').set(status.bytes)
    metrics.gauge('diskFreeBytes').set(status.freeBytes)
    metrics.gauge('segments').set(status.segments)
    metrics.gauge('syncSeconds').set(status.timings.sync / 1000)
    metrics.counter('syncs').add(Math.max(0, status.timings.syncs - this.#syncs))
    this.#syncs = status.timings.syncs
    metrics.gauge('unsavedAcknowledgements').set(status.hasUnsavedAcknowledgements ? 1 : 0)
  }

  #tooLittleRoom(free: number): string | undefined {
    const least = this.#minimumFreeBytes
    return free < least ? `${free} bytes are free on the disk, minimumRequiredSpace is ${least}` : undefined
  }
}
