import { closeSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryDirectory, waitUntil } from '../../servers/server.ts'
import type { DriverOptions, DriverReport } from './channel-driver.ts'
import { ChannelLoad } from './channel-load.ts'
import { command, mountNew, startProgram } from './faults.ts'
import { faultsOf, judge } from './oracle.ts'

/** What was found, ms at the worst of all rounds. */
export interface FullDisk {
  /** From the last put that was stored until one was refused. */
  readonly refusedAfterMs: number
  readonly healedAfterMs: number
  readonly takenWhileFull: number
  readonly refusal: string
  readonly faults: readonly string[]
}

const producers = 2
const batchEvents = 50

/** Fills a disk with events and the rest with a file, takes at 0 bytes free, makes room: as often as wanted. */
export async function fillDisk(rounds: number, seed: number, kind: 'bytes' | 'inodes'): Promise<FullDisk> {
  using home = temporaryDirectory('full')
  using disk = kind === 'bytes' ? mountNew(home.path, 'tmpfs', 64) : mountNew(home.path, 'ext4', 96, 48)
  await using load = new ChannelLoad({
    seed,
    directory: join(disk.path, 'channel'),
    ledgers: join(home.path, 'ledgers'),
    producers,
    batchEvents,
    eventBytes: 1000,
    segmentBytes: kind === 'bytes' ? 4 << 20 : 1 << 20,
  })
  const result = { refusedAfterMs: 0, healedAfterMs: 0, takenWhileFull: 0, refusal: '' }
  await load.open()
  const stop = new AbortController()
  const putting = load.put(Number.POSITIVE_INFINITY, stop.signal)
  for (let round = 0; round < rounds; round++) {
    const known = load.refusals.length
    if (round > 0 || kind === 'inodes') occupy(disk.path, kind)
    const refusal = await waitUntil('a put is refused', () => load.refusals[known], 60_000)
    occupy(disk.path, kind)
    result.refusal = refusal.message
    result.refusedAfterMs = Math.max(result.refusedAfterMs, refusal.at - load.lastStoredAt)
    result.takenWhileFull += await takeSome(load)
    for (const name of readdirSync(disk.path)) if (name.startsWith('filler')) rmSync(join(disk.path, name))
    const freedAt = load.now
    await takeSome(load, 200)
    const healedAt = await waitUntil(
      'a put is stored again',
      () => (load.lastStoredAt > freedAt ? load.lastStoredAt : undefined),
      60_000,
    )
    result.healedAfterMs = Math.max(result.healedAfterMs, healedAt - freedAt)
  }
  stop.abort()
  await putting
  await load.drain(50, () => load.account.buffered > 0)
  await load.close()
  return { ...result, faults: faultsOf(judge(load.trial), 0) }
}

/** Events that are taken, delivered and acknowledged while nothing can be put. */
async function takeSome(load: ChannelLoad, takes = 20): Promise<number> {
  let events = 0
  for (let count = 0; count < takes; count++) {
    const taken = await load.take(1000)
    if (!taken) break
    events += taken.batch.length
    await load.deliver(taken)
  }
  return events
}

let fillers = 0

/** Leaves no byte, or no inode. */
function occupy(directory: string, kind: 'bytes' | 'inodes'): void {
  const chunk = Buffer.alloc(1 << 20)
  let length = chunk.length
  for (;;) {
    let descriptor: number | undefined
    try {
      descriptor = openSync(join(directory, `filler${fillers++}`), 'wx')
      while (kind === 'bytes') writeSync(descriptor, chunk, 0, length)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOSPC') throw error
      if (kind === 'inodes' || length <= 4096) return
      length >>= 4
    } finally {
      if (descriptor !== undefined) closeSync(descriptor)
    }
  }
}

const limitedMs = 1500

export type Limit = 'nofile' | 'fsize'

/** Takes the descriptors, or the right to write more into files, from a running driver, and gives them back. */
export async function limitProcess(limit: Limit, seed: number): Promise<FullDisk & { readonly report: DriverReport }> {
  using home = temporaryDirectory('limit')
  const options: DriverOptions = {
    seed,
    directory: join(home.path, 'channel'),
    ledgers: join(home.path, 'ledgers'),
    producers,
    batchEvents,
    eventBytes: 1000,
    segmentBytes: 2 << 20,
    batches: 800,
    deadlineMs: 60_000,
    // Its ledger would have the same limit.
    delivers: limit === 'nofile',
  }
  const program = startProgram('channel-driver.ts', [JSON.stringify(options)])
  await waitUntil('the driver is open', () => (program.output().includes('open') ? true : undefined), 60_000)
  const pid = program.child.pid ?? 0
  // Less than it has open: it keeps those, and gets no other one.
  const most = limit === 'nofile' ? 8 : 1 << 20
  command('prlimit', ['--pid', String(pid), `--${limit}=${most}:`])
  await new Promise((resolve) => setTimeout(resolve, limitedMs))
  command('prlimit', ['--pid', String(pid), `--${limit}=${limit === 'nofile' ? '1024' : 'unlimited'}:`])
  const liftedAt = Date.now()
  const { status, signal, output, errors } = await program.ended
  if (status !== 0) throw new Error(`the driver ended with ${status ?? signal}: ${errors}`)
  const report = JSON.parse(output.trim().split('\n').at(-1) ?? '{}') as DriverReport
  await using load = new ChannelLoad(options)
  await load.open()
  await load.drain(20, () => load.account.buffered > 0)
  await load.close()
  const { firstRefusal = '', healedAt = Number.POSITIVE_INFINITY } = report
  return {
    report,
    refusal: firstRefusal,
    refusedAfterMs: 0,
    healedAfterMs: healedAt - liftedAt,
    takenWhileFull: 0,
    faults: faultsOf(judge(load.trial), 0),
  }
}

/** The kernel takes a file system away as it does after an error of its journal: it can only be read from then on. */
export async function makeReadOnly(seed: number): Promise<FullDisk> {
  using home = temporaryDirectory('readonly')
  using disk = mountNew(home.path, 'ext4', 96)
  const options = {
    seed,
    directory: join(disk.path, 'channel'),
    ledgers: join(home.path, 'ledgers'),
    producers,
    batchEvents,
    eventBytes: 1000,
    segmentBytes: 2 << 20,
  }
  await using load = new ChannelLoad(options)
  await load.open()
  await load.put(100)
  const stop = new AbortController()
  const putting = load.put(Number.POSITIVE_INFINITY, stop.signal)
  command('mount', ['-o', 'remount,abort', disk.path])
  const refusal = await waitUntil('a put is refused', () => load.refusals[0], 60_000)
  const takenWhileFull = await takeSome(load)
  await waitUntil('the channel says it', () => load.problemAt, 60_000)
  stop.abort()
  await putting
  await load.close()
  disk.remount()
  await using again = new ChannelLoad(options)
  await again.open()
  await again.put(10)
  await again.drain(20, () => again.account.buffered > 0)
  await again.close()
  // What was taken could not be written down.
  const faults = faultsOf(judge(load.trial), takenWhileFull)
  const refusedAfterMs = refusal.at - load.lastStoredAt
  return { refusal: refusal.message, refusedAfterMs, healedAfterMs: again.lastStoredAt, takenWhileFull, faults }
}
