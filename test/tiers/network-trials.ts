import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../../packages/flumen/src/testing/disk/random.ts'
import type { Peer } from './namespaces.ts'
import { cuts } from './namespaces.ts'
import { batch, NetworkFlow } from './network-flow.ts'

export type TrialName = 'partitions' | 'slow' | 'processors' | 'replies'

export interface TrialOrder {
  readonly rounds: number
  readonly seed: number
  readonly directory: string
}

export interface TrialResult {
  readonly acknowledged: number
  readonly lost: number
  readonly duplicates: number
  readonly mostDuplicates: number
  readonly faults: readonly string[]
  /** From the heal of all paths, or a kill, until something arrives, ms, sorted. */
  readonly resumeMs: readonly number[]
  readonly figures: string
}

export const trials: Readonly<Record<TrialName, (order: TrialOrder) => Promise<TrialResult>>> = {
  partitions,
  slow,
  processors,
  replies,
}

/** N1: all paths or one of them are cut or reset; in a third of the rounds an agent is killed meanwhile. */
async function partitions({ directory, rounds, seed }: TrialOrder): Promise<TrialResult> {
  const random = new Random(seed)
  const flow = await NetworkFlow.start({ directory, seed, collectors: 2, processor: 'failover', perSecond: 1000 })
  const resumeMs: number[] = []
  const count = { cuts: 0, resets: 0, kills: 0 }
  for (let round = 0; round < rounds; round++) {
    const peers = random.chance(0.6) ? flow.peers : [random.pick(flow.peers)]
    const how = cuts[round % (cuts.length + 1)]
    if (!how) {
      count.resets += peers.length
      for (const peer of peers) peer.reset()
    } else {
      count.cuts += peers.length
      for (const peer of peers) peer.cut(how)
    }
    const lastsMs = random.between(1000, mostMs(rounds, random))
    const begin = performance.now()
    const isKilled = random.chance(0.35)
    if (isKilled) {
      count.kills++
      await killOne(flow, random.below(flow.collectors.length + 1), random.below(500))
    }
    await sleep(Math.max(0, lastsMs - (performance.now() - begin)))
    const before = flow.progress()
    if (how) for (const peer of peers) peer.heal(how)
    const resumed = flow.untilProgress(before)
    for (const agent of [flow.edge, ...flow.collectors]) await agent.untilReady()
    // Otherwise something may arrive that was not held up by the cut.
    if (how && !isKilled && peers.length === flow.peers.length) resumeMs.push(await resumed)
    await resumed
    await sleep(random.below(300))
  }
  const verdict = await flow.conclude()
  // A killed collector leaves in doubt what it was sent and what it was writing itself.
  const most = (count.cuts + count.resets + 2 * count.kills) * batch
  return resultOf(verdict, most, resumeMs, `${count.cuts} cuts, ${count.resets} resets, ${count.kills} kills`)
}

/** N2: a narrow network, one that loses packets, and one with 200 ms there and back; nothing may break because of it. */
async function slow({ directory, rounds, seed }: TrialOrder): Promise<TrialResult> {
  const delay = { ms: 0 }
  const via = (peer: Peer) => delayed(peer.address, delay)
  const options = { collectors: 1, processor: 'none', timeoutMs: 20_000 } as const
  const flow = await NetworkFlow.start({ ...options, directory, seed, perSecond: 600, via })
  const [peer] = flow.peers
  const gaps: number[] = []
  const phaseMs = 1000 * rounds
  const watch = async (): Promise<void> => {
    const end = performance.now() + phaseMs
    while (performance.now() < end) gaps.push(await flow.untilProgress(flow.progress()))
  }
  peer?.limit('1mbit', 100_000)
  await watch()
  // What does not fit into so short a queue is lost.
  peer?.limit('1mbit', 6000)
  await watch()
  peer?.unlimit()
  delay.ms = 100
  await watch()
  return resultOf(await flow.conclude(), 0, gaps, `${3 * rounds} s of 1 Mbit/s, of loss, and of 200 ms delay`)
}

