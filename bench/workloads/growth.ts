import { medianOf } from '../measure/statistics.ts'
import { flumen } from '../peers/agents.ts'
import { atLeast, type Target } from '../report/report.ts'
import { idleBare, measureIdle, startedPlain } from './idle-connections.ts'
import { runSweep, type Sweep, type SweepResult } from './sweep.ts'
import type { Workload } from './workload.ts'

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
    const memory = await measureIdle(
      context,
      [idleBare, { name: flumen.name, events: 0, start: () => startedPlain(flumen) }],
      'W12',
    )
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
