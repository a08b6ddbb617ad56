import type { AgentPlan, ChannelPlan, GroupPlan, SourcePlan } from '../../component/plan.ts'
import { type ChannelLimits, type Clock, messageOf } from '../../core/index.ts'
import { type Assumptions, listed } from './assumptions.ts'
import { LimitsOf } from './components.ts'
import type { NamedPlan } from './configurations.ts'
import { dataDirectoriesOf, disksOf } from './disks.ts'
import type { ChannelNode, DiskShare, Network, RunnerNode, SinkNode, SourceNode } from './network.ts'
import { nothing } from './network.ts'
import { matched } from './targets.ts'
import { destinationsOf, listenersOf, ownLimitOf, routesOf } from './wiring.ts'

/** Bytes of an event with its headers where nothing is said: what Flume takes one for. */
export const usualEventBytes = 500

export interface ReadNetwork {
  readonly network: Network
  /** What was taken for granted, a line each. */
  readonly notes: readonly string[]
}

export interface Surroundings {
  readonly cwd: string
  readonly clock: Clock
}

/** Makes the model of some agents. What is missing becomes complaints. */
export async function readNetwork(
  plans: readonly NamedPlan[],
  assumptions: Assumptions,
  surroundings: Surroundings,
  complaints: string[],
): Promise<ReadNetwork> {
  return new NetworkReader(plans, assumptions, surroundings, complaints).read()
}

class NetworkReader {
  readonly #plans: readonly NamedPlan[]
  readonly #assumptions: Assumptions
  readonly #surroundings: Surroundings
  readonly #complaints: string[]
  readonly #notes: string[] = []
  readonly #targets: ReadonlyMap<string, string>

  constructor(plans: readonly NamedPlan[], assumptions: Assumptions, surroundings: Surroundings, complaints: string[]) {
    this.#plans = plans
    this.#assumptions = assumptions
    this.#surroundings = surroundings
    this.#complaints = complaints
    const { targets, doubts } = matched(plans.flatMap(destinationsOf), plans.flatMap(listenersOf), assumptions.hosts)
    this.#targets = targets
    this.#notes.push(...doubts)
  }

