import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { medianOf } from '../../bench/measure/statistics.ts'
import { connectMany } from './hostile-agent.ts'
import { clientHello } from './slow-clients.ts'
import { type SlowAgent, type SlowTarget, slowAgent, slowHttp, slowTargets } from './slow-targets.ts'

const clients = 5000
/** Each sends a byte so often, as in the bar. */
const everyMs = 10_000
/** In so many groups, one after the other. */
const groups = 100
/** The default of all. */
const timeoutSeconds = 60
const leastPace = 0.9
/** Of a pace there are so many measurements with slow clients, each between two without. */
const turns = 4

/**
 * What honest clients do a second beside 5,000 slow ones, for each source, as a part of what they do without: S2's last
 * figure. On a machine that does nothing else; the slow ones and the honest one are of one process.
 */
export async function slowClientsCampaign({
  rounds: seconds,
}: {
  readonly rounds: number
}): Promise<{ figures: string; faults: string[] }> {
  const figures: string[] = []
  const faults: string[] = []
  const subjects = [
    ...[...slowTargets, slowHttp].map((target) => ({ target, tls: false })),
    ...slowTargets
      .filter(({ type, name }) => name === undefined && ['syslogtcp', 'avro', 'thrift'].includes(type))
      .map((target) => ({ target, tls: true })),
  ]
  for (const { target, tls } of subjects) {
    const name = `${target.name ?? target.type}${tls ? ' with TLS' : ''}`
    const { pace, aSecond } = await paceBeside(target, tls, seconds)
    figures.push(`${name} ${Math.round(pace * 100)} % of ${Math.round(aSecond)}`)
    if (pace < leastPace) faults.push(`${name}: ${Math.round(pace * 100)} %`)
  }
  return { figures: `honest events a second beside ${clients} slow clients: ${figures.join(', ')}`, faults }
}

async function paceBeside(
  target: SlowTarget,
  tls: boolean,
  seconds: number,
): Promise<{ readonly pace: number; readonly aSecond: number }> {
  const atEnd: (() => unknown)[] = []
  const cleanup = { after: (work: () => unknown) => void atEnd.unshift(work) }
  try {
    const { address, send } = await slowAgent(cleanup, target, { tls, timeoutSeconds })
    const first = tls ? await clientHello() : target.event
    const paces: number[] = []
    await honestEvents(send, seconds)
    const alone = [await honestEvents(send, seconds)]
    for (let turn = 0; turn < turns; turn++) {
      const slow = await SlowOnes.connect(address, first)
      const beside = await honestEvents(send, seconds)
      await slow.leave()
      alone.push(await honestEvents(send, seconds))
      paces.push((2 * beside) / (alone.at(-2)! + alone.at(-1)!))
    }
    return { pace: medianOf(paces), aSecond: medianOf(alone) }
  } finally {
    for (const work of atEnd) await work()
  }
}

/** One after the other. @returns how many a second */
async function honestEvents(send: SlowAgent['send'], seconds: number): Promise<number> {
  const began = performance.now()
  let sent = 0
  while (performance.now() - began < seconds * 1000) {
    await send()
    sent++
  }
  return (sent * 1000) / (performance.now() - began)
}

/** Half of them have sent a half of something, the others nothing; then each goes on by a byte now and then. */
class SlowOnes {
  readonly #sockets: readonly Socket[]
  readonly #dripping: NodeJS.Timeout

  static async connect(port: number | string, first: Buffer): Promise<SlowOnes> {
    const sockets = await connectMany(port, clients)
    for (const socket of sockets) socket.resume()
    for (const socket of sockets.slice(0, clients / 2)) socket.write(first.subarray(0, first.length >> 1))
    // What connecting costs is not what they cost.
    await sleep(1000)
    return new SlowOnes(sockets, first)
  }

  private constructor(sockets: readonly Socket[], first: Buffer) {
    this.#sockets = sockets
    let turn = 0
    this.#dripping = setInterval(() => {
      const index = Math.floor(turn / groups) % (first.length >> 1)
      const some = sockets.slice(((turn % groups) * clients) / groups, (((turn % groups) + 1) * clients) / groups)
      for (const [place, socket] of some.entries()) {
        const isBegun = (turn % groups) * (clients / groups) + place < clients / 2
        if (socket.writable) socket.write(first.subarray(index + (isBegun ? first.length >> 1 : 0)).subarray(0, 1))
      }
      turn++
    }, everyMs / groups)
  }

  async leave(): Promise<void> {
    clearInterval(this.#dripping)
    for (const socket of this.#sockets) socket.destroy()
    await sleep(1000)
  }
}
