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
}

export interface KillsResult {
  readonly kills: number
  readonly faults: readonly string[]
}

/** One take is delivered and not acknowledged. */
const duplicatesOfKill = 100

/** Kills the driver at the n-th call of that kind in its log thread, and then the start after it at another one. */
export async function killAt(call: Call, n: number, seed: number): Promise<KillResult> {
  using home = temporaryDirectory('kill')
  const options = optionsIn(home.path, seed)
  await prepare(options, call)
  const wasKilled = await killed(options, call, n)
  let kills = 1
  if (wasKilled && n % 8 === 1) {
    await killed({ ...options, batches: 3 }, call, 1 + (n % 5))
    kills++
  }
  return { wasKilled, faults: await faultsIn(options, kills + 1) }
}

/**
 * Kills the driver at the first call of that kind, starts it again on what it left, kills it at one some calls further on,
 * and so on until a run ends by itself: each start but the first recovers from the kill before.
 */
export async function killInTurn(call: Call, step: number, seed: number): Promise<KillsResult> {
  using home = temporaryDirectory('kills')
  const options = optionsIn(home.path, seed)
  await prepare(options, call)
  let kills = 0
  while (await killed(options, call, 1 + kills * step)) kills++
  return { kills, faults: await faultsIn(options, kills + 1) }
}

/** Only a start after a kill has room behind the records to cut off, and a spare to take away. */
async function prepare(options: DriverOptions, call: Call): Promise<void> {
  if (call !== 'ftruncate' && call !== 'unlink') return
  const { signal, errors } = await startProgram('channel-driver.ts', [JSON.stringify({ ...options, dies: true })]).ended
  if (signal !== 'SIGKILL') throw new Error(`the driver did not die: ${errors}`)
}

/** A run that nobody kills. @throws Error where it fails */
export async function runWhole(seed: number): Promise<void> {
  using home = temporaryDirectory('whole')
  const options = optionsIn(home.path, seed)
  const { status, errors } = await startProgram('channel-driver.ts', [JSON.stringify(options)]).ended
  const faults = status === 0 ? await faultsIn(options, 0) : [`the driver ended with ${status}: ${errors}`]
  if (faults.length > 0) throw new Error(faults.join('; '))
}

function optionsIn(home: string, seed: number): DriverOptions {
  return {
    seed,
    directory: join(home, 'channel'),
    ledgers: join(home, 'ledgers'),
    producers: 2,
    batchEvents: 20,
    eventBytes: 200,
    segmentBytes: 32_768,
    checkpointIntervalMs: 20,
    tendIntervalMs: 10,
    batches: 25,
    deadlineMs: 30_000,
  }
}

async function faultsIn(options: DriverOptions, kills: number): Promise<string[]> {
  await using load = new ChannelLoad(options)
  await load.open()
  await load.drain(20, () => load.account.buffered > 0)
  await load.close()
  return faultsOf(judge(load.trial), duplicatesOfKill * kills)
}

async function killed(options: DriverOptions, call: Call, n: number): Promise<boolean> {
  const under = injecting(call, `signal=SIGKILL:when=${n}`)
  const { status, signal, errors } = await startProgram('channel-driver.ts', [JSON.stringify(options)], under).ended
  if (status === 0) return false
  if (signal === 'SIGKILL' || (status === 137 && existsSync(options.directory))) return true
  throw new Error(`the driver ended with ${status ?? signal}: ${errors}`)
}
