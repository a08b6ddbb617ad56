import type { CommitPass, CommitResult } from '../measure/commits.ts'
import { otherStep } from '../measure/profile.ts'
import { medianOf } from '../measure/statistics.ts'
import { type MeasuredSteps, steps } from '../measure/steps.ts'
import { flume, flumen } from '../peers/agents.ts'
import { storing } from '../peers/bare-node.ts'
import { answering, appending, flumeAgent, flumeChannel, flumenChannel } from '../peers/committers.ts'
import { commitChart, commitTable } from '../report/commit-table.ts'
import { flowTable, ratioBetween, speedChart } from '../report/flow-table.ts'
import { atLeast, atMost, type Report, type ReportPart, short, type Target } from '../report/report.ts'
import { answerSpeeds, answersTable, bareAnswerer } from './answered-lines.ts'
import type { Durable, MeasuredCase } from './durable.ts'

/** The lowest that concurrent commits may be: so often the serial syncs of the disk, or this share of bare Node.js. */
const timesSerialSyncs = 30
const shareOfAnswerer = 0.6

export function durableReport(durable: Durable): Report {
  const { lines, cases, answers } = durable
  return {
    name: 'W4',
    title: 'W4: durable, on disk before it is acknowledged',
    text:
      'A file channel that calls fdatasync before a commit, with the same capacity of 1,000,000 events and transactions ' +
      'of at most 10,000 for Flume and Flumen, a null sink behind it, and data directories that are empty at the start, ' +
      'on the disk of the repository. **Lines** come over TCP, netcat without acknowledgements; Flume commits each on ' +
      'its own and so gets only some thousands of them in a pass. Flumen is timed until its sink has had the last, Flume until its ' +
      'last commit, since its sink sleeps up to 5 s when it has found the channel empty. **Committers** each put a batch ' +
      'of new events without headers, wait until it is committed, and put the next. Those of Flumen are promises in a ' +
      "program that has the channel through the library; those of Flume are threads with Flume's own RPC client in a " +
      'process beside its agent (Avro source → file channel → null sink), which alone is what CPU and memory are of; or, ' +
      "as *channel alone*, threads in the process of the channel, as Flumen's are. The **disk** is one thread that " +
      'writes the same bytes, calls fdatasync, and does so again: appending to a new file, as a log does, and ' +
      'overwriting one that is there, which spares the file system its own journal. Ratios are of commits.',
    targets: [...linesTargets(durable), ...cases.flatMap(caseTargets), ...answerTargets(durable)],
    parts: [
      ...Object.entries(lines).map(([connections, { flow, disk }]): ReportPart => {
        const heading = `Lines, ${connections === '1' ? 'one connection' : `${connections} connections`}`
        const speed = medianSpeed(disk, appending.name)
        return {
          heading,
          ...(speed !== undefined && { notes: [`The disk, in writes of 1 MiB: ${short(speed)} MB/s.`] }),
          table: flowTable(flow, storing.name, flume.name),
          chart: speedChart(`Durable throughput, ${inSentence(heading)}`, flow),
        }
      }),
      ...cases.map(({ heading, results }) => ({
        heading,
        table: commitTable(results, appending.name, flumeAgent.name),
        chart: commitChart(`Commits, ${inSentence(heading)}`, results),
      })),
      { heading: 'Lines that are answered when they are durable', table: answersTable(answers) },
      ...stepParts(durable.steps),
    ],
    measurements: durable,
  }
}

function linesTargets({ lines }: Durable): Target[] {
  return Object.entries(lines).flatMap(([connections, { flow, disk }]) => {
    const over = `W4, lines, ${connections === '1' ? 'one connection' : `${connections} connections`}`
    const [ours, sequential] = [medianSpeed(flow, flumen.name), medianSpeed(disk, appending.name)]
    const share = ours === undefined || sequential === undefined ? undefined : ours / sequential
    const againstFlume = (figure: 'eventsPerSecond' | 'cpuPerGigabyte'): number | undefined =>
      ratioBetween(flow, flumen.name, flume.name, figure)
    return [
      ...target(atLeast, `${over}: against Flume, events/s`, 100, againstFlume('eventsPerSecond')),
      ...target(atMost, `${over}: against Flume, CPU per GB`, 0.1, againstFlume('cpuPerGigabyte')),
      ...target(atLeast, `${over}: against the disk's sequential write + fdatasync, MB/s`, 0.8, share),
    ]
  })
}

