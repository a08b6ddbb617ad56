// Two tiers of our own: an edge agent and a collector, both with a file channel, an Avro sink and an Avro source between
// them. Either is killed while lines flow: nothing that the edge acknowledged is lost, and nothing is stored twice on the
// way between them.
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePort, temporaryDirectory, waitUntil } from '../../servers/server.ts'
import { type AgentProcess, startAgent } from '../support/agent-process.ts'

const lines = 6000
const batchSize = 100

function edgeOf(directory: string, next: number): string {
  return `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = netcat
a1.sources.r1.bind = 127.0.0.1
a1.sources.r1.port = {port}
a1.sources.r1.channels = c1
${channelIn(directory)}
a1.sinks.k1.type = avro
a1.sinks.k1.hostname = 127.0.0.1
a1.sinks.k1.port = ${next}
a1.sinks.k1.batch-size = ${batchSize}
a1.sinks.k1.channel = c1
`
}

/** The netcat source is there because a test waits for its port. */
function collectorOf(directory: string, port: number, store: string): string {
  return `
a1.sources = r1 r2
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = avro
a1.sources.r1.bind = 127.0.0.1
a1.sources.r1.port = ${port}
a1.sources.r1.channels = c1
a1.sources.r2.type = netcat
a1.sources.r2.bind = 127.0.0.1
a1.sources.r2.port = {port}
a1.sources.r2.channels = c1
${channelIn(directory)}
a1.sinks.k1.type = file_roll
a1.sinks.k1.sink.directory = ${store}
a1.sinks.k1.sink.rollInterval = 0
a1.sinks.k1.channel = c1
`
}

function channelIn(directory: string): string {
  return `
a1.channels.c1.type = file
a1.channels.c1.checkpointDir = ${directory}/checkpoint
a1.channels.c1.dataDirs = ${directory}/data
`
}

for (const killed of ['collector', 'edge'] as const) {
  test(`nothing is lost between two tiers when the ${killed} is killed three times`, {
    timeout: 120_000,
  }, async (t) => {
    using home = temporaryDirectory('avro-tiers')
    const [edgeHome, collectorHome, store] = ['edge', 'collector', 'store'].map((name) => {
      mkdirSync(join(home.path, name))
      return join(home.path, name)
    })
    const port = await freePort()
    const startCollector = () => startAgent(collectorHome!, collectorOf(collectorHome!, port, store!))
    const startEdge = () => startAgent(edgeHome!, edgeOf(edgeHome!, port))
    let collector = await startCollector()
    let edge = await startEdge()
    t.after(async () => {
      await edge.stop('SIGKILL')
      await collector.stop('SIGKILL')
    })
    for (let part = 0; part < 4; part++) {
      await send(edge, part)
      if (part === 3) break
      if (killed === 'collector') {
        await collector.stop('SIGKILL')
        collector = await startCollector()
      } else {
        await edge.stop('SIGKILL')
        edge = await startEdge()
      }
    }
    await waitUntil('all lines are stored', () => (new Set(storedIn(store!)).size === lines ? true : undefined))
    assert.equal(await edge.stop(), 0)
    assert.equal(await collector.stop(), 0)
    const stored = storedIn(store!)
    assert.equal(new Set(stored).size, lines)
    // Between the tiers nothing comes twice. The store's own sink may have had a batch under way when its agent was killed.
    const most = killed === 'collector' ? 3 * batchSize : 0
    assert.ok(stored.length <= lines + most, `${stored.length - lines} lines are there twice`)
  })
}

/** Sends a quarter of the lines and waits until the edge has stored them. */
async function send(edge: AgentProcess, part: number): Promise<void> {
  const count = lines / 4
  const socket = connect({ port: edge.port, host: '127.0.0.1' })
  socket.write(Array.from({ length: count }, (_, index) => `line ${part * count + index}\n`).join(''))
  let answer = ''
  for await (const chunk of socket) {
    answer += String(chunk)
    if (answer.length >= count * 3) break
  }
  assert.equal(answer, 'OK\n'.repeat(count))
}

function storedIn(store: string): readonly string[] {
  return readdirSync(store)
    .flatMap((file) => readFileSync(join(store, file), 'utf8').split('\n').slice(0, -1))
    .filter((line) => line !== '')
}
