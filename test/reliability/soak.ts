import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../../packages/flumen/src/testing/disk/random.ts'
import { temporaryDirectory } from '../../servers/server.ts'
import type { Order, Result } from './campaigns.ts'
import { settled } from './crashes.ts'
import { FlowAgent } from './flow-agent.ts'
import { LineProducers } from './line-producers.ts'
import { faultsOf } from './oracle.ts'

const producers = 4
const window = 200
const roundMs = 5000

/** Rounds of five seconds under load, each with a fault: the sink is down, syncs fail, the agent is killed or stopped. */
export async function soak({ rounds, seed }: Order): Promise<Result> {
  using home = temporaryDirectory('soak')
  const random = new Random(seed)
  const agent = await FlowAgent.make({ seed, directory: home.path, eventBytes: 300 })
  const { port, trial } = agent
  const load = new LineProducers({ port, trial, producers, window, resends: true, perSecond: 5000 })
  let ends = 0
  const resident: number[] = []
  const descriptors: number[] = []
  agent.start()
  await agent.untilReady()
  load.start()
  const faultKinds: readonly (() => Promise<void>)[] = [
    async () => {
      writeFileSync(`${trial.delivered}.down`, '')
      await sleep(roundMs / 2)
      rmSync(`${trial.delivered}.down`)
    },
    () => failSyncs(agent.pid, roundMs / 4),
    async () => {
      ends++
      await agent.end(random.chance(0.5) ? 'SIGKILL' : 'SIGTERM')
      agent.start()
      await agent.untilReady()
    },
    async () => undefined,
    async () => undefined,
  ]
  try {
    for (let round = 0; round < rounds; round++) {
      const begin = performance.now()
      await random.pick(faultKinds)()
      await sleep(Math.max(0, roundMs - (performance.now() - begin)))
      resident.push(agent.residentBytes() / 2 ** 20)
      descriptors.push(readdirSync(`/proc/${agent.pid}/fd`).length)
    }
    await load.finish()
    const verdict = await settled(agent)
    await agent.end('SIGTERM')
    const figures =
      `${((rounds * roundMs) / 60_000).toFixed(0)} minutes, ${ends} ends; ${verdict.acknowledged} events acknowledged, ` +
      `${load.refusals.length} refused, ${verdict.lost} lost, ${verdict.corrupt} corrupt, ${verdict.invented} invented, ` +
      `${verdict.duplicates} twice; resident ${span(resident)} MiB, descriptors ${span(descriptors)}`
    return { figures, faults: faultsOf(verdict, ends * (producers * window + 100)) }
  } finally {
    await agent.end('SIGKILL')
  }
}

async function failSyncs(pid: number, ms: number): Promise<void> {
  const rule = ['-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=EIO']
  const tracer = spawn('strace', ['-f', '-qq', '-o', '/dev/null', '-p', String(pid), ...rule], { stdio: 'ignore' })
  await sleep(ms)
  tracer.kill('SIGINT')
  await once(tracer, 'exit')
}

function span(numbers: readonly number[]): string {
  return `${Math.min(...numbers).toFixed(0)} to ${Math.max(...numbers).toFixed(0)}`
}
