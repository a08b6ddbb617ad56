import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { temporaryDirectory } from '../../servers/server.ts'
import type { TrialResult } from './network-results.ts'
import type { TrialName } from './network-trials.ts'

/** Runs a trial in a network namespace of its own, where it can break what it likes. */
export async function runTrial(name: TrialName, rounds: number, seed: number): Promise<TrialResult> {
  using home = temporaryDirectory('network')
  const trial = join(import.meta.dirname, 'network-trial.ts')
  const node = [process.execPath, '--conditions=flumen-source', trial, name, String(rounds), String(seed), home.path]
  const child = spawn('unshare', ['--net', ...node], { stdio: ['pipe', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const [status] = (await once(child, 'close')) as [number | null]
  if (status !== 0) throw new Error(`the trial ${name} with seed ${seed} ended with ${status}: ${output.slice(-2000)}`)
  return JSON.parse(output) as TrialResult
}

/** Trials that run at the same time: they wait most of it. */
const lanes = 3

/**
 * So many cuts, seconds of each slowness and faults of three tiers, twice as many kills for each processor and faults of a
 * pair, ten times as many lost replies.
 */
export async function networkCampaign(order: {
  readonly rounds: number
  readonly seed: number
}): Promise<{ figures: string; faults: string[] }> {
  const { rounds, seed } = order
  const sizes: Readonly<Record<TrialName, number>> = {
    partitions: rounds,
    failover: 2 * rounds,
    load_balance: 2 * rounds,
    'three tiers': rounds,
    pair: 2 * rounds,
    slow: Math.min(rounds, 600),
    replies: 10 * rounds,
  }
  const names = Object.keys(sizes) as TrialName[]
  const results = new Map<TrialName, TrialResult>()
  const waiting = names.values()
  const lane = async (): Promise<void> => {
    for (const name of waiting) results.set(name, await runTrial(name, sizes[name], seed))
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  const found = names.map((name) => [name, results.get(name)!] as const)
  return {
    figures: found.map(([name, result]) => `${name}: ${told(result)}`).join('; '),
    faults: found.flatMap(([name, { faults }]) => faults.map((fault) => `${name}: ${fault}`)),
  }
}

export function told({ acknowledged, duplicates, figures, lost, mostDuplicates, resumeMs }: TrialResult): string {
  const [half, most] = [resumeMs[Math.floor(resumeMs.length / 2)] ?? 0, resumeMs.at(-1) ?? 0].map(Math.ceil)
  return (
    `${figures}; ${acknowledged} events acknowledged, ${lost} lost, ${duplicates} twice (at most ${mostDuplicates} ` +
    `may be); on again after ${half} ms, at most ${most} ms`
  )
}
