import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { costOf, runTimeOf } from '../measure/process-cost.ts'
import { medianOf, percentile, ratioOf } from '../measure/statistics.ts'
import { now } from '../measure/time.ts'
import { flume, flumen, startConfigured } from '../peers/agents.ts'
import { answeringConfiguration } from '../peers/configuration.ts'
import { plainFlow } from '../peers/peer.ts'
import { atMost, type Report, short } from '../report/report.ts'
import type { Workload, WorkloadContext } from './workload.ts'

interface Measured {
  /** Ms, a round each. */
  readonly starts: Record<string, number[]>
  /** Of one instance after it has settled. */
  readonly idle: Record<string, { readonly resident: number; readonly cpuShare: number }>
}

const rounds = 12
const idleSeconds = 12
const settleSeconds = 5
const node = 'node -e 0'
const names = { flumen: flumen.name, flume: flume.name } as const
const configuration = answeringConfiguration('a1.sinks.k1.type = null')

/** W10: what an agent costs that does nothing. */
export const w10: Workload = {
  name: 'W10',
  inSmoke: true,
  run: async (context) => {
    const isThere = context.scale.withPeers && (await flume.missing(plainFlow)) === undefined
    const agents = isThere ? (['flumen', 'flume'] as const) : (['flumen'] as const)
    const measured: Measured = { starts: { [node]: [] }, idle: {} }
    await measureStarts(agents, measured, context)
    for (const which of agents) await measureIdle(which, measured, context)
    return reportOf(measured)
  },
}

type Agents = readonly (keyof typeof names)[]

async function measureStarts(agents: Agents, { starts }: Measured, { scale, say }: WorkloadContext): Promise<void> {
  for (let round = -1; round < Math.ceil(rounds / scale.shorter); round++) {
    const times: [string, number][] = [[node, await bareStart()]]
    for (const which of agents) times.push([names[which], await startAndStop(which)])
    if (round < 0) continue
    for (const [name, time] of times) {
      starts[name] ??= []
      starts[name].push(time)
    }
    say(times.map(([name, time]) => `${name}: ${Math.round(time)} ms`).join(', '))
  }
}

async function bareStart(): Promise<number> {
  const begin = now()
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit')
  return now() - begin
}

async function startAndStop(which: keyof typeof names): Promise<number> {
  const begin = now()
  const { stop } = await startConfigured(which, configuration)
  const time = now() - begin
  await stop()
  return time
}

async function measureIdle(which: keyof typeof names, { idle }: Measured, context: WorkloadContext): Promise<void> {
  const { scale, say } = context
  const { pid, stop } = await startConfigured(which, configuration)
  await sleep((settleSeconds * 1000) / scale.shorter)
  const [ran, begin] = [runTimeOf(pid), now()]
  await sleep((idleSeconds * 1000) / scale.shorter)
  const cpuShare = (runTimeOf(pid) - ran) / 1e6 / (now() - begin)
  const { resident } = costOf(pid)
  await stop()
  idle[names[which]] = { resident, cpuShare }
  say(`${names[which]} idle: ${short(resident / 1e6)} MB, ${short(cpuShare * 100)} % CPU`)
}

function reportOf(measured: Measured): Report {
  const { starts, idle } = measured
  const ours = idle[flumen.name]!
  const rows = Object.entries(starts).map(([name, times]) => {
    const sorted = times.toSorted((a, b) => a - b)
    const there = idle[name]
    return [
      name,
      short(medianOf(times)),
      `${short(sorted[0]!)} to ${short(sorted.at(-1)!)}`,
      `${short(ratioOf(times, starts[node]!))} ×`,
      there ? short(there.resident / 1e6) : '–',
      there ? short(there.cpuShare * 100) : '–',
    ]
  })
  return {
    name: 'W10',
    title: 'W10: start and rest',
    text:
      'From the start of the command until its netcat source accepts a connection (Node.js: until `node -e 0` has ended), ' +
      `in turns; resident memory after ${settleSeconds + idleSeconds} s without events, and CPU over the last ` +
      `${idleSeconds} s of them. The command of Flumen is the one that npm installs.`,
    targets: [
      atMost('W10: listens, against `node -e 0`', 2.5, ratioOf(starts[flumen.name]!, starts[node]!)),
      atMost('W10: idle memory', 80, ours.resident / 1e6, 'MB'),
      atMost('W10: idle CPU', 0.2, ours.cpuShare * 100, '%'),
    ],
    parts: [
      {
        table: { head: ['', 'start, ms', 'extremes', `against ${node}`, 'idle memory, MB', 'idle CPU, %'], rows },
        chart: {
          kind: 'bars',
          title: 'Start until it listens',
          unit: 'ms',
          bars: Object.entries(starts).map(([name, times]) => {
            const sorted = times.toSorted((a, b) => a - b)
            return { name, value: percentile(sorted, 50), low: sorted[0]!, high: sorted.at(-1)! }
          }),
        },
      },
    ],
    measurements: measured,
  }
}
