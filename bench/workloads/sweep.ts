import type { DataOptions } from '../data/lines.ts'
import { type FlowResult, type FlowTrial, measureFlow } from '../measure/flow.ts'
import { medianOf } from '../measure/statistics.ts'
import { flume, flumen } from '../peers/agents.ts'
import { ceiling } from '../peers/bare-node.ts'
import { type Flow, type Peer, plainFlow } from '../peers/peer.ts'
import { ratioBetween } from '../report/flow-table.ts'
import { type ReportPart, short } from '../report/report.ts'
import type { WorkloadContext } from './workload.ts'

/** One thing that grows while all else stays. */
export interface Sweep {
  readonly heading: string
  /** Of the x axis. */
  readonly label: string
  readonly steps: readonly number[]
  /** Up to which step Flume takes part. */
  readonly flumeUpTo: number
  readonly notes?: readonly string[]
  step(value: number, bytes: number): SweepStep
}

export interface SweepStep {
  readonly data: DataOptions
  readonly flow?: Partial<Flow>
  readonly connections?: number
  readonly each?: 'share' | 'all'
}

export interface SweepResult {
  readonly part: ReportPart
  /** By the value of the step. */
  readonly measured: Record<number, readonly FlowResult[]>
}

const sweepRounds = 3

export async function runSweep(sweep: Sweep, context: WorkloadContext): Promise<SweepResult> {
  const { load, scale, say } = context
  const measured: Record<number, readonly FlowResult[]> = {}
  for (const value of sweep.steps) {
    const { flow, ...step } = sweep.step(value, scale.sweepBytes)
    const withFlume = scale.withPeers && value <= sweep.flumeUpTo
    const trial: FlowTrial = {
      peers: withFlume ? [ceiling, flumen, flume] : [ceiling, flumen],
      connections: 4,
      times: 2,
      rounds: sweepRounds,
      ...step,
      flow: { ...plainFlow, ...flow },
    }
    measured[value] = await measureFlow(load, trial, () => undefined)
    say(`${sweep.label} ${value}: ${measured[value].map((result) => `${result.peer} ${cell(result)}`).join(', ')}`)
  }
  return { part: partOf(sweep, measured), measured }
}

function partOf(sweep: Sweep, measured: Record<number, readonly FlowResult[]>): ReportPart {
  const peers: Peer[] = [ceiling, flumen, flume]
  const taking = peers.filter(({ name }) => Object.values(measured).some((results) => resultOf(results, name)))
  const rows = sweep.steps.map((value) => {
    const results = measured[value]!
    const cost = medianIn(resultOf(results, flumen.name), 'cpuPerGigabyte')
    return [
      value.toLocaleString('en-GB'),
      ...taking.map(({ name }) => cell(resultOf(results, name))),
      times(ratioBetween(results, flumen.name, ceiling.name, 'megabytesPerSecond')),
      times(ratioBetween(results, flumen.name, flume.name, 'megabytesPerSecond')),
      short(medianIn(resultOf(results, flumen.name), 'eventsPerSecond') ?? Number.NaN),
      cost === null ? '–' : short(cost),
      short((resultOf(results, flumen.name)?.peak ?? Number.NaN) / 1e6),
    ]
  })
  const head = [sweep.label, ...taking.map(({ name }) => `${name}, MB/s`), `${flumen.name} against bare Node.js`]
  head.push('against Flume', `${flumen.name}, events/s`, `${flumen.name}, CPU s/GB`, `${flumen.name}, peak memory, MB`)
  return {
    heading: sweep.heading,
    ...(sweep.notes && { notes: sweep.notes }),
    table: { head, rows },
    chart: {
      kind: 'lines',
      title: sweep.heading,
      xLabel: sweep.label,
      unit: 'MB/s',
      xs: sweep.steps,
      lines: taking.map(({ name }) => ({
        name,
        ys: sweep.steps.map((value) => medianIn(resultOf(measured[value]!, name), 'megabytesPerSecond')),
      })),
    },
  }
}

function resultOf(results: readonly FlowResult[], name: string): FlowResult | undefined {
  return results.find(({ peer }) => peer === name)
}

function medianIn(result: FlowResult | undefined, figure: keyof FlowResult['passes'][number]): number | null {
  if (result === undefined || result.passes.length === 0) return null
  return medianOf(result.passes.map((pass) => pass[figure]))
}

function cell(result: FlowResult | undefined): string {
  const value = medianIn(result, 'megabytesPerSecond')
  return value === null ? (result?.missing ?? '–') : short(value)
}

function times(ratio: number | undefined): string {
  return ratio === undefined ? '–' : `${short(ratio)} ×`
}
