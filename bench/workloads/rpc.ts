import { connect } from 'node:net'
import { freePort, waitUntil } from '../../servers/server.ts'
import { costOf } from '../measure/process-cost.ts'
import { medianOf, ratioOf, summarize } from '../measure/statistics.ts'
import { flume, startConfigured } from '../peers/agents.ts'
import { startBare } from '../peers/bare-node.ts'
import type { Child } from '../peers/child.ts'
import { oneFlow } from '../peers/configuration.ts'
import { plainFlow } from '../peers/peer.ts'
import { atLeast, atMost, type Report, short, type Table, type Target } from '../report/report.ts'
import type { Workload, WorkloadContext } from './workload.ts'

const connections = 4
const batches = [100, 1000] as const
const milliseconds = 4000
/** Flume's code is compiled while it runs. */
const warmUps = 2
/** Answers FAILED, as a share of all. */
const mostRefused = 0.02
/** Flume's sink sleeps up to 5 s when it has found its channel empty. */
const wakingMs = 30_000

interface Subject {
  readonly name: string
  readonly agent: 'flume' | 'flumen' | 'none'
  readonly batch: number
  /** Requests that the sink sends before the answer to the first. */
  readonly inFlight: number
}

function subjectsOf(batch: number): Readonly<Record<'bare' | 'flume' | 'flumen' | 'pipelining', Subject>> {
  const of = (name: string, agent: Subject['agent'], inFlight = 1): Subject => ({
    name: `${name}, batches of ${batch.toLocaleString('en-GB')}`,
    agent,
    batch,
    inFlight,
  })
  return {
    bare: of('clients and drain alone', 'none'),
    flume: of(flume.name, 'flume'),
    flumen: of('Flumen', 'flumen'),
    pipelining: of('Flumen with maxInFlight = 4', 'flumen', 4),
  }
}

interface Pass {
  /** From the first byte of the clients until the drain has had the last event. */
  readonly eventsPerSecond: number
  readonly megabytesPerSecond: number
  /** CPU seconds of the agent for a million events; without an agent, none. */
  readonly cpuPerMillion: number
  readonly clientShare: number
  readonly drainShare: number
  /** Bytes. */
  readonly peak: number
}

type Measured = Record<string, Pass[]>

/** W5: Avro RPC to Avro RPC. */
export const w5: Workload = {
  name: 'W5',
  inSmoke: false,
  run: async (context) => reportOf(await measure(context)),
}

async function measure(context: WorkloadContext): Promise<Measured> {
  const { scale, say } = context
  const reason = scale.withPeers ? await flume.missing(plainFlow) : 'not part of this run'
  if (reason !== undefined) say(`${flume.name}: ${reason}`)
  const subjects = batches
    .flatMap((batch) => Object.values(subjectsOf(batch)))
    .filter(({ agent }) => agent !== 'flume' || reason === undefined)
  const drain = await Drain.start()
  const started: Started[] = []
  const measured: Measured = {}
  try {
    for (const subject of subjects) {
      started.push(await start(subject, drain))
      measured[subject.name] = []
    }
    for (let round = -warmUps; round < scale.rounds; round++) {
      for (const one of started) {
        const pass = await measureOnce(context, one, drain)
        if (round < 0) continue
        measured[one.subject.name]!.push(pass)
        say(`${one.subject.name}: ${short(pass.eventsPerSecond)} events/s`)
      }
    }
  } finally {
    for (const one of started) await one.stop()
    await drain.child.stop()
  }
  return measured
}

interface Started {
  readonly subject: Subject
  readonly port: number
  readonly pid: number | undefined
  stop(): Promise<void>
}

async function start(subject: Subject, drain: Drain): Promise<Started> {
  if (subject.agent === 'none') return { subject, port: drain.port, pid: undefined, stop: async () => undefined }
  const { pid, port, stop } = await startConfigured(subject.agent, configurationOf(subject, drain.port))
  return { subject, port, pid, stop }
}

async function measureOnce(
  { load, scale }: WorkloadContext,
  { subject, port, pid }: Started,
  drain: Drain,
): Promise<Pass> {
  const { name, batch } = subject
  const command = { port, connections, events: batch }
  const start = await drain.count()
  const woken = await load.append({ ...command, milliseconds: 0 })
  const { events: before } = await drain.untilAfter(start.events + woken.events)
  const costs = [pid, drain.child.pid].map((id) => (id === undefined ? 0 : costOf(id).cpu)) as [number, number]
  const sent = await load.append({ ...command, milliseconds: milliseconds / scale.shorter })
  const { events, last } = await drain.untilAfter(before + sent.events)
  const { events: sentEvents, refused } = sent
  if (events !== before + sentEvents) throw new Error(`${name}: ${events - before} events came, and not ${sentEvents}`)
  if (refused > (sentEvents / batch) * mostRefused) throw new Error(`${name} has refused ${refused} batches`)
  const elapsed = last - sent.firstByteAt
  const cost = pid === undefined ? { cpu: Number.NaN, peak: Number.NaN } : costOf(pid)
  return {
    eventsPerSecond: (sentEvents * 1000) / elapsed,
    megabytesPerSecond: sent.bytes / 1000 / elapsed,
    cpuPerMillion: ((cost.cpu - costs[0]) * 1000) / sentEvents,
    clientShare: sent.cpu / sent.milliseconds,
    drainShare: (costOf(drain.child.pid).cpu - costs[1]) / elapsed,
    peak: cost.peak,
  }
}

