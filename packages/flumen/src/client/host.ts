import type { Clock, EventBatch, Metrics, Sink, SinkLimits } from '../core/index.ts'
import { Slots } from './slots.ts'

/** Makes the sink of one connection. */
export type SinkMaker = (metrics: Metrics) => Promise<Sink>

export interface HostOptions {
  /** Of the list of hosts. */
  readonly name: string
  readonly connections: number
  readonly clock: Clock
  readonly makeSink: SinkMaker
}

/** One connection, and whether its last delivery found none. */
interface Line {
  readonly sink: Sink
  readonly refusals: { count: number }
}

/** A delivery to a host failed. */
export class HostFailure {
  readonly error: unknown
  /** There was no connection, so nothing was sent. */
  readonly isRefused: boolean

  constructor(error: unknown, isRefused: boolean) {
    this.error = error
    this.isRefused = isRefused
  }
}

/** One server with its connections, each of which carries one request at a time. */
export class Host {
  readonly name: string
  readonly #options: HostOptions
  readonly #slots: Slots
  readonly #lines = new Set<Line>()
  readonly #idle: Line[] = []
  #isClosed = false

  constructor(options: HostOptions) {
    this.name = options.name
    this.#options = options
    // How many wait is bounded where the calls come in.
    this.#slots = new Slots(options.connections, Number.POSITIVE_INFINITY, options.clock)
  }

  /** Makes the first sink, which reads the files of TLS. Nothing is connected. */
  async start(): Promise<SinkLimits> {
    const line = await this.#line()
    this.#idle.push(line)
    return line.sink.limits
  }

  /** Resolves to undefined when the host has the batch. @throws nothing but what `signal` ends before a connection is free */
  deliver(batch: EventBatch, attempt: number, signal: AbortSignal): Promise<HostFailure | undefined> {
    return this.#slots.use(signal, async () => {
      const line = this.#idle.pop() ?? (await this.#line())
      const { sink, refusals } = line
      const before = refusals.count
      try {
        await sink.deliver(batch, { attempt, signal })
        return undefined
      } catch (error) {
        return new HostFailure(error, refusals.count > before)
      } finally {
        this.#idle.push(line)
      }
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all(Array.from(this.#lines, ({ sink }) => sink.stop(0)))
  }

  async #line(): Promise<Line> {
    const refusals = { count: 0 }
    const sink = await this.#options.makeSink(countingRefusals(refusals))
    await sink.start()
    const line = { sink, refusals }
    this.#lines.add(line)
    if (this.#isClosed) await sink.stop(0)
    return line
  }
}

/** Every RPC sink counts the connections that could not be made. */
function countingRefusals(refusals: { count: number }): Metrics {
  const nothing = { add: () => undefined, set: () => undefined, record: () => undefined }
  const counter = {
    add: (amount: number): void => {
      refusals.count += amount
    },
  }
  return {
    counter: (name) => (name === 'connectionsFailed' ? counter : nothing),
    gauge: () => nothing,
    histogram: () => nothing,
  }
}
