import { type Bottleneck, bottleneckOf, type Hop } from './bottleneck.ts'
import { sum } from './division.ts'
import { type Loads, loadsOf } from './loads.ts'
import { type ChannelNode, type Load, type Network, nothing, type RunnerNode, type SinkNode } from './network.ts'
import { allIsWell, capacityOf, partsOf } from './scenario.ts'
import { worstOf } from './worst.ts'

/** What bounds a channel. */
export type Bound = 'events' | 'bytes' | 'disk'

export interface ChannelOutlook {
  readonly id: string
  /** What must go through it, and the most of it in any scenario. */
  readonly carries: Load
  readonly worst: Load
  /** Events a second while there is room everywhere and limits hold. */
  readonly into: number
  readonly outOf: number
  /** Seconds until it is full though its sinks work; infinite: it does not grow. */
  readonly fullIn: number
  /** Events that fit. */
  readonly room: number
  readonly bound: Bound
  /** Seconds from empty to full when nothing takes from it. */
  readonly lasts: number
  /** Seconds until something outside has to wait: with the channels before it, which fill then. */
  readonly lastsWithAll: number
  /** Events a second that can be taken from it; infinite: no limit is known. */
  readonly drain: number
}

export interface PlaceOutlook {
  readonly id: string
  readonly carries: Load
  readonly worst: Load
  readonly limit: number
}

export interface RunnerOutlook {
  readonly id: string
  readonly carries: Load
  /** How long the delivery of a batch may take, seconds, so that the channel does not grow. */
  readonly batchSeconds: number
}

export interface Outage {
  readonly channel: string
  /** Events that it holds at the end, and those that wait before it. */
  readonly held: number
  readonly before: number
  /** Events of these that wait outside, at sources that may be unable to wait. */
  readonly outside: number
  /** Seconds until all of them are delivered; infinite: never; undefined: no limit is known. */
  readonly catchUp: number | undefined
}

export interface Outlook {
  readonly sources: readonly PlaceOutlook[]
  readonly channels: readonly ChannelOutlook[]
  readonly runners: readonly RunnerOutlook[]
  readonly sinks: readonly PlaceOutlook[]
  readonly bottleneck: Bottleneck | undefined
  /** Places that carry the rates while all is well, and not when a neighbour is down. */
  readonly overloads: readonly Hop[]
  readonly outages: readonly Outage[]
}

/**
 * All answers.
 * @param outageSeconds how long the sinks of a channel are down; undefined: not asked
 * @throws CircleError
 */
export function outlookOf(network: Network, outageSeconds?: number): Outlook {
  const loads = loadsOf(network)
  const capped = loadsOf(network, { isCapped: true })
  const worst = worstOf(network, loads)
  const waits = new Waits(network, loads)
  const drains = new Drains(network, loads)
  const channels = network.channels.map((channel): ChannelOutlook => {
    const { id } = channel
    const carries = loads.into.get(id) ?? nothing
    const into = (capped.into.get(id) ?? nothing).events
    const outOf = (capped.outOf.get(id) ?? nothing).events
    const { room, bound } = waits.roomOf(channel)
    const grows = into - outOf > 1e-9 * into
    const fullIn = grows ? room / (into - outOf) : Number.POSITIVE_INFINITY
    const lasts = waits.ofChannel(channel)
    const worstInto = worst.into.get(id) ?? nothing
    const lastsWithAll = waits.withAllBefore(id)
    return {
      id,
      carries,
      worst: worstInto,
      into,
      outOf,
      fullIn,
      room,
      bound,
      lasts,
      lastsWithAll,
      drain: drains.of(id),
    }
  })
  return {
    sources: network.sources.map(({ id, limit }) => {
      return { id, carries: loads.sources.get(id) ?? nothing, worst: worst.sources.get(id) ?? nothing, limit }
    }),
    channels,
    runners: network.runners.map(({ id, batchEvents, inFlight }) => {
      const carries = loads.runners.get(id) ?? nothing
      return { id, carries, batchSeconds: (batchEvents * inFlight) / carries.events }
    }),
    sinks: network.runners.flatMap(({ sinks }) =>
      sinks.map(({ id, limit }) => {
        return { id, carries: loads.sinks.get(id) ?? nothing, worst: worst.sinks.get(id) ?? nothing, limit }
      }),
    ),
    bottleneck: bottleneckOf(network),
    overloads: worst.overloads,
    outages:
      outageSeconds === undefined
        ? []
        : channels.map((channel) => outageOf(channel, outageSeconds, supplyOf(network, channel, outageSeconds))),
  }
}