/** The server that all agents send to. */
class Drain {
  readonly child: Child
  readonly port: number
  readonly #countPort: number

  private constructor(child: Child, port: number, countPort: number) {
    this.child = child
    this.port = port
    this.#countPort = countPort
  }

  static async start(): Promise<Drain> {
    const [port, countPort] = [await freePort(), await freePort()]
    return new Drain(await startBare('answer-batches', [port, countPort], [port, countPort]), port, countPort)
  }

  /** All events so far, and when the last of them came, in ms of the monotonic clock. */
  count(): Promise<{ readonly events: number; readonly last: number }> {
    return new Promise((resolve, reject) => {
      let answer = ''
      const socket = connect({ port: this.#countPort, host: '127.0.0.1' })
      socket.setEncoding('latin1').on('data', (text: string) => {
        answer += text
      })
      socket.once('error', reject)
      socket.once('close', () => {
        const [events = Number.NaN, last = Number.NaN] = answer.trim().split(' ').map(Number)
        resolve({ events, last })
      })
    })
  }

  untilAfter(expected: number): ReturnType<Drain['count']> {
    const ask = async (): Promise<Awaited<ReturnType<Drain['count']>> | undefined> => {
      const counted = await this.count()
      return counted.events >= expected ? counted : undefined
    }
    return waitUntil(`the drain has ${expected} events`, ask, wakingMs)
  }
}

/** `maxInFlight` is no key of Flume. */
function configurationOf({ batch, inFlight }: Subject, drainPort: number): string {
  const sink = [
    'type = avro',
    'hostname = 127.0.0.1',
    `port = ${drainPort}`,
    `batch-size = ${batch}`,
    ...(inFlight > 1 ? [`maxInFlight = ${inFlight}`] : []),
  ]
  return oneFlow({ source: 'avro', sink: sink.map((line) => `a1.sinks.k1.${line}`).join('\n') })
}

function reportOf(measured: Measured): Report {
  return {
    name: 'W5',
    title: 'W5: Avro RPC to Avro RPC',
    text:
      `Avro RPC → memory → Avro RPC. ${connections} connections each send a batch, wait for the answer to it, and send the next; ` +
      'an event has 200 bytes and two headers, and the sink sends batches of the same size on. An event counts when it ' +
      'has come to the drain behind the agent, which answers each batch and does no more; the time ends with the last ' +
      'one. The clients run in one process of Node.js, the drain in another; both are the same for all.',
    targets: batches.flatMap((batch) => targetsOf(measured, batch)),
    parts: [{ table: tableOf(measured) }],
    measurements: measured,
  }
}

function targetsOf(measured: Measured, batch: number): readonly Target[] {
  const subjects = subjectsOf(batch)
  const [ours, theirs] = [measured[subjects.flumen.name] ?? [], measured[subjects.flume.name] ?? []]
  if (theirs.length === 0) return []
  const what = `W5: batches of ${batch.toLocaleString('en-GB')} against Flume`
  return [
    atLeast(`${what}, events/s`, 3, ratioOf(speedsOf(ours), speedsOf(theirs))),
    atMost(`${what}, CPU an event`, 0.333, ratioOf(costsOf(ours), costsOf(theirs))),
  ]
}

function tableOf(measured: Measured): Table {
  const ends = ['CPU of the clients', 'CPU of the drain']
  const head = ['', 'events/s', 'spread', 'MB/s', 'CPU s/million events', ...ends, 'peak memory, MB', 'against Flume']
  const rows = batches.flatMap((batch) => {
    const theirs = speedsOf(measured[subjectsOf(batch).flume.name] ?? [])
    return Object.values(subjectsOf(batch)).flatMap(({ name }) => {
      const passes = measured[name]
      return passes === undefined || passes.length === 0 ? [] : [rowOf(name, passes, theirs)]
    })
  })
  return { head, rows }
}

function rowOf(name: string, passes: readonly Pass[], theirs: readonly number[]): readonly string[] {
  const { median, spread } = summarize(speedsOf(passes))
  const share = (of: (pass: Pass) => number): string => `${Math.round(medianOf(passes.map(of)) * 100)} %`
  return [
    name,
    short(median),
    `${Math.round(spread * 100)} %`,
    short(medianOf(passes.map(({ megabytesPerSecond }) => megabytesPerSecond))),
    short(medianOf(costsOf(passes))),
    share(({ clientShare }) => clientShare),
    share(({ drainShare }) => drainShare),
    short(Math.max(...passes.map(({ peak }) => peak)) / 1e6),
    theirs.length === 0 ? '–' : `${short(ratioOf(speedsOf(passes), theirs))} ×`,
  ]
}

function speedsOf(passes: readonly Pass[]): readonly number[] {
  return passes.map(({ eventsPerSecond }) => eventsPerSecond)
}

function costsOf(passes: readonly Pass[]): readonly number[] {
  return passes.map(({ cpuPerMillion }) => cpuPerMillion)
}
