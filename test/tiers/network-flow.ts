import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, root } from '../../servers/server.ts'
import { trialOf } from '../reliability/channel-load.ts'
import { LineProducers } from '../reliability/line-producers.ts'
import { judge, type Trial, type Verdict } from '../reliability/oracle.ts'
import { Peer } from './namespaces.ts'
import { TierProcess } from './tier-process.ts'

export const batch = 100
/** Of a connection and of an answer, ms. */
export const timeoutMs = 2000
const producers = 4
const window = 200
const eventBytes = 200
const collectorPort = 4141

export interface FlowOptions {
  readonly directory: string
  readonly seed: number
  readonly collectors: number
  readonly processor: 'none' | 'failover' | 'load_balance'
  readonly perSecond: number
  /** Where the edge finds a collector, if not at its address. */
  readonly via?: (peer: Peer) => Promise<{ host: string; port: number }>
  readonly timeoutMs?: number
}

/**
 * Clients with a ledger → edge → one of several collectors, each in a network namespace of its own → a ledger each. What
 * had no answer from the edge stays in doubt, so that what comes twice is the tiers' doing.
 */
export class NetworkFlow {
  readonly peers: readonly Peer[]
  readonly edge: TierProcess
  readonly collectors: readonly TierProcess[]
  readonly #load: LineProducers
  readonly #trial: Trial
  readonly #ledgers: readonly string[]

  private constructor(options: FlowOptions, port: number, peers: readonly Peer[], edge: TierProcess) {
    const { directory, seed, perSecond } = options
    this.peers = peers
    this.edge = edge
    this.#ledgers = peers.map((_, index) => join(directory, `ledger${index}`))
    this.collectors = peers.map((peer, index) => {
      const home = join(directory, `collector${index}`)
      const configuration = collectorConfiguration(home, this.#ledgers[index] ?? '')
      return new TierProcess({
        directory: home,
        configuration,
        prefix: peer.prefix,
        host: peer.address,
        port: collectorPort,
      })
    })
    this.#trial = trialOf(directory, seed, eventBytes)
    this.#load = new LineProducers({ port, trial: this.#trial, producers, window, resends: false, perSecond })
  }

  static async start(options: FlowOptions): Promise<NetworkFlow> {
    mkdirSync(options.directory, { recursive: true })
    const peers: Peer[] = []
    for (let index = 0; index < options.collectors; index++) peers.push(await Peer.make())
    const port = await freePort()
    const via = options.via ?? (async (peer: Peer) => ({ host: peer.address, port: collectorPort }))
    const targets = await Promise.all(peers.map(via))
    const directory = join(options.directory, 'edge')
    const configuration = edgeConfiguration(directory, port, targets, options)
    const edge = new TierProcess({ directory, configuration, host: '127.0.0.1', port })
    const flow = new NetworkFlow(options, port, peers, edge)
    for (const agent of [...flow.collectors, edge]) agent.start()
    for (const agent of [...flow.collectors, edge]) await agent.untilReady()
    flow.#load.start()
    await flow.untilProgress(flow.progress())
    return flow
  }

  /** Bytes that have arrived, of each collector. */
  arrived(): readonly number[] {
    return this.#ledgers.map((path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0)
  }

  progress(): number {
    return this.arrived().reduce((sum, bytes) => sum + bytes, 0)
  }

  /** @returns after how many ms something has arrived; Infinity when nothing has for a minute */
  async untilProgress(since: number): Promise<number> {
    const began = performance.now()
    while (this.progress() <= since) {
      if (performance.now() - began > 60_000) return Number.POSITIVE_INFINITY
      await sleep(10)
    }
    return performance.now() - began
  }

  /** `kill -9` with events in its channel: its ledger has taken none for a while. */
  async killCollector(index: number): Promise<void> {
    const down = `${this.#ledgers[index]}.down`
    writeFileSync(down, '')
    await sleep(300)
    await this.collectors[index]?.end('SIGKILL')
    rmSync(down)
  }

  /** No more load; waits until all has arrived, or nothing more does, and ends all. */
  async conclude(): Promise<Verdict> {
    await this.#load.finish()
    const verdict = await this.#settled()
    for (const agent of [this.edge, ...this.collectors]) await agent.end('SIGTERM')
    return verdict
  }

  async #settled(): Promise<Verdict> {
    for (let attempt = 0; ; attempt++) {
      let size = -1
      while (size !== this.progress()) {
        size = this.progress()
        await sleep(1000)
      }
      const verdict = this.#judge()
      if (verdict.lost === 0 || attempt === 15) return verdict
    }
  }

