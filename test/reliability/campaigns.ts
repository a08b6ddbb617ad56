import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { root, temporaryDirectory } from '../../servers/server.ts'
import { slowClientsCampaign } from '../hostile/slow-campaign.ts'
import { crowdedRotationCampaign, rotationCampaign } from '../rotation/campaign.ts'
import { networkCampaign } from '../tiers/network.ts'
import { fillLog, openLog } from './backlog.ts'
import { huntBugs } from './bug-hunt.ts'
import { endAgain, percentile } from './crashes.ts'
import { fillDisk, limitProcess, makeReadOnly } from './full-disk.ts'
import { calls, killAt } from './kill-points.ts'
import { cutPower } from './power-cuts.ts'
import { soak } from './soak.ts'
import { failSync } from './sync-failures.ts'

export interface Order {
  readonly rounds: number
  readonly seed: number
}

export interface Result {
  readonly figures: string
  readonly faults: readonly string[]
  /** Rows of a table of its own on the page, which they replace. */
  readonly rows?: readonly (readonly string[])[]
}

export interface Campaign {
  /** Unless the command says otherwise. */
  readonly rounds: number
  run(order: Order): Promise<Result>
}

export const campaigns: Readonly<Record<string, Campaign>> = {
  crash: { rounds: 1000, run: crash },
  calls: { rounds: 1, run: everyCall },
  power: { rounds: 500, run: power },
  damage: {
    rounds: 10_000,
    run: ({ rounds, seed }) => suite('log-damage', { FLUMEN_DAMAGE: String(rounds) }, seed, rounds),
  },
  states: {
    rounds: 5_000_000,
    run: ({ rounds, seed }) => suite('log-crash', { FLUMEN_CRASH_STATES: String(rounds) }, seed, rounds),
  },
  sync: { rounds: 200, run: syncs },
  rotation: { rounds: 10_000, run: rotationCampaign },
  'rotation-crowded': { rounds: 160, run: crowdedRotationCampaign },
  'full-disk': { rounds: 20, run: fullDisk },
  backlog: { rounds: 1, run: backlog },
  soak: { rounds: 60, run: soak },
  network: { rounds: 100, run: networkCampaign },
  'slow-clients': { rounds: 5, run: slowClientsCampaign },
  bugs: { rounds: 1, run: bugs },
}

async function crash({ rounds, seed }: Order): Promise<Result> {
  const { duringRecovery, duringStart, eventsPerSecond, faults, readyMs, verdict } = await endAgain(
    'SIGKILL',
    rounds,
    seed,
  )
  const figures =
    `${rounds} kills, ${duringStart} of them during the start (${duringRecovery} before the log was open); ` +
    `${verdict.acknowledged} events acknowledged, ${Math.round(eventsPerSecond)} a second; ${verdict.lost} lost, ` +
    `${verdict.corrupt} corrupt, ${verdict.invented} invented, ${verdict.duplicates} twice; ready p50 ` +
    `${Math.ceil(percentile(readyMs, 0.5))} ms, p99 ${Math.ceil(percentile(readyMs, 0.99))} ms`
  return { figures, faults }
}

async function everyCall({ seed }: Order): Promise<Result> {
  const faults: string[] = []
  const counts: string[] = []
  for (const call of calls) {
    let n = 1
    for (; ; n++) {
      const result = await killAt(call, n, seed + n)
      faults.push(...result.faults.map((fault) => `${call} ${n}: ${fault}`))
      if (!result.wasKilled) break
    }
    counts.push(`${call} ${n - 1}`)
  }
  return { figures: `killed at each ${counts.join(', ')}; ${faults.length} violations`, faults }
}

async function power({ rounds, seed }: Order): Promise<Result> {
  const faults: string[] = []
  const figures: string[] = []
  for (const kind of ['ext4', 'xfs'] as const) {
    const result = await cutPower(kind, rounds, seed)
    faults.push(...result.faults)
    const { acknowledged, corrupt, duplicates, invented, lost } = result.verdict
    figures.push(
      `${kind}: ${rounds} cuts, ${acknowledged} events acknowledged, ${lost} lost, ${corrupt} corrupt, ${invented} invented, ${duplicates} twice`,
    )
  }
  return { figures: figures.join('; '), faults }
}

