import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Agent } from '../index.ts'

test('an agent that has warned of something leaves no timer behind when it is stopped', async (t) => {
  const lines: string[] = []
  t.mock.method(process.stderr, 'write', (line: string) => lines.push(line) > 0)
  const timers = (): number => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length
  const before = timers()
  const agent = new Agent({
    channels: { c1: { type: 'memory' } },
    sinks: { k1: { type: 'avro', channel: 'c1', hostname: '127.0.0.1', port: 1 } },
  })
  await agent.start()
  await agent.channel('c1').put('an event')
  while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.ok(timers() > before)
  await agent.stop(50)
  assert.equal(timers(), before)
})
