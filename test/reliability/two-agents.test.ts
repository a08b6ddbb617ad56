import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../../servers/server.ts'
import { ChannelLoad } from './channel-load.ts'
import { FlowAgent } from './flow-agent.ts'
import { seedOfRun } from './seed.ts'

const seed = seedOfRun()

test('D10: nobody opens a channel that an agent has, and anybody does once that was killed', async (t) => {
  using home = temporaryDirectory('two')
  const data = join(home.path, 'channel')
  const agent = await FlowAgent.make({ seed, directory: join(home.path, 'agent'), data, eventBytes: 100 })
  const second = (): ChannelLoad =>
    new ChannelLoad({
      seed,
      directory: data,
      ledgers: join(home.path, 'ledgers'),
      producers: 1,
      batchEvents: 10,
      eventBytes: 100,
      segmentBytes: 4 << 20,
      isLocked: true,
    })
  agent.start()
  try {
    await agent.untilReady()
    for (let attempt = 0; attempt < 20; attempt++) {
      await using load = second()
      await assert.rejects(load.open(), new RegExp(`in use by channel c1, process ${agent.pid} on .*; stop it`))
    }
    await agent.end('SIGKILL')
    await using load = second()
    await load.open()
    t.diagnostic(`open ${Math.ceil(load.now)} ms after kill -9`)
    await load.put(1)
  } finally {
    await agent.end('SIGKILL')
  }
})
