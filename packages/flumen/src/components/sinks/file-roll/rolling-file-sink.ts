import {
  type ComponentContext,
  ComponentFailedError,
  type Counter,
  type Delivery,
  type EventBatch,
  type EventSerializer,
  type PathManager,
  type Sink,
  type SinkLimits,
  StoppedError,
  settledWithin,
} from '../../../core/index.ts'
import type { Compression } from './compression.ts'
import { FileOpener } from './file-opener.ts'
import type { Files } from './files.ts'
import { RollFile, type Sync } from './roll-file.ts'

export interface RollingFileOptions {
  readonly directory: string
  readonly pathManager: PathManager
  readonly createSerializer: () => Promise<EventSerializer>
  /** Ms; 0 or less: never. */
  readonly rollInterval: number
  /** Bytes; 0: never. */
  readonly rollSize: number
  readonly batchSize: number
  readonly compression: Compression | undefined
  readonly inUseSuffix: string
  readonly sync: Sync
  readonly createDirectory: boolean
}

interface Waiting {
  readonly batch: EventBatch
  readonly signal: AbortSignal
  resolve(): void
  reject(error: unknown): void
}

/** Most bytes of one batch, as far as events can be divided. */
const batchBytes = 4 * 1024 * 1024
/** Batches that may wait for one write together: it costs a small batch less than a quarter of a write of its own. */
const batchesPerWrite = 8

/**
 * Writes batches to files that are closed by time and by size. Everything that touches the file runs in one lane: what
 * waits when the lane is free is written together, and synced once.
 */
export class RollingFileSink implements Sink {
  readonly limits: SinkLimits
  readonly #options: RollingFileOptions
  readonly #context: ComponentContext
  readonly #files: Files
  readonly #opener: FileOpener
  readonly #opened: Counter
  readonly #closed: Counter
  readonly #failed: Counter
  #file: RollFile | undefined
  /** Not yet begun. */
  #waiting: Waiting[] = []
  /** Begun and not answered. */
  #begun: readonly Waiting[] = []
  #watched: AbortSignal | undefined
  #lane: Promise<void> = Promise.resolve()
  #isBusy = false
  #finishing: Promise<void> = Promise.resolve()
  #rollIsDue = false
  #isStopped = false
  /** On the monotonic clock. */
  #nextRoll = 0
  #cancelTimer: () => void = () => undefined

