import { freePort } from '../../servers/server.ts'
import { askProgram } from '../load/ask.ts'
import type { Load } from '../load/load.ts'
import { costOf } from '../measure/process-cost.ts'
import { medianOf, ratioOf, summarize } from '../measure/statistics.ts'
import { flume, flumen, startConfigured } from '../peers/agents.ts'
import { startBare } from '../peers/bare-node.ts'
import { answeringConfiguration } from '../peers/configuration.ts'
import { plainFlow } from '../peers/peer.ts'
import { atLeast, type Report, short, type Table } from '../report/report.ts'
import type { Workload, WorkloadContext } from './workload.ts'

const clientCounts = [1, 8, 64]
const milliseconds = 2000
const bare = 'bare Node.js'

interface Answers {
  readonly perSecond: number
  /** CPU of the server as a share of one core. */
  readonly serverShare: number
  readonly clientShare: number
}

/** By the name of the server, then by the number of clients. */
type Measured = Record<string, Record<number, Answers[]>>

interface Server {
  readonly name: string
  readonly pid: number
  readonly port: number
  stop(): Promise<void>
}

/** One-line clients that wait for OK. */
export const answers: Workload = {
  name: 'answers',
  inSmoke: true,
  run: async (context) => {
    const servers = await startServers(context)
    try {
      const measured = await measure(servers, context)
      return reportOf(measured, askProgram() !== undefined)
    } finally {
      for (const server of servers) await server.stop()
    }
  },
}

async function startServers({ scale, say }: WorkloadContext): Promise<Server[]> {
  const port = await freePort()
  const answerer = await startBare('answer-lines', [port], [port])
  const configuration = answeringConfiguration(
    'a1.sinks.k1.type = null\na1.sinks.k1.batchSize = 1000\na1.sinks.k1.logEveryNEvents = 1000000000',
  )
  const servers: Server[] = [
    { name: bare, pid: answerer.pid, port, stop: () => answerer.stop() },
    { name: flumen.name, ...(await startConfigured('flumen', configuration)) },
  ]
  const reason = scale.withPeers ? await flume.missing(plainFlow) : 'not part of this run'
  if (reason === undefined) servers.push({ name: flume.name, ...(await startConfigured('flume', configuration)) })
  else say(`${flume.name}: ${reason}`)
  return servers
}

async function measure(servers: readonly Server[], { load, scale, say }: WorkloadContext): Promise<Measured> {
  const measured: Measured = Object.fromEntries(servers.map(({ name }) => [name, {}]))
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
  const cpu = costOf(pid).cpu - before
  return {
    perSecond: (asked.answers * 1000) / asked.milliseconds,
    serverShare: cpu / asked.milliseconds,
    clientShare: asked.cpu / asked.milliseconds,
  }
}

function reportOf(measured: Measured, isCompiled: boolean): Report {
  const speeds = (name: string, clients: number): number[] =>
    measured[name]![clients]!.map(({ perSecond }) => perSecond)
  const ratio = ratioOf(speeds(flumen.name, 64), speeds(bare, 64))
  return {
    name: 'answers',
    title: 'Acknowledged lines, one at a time',
    text:
      'netcat with acknowledgements → memory → null. Each client sends one line of about 190 bytes and waits for OK ' +
      'before it sends the next. Bare Node.js answers OK to each line and does nothing else. ' +
      (isCompiled
        ? 'The clients are one C program.'
        : 'No C compiler was found: the clients run on Node.js and are as slow as what they measure.'),
    targets: [atLeast('64 one-line clients, against a bare Node.js answerer', 0.6, ratio)],
    parts: [
      {
        table: tableOf(measured),
        chart: {
          kind: 'lines',
          title: 'Answers a second',
          xLabel: 'clients',
          unit: 'answers/s',
          xs: clientCounts,
          lines: Object.entries(measured).map(([name, byClients]) => ({
            name,
            ys: clientCounts.map((clients) => medianOf(byClients[clients]!.map(({ perSecond }) => perSecond))),
          })),
        },
      },
    ],
    measurements: measured,
  }
}

function tableOf(measured: Measured): Table {
  const rows = Object.entries(measured).flatMap(([name, byClients]) =>
    clientCounts.map((clients) => {
      const rounds = byClients[clients]!
      const { median, spread } = summarize(rounds.map(({ perSecond }) => perSecond))
      const others = measured[bare]![clients]!.map(({ perSecond }) => perSecond)
      return [
        name,
        String(clients),
        short(median),
        `${Math.round(spread * 100)} %`,
        percent(medianOf(rounds.map(({ serverShare }) => serverShare))),
        percent(medianOf(rounds.map(({ clientShare }) => clientShare))),
        `${short(
          ratioOf(
            rounds.map(({ perSecond }) => perSecond),
            others,
          ),
        )} ×`,
      ]
    }),
  )
  const head = ['', 'clients', 'answers/s', 'spread', 'CPU of the server', 'CPU of the clients', `against ${bare}`]
  return { head, rows }
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
