import { open, stat, unlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import {
  ComponentFailedError,
  type EventBatch,
  type EventDeserializer,
  messageOf,
  type PollableSource,
  type SourceContext,
  settledWithin,
} from '../../../core/index.ts'
import { type PutPauses, putUntilStored, storedBy } from '../put-until-stored.ts'
import { graceMs } from '../stop-grace.ts'
import { BadContentError, type Compression } from './byte-source.ts'
import { type CandidateRules, candidateAt } from './candidates.ts'
import { FlumeTracker } from './flume-tracker.ts'
import { type Progress, ProgressStore } from './progress-store.ts'
import { Settlement, type SettlementRules } from './settlement.ts'
import { type Piece, SpoolFile } from './spool-file.ts'
import { WaitingFiles } from './waiting-files.ts'

export interface SpooldirOptions {
  readonly candidates: CandidateRules
  readonly settlement: SettlementRules
  /** As it is written. */
  readonly spoolDir: string
  /** Ms. */
  readonly pollDelay: number
  readonly pauses: PutPauses
  readonly fileHeader: string | undefined
  readonly basenameHeader: string | undefined
  readonly compression: Compression | 'auto' | 'none'
  makeDeserializer(context: SourceContext): Promise<EventDeserializer>
}

/** How often what was done is made safe against a loss of power, ms. */
const saveMs = 1000
/** A file that the system does not let read, rename or delete is tried again after so long, ms. */
const retryMs = 5000
/** Spool folders of the sources of this process: two in one would read each file twice. */
const inUse = new Set<string>()

/** Files of a folder, each read once; see the declaration. */
export class SpooldirSource implements PollableSource {
  readonly kind = 'pollable'
  readonly #options: SpooldirOptions
  readonly #context: SourceContext
  readonly #store: ProgressStore
  readonly #tracker: FlumeTracker
  readonly #settlement: Settlement
  readonly #waiting: WaitingFiles
  readonly #stopping = new AbortController()
  #current: SpoolFile | undefined
  /** The one that was opened last. */
  #latest: SpoolFile | undefined
  /** Files that are done with, while it is not durable that they are. */
  readonly #finished = new Set<string>()
  #savedAt = 0
  #isOpen = false
  #stopped: Promise<void> | undefined
  #signals: { readonly given: AbortSignal; readonly both: AbortSignal } | undefined

  constructor(options: SpooldirOptions, context: SourceContext) {
    const { trackerDir } = options.candidates
    this.#options = options
    this.#context = context
    this.#store = new ProgressStore(join(trackerDir, '.flumespool-main.meta.flumen'))
    this.#tracker = new FlumeTracker(trackerDir, options.spoolDir)
    this.#settlement = new Settlement(options.settlement)
    this.#waiting = new WaitingFiles(options.candidates, options.pollDelay, context)
  }

  /** @throws ComponentFailedError where the folder is not there or nothing can be kept track of */
  async start(): Promise<void> {
    const { spoolDir } = this.#options.candidates
    if (inUse.has(spoolDir)) throw new ComponentFailedError(`another source of this agent reads ${spoolDir}`)
    inUse.add(spoolDir)
    this.#isOpen = true
    try {
      await this.#open()
    } catch (cause) {
      await this.#store.close()
      this.#leave()
      throw new ComponentFailedError(`the spool folder ${spoolDir}: ${messageOf(cause)}`, { cause })
    }
  }

  stop(deadlineMs: number): Promise<void> {
    this.#stopped ??= this.#stop(deadlineMs)
    return this.#stopped
  }

  async poll(signal: AbortSignal): Promise<'ready'> {
    if (!this.#isOpen) return 'ready'
    const both = this.#both(signal)
    await this.#saveIfDue()
    this.#current ??= await this.#openNext()
    if (this.#current) await this.#advance(this.#current, both)
    else await this.#context.clock.sleep(this.#options.pollDelay, both).catch(() => undefined)
    return 'ready'
  }

  async #open(): Promise<void> {
    const { spoolDir, trackerDir } = this.#options.candidates
    const { log } = this.#context
    if (!(await stat(spoolDir)).isDirectory()) throw new Error('it is no folder')
    if (this.#options.settlement.how !== 'track') await tryToWrite(spoolDir)
    if (await this.#store.load())
      log.warn('The tracker of the spool folder has lines that are damaged.', { trackerDir })
    try {
      await this.#takeOver(await this.#tracker.load())
    } catch (error) {
      log.warn("Flume's tracker cannot be read and says nothing.", { trackerDir, error: messageOf(error) })
    }
    await this.#forgetGone()
    await this.#store.rewrite()
    await this.#tracker.remove()
    this.#savedAt = this.#context.clock.monotonic()
  }

  /** Flume's tracker counts unless it is the one that the last stop left for Flume. */
  async #takeOver(theirs: Progress | undefined): Promise<void> {
    if (!theirs) return
    const ours = this.#store.begun.find(({ file }) => file === theirs.file)
    if (ours && ours.offset >= theirs.offset && ours.offset - theirs.offset <= longestLead) return
    await this.#store.record(theirs)
    this.#context.log.info("Flume's tracker is taken over.", { file: theirs.file, offset: theirs.offset })
  }

  async #forgetGone(): Promise<void> {
    for (const { file, offset } of this.#store.begun) {
      if (await candidateAt(file)) continue
      this.#context.log.warn('A file of which a part is stored is not there any more.', { file, offset })
      await this.#store.forget(file)
    }
  }

  async #openNext(): Promise<SpoolFile | undefined> {
    const begun = new Map(this.#store.begun.map((progress) => [progress.file, progress]))
    const candidate = await this.#waiting.next(new Set(begun.keys()))
    if (!candidate) return undefined
    const { path, identity } = candidate
    if (this.#finished.has(path)) {
      await this.#settle()
      begun.delete(path)
    }
    let stored = begun.get(path)
    if (stored?.identity) {
      const { inode, size, modified } = stored.identity
      const isSame = size === identity.size && modified === identity.modified
      if (!isSame && inode === identity.inode) {
        await this.#quarantine(path, `it was changed after ${stored.offset} bytes of it were stored`, stored)
        return undefined
      }
      if (!isSame) {
        this.#context.log.warn('A file was replaced before all of it was stored; the new one is read.', { file: path })
        await this.#store.forget(path)
        stored = undefined
      }
    }
    return this.#tryOpen(path, stored)
  }

  async #tryOpen(path: string, stored: Progress | undefined): Promise<SpoolFile | undefined> {
    const { compression, makeDeserializer } = this.#options
    try {
      const file = await SpoolFile.open(path, stored, {
        compression,
        makeDeserializer: () => makeDeserializer(this.#context),
      })
      this.#latest = file
      this.#context.log.debug('A file is read.', { file: path, from: file.progress.offset })
      return file
    } catch (error) {
      this.#postpone(path, error)
      return undefined
    }
  }

  /** Reads what comes next of the file, and puts it. */
  async #advance(file: SpoolFile, signal: AbortSignal): Promise<void> {
    let piece: Piece | undefined
    try {
      piece = await file.next()
    } catch (error) {
      await this.#closeCurrent()
      if (error instanceof BadContentError) await this.#quarantine(file.path, error.message, file.progress)
      else this.#postpone(file.path, error)
      return
    }
    if (piece && piece.from < piece.decoded.batch.length) await this.#put(file, piece, signal)
    else if (piece) await this.#record(file, piece, piece.decoded.batch.length)
    if (piece?.decoded.problem !== undefined) {
      await this.#closeCurrent()
      const hint = file.looksLike === undefined ? '' : `; it looks like ${file.looksLike}, which its name does not say`
      await this.#quarantine(
        file.path,
        `${piece.decoded.problem}, after byte ${file.progress.offset}${hint}`,
        file.progress,
      )
    } else if (!piece || piece.isLast) await this.#finish(file)
  }

  async #put(file: SpoolFile, piece: Piece, signal: AbortSignal): Promise<void> {
    const { batch, rejected = [] } = piece.decoded
    const { metrics } = this.#context
    const bad = new Set(rejected.map(({ row }) => row))
    const good = Uint32Array.from({ length: batch.length }, (_, row) => row).filter(
      (row) => row >= piece.from && !bad.has(row),
    )
    metrics.counter('batchesReceived').add(1)
    let done = piece.from
    try {
      if (good.length > 0) {
        await putUntilStored(this.#context, this.#named(file, batch.select(good)), signal, this.#options.pauses)
      }
      done = batch.length
      metrics.counter('batchesStored').add(1)
    } catch (error) {
      done = good[storedBy(error)] ?? batch.length
      await this.#closeCurrent()
      throw error
    } finally {
      for (const { row, reason } of rejected) {
        if (row < piece.from || row >= done) continue
        this.#context.reject(this.#named(file, batch.slice(row, row + 1)), reason)
      }
      await this.#record(file, piece, done)
    }
  }

  #named({ path }: SpoolFile, batch: EventBatch): EventBatch {
    const { fileHeader, basenameHeader } = this.#options
    let named = batch
    if (fileHeader !== undefined) named = named.withHeader(fileHeader, { kind: 'constant', value: path })
    if (basenameHeader === undefined) return named
    const value = path.slice(path.lastIndexOf('/') + 1)
    return named.withHeader(basenameHeader, { kind: 'constant', value })
  }

  /** What cannot be written is written with the next record; nothing is lost by it, a crash repeats more. */
  async #record(file: SpoolFile, piece: Piece, rows: number): Promise<void> {
    file.stored(piece, rows)
    try {
      await this.#store.record(file.progress)
    } catch (error) {
      this.#context.log.warn('The progress of a file could not be written.', { error: messageOf(error) })
    }
  }

  async #finish(file: SpoolFile): Promise<void> {
    const { path, progress } = file
    const { log, metrics } = this.#context
    const change = await file.changed()
    await this.#closeCurrent()
    if (typeof change === 'object') return this.#quarantine(path, change.message, progress)
    try {
      if (change === 'gone') log.warn('A file was gone, or replaced, when all of it was stored.', { file: path })
      else if (!(await this.#settlement.complete(path))) {
        return await this.#quarantine(path, 'all of it is stored, but the name that it should get is taken', progress)
      }
    } catch (error) {
      this.#postpone(path, error)
      return
    }
    this.#finished.add(path)
    metrics.counter('filesDone').add(1)
    log.info('A file is stored.', { file: path, bytes: progress.offset })
  }

  async #quarantine(path: string, reason: string, progress: Progress | undefined): Promise<void> {
    const { log, metrics, clock } = this.#context
    try {
      const aside = await this.#settlement.quarantine({ path, reason, progress, now: clock.now() })
      metrics.counter('filesQuarantined').add(1)
      log.error('A file is put aside; the others go on.', { file: path, reason, aside })
      this.#finished.add(path)
    } catch (error) {
      log.error('A file cannot be read on, and cannot be put aside.', { file: path, reason })
      this.#postpone(path, error)
    }
  }

  #postpone(path: string, error: unknown): void {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      this.#finished.add(path)
      return
    }
    this.#context.metrics.counter('readFailures').add(1)
    this.#waiting.postpone(path, retryMs)
    this.#context.log.warn('A file is tried again later; the others go on.', { file: path, error: messageOf(error) })
  }

  async #closeCurrent(): Promise<void> {
    const file = this.#current
    this.#current = undefined
    await file?.close()
  }

  async #saveIfDue(): Promise<void> {
    const now = this.#context.clock.monotonic()
    if (now - this.#savedAt < saveMs) return
    this.#savedAt = now
    try {
      await this.#settle()
    } catch (error) {
      this.#context.log.warn('Progress could not be made durable.', { error: messageOf(error) })
    }
  }

  /** It is forgotten how far a file was stored only when its new name is durable. */
  async #settle(): Promise<void> {
    await this.#settlement.sync()
    for (const path of this.#finished) {
      await this.#store.forget(path)
      this.#finished.delete(path)
    }
    await this.#store.save()
  }

  #both(given: AbortSignal): AbortSignal {
    if (this.#signals?.given !== given) {
      this.#signals = { given, both: AbortSignal.any([given, this.#stopping.signal]) }
    }
    return this.#signals.both
  }

  async #stop(deadlineMs: number): Promise<void> {
    this.#stopping.abort()
    if (this.#isOpen) await settledWithin(this.#release(), deadlineMs + graceMs, this.#context.clock)
    this.#leave()
  }

  async #release(): Promise<void> {
    try {
      await this.#closeCurrent()
      await this.#settle()
      await this.#store.rewrite()
      await this.#leaveForFlume()
    } catch (error) {
      this.#context.log.warn('Progress could not be saved.', { error: messageOf(error) })
    }
    await this.#store.close()
  }

  /** Flume's tracker, where a part of the last file is stored and Flume can go on with it. */
  async #leaveForFlume(): Promise<void> {
    const file = this.#latest
    const progress = this.#store.begun.find((each) => each.file === file?.path)
    if (!file || !progress || file.isCompressed) return
    const offset = progress.offset - file.flumeLead
    if (offset > 0) await this.#tracker.write(progress.file, offset)
  }

  #leave(): void {
    if (this.#isOpen) inUse.delete(this.#options.candidates.spoolDir)
    this.#isOpen = false
  }
}

/** Of Avro's marker; see `flumeLead`. */
const longestLead = 16

/** Fails where files could not be renamed. */
async function tryToWrite(folder: string): Promise<void> {
  const canary = join(resolve(folder), `.flumen-spooldir-${process.pid}.canary`)
  await (await open(canary, 'w')).close()
  await unlink(canary)
}
