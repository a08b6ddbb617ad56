import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skipUnless } from '../../servers/server.ts'
import { strace } from './faults.ts'
import { type Call, killAt } from './kill-points.ts'
import { seedOfRun } from './seed.ts'

const seed = seedOfRun()

/** A run has at least so many of them, or the tool does not do what it is to. */
const leastKills = { pwritev: 8, pwrite64: 1, fdatasync: 8, fsync: 3, rename: 3, unlink: 1, ftruncate: 1 }

test('D2: what was acknowledged is delivered, whichever system call of the log is the last one of the process', async (t) => {
  if (!(await skipUnless(t, strace))) return
  const kills = await Promise.all([
    killAll(['pwritev', 'unlink', 'ftruncate']),
    killAll(['fdatasync', 'pwrite64', 'fsync', 'rename']),
  ])
  t.diagnostic(`${JSON.stringify(Object.assign({}, ...kills))}, seed ${seed}`)
})

async function killAll(some: readonly Call[]): Promise<Partial<Record<Call, number>>> {
  const kills: Partial<Record<Call, number>> = {}
  for (const call of some) {
    for (let n = 1; ; n += 4) {
      const { wasKilled, faults } = await killAt(call, n, seed + n)
      assert.deepEqual(faults, [], `${call} ${n}, seed ${seed}`)
      if (!wasKilled) break
      kills[call] = (kills[call] ?? 0) + 1
    }
    assert.ok((kills[call] ?? 0) >= leastKills[call], `${call} was the last call of ${kills[call] ?? 0} processes only`)
  }
  return kills
}
