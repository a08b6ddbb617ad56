// N1 to N4 of the reliability plan in the size of a pull request; `npm run campaign -- network --rounds N` is the large
// one. Each trial has network namespaces of its own, so that some run at the same time.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { skipUnless } from '../../servers/server.ts'
import { seedOfRun } from '../reliability/seed.ts'
import { namespaces } from './namespaces.ts'
import { runTrial, told } from './network.ts'
import type { TrialName } from './network-trials.ts'

const facts: readonly (readonly [trial: TrialName, rounds: number, title: string])[] = [
  [
    'partitions',
    10,
    'N1: cut, one-way and reset connections and killed agents between tiers lose nothing, and all goes on within 5 s',
  ],
  ['failover', 6, 'N3: failover loses nothing while collectors are killed, and goes on in time'],
  ['load_balance', 6, 'N3: load_balance loses nothing while collectors are killed, goes on in time, and starves none'],
  ['three tiers', 12, 'three tiers lose nothing while either hop is cut or reset and any agent is killed'],
  ['slow', 10, 'N2: a narrow, a lossy and a slow network between tiers lose nothing, double nothing and break nothing'],
  ['pair', 18, 'two of ours store nothing twice while answers are lost and either side is killed'],
  ['replies', 50, 'N4: lost replies between two of ours lose nothing and double nothing'],
]

describe('network', { concurrency: 3 }, () => {
  for (const [name, rounds, title] of facts) {
    test(title, { timeout: 400_000 }, async (t) => {
      if (!(await skipUnless(t, namespaces))) return
      const seed = seedOfRun()
      const result = await runTrial(name, rounds, seed)
      t.diagnostic(`seed ${seed}: ${told(result)}`)
      assert.deepEqual([seed, ...result.faults], [seed])
      assert.equal(result.lost, 0)
    })
  }
})
