import type { Load } from '../load/load.ts'
import type { Report } from '../report/report.ts'

/** How much is measured. */
export interface Scale {
  readonly name: 'real' | 'smoke'
  /** Rounds that count; one goes before. */
  readonly rounds: number
  /** Bytes of data of the main workloads. */
  readonly bytes: number
  /** Bytes of data for each step of a sweep. */
  readonly sweepBytes: number
  /** Divides numbers of repetitions and lengths of time. */
  readonly shorter: number
  /** Peers other than bare Node.js take part. */
  readonly withPeers: boolean
}

export const real: Scale = {
  name: 'real',
  rounds: 5,
  bytes: 512 * 1024 * 1024,
  sweepBytes: 128 * 1024 * 1024,
  shorter: 1,
  withPeers: true,
}

export const smoke: Scale = {
  name: 'smoke',
  rounds: 3,
  bytes: 64 * 1024 * 1024,
  sweepBytes: 16 * 1024 * 1024,
  shorter: 6,
  withPeers: false,
}

export interface WorkloadContext {
  readonly load: Load
  readonly scale: Scale
  /** Prints progress. */
  say(text: string): void
}

export interface Workload {
  /** As it is named on the command line. */
  readonly name: string
  /** Part of the smoke run. */
  readonly inSmoke: boolean
  run(context: WorkloadContext): Promise<Report>
}
