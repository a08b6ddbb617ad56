import { setTimeout as sleep } from 'node:timers/promises'
import type { Load } from '../load/load.ts'
import { costOf } from '../measure/process-cost.ts'
import { medianOf } from '../measure/statistics.ts'
import { flumen } from '../peers/agents.ts'
import { ceiling } from '../peers/bare-node.ts'
import { plainFlow } from '../peers/peer.ts'
import { atLeast, atMost, type ReportPart, short, type Target } from '../report/report.ts'
import { runSweep, type Sweep, type SweepResult } from './sweep.ts'
import type { Workload, WorkloadContext } from './workload.ts'

const lineLengths: Sweep = {
  heading: 'Longer lines',
  label: 'bytes a line',
  steps: [10, 100, 1000, 10_000, 100_000, 1_000_000],
  flumeUpTo: 100_000,
  step: (lineLength, bytes) => ({ data: { bytes, lineLength }, flow: { lineLength, batchSize: batchFor(lineLength) } }),
}

/** A megabyte a batch at most: the sink's batch has to fit in the channel. */
function batchFor(lineLength: number): number {
  return Math.max(1, Math.min(1000, Math.floor(1_000_000 / lineLength)))
}

const batchSizes: Sweep = {
  heading: 'Larger batches of the sink',
  label: 'events a batch',
  steps: [1, 10, 100, 1000, 10_000],
  flumeUpTo: 10_000,
  step: (batchSize, bytes) => ({ data: { bytes }, flow: { batchSize } }),
}

const headers: Sweep = {
  heading: 'More headers',
  label: 'static headers an event',
  steps: [0, 1, 2, 5, 10, 20],
  flumeUpTo: 20,
  step: (count, bytes) => ({ data: { bytes }, flow: { headers: count } }),
}

const connections: Sweep = {
  heading: 'More connections',
  label: 'connections',
  steps: [1, 10, 100, 1000, 10_000],
  flumeUpTo: 1000,
  step: (count, bytes) => ({ data: { bytes: bytes * 4 }, connections: count }),
}

const flows: Sweep = {
  heading: 'More flows in one agent',
  label: 'flows',
  steps: [1, 2, 4, 8, 16, 100],
  flumeUpTo: 16,
  notes: ['A flow is a source with its port, a channel and a sink; the data is shared among them.'],
  step: (count, bytes) => ({
    data: { bytes: Math.ceil(bytes / count) },
    flow: { flows: count },
    connections: count,
    each: 'all',
  }),
}

/** How the cost grows with the events. */
export const sweeps: Workload = {
  name: 'sweeps',
  inSmoke: false,
  run: async (context) => {
    const results: Record<string, SweepResult> = {}
    for (const sweep of [lineLengths, batchSizes, headers]) results[sweep.label] = await runSweep(sweep, context)
    return {
      name: 'sweeps',
      title: 'How the cost grows',
      text: 'W1 over four connections, with one thing that grows; medians of three rounds. The data is the same size.',
      targets: [],
      parts: Object.values(results).map(({ part }) => part),
      measurements: measurementsOf(results),
    }
  },
}

/** W12, the half about memory: connections and flows. */
export const w12: Workload = {
  name: 'W12',
  inSmoke: false,
  run: async (context) => {
    const byConnections = await runSweep(connections, context)
    const byFlows = await runSweep(flows, context)
    const memory = await measureConnections(context)
    return {
      name: 'W12',
      title: 'W12: connections and flows',
      text: 'W1 with the data shared among more and more connections, then among flows; medians of three rounds.',
      targets: [connectionsTarget(byConnections), memory.target],
      parts: [byConnections.part, byFlows.part, memory.part],
      measurements: { ...measurementsOf({ connections: byConnections, flows: byFlows }), memory: memory.measured },
    }
  },
}

function measurementsOf(results: Record<string, SweepResult>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(results).map(([label, { measured }]) => [label, measured]))
}

function connectionsTarget({ measured }: SweepResult): Target {
  const speed = (count: number): number => {
    const passes = measured[count]!.find(({ peer }) => peer === flumen.name)!.passes
    return passes.length === 0 ? 0 : medianOf(passes.map(({ megabytesPerSecond }) => megabytesPerSecond))
  }
  return atLeast('W12: 1,000 connections against one, MB/s', 0.8, speed(1000) / speed(1))
}

/** Resident bytes with so many idle connections, a round each, by the name of the program. */
type Memory = Record<string, Record<number, number[]>>

const idleCounts = [0, 1000, 10_000]
const memoryRounds = 3
const settleMs = 2000

async function measureConnections(
  context: WorkloadContext,
): Promise<{ part: ReportPart; target: Target; measured: Memory }> {
  const peers = [ceiling, flumen]
  const none = (): Record<number, number[]> => Object.fromEntries(idleCounts.map((count) => [count, []]))
  const measured: Memory = Object.fromEntries(peers.map(({ name }) => [name, none()]))
  for (let round = 0; round < memoryRounds; round++) {
    for (const peer of peers) {
      const byCount = measured[peer.name]!
      const running = await peer.start(plainFlow)
      try {
        await holdMore(context.load, running.pid, running.ports[0]!, byCount)
      } finally {
        await context.load.letGo()
        await running.stop()
      }
      context.say(`${peer.name}: ${short(perConnection(byCount, 10_000) / 1000)} kB a connection`)
    }
  }
  const [ours, bare] = [measured[flumen.name]!, measured[ceiling.name]!]
  // Of the whole, as garbage of the start may be collected in between: it is not less than what a connection takes.
  const more = (medianOf(ours[10_000]!) - medianOf(bare[10_000]!)) / 10_000 / 1000
  const target = atMost('W12: memory of an idle connection over bare Node.js', 10, more, 'kB')
  return { part: memoryPart(measured), target, measured }
}

async function holdMore(load: Load, pid: number, port: number, byCount: Record<number, number[]>): Promise<void> {
  let there = 0
  for (const count of idleCounts) {
    await load.hold(port, count - there)
    there = count
    await sleep(settleMs)
    byCount[count]!.push(costOf(pid).resident)
  }
}

function perConnection(byCount: Record<number, number[]>, count: number): number {
  return (medianOf(byCount[count]!) - medianOf(byCount[0]!)) / count
}

function memoryPart(measured: Memory): ReportPart {
  return {
    heading: 'Memory of idle connections',
    notes: [
      'Resident memory with connections that are open and send nothing. The target compares the whole at 10,000, so that ' +
        'garbage of the start that is collected in between cannot flatter it.',
    ],
    table: {
      head: ['', ...idleCounts.map((count) => `${count.toLocaleString('en-GB')}, MB`), 'a connection, kB'],
      rows: Object.entries(measured).map(([name, byCount]) => [
        name,
        ...idleCounts.map((count) => short(medianOf(byCount[count]!) / 1e6)),
        short(perConnection(byCount, 10_000) / 1000),
      ]),
    },
  }
}
