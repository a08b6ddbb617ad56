import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../servers/server.ts'
import { Random } from '../data/random.ts'
import { medianOf, percentile } from '../measure/statistics.ts'
import { now } from '../measure/time.ts'
import { flume, flumen, startConfigured } from '../peers/agents.ts'
import { startBare } from '../peers/bare-node.ts'
import { answeringConfiguration } from '../peers/configuration.ts'
import { plainFlow } from '../peers/peer.ts'
import { atMost, type Report, short } from '../report/report.ts'
import type { Workload, WorkloadContext } from './workload.ts'

const events = 2000
/** Events of Flume, which takes seconds for one where its sink sleeps. */
const rounds = 5
/** Ms between an event's arrival and the next event, at least and at most. */
const pause = { least: 2, most: 8 }
const deadlineMs = 20_000
/** Percentiles of the latencies that the results keep. */
const kept: readonly number[] = [...Array.from({ length: 100 }, (_, percent) => percent), 99.5, 99.9, 100]

interface Path {
  readonly name: string
  readonly port: number
  stop(): Promise<void>
}

type Listen = (chunk: Buffer) => void

/** W11: how long one event takes through an agent that has nothing else to do. */
export const w11: Workload = {
  name: 'W11',
  inSmoke: false,
  run: async (context) => {
    const arrivals = new Arrivals()
    const paths = await startPaths(context, (chunk) => arrivals.see(chunk))
    const latencies: Record<string, number[]> = Object.fromEntries(paths.map(({ name }) => [name, []]))
    try {
      for (let round = -1; round < rounds; round++) {
        for (const path of paths) {
          const found = await sendOneByOne(path, arrivals, Math.ceil(events / rounds / context.scale.shorter))
          if (round < 0) continue
          latencies[path.name]!.push(...found)
          context.say(`${path.name}: median ${short(medianOf(found))} ms`)
        }
      }
    } finally {
      for (const path of paths) await path.stop()
    }
    return reportOf(latencies)
  },
}

async function startPaths({ scale, say }: WorkloadContext, onOutput: Listen): Promise<Path[]> {
  const port = await freePort()
  const bare = await startBare('forward-lines', [port], [port], onOutput)
  const toOutput = answeringConfiguration('a1.sinks.k1.type = stdout')
  const toLog = answeringConfiguration('a1.sinks.k1.type = logger')
  const paths: Path[] = [{ name: 'bare Node.js', port, stop: () => bare.stop() }]
  paths.push({ name: `${flumen.name}, stdout sink`, ...(await startConfigured('flumen', toOutput, onOutput)) })
  paths.push({ name: `${flumen.name}, logger sink`, ...watched(await startConfigured('flumen', toLog), onOutput) })
  const reason = scale.withPeers ? await flume.missing(plainFlow) : 'not part of this run'
  if (reason === undefined)
    paths.push({ name: `${flume.name}, logger sink`, ...watched(await startConfigured('flume', toLog), onOutput) })
  else say(`${flume.name}: ${reason}`)
  return paths
}

/** The log comes over standard error. */
function watched(started: Awaited<ReturnType<typeof startConfigured>>, onOutput: Listen): typeof started {
  started.child.watch((line) => onOutput(Buffer.from(line)))
  return started
}

/** Lets one wait until an event, known by its number of nine digits, comes out. */
class Arrivals {
  #wanted = ''
  #seen: (at: number) => void = () => undefined

  expect(mark: string): Promise<number> {
    this.#wanted = mark
    return new Promise((resolve) => {
      this.#seen = resolve
    })
  }

  see(chunk: Buffer): void {
    const at = now()
    if (this.#wanted !== '' && chunk.includes(this.#wanted)) this.#seen(at)
  }
}

async function sendOneByOne({ port }: Path, arrivals: Arrivals, count: number): Promise<number[]> {
  const random = new Random(count)
  const socket = await connected(port)
  const found: number[] = []
  try {
    for (let event = 0; event < count; event++) {
      const mark = String(100_000_000 + random.below(899_999_999))
      const arrival = Promise.race([arrivals.expect(mark), sleep(deadlineMs, undefined, { ref: false })])
      const sentAt = now()
      socket.write(`${mark}\n`)
      const at = await arrival
      if (at === undefined) throw new Error(`an event has not come out after ${deadlineMs} ms`)
      found.push(at - sentAt)
      await sleep(pause.least + random.below(pause.most - pause.least + 1))
    }
    return found
  } finally {
    socket.destroy()
  }
}

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket.resume()))
    socket.once('error', reject)
  })
}

function reportOf(latencies: Record<string, number[]>): Report {
  const sorted = Object.entries(latencies).map(([name, found]) => [name, found.toSorted((a, b) => a - b)] as const)
  const ours = sorted.find(([name]) => name === `${flumen.name}, stdout sink`)![1]
  return {
    name: 'W11',
    title: 'W11: latency of one event',
    text:
      'One line over TCP into an agent that has nothing else to do: netcat → memory → stdout, with standard output ' +
      `piped to the bench, which takes the time of the write and of the arrival; then a pause of ${pause.least} to ` +
      `${pause.most} ms. All defaults, but for the capacity of the channel. Flume has no sink that writes to standard ` +
      'output: it logs the event, and so that the two can be compared Flumen does too. Bare Node.js writes to standard ' +
      'output what it reads. Milliseconds.',
    targets: [atMost('W11: 99 % of the events through an idle agent', 2, percentile(ours, 99), 'ms')],
    parts: [
      {
        table: {
          head: ['', 'median', '90 %', '99 %', '99.9 %', 'longest', 'events'],
          rows: sorted.map(([name, found]) => [
            name,
            ...[50, 90, 99, 99.9, 100].map((percent) => short(percentile(found, percent))),
            String(found.length),
          ]),
        },
      },
    ],
    measurements: Object.fromEntries(
      sorted.map(([name, found]) => [name, kept.map((percent) => percentile(found, percent))]),
    ),
  }
}
