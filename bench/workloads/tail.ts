import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { missingJava } from '../../servers/maven.ts'
import { makeData, sharesOf } from '../data/lines.ts'
import { costOf } from '../measure/process-cost.ts'
import { medianOf, summarize } from '../measure/statistics.ts'
import { type Disturbed, Undisturbed, watchStolenTime } from '../measure/stolen-time.ts'
import { now } from '../measure/time.ts'
import { flume, flumen, startConfigured } from '../peers/agents.ts'
import { diskDirectory, dropFromMemory, havePages, sizeOf } from '../peers/disk.ts'
import { atLeast, atMost, type ReportPart, short, type Target } from '../report/report.ts'
import type { Workload, WorkloadContext } from './workload.ts'

/** Of the file that is read from its start, in the real scale. */
const fileBytes = 740e6
/** So much goes through an agent before its time is taken. */
const warmUpBytes = 64e6
const fileCounts = [1, 10, 100, 1000]
/** Passes of one file differ by a third: so many times the usual rounds. */
const fileRounds = 2
const idleFiles = 1000
const idleMs = 30_000

interface Pass extends Disturbed {
  readonly seconds: number
  /** CPU seconds for 1e9 bytes. */
  readonly cpuPerGigabyte: number
}

type Passes = Record<string, Pass[]>

/** Where the file is when it is read: as written a while ago, or just now. */
const places = ['disk', 'memory'] as const
type FilePlace = (typeof places)[number]
const whereabouts = { disk: 'on the disk', memory: 'in memory' }

/** W2: a file that is there already, to another file. */
export const w2: Workload = {
  name: 'W2',
  inSmoke: false,
  run: async (context) => {
    const { scale } = context
    const data = makeData({ bytes: scale.name === 'real' ? fileBytes : scale.bytes }).bytes
    const withFlume = scale.withPeers && missingJava('flume') === undefined
    const passes: Record<FilePlace, Passes> = { disk: {}, memory: {} }
    const undisturbed = new Undisturbed()
    for (let round = 0; round < scale.rounds; round++) {
      for (const place of places) {
        const noteNext = async (name: string, make: () => Pass | Promise<Pass>): Promise<void> =>
          note(passes[place], name, await undisturbed.pass(make), context)
        await noteNext('cp', () => copy(data, place))
        await noteNext(flumen.name, () => tail('flumen', [data], place))
        if (withFlume) await noteNext(flume.name, () => tail('flume', [data], place))
      }
    }
    return {
      name: 'W2',
      title: 'W2: a file from its start',
      text:
        `A file of ${short(data.length / 1e6)} MB of access-log lines: TAILDIR → memory channel → file_roll. The agent runs ` +
        'when the file is moved into its folder, and has read another one of 64 MB before; time runs from then until all of ' +
        'it stands in the file of the sink. ' +
        'Flume looks for new files once in up to five seconds, which its time includes. cp copies the same file. Once the ' +
        'file is on the disk only, as one that was written a while ago is, and once the system has just written it and ' +
        'still has all of it in memory. Each pass finds memory that the host need not supply first, which would be most of ' +
        `its time. ${undisturbed.text}`,
      targets: places.flatMap((place) => targetsOf(place, passes[place])),
      parts: places.map((place) => ({
        heading: `The file ${whereabouts[place]}`,
        table: tableOf(passes[place], data.length),
      })),
      measurements: passes,
    }
  },
}

function targetsOf(place: FilePlace, passes: Passes): readonly Target[] {
  const [ours, cp, theirs] = [flumen.name, 'cp', flume.name].map((name) => medianPass(passes[name]))
  const targets: Target[] = []
  if (ours && cp) targets.push(atMost(`W2, file ${whereabouts[place]}: time against cp`, 2, ours.seconds / cp.seconds))
  if (ours && theirs) {
    targets.push(
      atMost(
        `W2, file ${whereabouts[place]}: CPU per GB against Flume`,
        0.33,
        ours.cpuPerGigabyte / theirs.cpuPerGigabyte,
      ),
    )
  }
  return targets
}

/** W12, the part about files: the same bytes in more and more files, and many that are quiet. */
export const w12Files: Workload = {
  name: 'W12-files',
  inSmoke: false,
  run: async (context) => {
    const { scale } = context
    const data = makeData({ bytes: scale.bytes }).bytes
    const passes: Passes = {}
    const undisturbed = new Undisturbed()
    for (let round = 0; round < scale.rounds * fileRounds; round++) {
      for (const count of fileCounts) {
        const pass = await undisturbed.pass(() => tail('flumen', sharesOf(data, count)))
        note(passes, String(count), pass, context)
      }
    }
    const idle = await measureIdle(idleMs / scale.shorter)
    const [one, many] = [1, 1000].map((count) => medianPass(passes[count]))
    const targets = [atMost(`W12: CPU with ${idleFiles} quiet files`, 0.5, idle * 100, '%')]
    if (one && many) targets.unshift(atLeast('W12: 1,000 files against one, MB/s', 0.8, one.seconds / many.seconds))
    return {
      name: 'W12-files',
      title: 'W12: files',
      text:
        'W2 with the same bytes in more and more files, and an agent that follows 1,000 files in which nothing comes. ' +
        undisturbed.text,
      targets,
      parts: [{ heading: 'More files', table: tableOf(passes, data.length) }, idlePart(idle)],
      measurements: { passes, idle },
    }
  },
}

