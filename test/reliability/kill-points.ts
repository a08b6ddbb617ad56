import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryDirectory } from '../../servers/server.ts'
import type { DriverOptions } from './channel-driver.ts'
import { ChannelLoad } from './channel-load.ts'
import { injecting, startProgram } from './faults.ts'
import { faultsOf, judge } from './oracle.ts'

/** What a log asks the system for. */
export const calls = ['pwritev', 'pwrite64', 'fdatasync', 'fsync', 'rename', 'unlink', 'ftruncate'] as const

export type Call = (typeof calls)[number]

export interface KillResult {
  /** False: the run ended before that call. */
  readonly wasKilled: boolean
  readonly faults: readonly string[]
  readonly duplicates: number
}

/** One take is delivered and not acknowledged. */
export const duplicatesOfKill = 100

/** Kills the driver at the n-th call of that kind in its log thread, and then the start after it at another one. */
export async function killAt(call: Call, n: number, seed: number): Promise<KillResult> {
  using home = temporaryDirectory('kill')
  const options: DriverOptions = {
    seed,
    directory: join(home.path, 'channel'),
    ledgers: join(home.path, 'ledgers'),
    producers: 2,
    batchEvents: 20,
    eventBytes: 200,
    segmentBytes: 32_768,
    checkpointIntervalMs: 20,
    tendIntervalMs: 10,
    batches: 25,
    deadlineMs: 30_000,
  }
  // A restart of what was stored has a tail to cut, and renames a spare away.
  if (call === 'ftruncate' || call === 'unlink') await killed(options, 'fdatasync', 12)
  const wasKilled = await killed(options, call, n)
  let kills = 1
  if (wasKilled && n % 8 === 1) {
    await killed({ ...options, batches: 3 }, call, 1 + (n % 5))
    kills++
  }
  const load = new ChannelLoad(options)
  await load.open()
  await load.drain(20, () => load.account.buffered > 0)
  await load.close()
  const verdict = judge(load.trial)
  return { wasKilled, faults: faultsOf(verdict, duplicatesOfKill * (kills + 1)), duplicates: verdict.duplicates }
}

async function killed(options: DriverOptions, call: Call, n: number): Promise<boolean> {
  const under = injecting(call, `signal=SIGKILL:when=${n}`)
  const { status, signal, errors } = await startProgram('channel-driver.ts', [JSON.stringify(options)], under).ended
  if (status === 0) return false
  if (signal === 'SIGKILL' || (status === 137 && existsSync(options.directory))) return true
  throw new Error(`the driver ended with ${status ?? signal}: ${errors}`)
}
