import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CommitResult } from '../measure/commits.ts'
import type { FlowResult } from '../measure/flow.ts'
import { flume, flumen } from '../peers/agents.ts'
import { storing } from '../peers/bare-node.ts'
import { answering, appending, flumeAgent, flumeChannel, flumenChannel } from '../peers/committers.ts'
import type { Durable } from './durable.ts'
import { durableReport } from './durable-report.ts'

const flow = (peer: string, megabytesPerSecond: number, cpuPerGigabyte: number): FlowResult => ({
  peer,
  passes: [{ eventsPerSecond: megabytesPerSecond * 5000, megabytesPerSecond, cpuPerGigabyte, loadShare: 0 }],
  peak: 1e8,
  missing: undefined,
})

const commits = ({ name }: { name: string }, commitsPerSecond: number, cpuPerGigabyte = 1): CommitResult => ({
  peer: name,
  passes: [
    { commitsPerSecond, eventsPerSecond: commitsPerSecond, megabytesPerSecond: commitsPerSecond, cpuPerGigabyte },
  ],
  peak: 1e8,
  missing: undefined,
})

const answered = (perSecond: number) => ({ 64: [{ perSecond, serverShare: 1, clientShare: 1, peak: 1e8 }] })

const durable: Durable = {
  lines: {
    1: {
      flow: [flow(storing.name, 400, 2), flow(flumen.name, 300, 3), flow(flume.name, 2, 60)],
      disk: [commits(appending, 500)],
    },
  },
  cases: [
    {
      ...{ heading: 'One committer', committers: 1, batch: 100, bytes: 200, inSmoke: true },
      results: [commits(appending, 5000), commits(flumenChannel, 4000)],
    },
    {
      ...{ heading: '16 committers', committers: 16, batch: 1000, bytes: 200, inSmoke: true },
      results: [commits(flumenChannel, 1500, 2), commits(flumeAgent, 100, 90), commits(flumeChannel, 150, 40)],
    },
    {
      ...{ heading: '64 committers', committers: 64, batch: 1, bytes: 200, inSmoke: true },
      results: [commits(appending, 5000), commits(answering, 800_000), commits(flumenChannel, 300_000)],
    },
    {
      ...{ heading: '16 committers, 1 MiB each', committers: 16, batch: 1024, bytes: 1024, inSmoke: true },
      results: [commits(appending, 500), commits(flumenChannel, 450)],
    },
  ],
  answers: { 'bare Node.js': answered(80_000), [flumen.name]: answered(50_000) },
  steps: [{ heading: '16 committers', main: {}, log: { sync: 0.6 } }],
}

test('each bar of durable channels is judged against what it is set against', () => {
  const found = durableReport(durable).targets.map(({ what, target, found }) => [
    what.split(', ').slice(1).join(', '),
    target,
    found,
  ])
  const floor = 'against 30 × the serial syncs or 60 % of bare Node.js, whichever is less'
  assert.deepEqual(found, [
    ['lines, one connection: against Flume, events/s', '≥ 100 ×', '150 ×'],
    ['lines, one connection: against Flume, CPU per GB', '≤ 0.1 ×', '0.050 ×'],
    ["lines, one connection: against the disk's sequential write + fdatasync, MB/s", '≥ 0.8 ×', '0.600 ×'],
    ['one committer: time of a commit against write + fdatasync', '≤ 1.3 ×', '1.25 ×'],
    ['16 committers: against Flume, events/s', '≥ 10 ×', '15.0 ×'],
    ["16 committers: against Flume's channel alone, CPU per GB", '≤ 0.1 ×', '0.050 ×'],
    [`64 committers: ${floor}`, '≥ 1 ×', '2.00 ×'],
    ["16 committers, 1 MiB each: against the disk's sequential write + fdatasync, MB/s", '≥ 0.8 ×', '0.900 ×'],
    [`64 clients of netcat: ${floor}`, '≥ 1 ×', '1.04 ×'],
  ])
})

test('what is missing has no target, and stands in its table with the reason', () => {
  const [, each] = durable.cases
  const missing = { peer: flumeAgent.name, passes: [], peak: 0, missing: 'Java 17 is not on the PATH' }
  const report = durableReport({
    ...durable,
    lines: {},
    cases: [{ ...each!, results: [missing, commits(flumenChannel, 1500)] }],
    answers: {},
  })
  assert.deepEqual(report.targets, [])
  assert.deepEqual(report.parts[0]?.table.rows[0]?.slice(0, 2), [flumeAgent.name, 'Java 17 is not on the PATH'])
})

test('the steps of a commit are rows for each thread', () => {
  const { table } = durableReport(durable).parts.at(-1)!
  const sync = table.head.indexOf('sync')
  assert.deepEqual(
    table.rows.map((row) => [row[1], row[sync]]),
    [
      ['log', '60 %'],
      ['main', '–'],
    ],
  )
})
