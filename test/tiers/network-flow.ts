import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, waitUntil } from '../../servers/server.ts'
import { trialOf } from '../reliability/channel-load.ts'
import { LineProducers } from '../reliability/line-producers.ts'
import { judge, type Trial, type Verdict } from '../reliability/oracle.ts'
import { Peer, servedPort } from './namespaces.ts'
import {
  collectorConfiguration,
  edgeConfiguration,
  middleConfiguration,
  type Processor,
  type Target,
  timeoutMs,
} from './network-configuration.ts'
import { TierProcess } from './tier-process.ts'

const producers = 4
const window = 200
const eventBytes = 200
const monitorPort = 4142

export interface FlowOptions {
  readonly directory: string
  readonly seed: number
  readonly collectors: number
  readonly processor: Processor
  readonly perSecond: number
  /** Where the edge finds a collector, if not at its address. */
  readonly via?: (peer: Peer) => Promise<Target>
  /** Of the edge. */
  readonly timeoutMs?: number
  /** The collectors send to one agent more, which has the ledger. */
  readonly hasStore?: boolean
  /** Ledgers are written at the end only, once: they tell what the channel has stored. */
  readonly holdsBack?: boolean
}

/** An agent in a namespace of its own. */
export interface Member {
  readonly peer: Peer
  readonly agent: TierProcess
  /** Where it ends here. */
  readonly ledger?: string
}

/** @returns after how many ms an agent with an Avro source has stored something more */
export async function untilStored({ agent }: Member): Promise<number> {
  const stored = (): Promise<number> => agent.metric('flumen_source_stored_events_total')
  const began = performance.now()
  const before = await stored()
  await waitUntil('the collector stores more', async () => ((await stored()) > before ? true : undefined), 60_000)
  return performance.now() - began
}

/**
 * Clients with a ledger → edge → one of several collectors, each in a network namespace of its own → a ledger each, or all
 * → a store in a namespace of its own → its ledger. What had no answer from the edge stays in doubt, so that what comes
 * twice is the tiers' doing.
 */
export class NetworkFlow {
  readonly edge: TierProcess
  readonly collectors: readonly Member[]
  readonly store: Member | undefined
  readonly #holdsBack: boolean
  readonly #load: LineProducers
  readonly #trial: Trial

  private constructor(options: FlowOptions, port: number, edge: TierProcess, members: readonly Member[]) {
    const { directory, seed, perSecond, holdsBack = false } = options
    this.edge = edge
    this.collectors = members.slice(0, options.collectors)
    this.store = members[options.collectors]
    this.#holdsBack = holdsBack
    this.#trial = trialOf(directory, seed, eventBytes)
    this.#load = new LineProducers({ port, trial: this.#trial, producers, window, resends: false, perSecond })
  }

  static async start(options: FlowOptions): Promise<NetworkFlow> {
    mkdirSync(options.directory, { recursive: true })
    const peers: Peer[] = []
    const count = options.collectors + (options.hasStore ? 1 : 0)
    for (let index = 0; index < count; index++) peers.push(await Peer.make())
    const store = peers[options.collectors]
    if (store) Peer.join(peers)
    const members = peers.map((peer) => memberOf(peer, options.directory, peer === store ? undefined : store))
    const port = await freePort()
    const via = options.via ?? (async (peer: Peer) => ({ host: peer.address, port: servedPort }))
    const targets = await Promise.all(peers.slice(0, options.collectors).map(via))
    const directory = join(options.directory, 'edge')
    const configuration = edgeConfiguration({ timeoutMs, ...options, directory, port, targets })
    const place = { host: '127.0.0.1', port, monitorPort: await freePort() }
    const flow = new NetworkFlow(options, port, new TierProcess({ directory, configuration, ...place }), members)
    if (options.holdsBack) for (const ledger of flow.#ledgers) writeFileSync(`${ledger}.down`, '')
    for (const agent of flow.agents) agent.start()
    await flow.untilReady()
    flow.#load.start()
    if (!options.holdsBack) await flow.untilProgress(flow.progress())
    return flow
  }

  get members(): readonly Member[] {
    return this.store ? [...this.collectors, this.store] : this.collectors
  }

  /** From the end to the edge. */
  get agents(): readonly TierProcess[] {
    return [...this.members.map(({ agent }) => agent).reverse(), this.edge]
  }

  get #ledgers(): readonly string[] {
    return this.members.flatMap(({ ledger }) => ledger ?? [])
  }

