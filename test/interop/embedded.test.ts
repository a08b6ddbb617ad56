// A program's embedded agent sends to an agent of Apache Flume, which sends on to our Avro source: what comes out must be
// what was put.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { EmbeddedAgent, type EmbeddedProperties } from 'flumen/embedded'
import avroSource from '../../packages/flumen/src/components/sources/avro/avro.ts'
import { createForTest } from '../../packages/flumen/src/testing/harness.ts'
import { flume, startFlume } from '../../servers/flume.ts'
import { freePort, skipUnless, temporaryDirectory } from '../../servers/server.ts'

interface Put {
  readonly headers: ReadonlyMap<string, string>
  readonly body: Uint8Array
}

const events = 10_000
const quiet = (): void => undefined
const noLog = { debug: quiet, info: quiet, warn: quiet, error: quiet }

test(`${events} events of an embedded agent reach Apache Flume, each once and whole`, {
  timeout: 300_000,
}, async (t) => {
  if (!(await skipUnless(t, flume))) return
  using home = temporaryDirectory('embedded')
  const { source, port, stop } = await flumeBefore(t)
  const channels: readonly EmbeddedProperties[] = [
    { 'channel.type': 'memory', 'channel.capacity': events, 'channel.transactionCapacity': 1000 },
    {
      'channel.type': 'file',
      'channel.checkpointDir': `${home.path}/checkpoint`,
      'channel.dataDirs': `${home.path}/data`,
    },
  ]
  const sent: Put[] = []
  for (const [round, channel] of channels.entries()) {
    const agent = new EmbeddedAgent('my app', { log: noLog })
    await agent.configure({
      ...channel,
      sinks: 'dead alive',
      'dead.type': 'avro',
      'dead.hostname': '127.0.0.1',
      'dead.port': 1,
      'alive.type': 'avro',
      'alive.hostname': '127.0.0.1',
      'alive.port': port,
      'processor.type': 'failover',
      'processor.priority.dead': 10,
      'processor.priority.alive': 5,
      'source.interceptors': 'i1',
      'source.interceptors.i1.type': 'static',
      'source.interceptors.i1.key': 'round',
      'source.interceptors.i1.value': String(round),
    })
    await agent.start()
    const own = madeEvents(events)
    for (let from = 0; from < own.length; from += 500) await agent.putAll(own.slice(from, from + 500))
    await source.stored((round + 1) * events)
    assert.deepEqual((await agent.stop()).left, [])
    sent.push(...own.map(({ headers, body }) => ({ headers: new Map([...headers, ['round', String(round)]]), body })))
  }
  await stop()
  const stored = source.observed.puts.flatMap((batch) => [...batch])
  assert.equal(stored.length, sent.length)
  assert.equal(digestOf(stored), digestOf(sent))
})

/** Flume with an Avro source, and our source behind it, which keeps what it gets. */
async function flumeBefore(t: TestContext) {
  const source = await createForTest(avroSource, { bind: '127.0.0.1', port: '0' })
  await source.instance.start()
  t.after(() => source.instance.stop(0))
  const listening = source.observed.lines.find(({ message }) => message === 'Listening.')
  const back = /:(\d+)$/.exec(String(listening!.facts.address))![1]!
  const port = await freePort()
  const agent = await startFlume({ configuration: configurationOf(port, back), listens: [port] })
  return { source, port, stop: () => agent.stop() }
}

function configurationOf(port: number, back: string): string {
  return `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = avro
a1.sources.r1.bind = 127.0.0.1
a1.sources.r1.port = ${port}
a1.sources.r1.channels = c1
a1.channels.c1.type = memory
a1.channels.c1.capacity = ${events}
a1.channels.c1.transactionCapacity = 1000
a1.sinks.k1.type = avro
a1.sinks.k1.hostname = 127.0.0.1
a1.sinks.k1.port = ${back}
a1.sinks.k1.channel = c1
`
}

/** Bodies of 0 bytes to 100 KB, of all byte values; headers none, few, in other scripts, and empty ones. */
function madeEvents(count: number): readonly Put[] {
  return Array.from({ length: count }, (_, index) => {
    const body = new Uint8Array(index % 1000 === 999 ? 100_000 : index % 300)
    for (let at = 0; at < body.length; at++) body[at] = index * 31 + at * 7
    const headers = new Map(index % 10 === 9 ? [] : [['number', String(index)]])
    if (index % 5 === 0) headers.set('kéy 日本', `valué ${index} 😀`)
    if (index % 7 === 0) headers.set('empty', '')
    return { headers, body }
  })
}

/** Of all events, in whatever order they and their headers come. */
function digestOf(all: readonly Put[]): string {
  const digests = all.map(({ headers, body }) => {
    const pairs = [...headers].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
    return createHash('sha256').update(JSON.stringify(pairs)).update(body).digest('hex')
  })
  return createHash('sha256').update(digests.sort().join()).digest('hex')
}