  constructor(options: RollingFileOptions, context: ComponentContext, files: Files) {
    const { batchSize, sync, compression } = options
    this.limits = { events: batchSize, bytes: batchBytes, lingerMs: 0, inFlight: batchesPerWrite, ordered: true }
    this.#options = options
    this.#context = context
    this.#files = files
    this.#opener = new FileOpener({
      ...options,
      files,
      extension: compression?.extension ?? '',
      syncNames: sync === 'batch',
    })
    this.#opened = context.metrics.counter('connectionCreated')
    this.#closed = context.metrics.counter('connectionClosed')
    this.#failed = context.metrics.counter('connectionFailed')
  }

  async start(): Promise<void> {
    const { directory, createDirectory, rollInterval } = this.#options
    try {
      if (createDirectory) await this.#files.makeDirectory(directory)
      await this.#files.checkDirectory(directory)
    } catch (cause) {
      throw new ComponentFailedError(`files cannot be made in the directory ${directory}`, { cause })
    }
    if (this.#isStopped || rollInterval <= 0) return
    this.#nextRoll = this.#context.clock.monotonic()
    this.#setTimer()
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#isStopped = true
    this.#cancelTimer()
    this.#rollIsDue = true
    const finished = this.#run().then(() => this.#finishing)
    const inTime = await settledWithin(finished, deadlineMs, this.#context.clock)
    if (inTime) return
    this.#letGo(() => true)
    this.#context.log.warn('A file is not finished within the time to stop.')
  }

  deliver(batch: EventBatch, { signal }: Delivery): void | Promise<void> {
    if (this.#isStopped || signal.aborted) throw new StoppedError('the sink does not run')
    if (batch.length === 0) return
    this.#watch(signal)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, signal, resolve, reject })
      void this.#run()
    })
  }

  /** One listener a signal, which is one a runner: a listener for each batch costs more than the rest of a small one. */
  #watch(signal: AbortSignal): void {
    if (this.#watched === signal) return
    this.#watched = signal
    signal.addEventListener('abort', () => this.#letGo((waiting) => waiting.signal === signal), { once: true })
  }

  /** Answers without waiting for a disk that hangs; a batch that is being written may still arrive, others never will. */
  #letGo(which: (waiting: Waiting) => boolean): void {
    const [begun, waiting] = [this.#begun, this.#waiting]
    this.#begun = begun.filter((each) => !which(each))
    this.#waiting = waiting.filter((each) => !which(each))
    reject(begun.filter(which), new StoppedError('stopped while a batch was written', { maybeDelivered: true }))
    reject(waiting.filter(which), new StoppedError('stopped before a batch was written', { maybeDelivered: false }))
  }

  /** Resolves when there is nothing left to do; never rejects. */
  #run(): Promise<void> {
    if (!this.#isBusy) {
      this.#isBusy = true
      this.#lane = this.#work()
    }
    return this.#lane
  }

  async #work(): Promise<void> {
    while (this.#rollIsDue || this.#waiting.length > 0) {
      // What waits at a stop still belongs to the last file.
      const isLast = this.#isStopped && this.#waiting.length > 0
      if (this.#rollIsDue && !isLast) await this.#endFile()
      else await this.#writeWaiting()
    }
    this.#isBusy = false
  }

  async #writeWaiting(): Promise<void> {
    this.#begun = this.#waiting
    this.#waiting = []
    try {
      await this.#write(this.#begun.map(({ batch }) => batch))
      for (const { resolve } of this.#begun) resolve()
    } catch (error) {
      this.#failed.add(1)
      // Order holds only if what came meanwhile fails too.
      reject([...this.#begun, ...this.#waiting], error)
      this.#waiting = []
    }
    this.#begun = []
  }

  async #write(batches: readonly EventBatch[]): Promise<void> {
    const { rollSize } = this.#options
    this.#file ??= await this.#openFile()
    const file = this.#file
    try {
      await file.write(batches)
    } finally {
      if (!file.isOpen || (rollSize > 0 && file.size >= rollSize)) await this.#endFile()
    }
  }

  async #openFile(): Promise<RollFile> {
    const { createSerializer, compression, sync } = this.#options
    const { clock, log } = this.#context
    const serializer = await createSerializer()
    const opened = await this.#opener.open(clock.now())
    this.#opened.add(1)
    log.debug('A file is begun.', { file: opened.workingPath })
    return new RollFile({ ...opened, files: this.#files, serializer, compression, sync, log })
  }

  /** Lets go of the file and finishes it beside what comes next: a sync may take long. One at a time. */
  async #endFile(): Promise<void> {
    this.#rollIsDue = false
    const file = this.#file
    if (!file) return
    this.#file = undefined
    await this.#finishing
    this.#finishing = this.#finish(file)
  }

  /** The events of the file are acknowledged: what fails here can be told and not mended. */
  async #finish(file: RollFile): Promise<void> {
    const facts = { file: file.name, bytes: file.size }
    try {
      await file.finish()
      this.#closed.add(1)
      this.#context.log.debug('A file is finished.', facts)
    } catch (error) {
      this.#failed.add(1)
      this.#context.log.error('A file could not be finished; it keeps its name.', { ...facts, error })
    }
  }

  /** At whole intervals since the start, as Flume's; late ones are not made up for. */
  #setTimer(): void {
    const { clock } = this.#context
    const { rollInterval } = this.#options
    const now = clock.monotonic()
    if (now >= this.#nextRoll) {
      if (this.#file) this.#rollIsDue = true
      this.#nextRoll += rollInterval * (Math.floor((now - this.#nextRoll) / rollInterval) + 1)
    }
    this.#cancelTimer = clock.after(this.#nextRoll - now, () => this.#setTimer())
    if (this.#rollIsDue) void this.#run()
  }
}

function reject(answers: readonly Waiting[], error: unknown): void {
  for (const waiting of answers) waiting.reject(error)
}
