import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skipUnless } from '../../servers/server.ts'
import { strace } from './faults.ts'
import { type Call, killInTurn, runWhole } from './kill-points.ts'
import { seedOfRun } from './seed.ts'

const seed = seedOfRun()
const step = 4

/** A run has at least so many of them, or the tool does not do what it is to. */
const leastKills = { pwritev: 8, pwrite64: 1, fdatasync: 8, fsync: 3, rename: 3, unlink: 1, ftruncate: 1 }

test('D2: what was acknowledged is delivered, whichever system call of the log is the last one of the process', async (t) => {
  if (!(await skipUnless(t, strace))) return
  // It leaves its program compiled, which one that is killed does not.
  await runWhole(seed)
  const kills = await Promise.all([
    killAll(['pwritev', 'unlink', 'ftruncate']),
    killAll(['fdatasync', 'pwrite64', 'fsync', 'rename']),
  ])
  t.diagnostic(`${JSON.stringify(Object.assign({}, ...kills))}, seed ${seed}`)
})

async function killAll(some: readonly Call[]): Promise<Partial<Record<Call, number>>> {
  const kills: Partial<Record<Call, number>> = {}
  for (const call of some) {
    const result = await killInTurn(call, step, seed)
    assert.deepEqual(result.faults, [], `${call}, seed ${seed}`)
    kills[call] = result.kills
    assert.ok(result.kills >= leastKills[call], `${call} was the last call of ${result.kills} processes only`)
  }
  return kills
}
