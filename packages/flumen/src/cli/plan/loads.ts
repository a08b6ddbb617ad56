import { divided } from './division.ts'
import type { Load, Network, RunnerNode, SourceNode } from './network.ts'
import { nothing } from './network.ts'
import { inFlowOrder } from './order.ts'
import { agentOf, allIsWell, capacityOf, partsOf, type Scenario, working } from './scenario.ts'

export interface LoadOptions {
  /** All rates from outside are multiplied with it; 1 where it is left out. */
  readonly scale?: number
  readonly scenario?: Scenario
  /** Nobody gives or takes more than its limit, and what is too much stays behind; otherwise limits hold nobody back. */
  readonly isCapped?: boolean
}

/** Loads of one instance each, by id; what is not in the map gets nothing. */
export interface Loads {
  /** What arrives at a source. */
  readonly sources: ReadonlyMap<string, Load>
  /** What comes into a channel, and what goes out of it. */
  readonly into: ReadonlyMap<string, Load>
  readonly outOf: ReadonlyMap<string, Load>
  readonly runners: ReadonlyMap<string, Load>
  readonly sinks: ReadonlyMap<string, Load>
}

/** What each part of the network carries while every channel has room. @throws CircleError */
export function loadsOf(network: Network, options: LoadOptions = {}): Loads {
  return new Propagation(network, options).run()
}

class Propagation {
  readonly #network: Network
  readonly #scale: number
  readonly #scenario: Scenario
  readonly #isCapped: boolean
  readonly #offered = new Map<string, Load>()
  readonly #into = new Map<string, Load>()
  readonly #outOf = new Map<string, Load>()
  readonly #runners = new Map<string, Load>()
  readonly #sinks = new Map<string, Load>()
  readonly #runnersOf: ReadonlyMap<string, readonly RunnerNode[]>
  /** Sinks that send to a source, with the channel that they take from. */
  readonly #senders = new Map<string, { readonly sink: string; readonly channel: string }[]>()

  constructor(network: Network, { scale = 1, scenario = allIsWell, isCapped = false }: LoadOptions) {
    this.#network = network
    this.#scale = scale
    this.#scenario = scenario
    this.#isCapped = isCapped
    this.#runnersOf = Map.groupBy(network.runners, ({ channel }) => channel)
  }

  run(): Loads {
    const sources = new Map(this.#network.sources.map((source) => [source.id, source]))
    const left = new Map<string, number>()
    for (const { routes } of sources.values())
      for (const { channel } of routes) left.set(channel, (left.get(channel) ?? 0) + 1)
    for (const id of inFlowOrder(this.#network)) {
      const source = sources.get(id)
      if (!source) continue
      this.#source(source)
      for (const { channel } of source.routes) {
        const others = (left.get(channel) ?? 0) - 1
        left.set(channel, others)
        if (others === 0) this.#channel(channel)
      }
    }
    return {
      sources: this.#offered,
      into: this.#into,
      outOf: this.#outOf,
      runners: this.#runners,
      sinks: this.#sinks,
    }
  }

  #source({ id, outside, limit, routes }: SourceNode): void {
    add(this.#offered, id, times(outside, this.#scale))
    const offered = this.#offered.get(id) ?? nothing
    const taken = this.#isCapped && offered.events > limit ? limit / offered.events : 1
    for (const { sink, channel } of this.#senders.get(id) ?? []) {
      const delivered = times(this.#sinks.get(sink) ?? nothing, taken)
      this.#sinks.set(sink, delivered)
      add(this.#outOf, channel, delivered)
    }
    for (const { channel, share } of routes) add(this.#into, channel, times(offered, taken * share))
  }

  #channel(id: string): void {
    const load = this.#into.get(id) ?? nothing
    if (load.events === 0) return
    const runners = working(this.#runnersOf.get(id) ?? [], this.#scenario)
    const capacities = runners.map((runner) => capacityOf(runner, partsOf(runner, this.#scenario)))
    const parts = divided(load.events, capacities)
    for (const [index, runner] of runners.entries()) {
      const events = this.#isCapped ? Math.min(parts[index]!, capacities[index]!) : parts[index]!
      this.#runner(runner, times(load, events / load.events))
    }
  }

  #runner(runner: RunnerNode, load: Load): void {
    add(this.#runners, runner.id, load)
    const parts = partsOf(runner, this.#scenario)
    for (const [index, { id, target }] of runner.sinks.entries()) {
      const own = times(load, parts[index]!)
      add(this.#sinks, id, own)
      if (target === undefined) add(this.#outOf, runner.channel, own)
      else {
        const senders = this.#senders.get(target) ?? []
        this.#senders.set(target, senders)
        senders.push({ sink: id, channel: runner.channel })
        add(this.#offered, target, times(own, this.#instances(runner.agent) / this.#instances(agentOf(target))))
      }
    }
  }

  #instances(agent: string): number {
    return this.#network.counts.get(agent) ?? 1
  }
}

function times({ events, bytes }: Load, factor: number): Load {
  return { events: events * factor, bytes: bytes * factor }
}

function add(loads: Map<string, Load>, id: string, { events, bytes }: Load): void {
  const before = loads.get(id) ?? nothing
  loads.set(id, { events: before.events + events, bytes: before.bytes + bytes })
}