function configurationFor(folder: string, out: string): string {
  return `
a1.sources = r1 ready
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = TAILDIR
a1.sources.r1.filegroups = g
a1.sources.r1.filegroups.g = ${folder}/.*\\\\.log
a1.sources.r1.positionFile = ${folder}/state/positions.json
a1.sources.r1.batchSize = 1000
a1.sources.r1.channels = c1
a1.sources.ready.type = netcat
a1.sources.ready.bind = 127.0.0.1
a1.sources.ready.port = {port}
a1.sources.ready.channels = c1
a1.channels.c1.type = memory
a1.channels.c1.capacity = 100000
a1.channels.c1.transactionCapacity = 10000
a1.sinks.k1.type = file_roll
a1.sinks.k1.channel = c1
a1.sinks.k1.sink.directory = ${out}
a1.sinks.k1.sink.rollInterval = 0
a1.sinks.k1.sink.batchSize = 1000
`
}

/** Time and cost of an agent that takes these files into one; like a running one it has read another file before. */
async function tail(
  which: 'flumen' | 'flume',
  contents: readonly Buffer[],
  place: FilePlace = 'memory',
): Promise<Pass> {
  using home = diskDirectory(which)
  const [folder, out, ready] = ['logs', 'out', 'ready'].map((name) => join(home.path, name)) as [string, string, string]
  for (const path of [folder, out, ready]) mkdirSync(path)
  for (const [file, content] of contents.entries()) writeFileSync(join(ready, `${file}.log`), content)
  const warmUp = makeData({ bytes: warmUpBytes }).bytes
  const bytes = contents.reduce((sum, { length }) => sum + length, 0)
  havePages(home.path, bytes)
  if (place === 'disk') dropFromMemory(readdirSync(ready).map((name) => join(ready, name)))
  const agent = await startConfigured(which, configurationFor(folder, out))
  try {
    const untilWritten = async (size: number): Promise<void> => {
      for (const end = now() + 600_000; sizeOf(out) < size; await sleep(5)) {
        if (agent.child.hasEnded || now() > end) throw new Error(`${which} does not get to the end of the file`)
      }
    }
    writeFileSync(join(folder, 'before.log'), warmUp)
    await untilWritten(warmUp.length)
    const before = costOf(agent.pid).cpu
    const stolen = watchStolenTime()
    const begin = now()
    for (const name of readdirSync(ready)) renameSync(join(ready, name), join(folder, name))
    await untilWritten(warmUp.length + bytes)
    const seconds = (now() - begin) / 1000
    return { seconds, stolen: stolen(), cpuPerGigabyte: ((costOf(agent.pid).cpu - before) * 1e6) / bytes }
  } finally {
    await agent.stop()
  }
}

/** What the system itself takes for the bytes: who writes them to a file takes no less. */
function copy(data: Buffer, place: FilePlace): Pass {
  using home = diskDirectory('cp')
  const [from, to] = [join(home.path, 'from'), join(home.path, 'to')]
  writeFileSync(from, data)
  havePages(home.path, data.length)
  if (place === 'disk') dropFromMemory([from])
  const stolen = watchStolenTime()
  const begin = now()
  const times = execFileSync('sh', ['-c', `cp --reflink=never --sparse=never ${from} ${to} && times`], {
    encoding: 'utf8',
  })
  const seconds = (now() - begin) / 1000
  return { seconds, stolen: stolen(), cpuPerGigabyte: (cpuOfChildren(times) * 1e9) / data.length }
}

/** The second line of the shell's `times`: user and system time, as 0m0.012s. @returns seconds */
function cpuOfChildren(times: string): number {
  const spans = [...(times.split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)]
  return spans.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0)
}

/** CPU seconds a second. */
async function measureIdle(ms: number): Promise<number> {
  using home = diskDirectory('idle')
  const [folder, out] = [join(home.path, 'logs'), join(home.path, 'out')]
  for (const path of [folder, out]) mkdirSync(path)
  for (let file = 0; file < idleFiles; file++) appendFileSync(join(folder, `${file}.log`), 'one line\n')
  const agent = await startConfigured('flumen', configurationFor(folder, out))
  try {
    while (sizeOf(out) < idleFiles * 9) await sleep(50)
    await sleep(ms / 3)
    const before = costOf(agent.pid).cpu
    const begin = now()
    await sleep(ms)
    return (costOf(agent.pid).cpu - before) / (now() - begin)
  } finally {
    await agent.stop()
  }
}

function note(passes: Passes, name: string, pass: Pass, { say }: WorkloadContext): void {
  passes[name] = [...(passes[name] ?? []), pass]
  say(`${name}: ${short(pass.seconds)} s`)
}

function medianPass(passes: readonly Pass[] | undefined): Omit<Pass, 'stolen'> | undefined {
  if (!passes || passes.length === 0) return undefined
  const median = (key: 'seconds' | 'cpuPerGigabyte'): number => medianOf(passes.map((pass) => pass[key]))
  return { seconds: median('seconds'), cpuPerGigabyte: median('cpuPerGigabyte') }
}

function tableOf(passes: Passes, bytes: number): ReportPart['table'] {
  return {
    head: ['', 'seconds', 'spread', 'MB/s', 'CPU s/GB'],
    rows: Object.entries(passes).map(([name, each]) => {
      const { median, spread } = summarize(each.map(({ seconds }) => seconds))
      const cost = medianPass(each)?.cpuPerGigabyte ?? Number.NaN
      return [name, short(median), `${Math.round(spread * 100)} %`, short(bytes / 1e6 / median), short(cost)]
    }),
  }
}

function idlePart(idle: number): ReportPart {
  return {
    heading: 'Quiet files',
    table: { head: ['files', 'CPU, %'], rows: [[String(idleFiles), short(idle * 100)]] },
  }
}
