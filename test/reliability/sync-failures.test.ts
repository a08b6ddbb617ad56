import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { skipUnless, temporaryDirectory, waitUntil } from '../../servers/server.ts'
import { settled } from './crashes.ts'
import { strace } from './faults.ts'
import { FlowAgent } from './flow-agent.ts'
import { LineProducers } from './line-producers.ts'
import { faultsOf } from './oracle.ts'
import { seedOfRun } from './seed.ts'
import { failSync } from './sync-failures.ts'

const seed = seedOfRun()
const most = 20

for (const [kind, isPersistent] of [
  ['one sync fails', false],
  ['all syncs fail from one on', true],
] as const) {
  test(`D5: ${kind}: its puts are refused, the file is never synced again, nothing acknowledged is lost`, async (t) => {
    if (!(await skipUnless(t, strace))) return
    let refused = 0
    let told = 0
    await Promise.all([1, 2].map((first) => failEach(first)))
    t.diagnostic(
      `${most} runs, ${refused} of them with refused puts, told after ${Math.ceil(told)} ms at most, seed ${seed}`,
    )
    assert.ok(refused > 0)

    async function failEach(first: number): Promise<void> {
      for (let n = first; n <= most; n += 2) {
        const result = await failSync(n, isPersistent, seed + n)
        assert.deepEqual(result.faults, [], `n = ${n}, seed ${seed}`)
        assert.ok(result.hasFailed, `there was no sync ${n}`)
        if (result.refused > 0) refused++
        told = Math.max(told, result.toldAfterMs ?? 0)
      }
    }
  })
}

test('D5: an agent whose disk fails to sync says so in /ready, and gets well when the disk does', async (t) => {
  if (!(await skipUnless(t, strace))) return
  using home = temporaryDirectory('unready')
  const agent = await FlowAgent.make({ seed, directory: home.path, eventBytes: 300 })
  const load = new LineProducers({
    port: agent.port,
    trial: agent.trial,
    producers: 4,
    window: 100,
    resends: true,
    perSecond: 2000,
  })
  agent.start()
  try {
    await agent.untilReady()
    load.start()
    await waitUntil('it is ready', async () => ((await agent.ask('/ready')).status === 200 ? true : undefined))
    const rule = ['-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=EIO']
    const tracer = spawn('strace', ['-f', '-qq', '-o', '/dev/null', '-p', String(agent.pid), ...rule], {
      stdio: 'ignore',
    })
    const begin = performance.now()
    const answer = await waitUntil('it is not ready', async () => {
      const { status, text } = await agent.ask('/ready')
      return status === 503 ? text : undefined
    })
    const toldMs = performance.now() - begin
    tracer.kill('SIGINT')
    await once(tracer, 'exit')
    const healBegin = performance.now()
    await waitUntil('it is ready again', async () => ((await agent.ask('/ready')).status === 200 ? true : undefined))
    t.diagnostic(
      `told after ${Math.ceil(toldMs)} ms, well after ${Math.ceil(performance.now() - healBegin)} ms, seed ${seed}`,
    )
    assert.match(answer, /[Cc]hannel c1 does not work: .*EIO/)
    await load.finish()
    assert.deepEqual(faultsOf(await settled(agent), 0), [], `seed ${seed}`)
    assert.equal(await agent.end('SIGTERM'), 0)
  } finally {
    await agent.end('SIGKILL')
  }
})
