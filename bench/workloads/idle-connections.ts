import { setTimeout as sleep } from 'node:timers/promises'
import type { Load } from '../load/load.ts'
import { costOf } from '../measure/process-cost.ts'
import { medianOf } from '../measure/statistics.ts'
import { ceiling } from '../peers/bare-node.ts'
import { type Peer, plainFlow } from '../peers/peer.ts'
import { atMost, type ReportPart, short, type Target } from '../report/report.ts'
import type { WorkloadContext } from './workload.ts'

/** Resident bytes with so many idle connections, a round each, by the name of the program. */
type Memory = Record<string, Record<number, number[]>>

const idleCounts = [0, 1000, 10_000]
const rounds = 3
const settleMs = 2000

export interface Idle {
  readonly name: string
  /** Each connection has sent a batch of so many events by Avro's calls; 0: nothing. */
  readonly events: number
  start(): Promise<{ readonly pid: number; readonly port: number; stop(): Promise<unknown> }>
}

/** What Node.js itself takes: it reads lines, and nothing comes. */
export const idleBare: Idle = { name: ceiling.name, events: 0, start: () => startedPlain(ceiling) }

export async function startedPlain(peer: Peer): ReturnType<Idle['start']> {
  const { pid, ports, stop } = await peer.start(plainFlow)
  return { pid, port: ports[0]!, stop }
}

/** @param subjects the one that is held to the target comes second, after what it is compared with */
export async function measureIdle(
  { load, say }: WorkloadContext,
  subjects: readonly [bare: Idle, ours: Idle],
  workload: string,
): Promise<{ part: ReportPart; target: Target; measured: Memory }> {
  const none = (): Record<number, number[]> => Object.fromEntries(idleCounts.map((count) => [count, []]))
  const measured: Memory = Object.fromEntries(subjects.map(({ name }) => [name, none()]))
  for (let round = 0; round < rounds; round++) {
    for (const { name, events, start } of subjects) {
      const byCount = measured[name]!
      const { pid, port, stop } = await start()
      try {
        await holdMore(load, pid, { port, events }, byCount)
      } finally {
        await load.letGo()
        await stop()
      }
      say(`${name}: ${short(perConnection(byCount, 10_000) / 1000)} kB a connection`)
    }
  }
  const [bare, ours] = subjects.map(({ name }) => medianOf(measured[name]![10_000]!)) as [number, number]
  // Of the whole, as garbage of the start may be collected in between: it is not less than what a connection takes.
  const more = (ours - bare) / 10_000 / 1000
  const target = atMost(`${workload}: memory of an idle connection over bare Node.js`, 10, more, 'kB')
  return { part: partOf(measured), target, measured }
}

async function holdMore(
  load: Load,
  pid: number,
  to: { readonly port: number; readonly events: number },
  byCount: Record<number, number[]>,
): Promise<void> {
  let there = 0
  for (const count of idleCounts) {
    await load.hold({ ...to, connections: count - there })
    there = count
    await sleep(settleMs)
    byCount[count]!.push(costOf(pid).resident)
  }
}

function perConnection(byCount: Record<number, number[]>, count: number): number {
  return (medianOf(byCount[count]!) - medianOf(byCount[0]!)) / count
}

function partOf(measured: Memory): ReportPart {
  return {
    heading: 'Memory of idle connections',
    notes: [
      'Resident memory with connections that are open and send nothing (more). The target compares the whole at 10,000, so that ' +
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
