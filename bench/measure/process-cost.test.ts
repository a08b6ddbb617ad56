import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { costOf, runTimeOf } from './process-cost.ts'

test('the cost of a process includes what it has started', async (t) => {
  const work = 'const end = process.cpuUsage().user + 300000; while (process.cpuUsage().user < end); console.log("x")'
  const child = spawn('sh', ['-c', `"${process.execPath}" -e '${work}; setInterval(() => {}, 1000)'; true`], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  t.after(() => process.kill(-child.pid!, 'SIGKILL'))
  await once(child.stdout, 'data')
  const { cpu, resident, peak } = costOf(child.pid!)
  assert.ok(cpu >= 250, `${cpu} ms`)
  assert.ok(runTimeOf(child.pid!) >= 250e6)
  assert.ok(resident > 20e6 && peak >= resident)
})

test('a process that is gone costs nothing and is no failure', () => {
  assert.deepEqual(costOf(2 ** 22 + 1), { cpu: 0, resident: 0, peak: 0 })
})
