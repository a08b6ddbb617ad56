// N1 to N4 of the reliability plan in a small size; `npm run campaign -- network --rounds N` is the large one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skipUnless } from '../../servers/server.ts'
import { seedOfRun } from '../reliability/seed.ts'
import { namespaces } from './namespaces.ts'
import { runTrial, told } from './network.ts'
import type { TrialName } from './network-trials.ts'

const facts: readonly (readonly [trial: TrialName, rounds: number, title: string])[] = [
  ['partitions', 8, 'cut, one-way and reset connections and killed agents between tiers lose nothing'],
  ['slow', 3, 'a narrow, a lossy and a slow network between tiers lose nothing and double nothing'],
  ['processors', 3, 'failover and load_balance lose nothing while collectors are killed'],
  ['replies', 30, 'lost replies between two of ours lose nothing and double nothing'],
]

for (const [name, rounds, title] of facts) {
  test(title, { timeout: 300_000 }, async (t) => {
    if (!(await skipUnless(t, namespaces))) return
    const seed = seedOfRun()
    const result = await runTrial(name, rounds, seed)
    t.diagnostic(`seed ${seed}: ${told(result)}`)
    assert.deepEqual([seed, ...result.faults], [seed])
    assert.equal(result.lost, 0)
    assert.ok((result.resumeMs.at(-1) ?? 0) < 30_000, told(result))
  })
}