  /** Order is kept by each collector only: what is said of it here says nothing. */
  #judge(): Verdict {
    writeFileSync(this.#trial.delivered, Buffer.concat(this.#ledgers.map(readIfThere)))
    const verdict = judge(this.#trial)
    const examples = verdict.examples.filter((example) => !example.startsWith('disordered'))
    return { ...verdict, disordered: 0, examples }
  }
}

function readIfThere(path: string): Buffer {
  return statSync(path, { throwIfNoEntry: false }) ? readFileSync(path) : Buffer.alloc(0)
}

function edgeConfiguration(
  directory: string,
  port: number,
  targets: readonly { readonly host: string; readonly port: number }[],
  { processor, timeoutMs: limitMs = timeoutMs }: FlowOptions,
): string {
  const sinks = targets.map((_, index) => `k${index}`)
  const extractor = 'a1.sources.r1.interceptors.i1'
  return [
    'a1.sources = r1',
    `a1.sinks = ${sinks.join(' ')}`,
    'a1.sources.r1.type = netcat',
    'a1.sources.r1.bind = 127.0.0.1',
    `a1.sources.r1.port = ${port}`,
    'a1.sources.r1.channels = c1',
    'a1.sources.r1.interceptors = i1',
    `${extractor}.type = regex_extractor`,
    `${extractor}.regex = ^p(\\\\d+) (\\\\d+)`,
    `${extractor}.serializers = s1 s2`,
    `${extractor}.serializers.s1.name = producer`,
    `${extractor}.serializers.s2.name = number`,
    ...fileChannel(directory),
    ...groupOf(processor, sinks),
    ...targets.flatMap((target, index) => [
      `a1.sinks.k${index}.type = avro`,
      `a1.sinks.k${index}.channel = c1`,
      `a1.sinks.k${index}.hostname = ${target.host}`,
      `a1.sinks.k${index}.port = ${target.port}`,
      `a1.sinks.k${index}.batch-size = ${batch}`,
      `a1.sinks.k${index}.connect-timeout = ${limitMs}`,
      `a1.sinks.k${index}.request-timeout = ${limitMs}`,
      `a1.sinks.k${index}.backoffSleepIncrement = 200`,
      `a1.sinks.k${index}.maxBackoffSleep = 1000`,
    ]),
    '',
  ].join('\n')
}

function groupOf(processor: FlowOptions['processor'], sinks: readonly string[]): string[] {
  if (processor === 'none') return []
  const group = 'a1.sinkgroups.g1'
  const settings = {
    failover: [
      ...sinks.map((sink, index) => `${group}.processor.priority.${sink} = ${sinks.length - index}`),
      `${group}.processor.maxpenalty = 2000`,
    ],
    load_balance: [`${group}.processor.backoff = true`, `${group}.processor.selector.maxTimeOut = 2000`],
  }
  return [
    'a1.sinkgroups = g1',
    `${group}.sinks = ${sinks.join(' ')}`,
    `${group}.processor.type = ${processor}`,
    ...settings[processor],
  ]
}

function collectorConfiguration(directory: string, ledger: string): string {
  return [
    'a1.sources = r1',
    'a1.sinks = k1',
    'a1.sources.r1.type = avro',
    'a1.sources.r1.bind = 0.0.0.0',
    `a1.sources.r1.port = ${collectorPort}`,
    'a1.sources.r1.channels = c1',
    ...fileChannel(directory),
    `a1.sinks.k1.type = ${join(root, 'test/reliability/ledger-sink.ts')}`,
    `a1.sinks.k1.path = ${ledger}`,
    'a1.sinks.k1.channel = c1',
    '',
  ].join('\n')
}

function fileChannel(directory: string): string[] {
  return [
    'a1.channels = c1',
    'a1.channels.c1.type = file',
    'a1.channels.c1.capacity = 10000000',
    `a1.channels.c1.dataDirs = ${join(directory, 'data')}`,
    `a1.channels.c1.checkpointDir = ${join(directory, 'checkpoint')}`,
    'a1.channels.c1.checkpointInterval = 1000',
    'a1.channels.c1.minimumRequiredSpace = 1048576',
  ]
}
