import { freePort } from '../../servers/server.ts'
import type { Load } from '../load/load.ts'
import { costOf } from '../measure/process-cost.ts'
import { medianOf, ratioOf, summarize } from '../measure/statistics.ts'
import { flume, flumen, startConfigured } from '../peers/agents.ts'
import { startBare } from '../peers/bare-node.ts'
import { answeringConfiguration } from '../peers/configuration.ts'
import { type Flow, plainFlow } from '../peers/peer.ts'
import { short, type Table } from '../report/report.ts'
import type { WorkloadContext } from './workload.ts'

const milliseconds = 2000
/** Answers and does nothing else. */
export const bareAnswerer = 'bare Node.js'

export interface Answers {
  readonly perSecond: number
  /** CPU of the server as a share of one core. */
  readonly serverShare: number
  readonly clientShare: number
  /** Bytes of the server's resident memory so far, at its peak. */
  readonly peak: number
}

/** By the name of the server, then by the number of clients. */
export type MeasuredAnswers = Record<string, Record<number, Answers[]>>

interface Server {
  readonly name: string
  readonly pid: number
  readonly port: number
  stop(): Promise<void>
}

/** One-line clients of netcat that wait for OK, with each number of clients, and each server in turns. */
export async function measureAnswers(
  context: WorkloadContext,
  channel: Flow['channel'],
  clientCounts: readonly number[],
): Promise<MeasuredAnswers> {
  const servers = await startServers(context, channel)
  try {
    return await measure(servers, context, clientCounts)
  } finally {
    for (const server of servers) await server.stop()
  }
}

/** Answers a second, a round each. */
export function answerSpeeds(measured: MeasuredAnswers, name: string, clients: number): number[] {
  return (measured[name]?.[clients] ?? []).map(({ perSecond }) => perSecond)
}

export function answersTable(measured: MeasuredAnswers): Table {
  const rows = Object.entries(measured).flatMap(([name, byClients]) =>
    Object.entries(byClients).map(([clients, rounds]) => {
      const speeds = rounds.map(({ perSecond }) => perSecond)
      const { median, spread } = summarize(speeds)
      return [
        name,
        clients,
        short(median),
        `${Math.round(spread * 100)} %`,
        percent(medianOf(rounds.map(({ serverShare }) => serverShare))),
        percent(medianOf(rounds.map(({ clientShare }) => clientShare))),
        short(Math.max(...rounds.map(({ peak }) => peak)) / 1e6),
        `${short(ratioOf(speeds, answerSpeeds(measured, bareAnswerer, Number(clients))))} ×`,
      ]
    }),
  )
  const cpu = ['CPU of the server', 'CPU of the clients']
  return { head: ['', 'clients', 'answers/s', 'spread', ...cpu, 'peak memory, MB', `against ${bareAnswerer}`], rows }
}

async function startServers({ scale, say }: WorkloadContext, channel: Flow['channel']): Promise<Server[]> {
  const port = await freePort()
  const answerer = await startBare('answer-lines', [port], [port])
  const sink = 'a1.sinks.k1.type = null\na1.sinks.k1.batchSize = 1000\na1.sinks.k1.logEveryNEvents = 1000000000'
  const configuration = answeringConfiguration(sink, channel)
  const servers: Server[] = [{ name: bareAnswerer, pid: answerer.pid, port, stop: () => answerer.stop() }]
  servers.push({ name: flumen.name, ...(await startConfigured('flumen', configuration)) })
  const reason = scale.withPeers ? await flume.missing(plainFlow) : 'not part of this run'
  if (reason === undefined) servers.push({ name: flume.name, ...(await startConfigured('flume', configuration)) })
  else say(`${flume.name}: ${reason}`)
  return servers
}

async function measure(
  servers: readonly Server[],
  { load, scale, say }: WorkloadContext,
  clientCounts: readonly number[],
): Promise<MeasuredAnswers> {
  const measured: MeasuredAnswers = Object.fromEntries(servers.map(({ name }) => [name, {}]))
  for (const clients of clientCounts) {
    for (let round = -1; round < scale.rounds; round++) {
      for (const server of servers) {
        const answered = await askOnce(load, server, clients, milliseconds / scale.shorter)
        if (round < 0) continue
        const byClients = measured[server.name]!
        byClients[clients] = [...(byClients[clients] ?? []), answered]
        say(`${clients} clients, ${server.name}: ${short(answered.perSecond)}/s`)
      }
    }
  }
  return measured
}

async function askOnce(load: Load, { pid, port }: Server, clients: number, length: number): Promise<Answers> {
  const before = costOf(pid).cpu
  const asked = await load.ask({ port, clients, milliseconds: length })
  const { cpu, peak } = costOf(pid)
  return {
    perSecond: (asked.answers * 1000) / asked.milliseconds,
    serverShare: (cpu - before) / asked.milliseconds,
    clientShare: asked.cpu / asked.milliseconds,
    peak,
  }
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