function caseTargets({ heading, committers, batch, bytes, results }: MeasuredCase): Target[] {
  const what = `W4, ${inSentence(heading)}`
  const against = (other: string, figure: keyof CommitPass): number | undefined =>
    ratioBetween(results, flumenChannel.name, other, figure)
  if (batch === 1) return target(atLeast, `${what}: ${concurrentFloor}`, 1, concurrentRatio(results))
  if (bytes === 1024) {
    const share = against(appending.name, 'megabytesPerSecond')
    return target(atLeast, `${what}: against the disk's sequential write + fdatasync, MB/s`, 0.8, share)
  }
  if (committers === 1) {
    const share = against(appending.name, 'commitsPerSecond')
    const slower = share === undefined ? undefined : 1 / share
    return target(atMost, `${what}: time of a commit against write + fdatasync`, 1.3, slower)
  }
  const cost = against(flumeChannel.name, 'cpuPerGigabyte')
  return [
    ...target(atLeast, `${what}: against Flume, events/s`, 10, against(flumeAgent.name, 'eventsPerSecond')),
    ...target(atMost, `${what}: against Flume's channel alone, CPU per GB`, 0.1, cost),
  ]
}

const concurrentFloor = `against ${timesSerialSyncs} × the serial syncs or ${shareOfAnswerer * 100} % of bare Node.js, whichever is less`

function concurrentRatio(results: readonly CommitResult[]): number | undefined {
  const commits = (name: string): number | undefined => {
    const passes = results.find(({ peer }) => peer === name)?.passes ?? []
    return passes.length === 0 ? undefined : medianOf(passes.map(({ commitsPerSecond }) => commitsPerSecond))
  }
  const [ours, serial, answered] = [flumenChannel, appending, answering].map(({ name }) => commits(name))
  if (ours === undefined || serial === undefined || answered === undefined) return undefined
  return ours / Math.min(timesSerialSyncs * serial, shareOfAnswerer * answered)
}

function answerTargets({ answers, cases }: Durable): Target[] {
  const serial = caseOf(cases, 64, 1)?.results.find(({ peer }) => peer === appending.name)?.passes ?? []
  const [ours, bare] = [flumen.name, bareAnswerer].map((name) => answerSpeeds(answers, name, 64))
  if (serial.length === 0 || ours!.length === 0 || bare!.length === 0) return []
  const syncs = medianOf(serial.map(({ commitsPerSecond }) => commitsPerSecond))
  const floor = Math.min(timesSerialSyncs * syncs, shareOfAnswerer * medianOf(bare!))
  return [atLeast(`W4, 64 clients of netcat: ${concurrentFloor}`, 1, medianOf(ours!) / floor)]
}

function stepParts(measured: readonly MeasuredSteps[]): ReportPart[] {
  if (measured.length === 0) return []
  const names = [...steps.map(({ name }) => name), otherStep]
  const share = (of: Readonly<Record<string, number>>, name: string): string =>
    of[name] === undefined ? '–' : `${Math.round(of[name] * 100)} %`
  return [
    {
      heading: 'Where the time of a commit goes',
      notes: [
        "Shares of the time of Flumen's two threads under the profiler of Node.js: the one that writes the log, and the " +
          'main one, in which the committers and the sink are too.',
      ],
      table: {
        head: ['', 'thread', ...names],
        rows: measured.flatMap(({ heading, log, main }) => [
          [heading, 'log', ...names.map((name) => share(log, name))],
          [heading, 'main', ...names.map((name) => share(main, name))],
        ]),
      },
    },
  ]
}

function caseOf(cases: readonly MeasuredCase[], committers: number, batch: number): MeasuredCase | undefined {
  return cases.find((each) => each.committers === committers && each.batch === batch)
}

type Speeds = readonly {
  readonly peer: string
  readonly passes: readonly { readonly megabytesPerSecond: number }[]
}[]

function medianSpeed(results: Speeds, name: string): number | undefined {
  const passes = results.find(({ peer }) => peer === name)?.passes ?? []
  return passes.length === 0 ? undefined : medianOf(passes.map(({ megabytesPerSecond }) => megabytesPerSecond))
}

/** None where there is nothing to compare. */
function target(judge: typeof atLeast, what: string, bound: number, found: number | undefined): Target[] {
  return found === undefined ? [] : [judge(what, bound, found)]
}

function inSentence(heading: string): string {
  return heading.charAt(0).toLowerCase() + heading.slice(1)
}