  async untilReady(): Promise<void> {
    for (const agent of this.agents) await agent.untilReady()
  }

  /** Bytes that have arrived, of each ledger. */
  arrived(): readonly number[] {
    return this.#ledgers.map((path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0)
  }

  /** @param except this one's */
  progress(except?: Member): number {
    const counted = this.arrived().filter((_, index) => except === undefined || this.collectors[index] !== except)
    return counted.reduce((sum, bytes) => sum + bytes, 0)
  }

  /** @returns after how many ms something has arrived; Infinity when nothing has for a minute */
  async untilProgress(since: number, except?: Member): Promise<number> {
    const began = performance.now()
    while (this.progress(except) <= since) {
      if (performance.now() - began > 60_000) return Number.POSITIVE_INFINITY
      await sleep(10)
    }
    return performance.now() - began
  }

  /** Waits until then. @returns whether nothing arrives any more */
  async standsStill(until: number): Promise<boolean> {
    await sleep(Math.max(0, until - performance.now() - 300))
    const before = this.progress()
    await sleep(300)
    return this.progress() === before
  }

  /** @returns the longest time without an arrival, ms, of those that begin within so many ms */
  async longestGap(lastsMs: number, except?: Member): Promise<number> {
    const end = performance.now() + lastsMs
    let longest = 0
    while (performance.now() < end && longest < Number.POSITIVE_INFINITY) {
      longest = Math.max(longest, await this.untilProgress(this.progress(except), except))
    }
    return longest
  }

  /**
   * `kill -9`; of an agent with a ledger, with events in its channel: its ledger has taken none for a while.
   * @param member the edge without one
   */
  async kill(member: Member | undefined, justBefore: () => void = () => undefined): Promise<void> {
    const down = member?.ledger && !this.#holdsBack ? `${member.ledger}.down` : undefined
    if (down) {
      writeFileSync(down, '')
      await sleep(300)
    }
    justBefore()
    await (member?.agent ?? this.edge).end('SIGKILL')
    if (down) rmSync(down)
  }

  /** No more load; waits until all that was stored has arrived, and ends all. */
  async conclude(): Promise<Verdict> {
    await this.#load.finish()
    await untilEmpty([this.edge])
    if (this.#holdsBack) for (const ledger of this.#ledgers) rmSync(`${ledger}.down`)
    await untilEmpty([this.edge, ...this.members.map(({ agent }) => agent)])
    const verdict = this.#judge()
    for (const agent of this.agents.toReversed()) await agent.end('SIGTERM')
    for (const { peer } of this.members) peer.end()
    return verdict
  }

  /** Order is kept by each collector only: what is said of it here says nothing. */
  #judge(): Verdict {
    writeFileSync(this.#trial.delivered, Buffer.concat(this.#ledgers.map(readIfThere)))
    const verdict = judge(this.#trial)
    const examples = verdict.examples.filter((example) => !example.startsWith('disordered'))
    return { ...verdict, disordered: 0, examples }
  }
}

/** @param agents in the order in which events come to them; what is not empty after some minutes is left as it is */
async function untilEmpty(agents: readonly TierProcess[]): Promise<void> {
  const end = performance.now() + 300_000
  for (const agent of agents) {
    while ((await agent.metric('flumen_channel_events')) > 0 && performance.now() < end) await sleep(200)
  }
}

/** @param next where it sends; without one it writes a ledger */
function memberOf(peer: Peer, home: string, next: Peer | undefined): Member {
  const directory = join(home, peer.device)
  const place = { prefix: peer.prefix, host: peer.address, port: servedPort, monitorPort }
  if (next) {
    const configuration = middleConfiguration(directory, { host: next.address, port: servedPort })
    return { peer, agent: new TierProcess({ directory, configuration, ...place }) }
  }
  const ledger = join(home, `ledger-${peer.device}`)
  const configuration = collectorConfiguration(directory, ledger)
  return { peer, agent: new TierProcess({ directory, configuration, ...place }), ledger }
}

function readIfThere(path: string): Buffer {
  return statSync(path, { throwIfNoEntry: false }) ? readFileSync(path) : Buffer.alloc(0)
}
