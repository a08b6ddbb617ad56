import type { Committers, RunningCommitters } from '../peers/committers.ts'
import type { CommitTrial } from '../peers/request.ts'
import { costOf } from './process-cost.ts'

/** One length of time with committers that put and wait. */
export interface CommitPass {
  readonly commitsPerSecond: number
  readonly eventsPerSecond: number
  /** Of bodies. */
  readonly megabytesPerSecond: number
  /** CPU seconds of the program for 1e9 bytes of bodies. */
  readonly cpuPerGigabyte: number
}

export interface CommitResult {
  readonly peer: string
  readonly passes: readonly CommitPass[]
  /** Bytes of peak resident memory. */
  readonly peak: number
  /** Why there are no passes. */
  readonly missing: string | undefined
}

export interface CommitRounds {
  readonly rounds: number
  /** Of a pass. */
  readonly milliseconds: number
}

/** A JVM needs more than one pass to become warm. */
const warmUps = 2

/**
 * Starts each peer once, with empty directories, then lets one after the other commit, round by round; every second
 * round goes the other way, since a disk is slower after one who wrote much.
 */
export async function measureCommits(
  peers: readonly Committers[],
  trial: CommitTrial,
  { rounds, milliseconds }: CommitRounds,
  say: (text: string) => void,
): Promise<CommitResult[]> {
  const turns = peers.map((peer) => new Turn(peer))
  try {
    for (const turn of turns) await turn.begin()
    for (let round = -warmUps; round < rounds; round++) {
      const inOrder = round % 2 === 0 ? turns : turns.toReversed()
      for (const turn of inOrder) await turn.take(trial, milliseconds, round >= 0 ? say : undefined)
    }
  } finally {
    for (const turn of turns) await turn.end()
  }
  return turns.map((turn) => turn.result())
}

/** A peer in its turns. What fails is told in its result and ends its turns, not those of the others. */
class Turn {
  readonly #peer: Committers
  readonly #passes: CommitPass[] = []
  #running: RunningCommitters | undefined
  #missing: string | undefined
  #peak = 0

  constructor(peer: Committers) {
    this.#peer = peer
  }

  async begin(): Promise<void> {
    this.#missing = await this.#peer.missing()
    if (this.#missing !== undefined) return
    await this.#guarded(async () => {
      this.#running = await this.#peer.start()
    })
  }

  async take(trial: CommitTrial, milliseconds: number, say: ((text: string) => void) | undefined): Promise<void> {
    const running = this.#running
    if (running === undefined) return
    await this.#guarded(async () => {
      const pass = await this.#measure(running, trial, milliseconds)
      if (!say) return
      this.#passes.push(pass)
      say(`${this.#peer.name}: ${Math.round(pass.commitsPerSecond)} commits/s`)
    })
  }

  result(): CommitResult {
    const passes = this.#missing === undefined ? this.#passes : []
    return { peer: this.#peer.name, passes, peak: this.#peak, missing: this.#missing }
  }

  async end(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    await running?.stop()
  }

  async #measure(running: RunningCommitters, trial: CommitTrial, milliseconds: number): Promise<CommitPass> {
    const before = costOf(running.pid)
    const committed = await running.run(trial, milliseconds)
    const after = costOf(running.pid)
    this.#peak = after.peak
    const commitsPerSecond = (committed.commits * 1000) / committed.milliseconds
    const eventsPerSecond = commitsPerSecond * trial.batch
    const bytes = committed.commits * trial.batch * trial.bytes
    return {
      commitsPerSecond,
      eventsPerSecond,
      megabytesPerSecond: (eventsPerSecond * trial.bytes) / 1e6,
      cpuPerGigabyte: ((after.cpu - before.cpu) * 1e6) / bytes,
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
