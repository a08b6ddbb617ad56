import assert from 'node:assert/strict'
import type { LogOptions } from '../storage/log-options.ts'
import { Random } from './disk/random.ts'
import type { SimulatedDisk } from './disk/simulated-disk.ts'
import { LedgerLog } from './log-ledger.ts'

/** Commits, takes, discards, checkpoints, restarts, calls that fail and a disk that is full, as the seed says. */
export function history(disk: SimulatedDisk, seed: number, change: Partial<LogOptions>): void {
  const random = new Random(seed)
  const { cursors = ['channel'] } = change
  let ledger: LedgerLog | undefined
  let sent = 0
  let from = 0
  const steps: readonly (readonly [weight: number, step: (ledger: LedgerLog) => void])[] = [
    [10, (ledger) => ledger.put(sizes(random), random.below(3) * 600)],
    [6, (ledger) => (from = ledger.take(random.pick(cursors), from, 1 + random.below(3000), random.chance(0.3)))],
    [2, (ledger) => [ledger.tend(), ledger.log.checkpoint()]],
    [3, (ledger) => ledger.tend()],
    [1, (ledger) => ledger.discard(1 + random.below(6))],
    [1, () => (from = 0)],
    [2, (ledger) => restart(ledger)],
  ]
  const restart = (running: LedgerLog): void => {
    ledger = undefined
    from = 0
    if (random.chance(0.5)) running.log.close()
  }
  const choices = steps.flatMap(([weight, step]) => Array.from({ length: weight }, () => step))
  for (let count = 0; count < 20; count++) {
    disturb(disk, random)
    try {
      ledger ??= new LedgerLog(disk, change, sent)
      random.pick(choices)(ledger)
    } catch (error) {
      const { code, stack } = error as Error & { code?: string }
      assert.match(String(code), /STORAGE|DISK_FULL|EIO|ENOSPC/, stack)
    }
    sent = ledger?.sent ?? sent
  }
  disk.clearFaults()
  if (random.chance(0.5)) disk.limits.capacity = Number.POSITIVE_INFINITY
}

function sizes(random: Random): number[] {
  return Array.from({ length: 1 + random.below(3) }, () => 1 + random.below(4))
}

function disturb(disk: SimulatedDisk, random: Random): void {
  const what = random.below(20)
  const code = random.pick(['EIO', 'ENOSPC'])
  if (what < 2) disk.failNext('sync', code)
  else if (what < 4) disk.failNext('write', code, { shortWrite: random.below(2000) })
  else if (what === 4) disk.failNext(random.pick(['unlink', 'rename', 'syncDirectory', 'create', 'truncate']), code)
  else if (what === 5) disk.failNext('sync', code, { times: 3 })
  else if (what === 6) disk.limits.capacity = usedBytes(disk) + random.below(4) * 4096
  else if (what < 9) disk.limits.capacity = Number.POSITIVE_INFINITY
}

function usedBytes(disk: SimulatedDisk): number {
  return disk.files().reduce((sum, path) => sum + Math.ceil(disk.read(path).length / 4096) * 4096, 0)
}
