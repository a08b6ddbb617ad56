import {
  BatchBuilder,
  type Clock,
  type ComponentContext,
  ComponentFailedError,
  type Event,
  EventBatch,
  LifecycleError,
  type Log,
  type Metrics,
  messageOf,
  noHeaders,
  ownedBytes,
  StoppedError,
  settledWithin,
  verdictOf,
} from '../core/index.ts'
import { AppendError } from './append-error.ts'
import type { ClientPlan } from './client-plan.ts'
import { Host } from './host.ts'
import { LinkedSignal } from './linked-signal.ts'
import { Failover, LoadBalance, OneHost, type Route } from './routes.ts'
import type { CallOptions, EventInput, RpcClient } from './rpc-client.ts'
import { Slots } from './slots.ts'

const usualCloseMs = 20_000

export interface ClientSurroundings {
  readonly clock: Clock
  readonly log: Log
}

/** A client of whatever type; see the contract. */
export class PlannedClient implements RpcClient {
  readonly batchSize: number
  readonly #hosts: readonly Host[]
  readonly #route: Route
  readonly #slots: Slots
  readonly #clock: Clock
  /** Most bytes of the bodies of a request. */
  readonly #mostBytes: number
  readonly #calls = new Set<Promise<void>>()
  readonly #over = new AbortController()
  #closed: Promise<void> | undefined

  /** Reads the files of TLS; nothing is connected. @throws ComponentFailedError where one cannot be used */
  static async open(plan: ClientPlan, surroundings: ClientSurroundings): Promise<PlannedClient> {
    const all = plan.type.spread === 'first' ? plan.hosts.slice(0, 1) : plan.hosts
    const hosts = all.map((address) => {
      const contextOf = (metrics: Metrics): ComponentContext => contextFor(address.name, surroundings, metrics)
      return new Host({
        name: address.name,
        connections: plan.connections,
        clock: surroundings.clock,
        makeSink: (metrics) => plan.makeSink(address, contextOf(metrics)),
      })
    })
    const limits = await Promise.all(hosts.map((host) => host.start()))
    const route = await routeOf(plan, hosts, surroundings)
    return new PlannedClient(plan, hosts, route, Math.min(...limits.map(({ bytes }) => bytes)), surroundings.clock)
  }

  private constructor(plan: ClientPlan, hosts: readonly Host[], route: Route, mostBytes: number, clock: Clock) {
    this.batchSize = plan.batchSize
    this.#hosts = hosts
    this.#route = route
    this.#mostBytes = mostBytes
    this.#clock = clock
    const usedAtOnce = plan.type.spread === 'loadbalance' ? hosts.length : 1
    this.#slots = new Slots(plan.connections * usedAtOnce, plan.fields['max-queued-calls'], clock)
  }

  get isActive(): boolean {
    return this.#closed === undefined
  }

  append(event: EventInput, options?: CallOptions): Promise<void> {
    return this.appendBatch([event], options)
  }

  async appendBatch(events: EventBatch | Iterable<EventInput>, { signal }: CallOptions = {}): Promise<void> {
    if (this.#closed) throw new AppendError(0, new LifecycleError('the client is closed'))
    using linked = signal && new LinkedSignal(signal, this.#over.signal)
    const either = linked?.signal ?? this.#over.signal
    const progress = { stored: 0 }
    const call = this.#slots.use(either, () => this.#send(events, either, progress))
    const known = call.catch(() => undefined)
    this.#calls.add(known)
    try {
      await call
    } catch (cause) {
      throw new AppendError(progress.stored, cause)
    } finally {
      this.#calls.delete(known)
    }
  }

  close(deadlineMs: number = usualCloseMs): Promise<void> {
    this.#closed ??= this.#close(deadlineMs)
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #send(
    events: EventBatch | Iterable<EventInput>,
    signal: AbortSignal,
    progress: { stored: number },
  ): Promise<void> {
    for (const batch of batchesOf(events, this.batchSize)) {
      let rest = batch
      let most = rest.length
      while (rest.length > 0) {
        if (signal.aborted) throw new StoppedError('stopped')
        const rows = Math.max(1, rest.rowsWithin(most, this.#mostBytes))
        try {
          await this.#route.deliver(rest.slice(0, rows), signal)
        } catch (error) {
          // Too large together; each may fit alone.
          if (verdictOf(error) !== 'reject' || rows === 1) throw error
          most = Math.floor(rows / 2)
          continue
        }
        progress.stored += rows
        rest = rest.slice(rows, rest.length)
      }
    }
  }

  async #close(deadlineMs: number): Promise<void> {
    await settledWithin(Promise.all(this.#calls), deadlineMs, this.#clock)
    this.#over.abort()
    await Promise.all(this.#hosts.map((host) => host.close()))
  }
}

async function routeOf(plan: ClientPlan, hosts: readonly Host[], surroundings: ClientSurroundings): Promise<Route> {
  const [first] = hosts
  if (plan.type.spread === 'failover') return new Failover(hosts, plan.fields['max-attempts'] ?? hosts.length)
  if (plan.makeProcessor) {
    return new LoadBalance(hosts, await plan.makeProcessor(contextFor('client', surroundings, noMetrics)))
  }
  if (!first) throw new ComponentFailedError('the client has no host')
  return new OneHost(first)
}

function contextFor(name: string, { clock, log }: ClientSurroundings, metrics: Metrics): ComponentContext {
  const fail = (error: unknown): void =>
    log.error('A connection of the client failed.', { host: name, error: messageOf(error) })
  return { name, clock, log, metrics, fail }
}

const noMetrics: Metrics = {
  counter: () => ({ add: () => undefined }),
  gauge: () => ({ set: () => undefined }),
  histogram: () => ({ record: () => undefined }),
}

/** At most `size` events each; one who gives an iterable is asked for the next ones when these are stored. */
function* batchesOf(events: EventBatch | Iterable<EventInput>, size: number): Iterable<EventBatch> {
  if (events instanceof EventBatch) {
    for (let from = 0; from < events.length; from += size)
      yield events.slice(from, Math.min(from + size, events.length))
    return
  }
  const builder = new BatchBuilder()
  for (const input of events) {
    const { body, headers } = eventOf(input)
    builder.row(body, 0, body.length, headers)
    if (builder.length === size) yield builder.build()
  }
  if (builder.length > 0) yield builder.build()
}

function eventOf(input: EventInput): Event {
  if (typeof input === 'string') return { headers: noHeaders, body: ownedBytes(input) }
  if (input instanceof Uint8Array) return { headers: noHeaders, body: input }
  const { body, headers = noHeaders } = input
  return {
    headers: headers instanceof Map ? headers : new Map(Object.entries(headers)),
    body: typeof body === 'string' ? ownedBytes(body) : body,
  }
}
