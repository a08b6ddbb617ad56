import { freePort } from '../../servers/server.ts'
import { costOf } from '../measure/process-cost.ts'
import { medianOf, ratioOf } from '../measure/statistics.ts'
import { flume, flumen, startConfigured } from '../peers/agents.ts'
import { startBare } from '../peers/bare-node.ts'
import { oneFlow } from '../peers/configuration.ts'
import { plainFlow } from '../peers/peer.ts'
import { atLeast, type ReportPart, short } from '../report/report.ts'
import { idleBare, measureIdle } from './idle-connections.ts'
import type { Workload, WorkloadContext } from './workload.ts'

const steps = [1, 10, 100, 1000, 10_000] as const
/** A thread waits for each batch that has not been stored. */
const flumeUpTo = 1000
const eventsOfABatch = 100
const milliseconds = 3000
const rounds = 3

interface Pass {
  readonly eventsPerSecond: number
  /** CPU seconds of the server for a million events. */
  readonly cpuPerMillion: number
  /** Batches that were answered with FAILED, as a share. */
  readonly refused: number
  /** Bytes. */
  readonly peak: number
}

interface Server {
  readonly pid: number
  readonly port: number
  stop(): Promise<unknown>
}

interface Subject {
  readonly name: string
  readonly most: number
  start(): Promise<Server>
}

/** By the name of the program and the number of connections. */
type Measured = Record<string, Record<number, Pass[]>>

const bare: Subject = {
  name: 'bare Node.js',
  most: 10_000,
  start: async () => {
    const ports = [await freePort(), await freePort()] as const
    const child = await startBare('answer-batches', ports, ports)
    return { pid: child.pid, port: ports[0], stop: () => child.stop() }
  },
}
const ours: Subject = { name: flumen.name, most: 10_000, start: () => startConfigured('flumen', configuration) }
const theirs: Subject = { name: flume.name, most: flumeUpTo, start: () => startConfigured('flume', configuration) }

const configuration = oneFlow({ source: 'avro' })

/** W12, for clients of Avro's calls. */
export const w12Avro: Workload = {
  name: 'W12-avro',
  inSmoke: false,
  run: async (context) => {
    const measured = await measure(context)
    const idle = await measureIdle(
      context,
      [idleBare, { name: ours.name, events: 1, start: () => ours.start() }],
      'W12: clients of Avro',
    )
    const speed = (count: number): number[] => (measured[ours.name]![count] ?? []).map((pass) => pass.eventsPerSecond)
    return {
      name: 'W12-avro',
      title: 'W12: clients of Avro',
      text:
        `Avro RPC → memory → nothing, from more and more clients. Each sends a batch of ${eventsOfABatch} events of 200 bytes ` +
        'with two headers, waits for the answer to it, and sends the next; medians of three rounds.',
      targets: [
        atLeast('W12: 1,000 clients of Avro against one, events/s', 0.8, ratioOf(speed(1000), speed(1))),
        idle.target,
      ],
      parts: [partOf(measured), idle.part],
      measurements: { clients: measured, memory: idle.measured },
    }
  },
}

async function measure(context: WorkloadContext): Promise<Measured> {
  const { scale, say } = context
  const reason = scale.withPeers ? await flume.missing(plainFlow) : 'not part of this run'
  if (reason !== undefined) say(`${flume.name}: ${reason}`)
  const subjects = reason === undefined ? [bare, ours, theirs] : [bare, ours]
  const measured: Measured = Object.fromEntries(
    subjects.map(({ name }) => [name, Object.fromEntries(steps.map((count) => [count, []]))]),
  )
  for (const count of steps) {
    const taking = subjects.filter(({ most }) => count <= most)
    const started: { readonly subject: Subject; readonly server: Server }[] = []
    try {
      for (const subject of taking) started.push({ subject, server: await subject.start() })
      for (let round = -1; round < rounds; round++) {
        for (const { subject, server } of started) {
          const pass = await measureOnce(context, server, count)
          if (round < 0) continue
          measured[subject.name]![count]!.push(pass)
          say(`${subject.name}, ${count.toLocaleString('en-GB')}: ${short(pass.eventsPerSecond)} events/s`)
        }
      }
    } finally {
      for (const { server } of started) await server.stop()
    }
  }
  return measured
}

async function measureOnce(
  { load, scale }: WorkloadContext,
  { pid, port }: Server,
  connections: number,
): Promise<Pass> {
  const before = costOf(pid).cpu
  const appended = await load.append({
    port,
    connections,
    milliseconds: milliseconds / scale.shorter,
    events: eventsOfABatch,
  })
  const { cpu, peak } = costOf(pid)
  const { events, refused } = appended
  return {
    eventsPerSecond: (events * 1000) / appended.milliseconds,
    cpuPerMillion: ((cpu - before) * 1000) / events,
    refused: refused / (refused + events / eventsOfABatch),
    peak,
  }
}

function partOf(measured: Measured): ReportPart {
  const names = Object.keys(measured)
  const passesOf = (name: string, count: number): readonly Pass[] => measured[name]?.[count] ?? []
  const median = (name: string, count: number, figure: keyof Pass): number | null => {
    const passes = passesOf(name, count)
    return passes.length === 0 ? null : medianOf(passes.map((pass) => pass[figure]))
  }
  const cell = (value: number | null, unit = ''): string => (value === null ? '–' : `${short(value)}${unit}`)
  const ratio = (count: number, other: string): string => {
    const speeds = (name: string): number[] => passesOf(name, count).map(({ eventsPerSecond }) => eventsPerSecond)
    return speeds(other).length === 0 ? '–' : `${short(ratioOf(speeds(ours.name), speeds(other)))} ×`
  }
  const head = ['clients', ...names.map((name) => `${name}, events/s`), 'against bare Node.js', 'against Flume']
  head.push(`${ours.name}, CPU s/million events`, `${ours.name}, refused`, `${ours.name}, peak memory, MB`)
  const rows = steps.map((count) => [
    count.toLocaleString('en-GB'),
    ...names.map((name) => cell(median(name, count, 'eventsPerSecond'))),
    ratio(count, bare.name),
    ratio(count, theirs.name),
    cell(median(ours.name, count, 'cpuPerMillion')),
    cell((median(ours.name, count, 'refused') ?? 0) * 100, ' %'),
    cell((median(ours.name, count, 'peak') ?? Number.NaN) / 1e6),
  ])
  return {
    heading: 'More clients',
    table: { head, rows },
    chart: {
      kind: 'lines',
      title: 'More clients of Avro',
      xLabel: 'clients',
      unit: 'events/s',
      xs: steps,
      lines: names.map((name) => ({ name, ys: steps.map((count) => median(name, count, 'eventsPerSecond')) })),
    },
  }
}