/** N3: of three collectors one is killed at random every 2 s, with failover and with load_balance. */
async function processors({ directory, rounds, seed }: TrialOrder): Promise<TrialResult> {
  const random = new Random(seed)
  const results: TrialResult[] = []
  for (const processor of ['failover', 'load_balance'] as const) {
    const home = `${directory}/${processor}`
    const flow = await NetworkFlow.start({ directory: home, seed, collectors: 3, processor, perSecond: 1000 })
    const resumeMs: number[] = []
    for (let round = 0; round < rounds; round++) {
      const index = random.below(flow.collectors.length)
      await flow.killCollector(index)
      resumeMs.push(await flow.untilProgress(flow.progress()))
      await sleep(random.below(500))
      flow.collectors[index]?.start()
      await flow.collectors[index]?.untilReady()
      await sleep(1000)
    }
    const arrived = flow.arrived()
    const total = arrived.reduce((sum, bytes) => sum + bytes, 0)
    const shares = arrived.map((bytes) => `${Math.round((100 * bytes) / total)} %`)
    const verdict = await flow.conclude()
    for (const peer of flow.peers) peer.end()
    const result = resultOf(verdict, 2 * rounds * batch, resumeMs, `${processor} ${rounds} kills, shares ${shares}`)
    const starved = processor === 'load_balance' && Math.max(...arrived) > 2 * Math.min(...arrived) && rounds > 10
    results.push(starved ? { ...result, faults: [...result.faults, `unfair shares: ${shares}`] } : result)
  }
  return together(results)
}

/**
 * N4: the collector has stored a batch and its answer is lost, and with it the connection. The batch comes again to the
 * same agent, which knows it.
 */
async function replies({ directory, rounds, seed }: TrialOrder): Promise<TrialResult> {
  const flow = await NetworkFlow.start({ directory, seed, collectors: 1, processor: 'none', perSecond: 2000 })
  const [peer] = flow.peers
  const resumeMs: number[] = []
  for (let round = 0; round < rounds; round++) {
    peer?.cut('replies')
    await sleep(100)
    peer?.reset()
    const before = flow.progress()
    peer?.heal('replies')
    resumeMs.push(await flow.untilProgress(before))
    await sleep(50)
  }
  return resultOf(await flow.conclude(), 0, resumeMs, `${rounds} lost replies`)
}

/** A test has no time for long cuts; in a campaign each tenth may last a minute. */
function mostMs(rounds: number, random: Random): number {
  if (rounds <= 10) return 2500
  return random.chance(0.1) ? 60_000 : 5000
}

/** The edge where there is no collector of that number. */
async function killOne(flow: NetworkFlow, index: number, downMs: number): Promise<void> {
  const collector = flow.collectors[index]
  if (collector) await flow.killCollector(index)
  else await flow.edge.end('SIGKILL')
  await sleep(downMs)
  const agent = collector ?? flow.edge
  agent.start()
}

interface Found {
  readonly acknowledged: number
  readonly lost: number
  readonly duplicates: number
  readonly examples: readonly string[]
}

function resultOf(verdict: Found, mostDuplicates: number, resumeMs: number[], figures: string): TrialResult {
  const { acknowledged, duplicates, examples, lost } = verdict
  const faults = [...examples]
  if (acknowledged === 0) faults.push('nothing was acknowledged')
  if (duplicates > mostDuplicates) faults.push(`${duplicates} events came twice; at most ${mostDuplicates} may`)
  if (resumeMs.includes(Number.POSITIVE_INFINITY)) faults.push('nothing arrived for a minute')
  const sorted = resumeMs.sort((a, b) => a - b)
  return { acknowledged, lost, duplicates, mostDuplicates, faults, resumeMs: sorted, figures }
}

function together(results: readonly TrialResult[]): TrialResult {
  const sum = (one: (result: TrialResult) => number): number =>
    results.reduce((total, result) => total + one(result), 0)
  return {
    acknowledged: sum(({ acknowledged }) => acknowledged),
    lost: sum(({ lost }) => lost),
    duplicates: sum(({ duplicates }) => duplicates),
    mostDuplicates: sum(({ mostDuplicates }) => mostDuplicates),
    faults: results.flatMap(({ faults }) => faults),
    resumeMs: results.flatMap(({ resumeMs }) => resumeMs).sort((a, b) => a - b),
    figures: results.map(({ figures }) => figures).join('; '),
  }
}

/** A port of this machine that leads to a collector, each chunk `delay.ms` late in both directions. */
async function delayed(host: string, delay: { readonly ms: number }): Promise<{ host: string; port: number }> {
  const pass = (from: Socket, to: Socket): void => {
    from.on('error', () => to.destroy())
    from.on('data', (chunk) => setTimeout(() => to.writable && to.write(chunk), delay.ms))
    from.on('close', () => setTimeout(() => to.destroy(), delay.ms))
  }
  const server = createServer((socket) => {
    const onward = connect({ host, port: 4141 })
    pass(socket, onward)
    pass(onward, socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return { host: '127.0.0.1', port: address.port }
}
