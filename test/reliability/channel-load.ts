import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  batchOf,
  type Channel,
  type ChannelAccount,
  createEvent,
  type EventBatch,
  messageOf,
  systemClock,
  type TakeTransaction,
} from '../../packages/flumen/src/core/index.ts'
import { systemFiles } from '../../packages/flumen/src/storage/system-files.ts'
import { ThreadLogPort } from '../../packages/flumen/src/storage/thread/thread-log-port.ts'
import { logChannelOn } from '../../packages/flumen/src/testing/log-channel-bench.ts'
import { deliveredLines } from './delivered-lines.ts'
import { eventLine } from './event-line.ts'
import { Ledger } from './ledger.ts'
import { claimsOf, type Trial } from './oracle.ts'

export interface LoadOptions {
  readonly seed: number
  /** Where the channel lies; what lies on the disk that fails. */
  readonly directory: string
  /** Where the ledgers lie. */
  readonly ledgers: string
  readonly producers: number
  /** Of one put. */
  readonly batchEvents: number
  readonly eventBytes: number
  readonly segmentBytes: number
  readonly minimumFreeBytes?: number
  readonly checkpointIntervalMs?: number
  readonly tendIntervalMs?: number
  readonly hotBytes?: number
  /** Without one a second process could come in; and no other program is run. */
  readonly isLocked?: boolean
}

export interface Refusal {
  /** Ms since the load was made. */
  readonly at: number
  readonly message: string
}

const never = new AbortController().signal
const takeEvents = 100

/** A channel over a real disk with a log thread, as the `file` channel makes it, and what is put there and taken. */
export class ChannelLoad implements AsyncDisposable {
  readonly channel: Channel
  readonly refusals: Refusal[] = []
  readonly trial: Trial
  /** Ms since the load was made. */
  lastStoredAt = 0
  /** When the first put was stored after the last one that was refused. */
  healedAt: number | undefined
  #refusalsBefore = 0
  /** When the channel first said that it has a problem. */
  problemAt: number | undefined
  readonly #options: LoadOptions
  readonly #begin = performance.now()
  readonly #producers: Ledger
  readonly #delivered: Ledger
  readonly #next: number[]
  #watch: NodeJS.Timeout | undefined
  #closing: Promise<void> | undefined
  #putting: Promise<unknown> | undefined

  constructor(options: LoadOptions) {
    const { seed, directory, ledgers, eventBytes, segmentBytes } = options
    const directories = [join(directory, 'data'), join(directory, 'checkpoint')]
    const [data = '', checkpoint = ''] = directories
    this.#options = options
    this.trial = trialOf(ledgers, seed, eventBytes)
    this.channel = logChannelOn(systemFiles, {
      limits: { events: 100_000_000, transactionEvents: 10_000, bytes: 1e15 },
      options: {
        hotBytes: options.hotBytes ?? 4 << 20,
        checkpointIntervalMs: options.checkpointIntervalMs ?? 1000,
        tendIntervalMs: options.tendIntervalMs ?? 500,
        directories: options.isLocked ? directories : [],
      },
      settings: {
        dataDirectories: [data],
        checkpointDirectories: [checkpoint],
        segmentBytes,
        minimumFreeBytes: options.minimumFreeBytes ?? 0,
      },
      makePort: (onEnd) => new ThreadLogPort(onEnd),
    })
    mkdirSync(ledgers, { recursive: true })
    if (options.isLocked) for (const each of directories) mkdirSync(each, { recursive: true })
    this.#producers = new Ledger(this.trial.producers)
    this.#delivered = new Ledger(this.trial.delivered)
    const { sent } = claimsOf(this.trial.producers)
    this.#next = Array.from({ length: options.producers }, (_, producer) => sent.get(producer) ?? 0)
  }

  /** Ms since the load was made. */
  get now(): number {
    return performance.now() - this.#begin
  }

  get account(): ChannelAccount {
    return this.channel.account
  }

  async open(): Promise<void> {
    this.#watch = setInterval(() => this.#look(), 20)
    await this.channel.start()
  }

  /** Closes it once. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** A test that fails leaves no thread behind that would keep its process. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    clearInterval(this.#watch)
    await this.channel.stop(5000)
    await Promise.allSettled([this.#putting])
    this.#producers.close()
    this.#delivered.close()
  }

  /** Puts so many batches for each producer at once; what is refused is put again, until the signal says otherwise. */
  async put(batches: number, signal: AbortSignal = never): Promise<void> {
    const putting = Promise.all(this.#next.map((_, producer) => this.#produce(producer, batches, signal)))
    this.#putting = putting
    await putting
  }

  async #produce(producer: number, batches: number, signal: AbortSignal): Promise<void> {
    const { batchEvents } = this.#options
    const isOver = (): boolean => signal.aborted || this.#closing !== undefined
    for (let count = 0; count < batches && !isOver(); count++) {
      const from = this.#next[producer] ?? 0
      this.#next[producer] = from + batchEvents
      this.#producers.append([`sent ${producer} ${from + batchEvents}`])
      while (!(await this.#store(this.#batch(producer, from)))) {
        if (isOver()) return
        await sleep(20)
      }
      this.#producers.append([`acknowledged ${producer} ${from} ${from + batchEvents}`])
      this.lastStoredAt = this.now
      if (this.refusals.length > this.#refusalsBefore) this.healedAt = this.lastStoredAt
      this.#refusalsBefore = this.refusals.length
    }
  }

  async #store(batch: EventBatch): Promise<boolean> {
    try {
      const demand = { events: batch.length, bytes: batch.retainedBytes }
      const transaction = await this.channel.reserve(demand, {
        deadlineMs: systemClock.monotonic() + 5000,
        signal: never,
      })
      await transaction.commit(batch)
      return true
    } catch (error) {
      this.refusals.push({ at: this.now, message: messageOf(error) })
      return false
    }
  }

  #batch(producer: number, from: number): EventBatch {
    const { batchEvents, eventBytes, seed } = this.#options
    return batchOf(
      Array.from({ length: batchEvents }, (_, index) =>
        createEvent(eventLine(seed, producer, from + index, eventBytes), {
          producer: String(producer),
          number: String(from + index),
        }),
      ),
    )
  }

  /** Undefined where nothing comes for so long. */
  async take(idleMs: number): Promise<TakeTransaction | undefined> {
    const limit = { events: takeEvents, bytes: Number.POSITIVE_INFINITY, lingerMs: 0 }
    return (await this.channel.consumer().take(limit, idleMs, never)) ?? undefined
  }

  /** Delivers what there is until nothing has come for so long, or as long as `goesOn` says so. */
  async drain(idleMs: number, goesOn: () => boolean = () => false): Promise<void> {
    for (;;) {
      const taken = await this.take(idleMs)
      if (!taken) {
        if (goesOn()) continue
        return
      }
      await this.deliver(taken)
    }
  }

  async deliver(taken: TakeTransaction): Promise<void> {
    this.#delivered.append(deliveredLines(taken.batch))
    await taken.commit()
  }

  #look(): void {
    if (this.channel.problem !== undefined) this.problemAt ??= this.now
  }
}

export function trialOf(ledgers: string, seed: number, bytes: number): Trial {
  return { seed, bytes, producers: join(ledgers, 'producers'), delivered: join(ledgers, 'delivered') }
}

/** Bytes and number of the segments below a directory. */
export function segmentsIn(directory: string): string[] {
  const data = join(directory, 'data')
  return existsSync(data) ? systemFiles.list(data).filter((name) => name.startsWith('events-')) : []
}
