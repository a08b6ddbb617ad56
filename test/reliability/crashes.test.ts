import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endAgain, percentile } from './crashes.ts'
import { seedOfRun } from './seed.ts'

const seed = seedOfRun()

test('D1: after 50 times kill -9 under load all that was acknowledged is delivered', async (t) => {
  const { duringRecovery, duringStart, eventsPerSecond, faults, readyMs, verdict } = await endAgain('SIGKILL', 50, seed)
  t.diagnostic(
    `${verdict.acknowledged} events, ${Math.round(eventsPerSecond)}/s, ${verdict.duplicates} came twice; ${duringStart} kills ` +
      `during the start (${duringRecovery} before the log was open); ready p99 ${Math.ceil(percentile(readyMs, 0.99))} ms; seed ${seed}`,
  )
  assert.deepEqual(faults, [], `seed ${seed}`)
})

test('R7: after 20 times SIGTERM under load nothing is lost and nothing comes twice', async (t) => {
  const { endMs, faults, statuses, verdict } = await endAgain('SIGTERM', 20, seed)
  t.diagnostic(`${verdict.acknowledged} events; the longest stop took ${Math.ceil(endMs.at(-1) ?? 0)} ms; seed ${seed}`)
  assert.deepEqual(faults, [], `seed ${seed}`)
  assert.deepEqual(new Set(statuses), new Set([0]))
})
