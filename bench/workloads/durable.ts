import { type CommitResult, measureCommits } from '../measure/commits.ts'
import { type FlowResult, measureFlow } from '../measure/flow.ts'
import { type MeasuredSteps, measureSteps } from '../measure/steps.ts'
import { baselines, flume, flumen } from '../peers/agents.ts'
import { storing } from '../peers/bare-node.ts'
import {
  answering,
  appending,
  type Committers,
  flumeAgent,
  flumeChannel,
  flumenChannel,
  overwriting,
} from '../peers/committers.ts'
import { type Peer, plainFlow } from '../peers/peer.ts'
import type { CommitTrial } from '../peers/request.ts'
import { type MeasuredAnswers, measureAnswers } from './answered-lines.ts'
import { durableReport } from './durable-report.ts'
import type { Scale, Workload, WorkloadContext } from './workload.ts'

/** Committers that put batches and wait for each commit. */
export interface DurableCase extends CommitTrial {
  readonly heading: string
  readonly inSmoke: boolean
}

export interface MeasuredCase extends DurableCase {
  readonly results: readonly CommitResult[]
}

export interface MeasuredLines {
  readonly flow: readonly FlowResult[]
  /** What the disk gives in the same minutes, in writes of 1 MiB. */
  readonly disk: readonly CommitResult[]
}

export interface Durable {
  /** By the number of connections. */
  readonly lines: Readonly<Record<number, MeasuredLines>>
  readonly cases: readonly MeasuredCase[]
  readonly answers: MeasuredAnswers
  readonly steps: readonly MeasuredSteps[]
}

/** Bytes of a body, but where the disk's own rate is asked for. */
const body = 200
const megabyte: CommitTrial = { committers: 1, batch: 1024, bytes: 1024 }
const cases: readonly DurableCase[] = [
  { heading: 'One committer, batches of 100', committers: 1, batch: 100, bytes: body, inSmoke: true },
  { heading: 'One committer, batches of 1,000', committers: 1, batch: 1000, bytes: body, inSmoke: false },
  { heading: '16 committers, batches of 100', committers: 16, batch: 100, bytes: body, inSmoke: false },
  { heading: '16 committers, batches of 1,000', committers: 16, batch: 1000, bytes: body, inSmoke: false },
  { heading: '64 committers, one event each', committers: 64, batch: 1, bytes: body, inSmoke: true },
  { heading: '16 committers, 1 MiB each', committers: 16, batch: 1024, bytes: 1024, inSmoke: true },
]
const connectionCounts = [1, 4]
const answeredClients = 64
/** Flume commits each line on its own: it gets so many that it takes seconds. */
const linesForFlume = 5000
const milliseconds = 1500
const shortest = 250

/** W4: what is committed is on the disk. */
export const w4: Workload = {
  name: 'W4',
  inSmoke: true,
  run: async (context) => {
    const lines: Record<number, MeasuredLines> = {}
    for (const connections of connectionCounts) lines[connections] = await measureLines(connections, context)
    const measured: MeasuredCase[] = []
    for (const each of cases) {
      if (each.inSmoke || context.scale.name === 'real') measured.push(await measureCase(each, context))
    }
    context.say('answered lines:')
    const answers = await measureAnswers(context, 'file', [answeredClients])
    return durableReport({ lines, cases: measured, answers, steps: await profileCases(context) })
  },
}

async function measureLines(connections: number, { load, scale, say }: WorkloadContext): Promise<MeasuredLines> {
  say(`${connections === 1 ? 'one connection' : `${connections} connections`}:`)
  const peers: readonly Peer[] = [storing, flumen, ...baselines, ...(scale.withPeers ? [flume] : [])]
  const flow = { ...plainFlow, channel: 'file' as const }
  const { rounds } = scale
  const trial = { peers, data: { bytes: scale.bytes }, flow, connections, linesForSlow: linesForFlume, rounds }
  const measured = await measureFlow(load, trial, say)
  return {
    flow: measured,
    disk: await measureCommits([appending], megabyte, { rounds, milliseconds: lengthOf(scale) }, say),
  }
}

async function measureCase(each: DurableCase, { scale, say }: WorkloadContext): Promise<MeasuredCase> {
  say(`${each.heading}:`)
  const peers: readonly Committers[] = [
    ...(each.batch === 1 ? [answering] : []),
    appending,
    flumenChannel,
    ...(scale.withPeers ? [flumeAgent, flumeChannel, overwriting] : []),
  ]
  const length = { rounds: scale.rounds, milliseconds: lengthOf(scale) }
  return { ...each, results: await measureCommits(peers, each, length, say) }
}

function lengthOf({ shorter }: Scale): number {
  return Math.max(shortest, milliseconds / shorter)
}

async function profileCases({ scale, say }: WorkloadContext): Promise<MeasuredSteps[]> {
  const found: MeasuredSteps[] = []
  if (scale.name !== 'real') return found
  for (const each of cases.filter(({ committers }) => committers > 1)) {
    say(`profile: ${each.heading}`)
    try {
      found.push(await measureSteps(each))
    } catch (error) {
      say(`failed: ${error instanceof Error ? error.message.split('\n')[0] : error}`)
    }
  }
  return found
}
