import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { skipUnless, temporaryDirectory } from '../../servers/server.ts'
import { settled } from './crashes.ts'
import { injecting, strace } from './faults.ts'
import { FlowAgent } from './flow-agent.ts'
import { LineProducers } from './line-producers.ts'
import { faultsOf } from './oracle.ts'
import { seedOfRun } from './seed.ts'

const seed = seedOfRun()
const stallMs = 2000

test('D8: while the disk takes two seconds for a sync the event loop goes on, and health is answered', async (t) => {
  if (!(await skipUnless(t, strace))) return
  using home = temporaryDirectory('stalls')
  const agent = await FlowAgent.make({ seed, directory: home.path, eventBytes: 300 })
  const trace = join(home.path, 'trace')
  const load = new LineProducers({
    port: agent.port,
    trial: agent.trial,
    producers: 4,
    window: 100,
    resends: true,
    perSecond: 2000,
  })
  agent.start(injecting('fdatasync', `delay_exit=${stallMs * 1000}:when=20+40`, trace))
  try {
    await agent.untilReady()
    load.start()
    let longestAnswer = 0
    while (stallsIn(trace) < 5) {
      const { status, ms } = await agent.ask('/live')
      assert.equal(status, 200)
      longestAnswer = Math.max(longestAnswer, ms)
      await sleep(20)
    }
    const lag = agent.eventLoopLag()
    await agent.end('SIGTERM')
    agent.start()
    await agent.untilReady()
    await load.finish()
    const verdict = await settled(agent)
    t.diagnostic(
      `loop lag p99 ${lag.p99.toFixed(1)} ms, most ${lag.max.toFixed(0)} ms; /live after ${longestAnswer.toFixed(0)} ms at most; seed ${seed}`,
    )
    assert.deepEqual(faultsOf(verdict, 4 * 100 + 100), [], `seed ${seed}`)
    // A loop that waited for the disk would be late by all of it, however fast the machine is.
    assert.ok(lag.max < stallMs * 0.75, `the event loop was late by ${lag.max} ms`)
    assert.ok(longestAnswer < stallMs * 0.75, `/live was answered after ${longestAnswer} ms`)
  } finally {
    await agent.end('SIGKILL')
  }
})

/** Syncs that were delayed. */
function stallsIn(trace: string): number {
  try {
    return readFileSync(trace, 'utf8').split('(DELAYED)').length - 1
  } catch {
    return 0
  }
}
