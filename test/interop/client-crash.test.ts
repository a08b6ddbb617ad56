// A server that is killed while a client sends: no event is lost, and at most a batch of its and one of the agent's are there twice.
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppendError, RpcClients } from '../../packages/flumen/src/client/index.ts'
import { temporaryDirectory, waitUntil } from '../../servers/server.ts'
import { type AgentProcess, startAgent } from '../support/agent-process.ts'

const events = 20_000
const batchSize = 100

for (const transport of ['avro', 'thrift'] as const) {
  test(`${transport}: a failover client whose first agent is killed goes on with the next from the first event that is not stored`, {
    timeout: 120_000,
  }, async (t) => {
    using home = temporaryDirectory('client-crash')
    const start = (name: string): Promise<AgentProcess> => {
      const folder = join(home.path, name)
      mkdirSync(join(folder, 'out'), { recursive: true })
      return startAgent(folder, configurationOf(transport, folder))
    }
    const [first, second] = [await start('first'), await start('second')]
    t.after(() => Promise.all([first.stop('SIGKILL'), second.stop('SIGKILL')]))
    const client = await RpcClients.create({
      transport,
      spread: 'failover',
      hosts: [`127.0.0.1:${first.port}`, `127.0.0.1:${second.port}`],
      batchSize,
    })
    t.after(() => client.close(0))
    let failures = 0
    for (let from = 0; from < events; ) {
      if (from === events / 4) void killSoon(first)
      const to = Math.min(from + events / 4, events)
      try {
        await client.appendBatch(linesBetween(from, to))
        from = to
      } catch (error) {
        assert.ok(error instanceof AppendError)
        from += error.stored
        failures++
        await sleep(50)
      }
    }
    assert.ok(failures <= 1, 'the next host takes the batch that failed')
    // What the first one had acknowledged is in its channel.
    const again = await start('first')
    t.after(() => again.stop('SIGKILL'))
    const stored = await waitUntil('all events are there', () => {
      const lines = [...linesIn(join(home.path, 'first')), ...linesIn(join(home.path, 'second'))]
      return new Set(lines).size >= events ? lines : undefined
    })
    assert.equal(new Set(stored).size, events)
    // One of the client, whose answer was lost, and one of the sink of the agent that was killed.
    assert.ok(stored.length - events <= 2 * batchSize, `${stored.length - events} events are there twice`)
    assert.ok(linesIn(join(home.path, 'second')).length > 0)
    await Promise.all([again.stop(), second.stop()])
  })
}

async function killSoon(agent: AgentProcess): Promise<void> {
  await sleep(20)
  await agent.stop('SIGKILL')
}

function* linesBetween(from: number, to: number): Iterable<string> {
  for (let number = from; number < to; number++) yield `event ${number}`
}

function linesIn(folder: string): readonly string[] {
  // The last line of a file may be half there.
  return readdirSync(join(folder, 'out')).flatMap((name) =>
    readFileSync(join(folder, 'out', name), 'utf8')
      .split('\n')
      .slice(0, -1),
  )
}

function configurationOf(transport: string, folder: string): string {
  return `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = ${transport}
a1.sources.r1.bind = 127.0.0.1
a1.sources.r1.port = {port}
a1.sources.r1.channels = c1
a1.channels.c1.type = file
a1.channels.c1.checkpointDir = ${folder}/checkpoint
a1.channels.c1.dataDirs = ${folder}/data
a1.sinks.k1.type = file_roll
a1.sinks.k1.sink.directory = ${folder}/out
a1.sinks.k1.channel = c1
`
}
