import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryDirectory } from '../../servers/server.ts'
import type { DriverOptions, DriverReport } from './channel-driver.ts'
import { ChannelLoad } from './channel-load.ts'
import { injecting, startProgram } from './faults.ts'
import { faultsOf, judge } from './oracle.ts'

export interface SyncFailure {
  /** False: the run had less syncs. */
  readonly hasFailed: boolean
  /** The channel did not acknowledge that put. A sync of room that is prepared, or of a checkpoint, is nobody's. */
  readonly refused: number
  /** Ms from the first refusal until the channel itself said it. */
  readonly toldAfterMs: number | undefined
  readonly faults: readonly string[]
}

/** Lets the n-th fdatasync of the log fail with EIO, or all from there on, and looks at what is there after a restart. */
export async function failSync(n: number, isPersistent: boolean, seed: number): Promise<SyncFailure> {
  using home = temporaryDirectory('sync')
  const trace = join(home.path, 'trace')
  const options: DriverOptions = {
    seed,
    directory: join(home.path, 'channel'),
    ledgers: join(home.path, 'ledgers'),
    producers: 2,
    batchEvents: 20,
    eventBytes: 200,
    segmentBytes: 65_536,
    checkpointIntervalMs: 100,
    tendIntervalMs: 50,
    batches: Math.max(30, n),
    deadlineMs: 60_000,
    patienceMs: 300,
  }
  const under = injecting('fdatasync', `error=EIO:when=${n}${isPersistent ? '+' : ''}`, trace)
  const { status, output, errors } = await startProgram('channel-driver.ts', [JSON.stringify(options)], under).ended
  if (status !== 0) throw new Error(`the driver ended with ${status}: ${errors}`)
  const report = JSON.parse(output.trim().split('\n').at(-1) ?? '{}') as DriverReport
  const { hasFailed, retried } = retriedSyncs(readFileSync(trace, 'utf8'))
  await using load = new ChannelLoad(options)
  await load.open()
  await load.drain(20, () => load.account.buffered > 0)
  await load.close()
  // What could not be written of acknowledgements comes again.
  const duplicates = isPersistent ? Number.POSITIVE_INFINITY : 0
  const faults = [...faultsOf(judge(load.trial), duplicates), ...retried]
  if (isPersistent && hasFailed) faults.push(...persistentFaults(report))
  else if (report.problem !== undefined) faults.push(`it did not get well: ${report.problem}`)
  const { firstRefusalAt, problemAt, refused } = report
  const toldAfterMs =
    firstRefusalAt === undefined || problemAt === undefined ? undefined : Math.max(0, problemAt - firstRefusalAt)
  return { hasFailed, refused, toldAfterMs, faults }
}

function persistentFaults({ firstRefusalAt, lastStoredAt, problem }: DriverReport): string[] {
  const faults: string[] = []
  if (firstRefusalAt === undefined) faults.push('all syncs failed and no put was refused')
  else if (lastStoredAt > firstRefusalAt) faults.push('a put was acknowledged while all syncs failed')
  if (problem === undefined) faults.push('the channel did not say that it has a problem')
  return faults
}

/** Files of which a sync failed and another one did not, later. */
function retriedSyncs(trace: string): { hasFailed: boolean; retried: string[] } {
  const failed = new Set<string>()
  const retried: string[] = []
  for (const line of trace.split('\n')) {
    const [, path, result = ''] = /fdatasync\(\d+<([^>]*)>\)\s+= (.*)/.exec(line) ?? []
    if (path === undefined) continue
    if (result.includes('INJECTED')) failed.add(path)
    // A checkpoint is a new file under the name of the one that failed.
    else if (failed.has(path) && path.includes('/events-') && result.startsWith('0'))
      retried.push(`${path} was synced again after a sync that failed`)
  }
  return { hasFailed: failed.size > 0, retried }
}
