import type { CommitResult } from '../measure/commits.ts'
import { medianOf, summarize } from '../measure/statistics.ts'
import type { BarChart } from './charts.ts'
import { ratioBetween } from './flow-table.ts'
import { short, type Table } from './report.ts'

/** A row a peer, with its ratio of commits to two of them. */
export function commitTable(results: readonly CommitResult[], disk: string, flume: string): Table {
  const head = ['', 'commits/s', 'events/s', 'MB/s', 'spread', 'CPU s/GB', 'peak memory, MB']
  return {
    head: [...head, 'against the disk', `against ${flume}`],
    rows: results.map((result) => row(result, results, disk, flume)),
  }
}

function row(result: CommitResult, results: readonly CommitResult[], disk: string, flume: string): string[] {
  const { peer, passes, peak, missing } = result
  if (passes.length === 0) return [peer, missing ?? 'not measured', '', '', '', '', '', '', '']
  const speed = summarize(passes.map(({ commitsPerSecond }) => commitsPerSecond))
  const times = (other: string): string => {
    const ratio = ratioBetween(results, peer, other, 'commitsPerSecond')
    return ratio === undefined ? '–' : `${short(ratio)} ×`
  }
  return [
    peer,
    short(speed.median),
    short(medianOf(passes.map(({ eventsPerSecond }) => eventsPerSecond))),
    short(medianOf(passes.map(({ megabytesPerSecond }) => megabytesPerSecond))),
    `${Math.round(speed.spread * 100)} %`,
    short(medianOf(passes.map(({ cpuPerGigabyte }) => cpuPerGigabyte))),
    short(peak / 1e6),
    times(disk),
    times(flume),
  ]
}

export function commitChart(title: string, results: readonly CommitResult[]): BarChart {
  return {
    kind: 'bars',
    title,
    unit: 'commits/s',
    bars: results
      .filter(({ passes }) => passes.length > 0)
      .map(({ peer, passes }) => {
        const { median, min, max } = summarize(passes.map(({ commitsPerSecond }) => commitsPerSecond))
        return { name: peer, value: median, low: min, high: max }
      }),
  }
}
