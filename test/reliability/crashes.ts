import { statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../../packages/flumen/src/testing/disk/random.ts'
import { temporaryDirectory } from '../../servers/server.ts'
import { FlowAgent } from './flow-agent.ts'
import { LineProducers } from './line-producers.ts'
import { faultsOf, judge, type Verdict } from './oracle.ts'

export interface EndsResult {
  readonly verdict: Verdict
  readonly faults: readonly string[]
  readonly duringStart: number
  readonly duringRecovery: number
  /** From the start of the process until it listens, ms, sorted. */
  readonly readyMs: readonly number[]
  /** From the signal to the end, ms, sorted. */
  readonly endMs: readonly number[]
  readonly statuses: readonly (number | null)[]
  /** Down times included. */
  readonly eventsPerSecond: number
}

const producers = 4
const window = 200
const sinkBatch = 100
/** Three times what the bar asks for. */
const perSecond = 15_000

/**
 * Ends the agent again and again under load. After SIGKILL clients send again what had no answer; after SIGTERM it stays
 * in doubt, so that an event that comes twice is the agent's doing.
 */
export async function endAgain(signal: 'SIGKILL' | 'SIGTERM', rounds: number, seed: number): Promise<EndsResult> {
  using home = temporaryDirectory('ends')
  const random = new Random(seed)
  const agent = await FlowAgent.make({ seed, directory: home.path, eventBytes: 300 })
  const { trial, port } = agent
  const load = new LineProducers({ port, trial, producers, window, resends: signal === 'SIGKILL', perSecond })
  const readyMs: number[] = []
  const endMs: number[] = []
  const statuses: (number | null)[] = []
  let duringStart = 0
  let duringRecovery = 0
  let usualMs = 1000
  const start = async (): Promise<void> => {
    const begin = performance.now()
    agent.start()
    await agent.untilReady()
    usualMs = performance.now() - begin
    readyMs.push(usualMs)
  }
  const firstStart = performance.now()
  load.start()
  try {
    for (let round = 0; round < rounds; round++) {
      if (signal === 'SIGKILL' && round > 0 && random.chance(0.35)) {
        agent.start()
        await sleep(random.next() * usualMs)
        duringStart++
        if (!agent.log.includes('The log is open')) duringRecovery++
      } else {
        await start()
        await sleep(random.next() * (signal === 'SIGKILL' ? 2000 : 600))
      }
      const begin = performance.now()
      statuses.push(await agent.end(signal))
      endMs.push(performance.now() - begin)
    }
    await start()
    await load.finish()
    const seconds = (performance.now() - firstStart) / 1000
    const verdict = await settled(agent)
    statuses.push(await agent.end('SIGTERM'))
    const most = signal === 'SIGKILL' ? rounds * (producers * window + sinkBatch) : 0
    const faults = [...faultsOf(verdict, most), ...load.refusals.slice(0, 3)]
    const sort = (numbers: number[]): number[] => numbers.sort((a, b) => a - b)
    const eventsPerSecond = verdict.acknowledged / seconds
    return {
      verdict,
      faults,
      duringStart,
      duringRecovery,
      readyMs: sort(readyMs),
      endMs: sort(endMs),
      statuses,
      eventsPerSecond,
    }
  } finally {
    await agent.end('SIGKILL')
  }
}

/** Waits until the sink has nothing more to write, and not for ever where something is lost. */
export async function settled(agent: FlowAgent): Promise<Verdict> {
  for (let attempt = 0; ; attempt++) {
    let size = -1
    for (let now = sizeOf(agent.trial.delivered); now !== size; now = sizeOf(agent.trial.delivered)) {
      size = now
      await sleep(1000)
    }
    const verdict = judge(agent.trial)
    if (verdict.lost === 0 || attempt === 5) return verdict
  }
}

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