  async read(): Promise<ReadNetwork> {
    const limits = new Map<string, ChannelLimits>()
    const runners: RunnerNode[] = []
    for (const { name: agent, plan } of this.#plans) {
      const components = new LimitsOf(plan, this.#surroundings.clock)
      for (const channel of plan.channels) await this.#ask(components, agent, channel, limits)
      for (const group of plan.groups) runners.push(await this.#runner(components, agent, group, limits))
    }
    const sources = this.#plans.flatMap(({ name, plan }) => plan.sources.map((source) => this.#source(name, source)))
    this.#complainOfRates()
    const channels = this.#plans.flatMap(({ name, plan }) =>
      plan.channels.map((channel) =>
        this.#channel(name, channel, limits, this.#putEvents(name, plan, channel, runners)),
      ),
    )
    const counts = new Map(this.#plans.map(({ name }) => [name, this.#assumptions.counts.get(name) ?? 1]))
    return { network: { counts, sources, channels, runners }, notes: this.#notes }
  }

  async #ask(
    components: LimitsOf,
    agent: string,
    channel: ChannelPlan,
    limits: Map<string, ChannelLimits>,
  ): Promise<void> {
    try {
      limits.set(`${agent}.${channel.name}`, await components.channel(channel))
    } catch (error) {
      this.#complaints.push(
        `${channel.place.file}:${channel.place.line}:${channel.place.column}: ${channel.key}: ${messageOf(error)}`,
      )
    }
  }

  async #runner(
    components: LimitsOf,
    agent: string,
    group: GroupPlan,
    limits: ReadonlyMap<string, ChannelLimits>,
  ): Promise<RunnerNode> {
    const channel = `${agent}.${group.channel}`
    const most = limits.get(channel)?.transactionEvents ?? Number.POSITIVE_INFINITY
    const { events, inFlight } = await components.runner(group, most)
    const plans = await components.standbyOrder(group)
    const sinks = plans.map(({ name }): SinkNode => {
      const id = `${agent}.${name}`
      const given = this.#assumptions.limits.get(id)
      const ofBatches = given && 'batchSeconds' in given ? (events * inFlight) / given.batchSeconds : undefined
      const limit = ofBatches ?? (given && 'perSecond' in given ? given.perSecond : Number.POSITIVE_INFINITY)
      return { id, limit, target: this.#targets.get(id) }
    })
    const split = group.processor?.declaration.type === 'failover' ? 'failover' : 'balance'
    return { id: `${agent}.${group.name}`, agent, channel, split, sinks, batchEvents: events, inFlight }
  }

  #source(agent: string, source: SourcePlan): SourceNode {
    const id = `${agent}.${source.name}`
    const { rates, limits, shares: given } = this.#assumptions
    const own = ownLimitOf(source)
    const said = limits.get(id)
    if (said && 'batchSeconds' in said)
      this.#complaints.push(`--limit ${id}: a source has a rate, such as 2000/s, not a time`)
    const rate = rates.get(id) ?? (Number.isFinite(own) ? { perSecond: own, eventBytes: undefined } : undefined)
    const eventBytes = rate?.eventBytes ?? usualEventBytes
    const outside = rate ? { events: rate.perSecond, bytes: rate.perSecond * eventBytes } : nothing
    if (rate && rate.perSecond > 0 && rate.eventBytes === undefined) {
      this.#notes.push(
        `${id}: an event is taken for ${usualEventBytes} bytes; say how large one is: --rate ${id}=${rate.perSecond}/sxBYTES`,
      )
    }
    const { shares, isWorstCase } = routesOf(source, given.get(id))
    this.#checkShares(id, source, given.get(id))
    if (isWorstCase) {
      const example = source.channels.map((channel) => `${channel}:50%`).join(',')
      this.#notes.push(
        `${id}: its selector may send all events to each of its channels, and so it is taken; say what each gets: --share ${id}=${example}`,
      )
    }
    const routes = [...shares].map(([channel, share]) => ({ channel: `${agent}.${channel}`, share }))
    return { id, agent, outside, limit: Math.min(own, said && 'perSecond' in said ? said.perSecond : own), routes }
  }

  #checkShares(id: string, { channels }: SourcePlan, given: ReadonlyMap<string, number> | undefined): void {
    if (!given) return
    const strange = [...given.keys()].filter((name) => !channels.includes(name))
    const missing = channels.filter((name) => !given.has(name))
    if (strange.length > 0)
      this.#complaints.push(`--share ${id}: it has no channel ${listed(strange)}; its channels are ${listed(channels)}`)
    if (missing.length > 0) this.#complaints.push(`--share ${id}: say what ${listed(missing)} gets too; 0% is nothing`)
  }

  /** Every source gets events from somewhere: from a sink, or at a rate that is said. */
  #complainOfRates(): void {
    // A rate that could not be read has its complaint.
    if (this.#complaints.length > 0) return
    const fed = new Set(this.#targets.values())
    for (const { name: agent, plan } of this.#plans) {
      for (const source of plan.sources) {
        const id = `${agent}.${source.name}`
        if (fed.has(id) || this.#assumptions.rates.has(id) || Number.isFinite(ownLimitOf(source))) continue
        this.#complaints.push(`no rate is given for ${id}; add --rate ${id}=1000/s, or 0/s where nothing comes`)
      }
    }
  }

  /** Events of the smallest put into a channel that can be told from the configurations; 1 where it cannot. */
  #putEvents(agent: string, { sources }: AgentPlan, { name }: ChannelPlan, runners: readonly RunnerNode[]): number {
    const sizes = sources
      .filter(({ channels }) => channels.includes(name))
      .map((source) => {
        const id = `${agent}.${source.name}`
        const own = source.declaration.batchSize?.(source.options)?.events
        const senders = runners.filter(({ sinks }) => sinks.some(({ target }) => target === id))
        if (own !== undefined || senders.length === 0 || this.#assumptions.rates.has(id)) return own ?? 1
        return Math.min(...senders.map(({ batchEvents }) => batchEvents))
      })
    return sizes.length === 0 ? 1 : Math.max(1, Math.min(...sizes))
  }

  #channel(
    agent: string,
    plan: ChannelPlan,
    limits: ReadonlyMap<string, ChannelLimits>,
    putEvents: number,
  ): ChannelNode {
    const id = `${agent}.${plan.name}`
    const { events = 0, bytes = 0, transactionEvents = 1 } = limits.get(id) ?? {}
    const disks = this.#disks(id, agent, plan, 8 + recordBytes / Math.min(putEvents, transactionEvents))
    return { id, agent, events, bytes, disks }
  }

  #disks(id: string, agent: string, plan: ChannelPlan, bytesBeside: number): readonly DiskShare[] {
    const data = dataDirectoriesOf(plan, this.#surroundings.cwd)
    const given = this.#assumptions.disks.get(id)
    if (!data) {
      if (given !== undefined) this.#complaints.push(`--disk ${id}: this channel keeps no files; leave it out`)
      return []
    }
    if (given !== undefined) return [{ disk: id, room: Math.max(0, given - data.minimumFree), share: 1, bytesBeside }]
    const found = disksOf(data)
    if (!found)
      this.#notes.push(
        `${id}: its directories are not on this machine, so its disk counts as large enough; say what is free: --disk ${id}=100GiB`,
      )
    return (found ?? []).map((each) => ({ ...each, disk: `${agent} ${each.disk}`, bytesBeside }))
  }
}

/** Of a put in the log of a file channel: the record's header, the batch's, padding. */
const recordBytes = 112
