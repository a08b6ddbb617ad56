import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../../packages/flumen/src/testing/disk/random.ts'
import { cuts } from './namespaces.ts'
import { batch } from './network-configuration.ts'
import { type Member, NetworkFlow, untilStored } from './network-flow.ts'
import { resultOf, type TrialOrder, type TrialResult } from './network-results.ts'

/** From a heal until something arrives at the last of three tiers, ms. */
const mostResumeMs = 5000

type Step = 'reply' | 'collector' | 'edge' | 'reply and collector' | 'reply and edge' | 'edge, then reply'

const steps: readonly Step[] = [
  'reply',
  'collector',
  'edge',
  'reply and collector',
  'reply and edge',
  'edge, then reply',
]

/**
 * Two of ours with file channels: answers are lost, either side is killed, and both at once, in turn. The ledger is written
 * once, when all is over: what is twice in it was stored twice by the collector's channel.
 */
export async function pair({ directory, rounds, seed }: TrialOrder): Promise<TrialResult> {
  const random = new Random(seed)
  const options = { collectors: 1, processor: 'none', perSecond: 1000, holdsBack: true } as const
  const flow = await NetworkFlow.start({ ...options, directory, seed })
  const member = flow.collectors[0] as Member
  const resumeMs: number[] = []
  const faults: string[] = []
  const count = { replies: 0, kills: 0, repeated: 0 }
  const repeated = (): Promise<number> => member.agent.metric('flumen_source_repeated_events_total')
  await untilStored(member)
  for (let round = 0; round < rounds; round++) {
    const step = steps[round % steps.length] ?? 'reply'
    await sleep(random.below(300))
    const before = step.includes('collector') ? 0 : await repeated()
    await take(step, flow, member)
    await flow.untilReady()
    resumeMs.push(await untilStored(member))
    const again = (await repeated()) - before
    count.repeated += again
    if (step !== 'reply') count.kills++
    if (!step.includes('reply')) continue
    count.replies++
    if (again === 0) faults.push(`after the loss of ${step} no batch came again that was known`)
  }
  const figures = `${count.replies} lost replies, ${count.kills} kills, ${count.repeated} events came again`
  const verdict = await flow.conclude()
  return resultOf({ verdict, mostDuplicates: 0, resumeMs, mostMs: mostResumeMs, figures, faults })
}

/** Something fails, and is well again; who was killed starts. */
async function take(step: Step, flow: NetworkFlow, collector: Member): Promise<void> {
  const { agent, peer } = collector
  const isLate = step === 'edge, then reply'
  if (isLate) {
    // What it held, and what comes after its start, are sent in one batch.
    peer.cut('requests')
    await sleep(20)
    await flow.kill(undefined)
    peer.resetThere()
    flow.edge.start()
    await flow.edge.untilReady()
    await sleep(100)
  }
  if (step.includes('reply')) {
    const lost = peer.loseAnswer()
    if (isLate) peer.heal('requests')
    await lost
    // One that waits in the kernel would come after the heal.
    peer.reset()
  }
  if (step.includes('collector')) await flow.kill(collector)
  if (step.endsWith('edge')) await flow.kill(undefined)
  if (step.includes('reply')) peer.heal('answers')
  if (step.endsWith('edge')) flow.edge.start()
  if (step.includes('collector')) agent.start()
}

interface Fault {
  /** For 1 to 3 s, one hop, in one of the ways. */
  readonly cut?: 'collectors' | 'store'
  readonly reset?: 'collectors' | 'store'
  readonly kill?: 'collector' | 'store' | 'edge'
}

const faultsInTurn: readonly Fault[] = [
  { cut: 'store' },
  { kill: 'edge' },
  { reset: 'collectors' },
  { kill: 'collector' },
  { cut: 'collectors' },
  { kill: 'store' },
  { reset: 'store' },
  { cut: 'collectors' },
  { cut: 'store', kill: 'collector' },
  { cut: 'collectors', kill: 'edge' },
  { cut: 'store' },
  { cut: 'store', kill: 'store' },
]

/** Edge → two collectors in failover → a store: cuts and resets on either hop, and any agent is killed, in turn. */
export async function threeTiers({ directory, rounds, seed }: TrialOrder): Promise<TrialResult> {
  const random = new Random(seed)
  const options = { collectors: 2, processor: 'failover', hasStore: true, perSecond: 1000 } as const
  const flow = await NetworkFlow.start({ ...options, directory, seed })
  const resumeMs: number[] = []
  const count = { cuts: 0, resets: 0, kills: 0 }
  for (let round = 0; round < rounds; round++) {
    const fault = faultsInTurn[round % faultsInTurn.length] ?? {}
    if (fault.cut) count.cuts++
    if (fault.reset) count.resets++
    if (fault.kill) count.kills++
    const { hasStopped, resumedMs } = await breakOnce(flow, fault, random)
    // Otherwise it is the start of an agent that takes its time, or something that was not held up.
    if (hasStopped && !fault.kill) resumeMs.push(resumedMs)
  }
  // On each of two paths a batch, and what a killed store was writing.
  const mostDuplicates = 2 * (count.cuts + count.resets + 2 * count.kills) * batch
  const figures = `${count.cuts} cuts, ${count.resets} resets, ${count.kills} kills`
  return resultOf({ verdict: await flow.conclude(), mostDuplicates, resumeMs, mostMs: mostResumeMs, figures })
}

interface Broken {
  readonly hasStopped: boolean
  /** From the heal until something arrives at the end. */
  readonly resumedMs: number
}

async function breakOnce(flow: NetworkFlow, { cut, kill, reset }: Fault, random: Random): Promise<Broken> {
  const how = random.pick(cuts)
  const members = cut ? membersOf(flow, cut) : []
  for (const { peer } of members) peer.cut(how)
  if (reset) resetHop(flow, reset)
  await sleep(random.below(300))
  const killed = kill === 'edge' ? undefined : kill && random.pick(membersOf(flow, kill))
  if (kill) await flow.kill(killed)
  const hasStopped = cut !== undefined && (await flow.standsStill(performance.now() + random.between(1000, 3000)))
  const before = flow.progress()
  for (const { peer } of members) peer.heal(how)
  const resumed = flow.untilProgress(before)
  if (kill) (killed?.agent ?? flow.edge).start()
  await flow.untilReady()
  return { hasStopped, resumedMs: await resumed }
}

function membersOf(flow: NetworkFlow, which: 'collector' | 'collectors' | 'store'): readonly Member[] {
  return flow.members.filter((member) => (member === flow.store) === (which === 'store'))
}

/** All connections to them. */
function resetHop(flow: NetworkFlow, hop: 'collectors' | 'store'): void {
  for (const { peer } of flow.collectors) {
    if (hop === 'collectors') peer.reset()
    else flow.store?.peer.reset(peer)
  }
}
