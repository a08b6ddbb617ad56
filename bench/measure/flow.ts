import type { DataOptions } from '../data/lines.ts'
import type { SendCommand } from '../load/commands.ts'
import type { Load } from '../load/load.ts'
import { deliveredOnce, type Flow, type Peer, type RunningPeer } from '../peers/peer.ts'
import { costOf } from './process-cost.ts'

/** One sending of the data. */
export interface Pass {
  readonly eventsPerSecond: number
  readonly megabytesPerSecond: number
  /** CPU seconds of the peer for 1e9 bytes. */
  readonly cpuPerGigabyte: number
  /** CPU of the load generator as a share of the time that it took. */
  readonly loadShare: number
}

export interface FlowResult {
  readonly peer: string
  readonly passes: readonly Pass[]
  /** Bytes of peak resident memory. */
  readonly peak: number
  /** Why there are no passes. */
  readonly missing: string | undefined
}

export interface FlowTrial {
  readonly peers: readonly Peer[]
  readonly data: DataOptions
  /** Its lines and routes come from the data. */
  readonly flow: Omit<Flow, 'lines' | 'routes'>
  /** Slow peers get only so many of its lines. */
  readonly linesForSlow?: number
  readonly connections: number
  readonly each?: SendCommand['each']
  /** How often each peer that is not slow gets the data in a pass. */
  readonly times?: number
  readonly rounds: number
  /** Rounds before those that count. */
  readonly warmUps?: number
}

/** Starts each peer once, then sends the data to one after the other, round by round. */
export async function measureFlow(load: Load, trial: FlowTrial, say: (text: string) => void): Promise<FlowResult[]> {
  const { lines, routes } = await load.prepare(trial.data)
  const flow: Flow = { ...trial.flow, lines, routes }
  const turns: Turn[] = []
  try {
    for (const peer of trial.peers)
      turns.push(await Turn.begin(peer, flow, peer.isSlow ? trial.linesForSlow : undefined))
    const warmUps = trial.warmUps ?? 1
    for (let round = -warmUps; round < trial.rounds; round++) {
      for (const turn of turns) await turn.take(load, trial, round >= 0 ? say : undefined)
    }
  } finally {
    for (const turn of turns) await turn.end()
  }
  return turns.map((turn) => turn.result())
}

/** A peer in its turns. What fails is told in its result and ends its turns, not those of the others. */
class Turn {
  readonly #peer: Peer
  readonly #flow: Flow
  readonly #onlyLines: number | undefined
  readonly #passes: Pass[] = []
  #running: RunningPeer | undefined
  #missing: string | undefined
  #peak = 0
  /** How often the data has been sent, the warm-up included. */
  #sendings = 0

  private constructor(peer: Peer, flow: Flow, onlyLines: number | undefined) {
    this.#peer = peer
    this.#flow = { ...flow, lines: onlyLines ?? flow.lines }
    this.#onlyLines = onlyLines
  }

  static async begin(peer: Peer, flow: Flow, onlyLines: number | undefined): Promise<Turn> {
    const turn = new Turn(peer, flow, onlyLines)
    turn.#missing = await peer.missing(flow)
    if (turn.#missing !== undefined) return turn
    await turn.#guarded(async () => {
      turn.#running = await peer.start(turn.#flow)
    })
    return turn
  }

  async take(load: Load, trial: FlowTrial, say: ((text: string) => void) | undefined): Promise<void> {
    const running = this.#running
    if (running === undefined) return
    await this.#guarded(async () => {
      const pass = await this.#measure(running, load, trial)
      if (!say) return
      this.#passes.push(pass)
      say(`${this.#peer.name}: ${Math.round(pass.megabytesPerSecond)} MB/s`)
    })
  }

  result(): FlowResult {
    const passes = this.#missing === undefined ? this.#passes : []
    return { peer: this.#peer.name, passes, peak: this.#peak, missing: this.#missing }
  }

  /** What it has delivered in all has to be what was sent. */
  async end(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    const delivered = await running?.stop()
    const expected = deliveredOnce(this.#flow) * this.#sendings
    if (delivered !== undefined && delivered !== expected) {
      this.#missing ??= `failed: it has delivered ${delivered} events and not ${expected}`
    }
  }

  async #measure(running: RunningPeer, load: Load, trial: FlowTrial): Promise<Pass> {
    const { connections, each = 'share' } = trial
    const times = this.#peer.isSlow ? 1 : (trial.times ?? 1)
    const done = running.expect(times)
    const before = costOf(running.pid)
    const part = this.#onlyLines === undefined ? {} : { lines: this.#onlyLines }
    const sent = await load.send({ ports: running.ports, connections, each, times, ...part })
    const elapsed = (await done(sent)) - sent.firstByteAt
    await running.settled?.()
    const after = costOf(running.pid)
    this.#peak = after.peak
    this.#sendings += times
    const lines = this.#flow.lines * times * (each === 'all' ? connections : 1)
    return {
      eventsPerSecond: (lines * 1000) / elapsed,
      megabytesPerSecond: sent.bytes / 1000 / elapsed,
      cpuPerGigabyte: ((after.cpu - before.cpu) * 1e6) / sent.bytes,
      loadShare: sent.cpu / (sent.closedAt - sent.firstByteAt),
    }
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#missing ??= `failed: ${error instanceof Error ? error.message.split('\n')[0] : error}`
      await this.end()
    }
  }
}