async function syncs({ rounds, seed }: Order): Promise<Result> {
  const faults: string[] = []
  let told = 0
  let runs = 0
  for (const isPersistent of [false, true]) {
    for (let n = 1; n <= rounds; n++) {
      const result = await failSync(n, isPersistent, seed + n)
      if (result.hasFailed) runs++
      told = Math.max(told, result.toldAfterMs ?? 0)
      faults.push(...result.faults.map((fault) => `n = ${n}${isPersistent ? '+' : ''}: ${fault}`))
    }
  }
  return { figures: `${runs} runs with EIO, told after ${Math.ceil(told)} ms at most`, faults }
}

async function fullDisk({ rounds, seed }: Order): Promise<Result> {
  const results = [
    ['full', await fillDisk(rounds, seed, 'bytes')],
    ['no inodes', await fillDisk(rounds, seed, 'inodes')],
    ['no descriptors', await limitProcess('nofile', seed)],
    ['files may not grow', await limitProcess('fsize', seed)],
    ['read only', await makeReadOnly(seed)],
  ] as const
  const figures = results.map(
    ([name, found]) =>
      `${name}: ${found.takenWhileFull > 0 ? `refused after ${Math.ceil(found.refusedAfterMs)} ms, ${found.takenWhileFull} taken meanwhile, ` : 'refused, '}well after ${Math.ceil(found.healedAfterMs)} ms`,
  )
  return { figures: figures.join('; '), faults: results.flatMap(([, { faults }]) => faults) }
}

/** Ready time and memory with 1 GB and 20 GB of events of 1 KB, and with ten million small ones. */
async function backlog(): Promise<Result> {
  const figures: string[] = []
  const faults: string[] = []
  for (const [name, bytes, eventBytes] of [
    ['1 GB', 1e9, 1000],
    ['20 GB', 2e10, 1000],
    ['10 M events', 2.3e9, 180],
  ] as const) {
    for (const isStopped of [true, false]) {
      using home = temporaryDirectory('backlog')
      const events = fillLog(home.path, bytes, eventBytes, isStopped)
      const { openMs, readBytes, residentBytes, waiting, events: found } = await openLog(home.path, true)
      const how = isStopped ? 'stop' : 'kill -9'
      if (waiting !== events) faults.push(`${name} after ${how}: ${waiting} events wait of ${events}`)
      if (found !== events) faults.push(`${name} after ${how}: ${found} events read of ${events}`)
      figures.push(
        `${name} (${events} events) after ${how}: open in ${openMs.toFixed(0)} ms, ${(readBytes / 1e6).toFixed(0)} MB read, ${(residentBytes / 2 ** 20).toFixed(0)} MiB resident`,
      )
    }
  }
  return { figures: figures.join('; '), faults }
}

async function bugs(): Promise<Result> {
  const rows: string[][] = []
  const faults: string[] = []
  for await (const { bug, caughtBy } of huntBugs()) {
    console.log(`${bug}: ${caughtBy ?? 'NOT CAUGHT'}`)
    rows.push([bug, caughtBy ?? '**none**'])
    if (caughtBy === undefined) faults.push(`"${bug}" was not caught`)
  }
  return { figures: `${rows.length - faults.length} of ${rows.length} planted bugs turned a test red`, faults, rows }
}

/** A test of the log with more rounds. */
async function suite(name: string, environment: NodeJS.ProcessEnv, seed: number, rounds: number): Promise<Result> {
  const file = join(root, `packages/flumen/src/storage/${name}.test.ts`)
  const child = spawn(process.execPath, ['--conditions=flumen-source', '--test', file], {
    stdio: 'inherit',
    env: { ...process.env, ...environment, FLUMEN_SEED: String(seed) },
  })
  const [status] = await once(child, 'exit')
  const faults = status === 0 ? [] : [`${name}.test.ts ended with ${status}`]
  return { figures: `${rounds} tried, ${status === 0 ? 'no violation' : 'violations'}`, faults }
}
