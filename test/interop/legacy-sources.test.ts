// Real clients of Scribe and of Flume 0.9, the classes in Apache Flume's own jars, to our sources and to Flume's: the
// clients are answered alike, and the same events come out.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import avroSource from '../../packages/flumen/src/components/sources/avro/avro.ts'
import avroLegacy from '../../packages/flumen/src/components/sources/avro-legacy/avro-legacy.ts'
import scribe from '../../packages/flumen/src/components/sources/scribe/scribe.ts'
import thriftLegacy from '../../packages/flumen/src/components/sources/thrift-legacy/thrift-legacy.ts'
import { ChannelFullError, type EventBatch } from '../../packages/flumen/src/core/index.ts'
import { createForTest, type Harness, refuse } from '../../packages/flumen/src/testing/index.ts'
import { flumeClassPath, smallJava, startFlume } from '../../servers/flume.ts'
import { freePort, skipUnless } from '../../servers/server.ts'
import { compiledOracle, oracle } from './oracle.ts'

type Client = 'scribe' | 'thrift' | 'avro'
type Row = readonly [headers: Readonly<Record<string, string>>, body: string]

const clients: readonly Client[] = ['scribe', 'thrift', 'avro']
const events = 1500
const run = promisify(execFile)

/** What the client printed. */
async function answersTo(client: Client, port: number, count = events): Promise<readonly string[]> {
  const classPath = `${await compiledOracle()}:${await flumeClassPath()}`
  const words = ['-cp', classPath, 'LegacyClients', client, String(port), String(count)]
  const { stdout } = await run('java', [...smallJava, '-Dfile.encoding=UTF-8', ...words], { timeout: 120_000 })
  return stdout.trim().split('\n')
}

function ourSource(client: Client, onPut?: () => void): Promise<Harness<'source'>> {
  const options = onPut ? { onPut } : {}
  if (client === 'scribe') return createForTest(scribe, { bind: '127.0.0.1', port: '0' }, options)
  const values = { host: '127.0.0.1', port: '0' }
  return client === 'thrift' ? createForTest(thriftLegacy, values, options) : createForTest(avroLegacy, values, options)
}

function portOf({ observed }: Harness<'source'>): number {
  const { address } = observed.lines.find(({ message }) => message === 'Listening.')!.facts
  return Number(/:(\d+)$/.exec(String(address))![1])
}

function rowsOf(batches: readonly EventBatch[]): readonly Row[] {
  return batches.flatMap((batch) =>
    Array.from(batch, ({ headers, body }): Row => {
      const sorted = [...headers].sort(([one], [other]) => (one < other ? -1 : 1))
      return [Object.fromEntries(sorted), Buffer.from(body).toString('base64')]
    }),
  )
}

const classNames: Readonly<Record<Client, string>> = {
  scribe: 'org.apache.flume.source.scribe.ScribeSource',
  thrift: 'org.apache.flume.source.thriftLegacy.ThriftLegacySource',
  avro: 'org.apache.flume.source.avroLegacy.AvroLegacySource',
}

/** An agent of Flume with one of the sources, whose Avro sink sends what came to us. */
function flumeLines(client: Client, listen: number, sink: number): string {
  return `
a1.sources.${client}.type = ${classNames[client]}
a1.sources.${client}.host = 127.0.0.1
a1.sources.${client}.port = ${listen}
a1.sources.${client}.channels = ${client}
a1.channels.${client}.type = memory
a1.channels.${client}.capacity = 10000
a1.channels.${client}.transactionCapacity = 1000
a1.sinks.${client}.type = avro
a1.sinks.${client}.channel = ${client}
a1.sinks.${client}.hostname = 127.0.0.1
a1.sinks.${client}.port = ${sink}`
}

/** Flume names the memory of a field's value where its text should be. */
function withoutFieldValues(rows: readonly Row[]): readonly Row[] {
  const own = new Set(['timestamp', 'pri', 'nanos', 'FlumeOG'])
  return rows.map(([headers, body]) => [
    Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, own.has(name) || /^host-/.test(value) ? value : '']),
    ),
    body,
  ])
}

test('clients of Scribe and of Flume 0.9 get from us what they get from Apache Flume, and the events are the same', {
  timeout: 300_000,
}, async (t) => {
  if (!(await skipUnless(t, oracle))) return
  const list = clients.join(' ')
  const flows = await Promise.all(
    clients.map(async (client) => {
      const [ours, collector] = [
        await ourSource(client),
        await createForTest(avroSource, { bind: '127.0.0.1', port: '0' }),
      ]
      for (const source of [ours, collector]) {
        await source.instance.start()
        t.after(() => source.instance.stop(0))
      }
      return { client, ours, collector, listen: await freePort() }
    }),
  )
  const lines = flows.map(({ client, collector, listen }) => flumeLines(client, listen, portOf(collector)))
  const configuration = `a1.sources = ${list}\na1.channels = ${list}\na1.sinks = ${list}${lines.join('')}\n`
  await using real = await startFlume({ configuration, listens: flows.map(({ listen }) => listen) })
  for (const { client, ours, collector, listen } of flows) {
    assert.deepEqual(await answersTo(client, portOf(ours)), await answersTo(client, listen), client)
    // Flume loses an event without a priority.
    const [bare, ourRows] = [client === 'thrift' ? 1 : 0, rowsOf(ours.observed.puts)]
    assert.equal(ourRows.length, events + bare, client)
    await collector.stored(events)
    const theirs = rowsOf(collector.observed.puts)
    const same = ourRows.slice(0, events)
    if (client === 'avro') {
      assert.ok(theirs.some(([headers]) => headers.number?.startsWith('java.nio.HeapByteBuffer')))
      assert.deepEqual(withoutFieldValues(same), withoutFieldValues(theirs))
      assert.equal(same[1]?.[0].number, '1')
    } else assert.deepEqual(same, theirs, client)
    if (bare) assert.deepEqual(ourRows.at(-1), [{ FlumeOG: 'yes', nanos: '0', timestamp: '0' }, 'YmFyZQ=='])
  }
  await real.stop()
})

test('a full channel is told to clients of Scribe and of Avro, and clients of Thrift wait until it has room', {
  timeout: 300_000,
}, async (t) => {
  if (!(await skipUnless(t, oracle))) return
  for (const client of clients) {
    let refusals = 0
    const onPut = (): void => {
      if (refusals++ === 0) refuse(new ChannelFullError('no room'))
    }
    const source = await ourSource(client, onPut)
    await source.instance.start()
    t.after(() => source.instance.stop(0))
    const answers = await answersTo(client, portOf(source), client === 'scribe' ? 100 : 3)
    const expected = {
      scribe: ['TRY_LATER', 'OK', 'empty OK', 'no list TRY_LATER', 'no message TRY_LATER', 'done'],
      thrift: ['closed', 'closed after an event with a body alone', 'closed after no event', 'done'],
      avro: ['failed The event was not stored: a channel has no room; send it again', 'stored', 'done'],
    }
    assert.deepEqual(answers, expected[client])
    assert.equal(rowsOf(source.observed.puts).length, { scribe: 50, thrift: 4, avro: 2 }[client])
  }
})
