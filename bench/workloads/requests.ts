import type { PostCommand } from '../load/commands.ts'
import { costOf } from '../measure/process-cost.ts'
import { medianOf, ratioOf, summarize } from '../measure/statistics.ts'
import { type Disturbed, Undisturbed, watchStolenTime } from '../measure/stolen-time.ts'
import { type Configured, flume, startConfigured } from '../peers/agents.ts'
import { oneFlow } from '../peers/configuration.ts'
import { plainFlow } from '../peers/peer.ts'
import { atLeast, type Report, short, type Table } from '../report/report.ts'
import type { Workload, WorkloadContext } from './workload.ts'

const connections = 4
const eventsOfARequest = 100
const milliseconds = 4000
/** Answers that ask to come later, as a share of all; with more of them the channel was measured and not the source. */
const mostRefused = 0.02

interface Subject {
  readonly name: string
  readonly agent: 'flume' | 'flumen'
  readonly form: PostCommand['form']
  readonly isCompressed: boolean
}

const jsonOfFlume: Subject = { name: `${flume.name}, JSON`, agent: 'flume', form: 'json', isCompressed: false }
const json: Subject = { name: 'Flumen, JSON', agent: 'flumen', form: 'json', isCompressed: false }
const lines: Subject = { name: 'Flumen, lines', agent: 'flumen', form: 'lines', isCompressed: false }
const subjects: readonly Subject[] = [
  jsonOfFlume,
  json,
  { name: 'Flumen, JSON with gzip', agent: 'flumen', form: 'json', isCompressed: true },
  { name: 'Flumen, NDJSON', agent: 'flumen', form: 'ndjson', isCompressed: false },
  lines,
  { name: 'Flumen, lines with gzip', agent: 'flumen', form: 'lines', isCompressed: true },
]

interface Pass extends Disturbed {
  readonly eventsPerSecond: number
  readonly megabytesPerSecond: number
  /** CPU seconds of the server for a million events. */
  readonly cpuPerMillion: number
  readonly clientShare: number
  /** Bytes. */
  readonly peak: number
}

type Measured = Record<string, Pass[]>

/** W6: HTTP to nothing. */
export const w6: Workload = {
  name: 'W6',
  inSmoke: false,
  run: async (context) => {
    const undisturbed = new Undisturbed()
    return reportOf(await measure(context, undisturbed), undisturbed)
  },
}

async function measure(context: WorkloadContext, undisturbed: Undisturbed): Promise<Measured> {
  const { scale, say } = context
  const reason = scale.withPeers ? await flume.missing(plainFlow) : 'not part of this run'
  if (reason !== undefined) say(`${flume.name}: ${reason}`)
  const measured: Measured = {}
  const started: { readonly subject: Subject; readonly server: Configured }[] = []
  try {
    for (const subject of subjects) {
      if (subject.agent === 'flume' && reason !== undefined) continue
      started.push({ subject, server: await startConfigured(subject.agent, configurationOf(subject)) })
      measured[subject.name] = []
    }
    for (let round = -1; round < scale.rounds; round++) {
      for (const { subject, server } of started) {
        const make = (): Promise<Pass> => measureOnce(context, subject, server)
        if (round < 0) {
          await make()
          continue
        }
        const pass = await undisturbed.pass(make)
        measured[subject.name]!.push(pass)
        say(`${subject.name}: ${short(pass.eventsPerSecond)} events/s`)
      }
    }
  } finally {
    for (const { server } of started) await server.stop()
  }
  return measured
}

async function measureOnce(
  { load, scale }: WorkloadContext,
  { name, form, isCompressed }: Subject,
  { pid, port }: Configured,
): Promise<Pass> {
  const before = costOf(pid).cpu
  const command = { port, connections, milliseconds: milliseconds / scale.shorter, form, isCompressed }
  const stolen = watchStolenTime()
  const posted = await load.post({ ...command, events: eventsOfARequest })
  const share = stolen()
  const { cpu, peak } = costOf(pid)
  const { events, refused, bytes } = posted
  if (refused > (events / eventsOfARequest) * mostRefused) throw new Error(`${name} has refused ${refused} requests`)
  return {
    stolen: share,
    eventsPerSecond: (events * 1000) / posted.milliseconds,
    megabytesPerSecond: bytes / 1000 / posted.milliseconds,
    cpuPerMillion: ((cpu - before) * 1000) / events,
    clientShare: posted.cpu / posted.milliseconds,
    peak,
  }
}

function configurationOf({ agent, form }: Subject): string {
  const handler = agent === 'flume' ? 'org.apache.flume.source.http.JSONHandler' : form
  return oneFlow({ source: 'http', sourceOptions: `a1.sources.r1.handler = ${handler}` })
}

function reportOf(measured: Measured, undisturbed: Undisturbed): Report {
  const speeds = (subject: Subject): number[] =>
    (measured[subject.name] ?? []).map(({ eventsPerSecond }) => eventsPerSecond)
  const theirs = speeds(jsonOfFlume)
  return {
    name: 'W6',
    title: 'W6: HTTP to nothing',
    text:
      `HTTP → memory → null. ${connections} connections each send a request with ${eventsOfARequest} access-log lines of 150 to ` +
      '220 bytes, wait for the answer, and send the next; as JSON and NDJSON each line has two headers. An event counts ' +
      'when its request was answered with 200. MB/s are those of the requests as they are sent. The clients run in one ' +
      `process of Node.js. ${undisturbed.text}`,
    targets:
      theirs.length === 0
        ? []
        : [
            atLeast('W6: JSON against Flume, events/s', 2, ratioOf(speeds(json), theirs)),
            atLeast("W6: lines against Flume's JSON, events/s", 5, ratioOf(speeds(lines), theirs)),
          ],
    parts: [{ table: tableOf(measured, theirs) }],
    measurements: measured,
  }
}

function tableOf(measured: Measured, theirs: readonly number[]): Table {
  const head = ['', 'events/s', 'spread', 'MB/s', 'CPU s/million events', 'CPU of the clients', 'peak memory, MB']
  const rows = Object.entries(measured).map(([name, passes]) => {
    const speeds = passes.map(({ eventsPerSecond }) => eventsPerSecond)
    const { median, spread } = summarize(speeds)
    return [
      name,
      short(median),
      `${Math.round(spread * 100)} %`,
      short(medianOf(passes.map(({ megabytesPerSecond }) => megabytesPerSecond))),
      short(medianOf(passes.map(({ cpuPerMillion }) => cpuPerMillion))),
      `${Math.round(medianOf(passes.map(({ clientShare }) => clientShare)) * 100)} %`,
      short(Math.max(...passes.map(({ peak }) => peak)) / 1e6),
      theirs.length === 0 ? '–' : `${short(ratioOf(speeds, theirs))} ×`,
    ]
  })
  return { head: [...head, `against ${jsonOfFlume.name}`], rows }
}
