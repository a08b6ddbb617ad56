import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryDirectory } from '../../servers/server.ts'
import { startFlumenChannel } from '../peers/committers.ts'
import type { CommitTrial } from '../peers/request.ts'
import { type CpuProfile, runs, type Step, sharesOf } from './profile.ts'

/** What the threads of the durable channel do; the first that fits a function counts. */
export const steps: readonly Step[] = [
  { name: 'waiting for work', functions: /^(\(idle\)|wait|waitAsync)$/ },
  { name: 'sync', functions: /^(fdatasync|fsync)(Sync)?$/ },
  { name: 'write', functions: /^(writev?Sync|write(Buffers?|String))$/ },
  { name: 'checksum', functions: /crc32|checksum/i },
  { name: 'copy', functions: /^(set|copy\w*)$|^write(Batch|Part|Headers)$|encode|compact/i },
  { name: 'messages between the threads', functions: /postMessage|[mM]essagePort|emitMessage|receiveMessage|notify/ },
  { name: 'garbage collector', functions: /^\(garbage collector\)$/ },
]

export interface MeasuredSteps {
  readonly heading: string
  /** Shares of each thread's time, by the name of the step. */
  readonly main: Readonly<Record<string, number>>
  readonly log: Readonly<Record<string, number>>
}

const warmMs = 1000
const milliseconds = 3000

/** A pass under the profiler, apart from those that are timed. */
export async function measureSteps(trial: CommitTrial & { readonly heading: string }): Promise<MeasuredSteps> {
  using home = temporaryDirectory('profile')
  const running = await startFlumenChannel(['--cpu-prof', `--cpu-prof-dir=${home.path}`, '--cpu-prof-interval=250'])
  try {
    await running.run(trial, warmMs)
    await running.run(trial, milliseconds)
  } finally {
    await running.stop()
  }
  const profiles = readdirSync(home.path).map(
    (file) => JSON.parse(readFileSync(join(home.path, file), 'utf8')) as CpuProfile,
  )
  const isMain = (profile: CpuProfile): boolean => runs(profile, '/flumen-committers.ts')
  return {
    heading: trial.heading,
    main: sharesOfOne(profiles.filter(isMain)),
    log: sharesOfOne(profiles.filter((profile) => !isMain(profile))),
  }
}

/** Of the busiest thread where there are several. */
function sharesOfOne(profiles: readonly CpuProfile[]): Record<string, number> {
  const shares = profiles.map((profile) => Object.fromEntries(sharesOf(profile, steps)))
  const waiting = (each: Record<string, number>): number => each[steps[0]!.name]!
  return shares.toSorted((one, other) => waiting(one) - waiting(other))[0] ?? {}
}
