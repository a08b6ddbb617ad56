import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../../packages/flumen/src/testing/disk/random.ts'
import { cuts } from './namespaces.ts'
import { batch } from './network-configuration.ts'
import { type Member, NetworkFlow, untilStored } from './network-flow.ts'
import { failover, loadBalance } from './network-processors.ts'
import { resultOf, type TrialOrder, type TrialResult } from './network-results.ts'
import { slow } from './network-slow.ts'
import { pair, threeTiers } from './network-tiers.ts'

export type TrialName = 'partitions' | 'slow' | 'failover' | 'load_balance' | 'replies' | 'pair' | 'three tiers'

export const trials: Readonly<Record<TrialName, (order: TrialOrder) => Promise<TrialResult>>> = {
  partitions,
  slow,
  failover,
  load_balance: loadBalance,
  replies,
  pair,
  'three tiers': threeTiers,
}

/** From a heal until something arrives, ms. */
const mostResumeMs = 5000

/**
 * N1: all paths or one of them are cut for 1 to 5 s, each way of a cut in turn; meanwhile an agent is killed now and then,
 * and between the cuts connections are reset.
 */
async function partitions({ directory, rounds, seed }: TrialOrder): Promise<TrialResult> {
  const random = new Random(seed)
  const flow = await NetworkFlow.start({ directory, seed, collectors: 2, processor: 'failover', perSecond: 1000 })
  const resumeMs: number[] = []
  const count = { cuts: 0, resets: 0, kills: 0 }
  for (let round = 0; round < rounds; round++) {
    const members = round % 2 === 0 ? flow.collectors : [random.pick(flow.collectors)]
    const how = cuts[Math.floor(round / 2) % cuts.length] ?? 'link'
    const isKilled = round % 5 === 1 || round % 5 === 3
    count.cuts += members.length
    for (const { peer } of members) peer.cut(how)
    const heals = performance.now() + lengthOf(rounds, random)
    if (isKilled) {
      count.kills++
      await killOne(flow, random.below(flow.collectors.length + 1), random.below(500))
    }
    const hasStopped = await flow.standsStill(heals)
    const before = flow.progress()
    for (const { peer } of members) peer.heal(how)
    const resumed = flow.untilProgress(before)
    // Otherwise something may arrive that was not held up by the cut.
    if (hasStopped && !isKilled && members.length === flow.collectors.length) resumeMs.push(await resumed)
    await flow.untilReady()
    await resumed
    await sleep(random.below(300))
    if (round % 2 === 1) {
      count.resets += flow.collectors.length
      for (const { peer } of flow.collectors) peer.reset()
      await flow.untilProgress(flow.progress())
    }
  }
  // A killed collector leaves in doubt what it was sent and what it was writing itself.
  const mostDuplicates = (count.cuts + count.resets + 2 * count.kills) * batch
  const figures = `${count.cuts} cuts, ${count.resets} resets, ${count.kills} kills`
  return resultOf({ verdict: await flow.conclude(), mostDuplicates, resumeMs, mostMs: mostResumeMs, figures })
}

/**
 * N4: the collector has stored a batch and its answer is lost, and with it the connection. The batch comes again to the
 * same agent, which knows it.
 */
async function replies({ directory, rounds, seed }: TrialOrder): Promise<TrialResult> {
  const flow = await NetworkFlow.start({ directory, seed, collectors: 1, processor: 'none', perSecond: 2000 })
  const member = flow.collectors[0] as Member
  const { agent, peer } = member
  const resumeMs: number[] = []
  let known = 0
  let repeated = 0
  for (let round = 0; round < rounds; round++) {
    await peer.loseAnswer()
    peer.reset()
    peer.heal('answers')
    resumeMs.push(await untilStored(member))
    const now = await agent.metric('flumen_source_repeated_events_total')
    if (now > repeated) known++
    repeated = now
  }
  const figures = `${rounds} lost replies, ${known} of them of batches that came again, ${repeated} events`
  const faults = known < rounds ? [`only ${known} replies were lost`] : []
  const verdict = await flow.conclude()
  return resultOf({ verdict, mostDuplicates: 0, resumeMs, mostMs: mostResumeMs, figures, faults })
}

/** In a campaign each tenth may last a minute. */
function lengthOf(rounds: number, random: Random): number {
  return random.between(1000, rounds > 10 && random.chance(0.1) ? 60_000 : 5000)
}

/** The edge where there is no collector of that number. */
async function killOne(flow: NetworkFlow, index: number, downMs: number): Promise<void> {
  const member = flow.collectors[index]
  await flow.kill(member)
  await sleep(downMs)
  const agent = member?.agent ?? flow.edge
  agent.start()
}