/** Events a second that come through the places before a channel at most, when part of an outage waits there. */
function supplyOf(network: Network, { id, carries, lasts, drain }: ChannelOutlook, seconds: number): number {
  if (seconds <= lasts || carries.events === 0) return Number.POSITIVE_INFINITY
  const before = placesBefore(network, id)
  const among = (hop: Hop): boolean => before.has(hop.id)
  const most = Number.isFinite(drain) ? drain / carries.events : undefined
  const found = bottleneckOf(network, { among, ...(most !== undefined && { most }) })
  return found ? found.scale * carries.events : Number.POSITIVE_INFINITY
}

/** Sources and channels that events pass before they come into a channel. */
function placesBefore({ sources, runners }: Network, channel: string): ReadonlySet<string> {
  const found = new Set<string>()
  const waiting = [channel]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const id = next
    for (const source of sources.filter(({ routes }) => routes.some((route) => route.channel === id))) {
      if (found.has(source.id)) continue
      found.add(source.id)
      const senders = runners.filter(({ sinks }) => sinks.some(({ target }) => target === source.id))
      for (const sender of senders) {
        if (!found.has(sender.channel)) waiting.push(sender.channel)
        found.add(sender.channel)
      }
    }
  }
  return found
}

/**
 * What an outage of the sinks of a channel leaves behind, when the rates stay as they are.
 * @param supply events a second that come to the channel at most; infinite: no limit is known
 */
export function outageOf(channel: ChannelOutlook, seconds: number, supply = Number.POSITIVE_INFINITY): Outage {
  const { id, carries, room, lasts, lastsWithAll } = channel
  const drain = Math.min(channel.drain, supply)
  const all = carries.events * seconds
  const held = seconds < lasts ? all : Math.min(all, room)
  const outside = seconds <= lastsWithAll ? 0 : carries.events * (seconds - lastsWithAll)
  const spare = drain - carries.events
  const catchUp = all === 0 ? 0 : spare > 0 ? all / spare : Number.POSITIVE_INFINITY
  return {
    channel: id,
    held,
    before: Math.max(0, all - held - outside),
    outside: Math.min(outside, all - held),
    catchUp: all === 0 || Number.isFinite(drain) ? catchUp : undefined,
  }
}

/** How long channels last that nothing takes from. */
class Waits {
  readonly #network: Network
  readonly #loads: Loads
  readonly #diskSeconds: ReadonlyMap<string, number>
  readonly #withAll = new Map<string, number>()
  readonly #channels: ReadonlyMap<string, ChannelNode>
  readonly #channelOfSinkTo: ReadonlyMap<
    string | undefined,
    readonly { readonly channel: string; readonly id: string }[]
  >

  constructor(network: Network, loads: Loads) {
    this.#network = network
    this.#loads = loads
    this.#diskSeconds = diskSeconds(network, loads)
    this.#channels = new Map(network.channels.map((channel) => [channel.id, channel]))
    const sinks = network.runners.flatMap(({ channel, sinks }) =>
      sinks.map(({ id, target }) => ({ channel, id, target })),
    )
    this.#channelOfSinkTo = Map.groupBy(sinks, ({ target }) => target)
  }

