import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../../packages/flumen/src/testing/disk/random.ts'
import { batch, penaltyMs, timeoutMs } from './network-configuration.ts'
import { type Member, NetworkFlow } from './network-flow.ts'
import { resultOf, type TrialOrder, type TrialResult } from './network-results.ts'

const collectors = 3

export function failover(order: TrialOrder): Promise<TrialResult> {
  return killing('failover', order)
}

export function loadBalance(order: TrialOrder): Promise<TrialResult> {
  return killing('load_balance', order)
}

/**
 * N3: of three collectors one is killed about every 5 s, each once in three rounds; every other time the cable of its machine
 * goes first, so that no RST says it. The others go on in time, and it is not asked more often than its back-off says.
 */
async function killing(processor: 'failover' | 'load_balance', order: TrialOrder): Promise<TrialResult> {
  const { directory, rounds, seed } = order
  const random = new Random(seed)
  const flow = await NetworkFlow.start({ directory, seed, collectors, processor, perSecond: 1000 })
  const gaps: number[] = []
  const faults: string[] = []
  let turn: number[] = []
  let tries = 0
  for (let round = 0; round < rounds; round++) {
    if (turn.length === 0) turn = shuffled(random)
    const index = turn.pop() ?? 0
    const member = flow.collectors[index] as Member
    const isUnplugged = round % 2 === 1
    const failed = (): Promise<number> => flow.edge.metric('flumen_sink_delivery_failures_total', `k${index}`)
    const failedBefore = await failed()
    const began = performance.now()
    await flow.kill(member, () => isUnplugged && member.peer.cut('link'))
    gaps.push(await flow.longestGap(random.between(2500, 3500), member))
    const failures = (await failed()) - failedBefore
    const mostFailures = 2 + Math.floor((performance.now() - began) / penaltyMs)
    tries = Math.max(tries, failures)
    if (failures > mostFailures) faults.push(`k${index} was tried ${failures} times while it was down`)
    if (isUnplugged) member.peer.heal('link')
    member.agent.start()
    await member.agent.untilReady()
    await sleep(1000)
  }
  const arrived = flow.arrived()
  const total = arrived.reduce((sum, bytes) => sum + bytes, 0)
  const shares = arrived.map((bytes) => Math.round((100 * bytes) / total))
  if (processor === 'load_balance' && shares.some((share) => share < 50 / collectors || share > 200 / collectors)) {
    faults.push(`unfair shares: ${shares} %`)
  }
  const figures = `${rounds} kills, shares ${shares.join(', ')} %, tried at most ${tries} times while it was down`
  // What it was sent, and what it was writing itself.
  const mostDuplicates = 2 * rounds * batch
  const mostMs = timeoutMs + 1000
  return resultOf({ verdict: await flow.conclude(), mostDuplicates, resumeMs: gaps, mostMs, figures, faults })
}

function shuffled(random: Random): number[] {
  const rest = Array.from({ length: collectors }, (_, index) => index)
  return Array.from({ length: collectors }, () => rest.splice(random.below(rest.length), 1)[0] ?? 0)
}