  roomOf({ id, events, bytes, disks }: ChannelNode): { readonly room: number; readonly bound: Bound } {
    const load = this.#loads.into.get(id) ?? nothing
    const byBytes = load.bytes === 0 ? Number.POSITIVE_INFINITY : (bytes / load.bytes) * load.events
    const seconds = Math.min(...disks.map(({ disk }) => this.#diskSeconds.get(disk) ?? Number.POSITIVE_INFINITY))
    const byDisk = load.events === 0 ? Number.POSITIVE_INFINITY : seconds * load.events
    const room = Math.min(events, byBytes, byDisk)
    return { room, bound: room === events ? 'events' : room === byBytes ? 'bytes' : 'disk' }
  }

  ofChannel(channel: ChannelNode): number {
    const { events } = this.#loads.into.get(channel.id) ?? nothing
    return events === 0 ? Number.POSITIVE_INFINITY : this.roomOf(channel).room / events
  }

  /** A full channel stops its sources; where these are fed by channels alone, those fill next. */
  withAllBefore(id: string): number {
    const known = this.#withAll.get(id)
    if (known !== undefined) return known
    const channel = this.#channels.get(id)
    const own = channel ? this.ofChannel(channel) : 0
    const feeding = this.#network.sources.filter(({ id: source, routes }) => {
      const share = routes.find((route) => route.channel === id)?.share ?? 0
      return share > 0 && (this.#loads.sources.get(source) ?? nothing).events > 0
    })
    const more = feeding.map((source) => (source.outside.events > 0 ? 0 : this.#before(source.id)))
    const total = feeding.length === 0 ? own : own + Math.min(...more)
    this.#withAll.set(id, total)
    return total
  }

  #before(source: string): number {
    const senders = (this.#channelOfSinkTo.get(source) ?? []).filter(
      ({ id }) => (this.#loads.sinks.get(id) ?? nothing).events > 0,
    )
    return Math.min(...senders.map(({ channel }) => this.withAllBefore(channel)))
  }
}

/** Seconds until each disk is full when nothing is taken from any channel on it. */
function diskSeconds({ channels }: Network, { into }: Loads): ReadonlyMap<string, number> {
  const disks = new Map<string, { room: number; bytesPerSecond: number }>()
  for (const channel of channels) {
    const { events, bytes } = into.get(channel.id) ?? nothing
    for (const { disk, room, share, bytesBeside } of channel.disks) {
      const known = disks.get(disk) ?? { room, bytesPerSecond: 0 }
      known.room = Math.min(known.room, room)
      known.bytesPerSecond += (bytes + events * bytesBeside) * share
      disks.set(disk, known)
    }
  }
  return new Map([...disks].map(([disk, { room, bytesPerSecond }]) => [disk, room / bytesPerSecond]))
}

/** What can be taken from channels, with what the sources behind their sinks leave them of their own limits. */
class Drains {
  readonly #loads: Loads
  readonly #limits: ReadonlyMap<string, number>
  readonly #runners: ReadonlyMap<string, readonly RunnerNode[]>

  constructor(network: Network, loads: Loads) {
    this.#loads = loads
    this.#limits = new Map(network.sources.map(({ id, limit }) => [id, limit]))
    this.#runners = Map.groupBy(network.runners, ({ channel }) => channel)
  }

  of(channel: string): number {
    return sum((this.#runners.get(channel) ?? []).map((runner) => this.#ofRunner(runner)))
  }

  #ofRunner(runner: RunnerNode): number {
    const parts = partsOf(runner, allIsWell)
    const behind = runner.sinks.map((sink, index) =>
      parts[index]! > 0 ? this.#behind(sink) / parts[index]! : Number.POSITIVE_INFINITY,
    )
    return Math.min(capacityOf(runner, parts), ...behind)
  }

  /** All who send to a source catch up at the same time, each with its part of what the source can take. */
  #behind({ id, target }: SinkNode): number {
    const limit = target === undefined ? undefined : this.#limits.get(target)
    const offered = target === undefined ? 0 : (this.#loads.sources.get(target)?.events ?? 0)
    const own = this.#loads.sinks.get(id)?.events ?? 0
    return limit === undefined || own === 0 ? Number.POSITIVE_INFINITY : (own / offered) * limit
  }
}
