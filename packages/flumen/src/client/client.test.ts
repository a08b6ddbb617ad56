import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { Catalogue } from '../component/catalogue.ts'
import { builtInComponents } from '../components/catalogue.generated.ts'
import avroSource from '../components/sources/avro/avro.ts'
import thriftSource from '../components/sources/thrift/thrift.ts'
import {
  batchOf,
  ChannelFullError,
  type Clock,
  ConfigurationError,
  createEvent,
  type EventBatch,
} from '../core/index.ts'
import { createForTest, type Harness, refuse } from '../testing/harness.ts'
import { ManualClock } from '../testing/manual-clock.ts'
import { AppendError } from './append-error.ts'
import { openClient } from './open-client.ts'
import type { RpcClient } from './rpc-client.ts'

const catalogue = new Catalogue(builtInComponents)

/** A source that a test can make refuse, and wait. */
interface Server {
  readonly source: Harness<'source'>
  readonly port: number
  isFull: boolean
  /** Set: after so many puts there is no room. */
  fullAfter: number | undefined
  /** Set: a put waits for it. */
  gate: Promise<void> | undefined
  /** Puts that are waiting or were ever made. */
  asked: number
  stop(): Promise<void>
}

type Transport = 'avro' | 'thrift'

async function server(t: TestContext, transport: Transport = 'avro', port = 0): Promise<Server> {
  const state: Pick<Server, 'isFull' | 'fullAfter' | 'gate' | 'asked'> = {
    isFull: false,
    fullAfter: undefined,
    gate: undefined,
    asked: 0,
  }
  const onPut = async (): Promise<void> => {
    state.asked++
    await state.gate
    if (state.isFull || state.asked > (state.fullAfter ?? Number.POSITIVE_INFINITY))
      refuse(new ChannelFullError('no room'))
  }
  const values = { bind: '127.0.0.1', port: String(port) }
  const source =
    transport === 'avro'
      ? await createForTest(avroSource, values, { onPut })
      : await createForTest(thriftSource, values, { onPut })
  await source.instance.start()
  const stop = (): Promise<void> => source.instance.stop(0)
  t.after(stop)
  const { address } = source.observed.lines.find(({ message }) => message === 'Listening.')!.facts
  const bound = Number(/:(\d+)$/.exec(String(address))![1])
  return Object.assign(state, { source, port: bound, stop })
}

async function client(t: TestContext, properties: Readonly<Record<string, string>>, clock?: Clock): Promise<RpcClient> {
  const opened = await openClient(Object.entries(properties), { catalogue, clock })
  t.after(() => opened.close(0))
  return opened
}

function hostsOf(...servers: readonly Pick<Server, 'port'>[]): Record<string, string> {
  const entries = servers.map(({ port }, index) => [`hosts.h${index + 1}`, `127.0.0.1:${port}`])
  return { hosts: servers.map((_, index) => `h${index + 1}`).join(' '), ...Object.fromEntries(entries) }
}

function texts(count: number, from = 0): readonly string[] {
  return Array.from({ length: count }, (_, index) => `event ${from + index}`)
}

async function failureOf(call: Promise<unknown>): Promise<AppendError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof AppendError, `it must fail with an AppendError, not ${String(error)}`)
  return error
}

async function until(fact: () => boolean): Promise<void> {
  while (!fact()) await turn()
}

for (const transport of ['avro', 'thrift'] as const) {
  test(`${transport}: headers and bodies arrive as they are, in requests of at most batch-size`, async (t) => {
    const there = await server(t, transport)
    const type = transport === 'avro' ? 'DEFAULT' : 'Thrift'
    const opened = await client(t, { 'client.type': type, 'batch-size': '3', ...hostsOf(there) })
    assert.equal(opened.batchSize, 3)
    await opened.append(createEvent(Buffer.of(0, 255, 10), { 日本: '😀', empty: '' }))
    await opened.appendBatch(['two', { body: 'three' }, { body: Buffer.from('four'), headers: { k: 'v' } }, 'five'])
    await opened.appendBatch([])
    await opened.appendBatch(batchOf(texts(7).map((text) => createEvent(text))))
    const { puts } = there.source.observed
    assert.deepEqual(
      puts.map(({ length }) => length),
      [1, 3, 1, 3, 3, 1],
    )
    assert.deepEqual(eventsOf(puts).slice(0, 5), [
      [{ 日本: '😀', empty: '' }, Buffer.of(0, 255, 10).toString('latin1')],
      [{}, 'two'],
      [{}, 'three'],
      [{ k: 'v' }, 'four'],
      [{}, 'five'],
    ])
    assert.deepEqual(there.source.bodies().slice(5), texts(7))
    assert.equal(there.source.observed.counts.get('openConnections'), 1)
  })

  test(`${transport}: a failure says how many events are stored, and what is left can be sent by the same client`, async (t) => {
    const there = await server(t, transport)
    const opened = await client(t, {
      'client.type': transport === 'avro' ? 'default' : 'thrift',
      'batch-size': '10',
      ...hostsOf(there),
    })
    const all = texts(35)
    there.isFull = true
    const none = await failureOf(opened.appendBatch(all))
    assert.deepEqual([none.stored, none.verdict], [0, 'retry'])
    there.isFull = false
    there.fullAfter = there.asked + 2
    const some = await failureOf(opened.appendBatch(all))
    assert.equal(some.stored, 20)
    assert.match(some.message, /20 events of this call stored$/)
    there.fullAfter = undefined
    await opened.appendBatch(all.slice(some.stored))
    assert.deepEqual(there.source.bodies(), all)
    assert.equal(opened.isActive, true)
  })
}

test('a server that comes back gets the rest, without another client', async (t) => {
  const there = await server(t)
  const opened = await client(t, hostsOf(there))
  await opened.append('before')
  await there.stop()
  const error = await failureOf(opened.append('lost'))
  assert.equal(error.stored, 0)
  const again = await server(t, 'avro', there.port)
  await opened.append('after')
  assert.deepEqual(again.source.bodies(), ['after'])
})

test('an answer that does not come may have been a delivery, and the caller may give up', async (t) => {
  const there = await server(t)
  there.gate = new Promise(() => undefined)
  const opened = await client(t, hostsOf(there))
  const giveUp = new AbortController()
  const call = failureOf(opened.append('one', { signal: giveUp.signal }))
  await until(() => there.asked === 1)
  giveUp.abort()
  const error = await call
  assert.deepEqual([error.stored, error.maybeDelivered, error.code], [0, true, 'STOPPED'])
  const before = await failureOf(opened.append('two', { signal: AbortSignal.abort() }))
  assert.notEqual(before.maybeDelivered, true)
})

test('calls over one connection are carried out in their order, and too many that wait are refused', async (t) => {
  const there = await server(t)
  const { promise, resolve: open } = Promise.withResolvers<void>()
  there.gate = promise
  const opened = await client(t, { ...hostsOf(there), 'max-queued-calls': '3' })
  const calls = texts(4).map((text) => opened.append(text))
  const refused = await failureOf(opened.append('one too many'))
  assert.match(refused.message, /3 calls wait already/)
  open()
  await Promise.all(calls)
  assert.deepEqual(there.source.bodies(), texts(4))
})

test('with several connections so many calls are under way', async (t) => {
  const there = await server(t, 'thrift')
  const { promise, resolve: open } = Promise.withResolvers<void>()
  there.gate = promise
  const opened = await client(t, { 'client.type': 'thrift', ...hostsOf(there), maxConnections: '3' })
  const calls = texts(5).map((text) => opened.append(text))
  await until(() => there.asked === 3)
  for (let turns = 0; turns < 50; turns++) await turn()
  assert.equal(there.asked, 3)
  open()
  await Promise.all(calls)
  assert.deepEqual([...there.source.bodies()].sort(), texts(5))
})

for (const transport of ['avro', 'thrift'] as const) {
  const type = transport === 'avro' ? 'default_failover' : 'thrift_failover'
  test(`${type}: a host is used until it fails, then the next, and nobody goes back before that fails`, async (t) => {
    const [one, two] = [await server(t, transport), await server(t, transport)]
    const opened = await client(t, { 'client.type': type, ...hostsOf(one, two) })
    await opened.append('a')
    one.isFull = true
    await opened.append('b')
    one.isFull = false
    await opened.append('c')
    await two.stop()
    await opened.append('d')
    assert.deepEqual(one.source.bodies(), ['a', 'd'])
    assert.deepEqual(two.source.bodies(), ['b', 'c'])
  })
}

test('default_failover sends max-attempts times at most, and a host without a connection does not count', async (t) => {
  const [dead, full, good] = [await server(t), await server(t), await server(t)]
  await dead.stop()
  full.isFull = true
  const hosts = hostsOf(dead, full, good)
  const once = await client(t, { 'client.type': 'default_failover', 'max-attempts': '1', ...hosts })
  await failureOf(once.append('a'))
  assert.equal(full.asked, 1)
  await once.append('b')
  const more = await client(t, { 'client.type': 'default_failover', 'max-attempts': '2', ...hosts })
  await more.append('c')
  assert.deepEqual(good.source.bodies(), ['b', 'c'])
  await good.stop()
  full.asked = 0
  const all = await client(t, { 'client.type': 'default_failover', ...hosts })
  await failureOf(all.append('d'))
  assert.equal(full.asked, 3)
  await full.stop()
  assert.match((await failureOf(all.append('e'))).message, /no connection to/)
})

for (const transport of ['avro', 'thrift'] as const) {
  const type = transport === 'avro' ? 'default_loadbalance' : 'thrift_loadbalance'
  test(`${type}: the hosts take turns, and one that fails is replaced at once`, async (t) => {
    const servers = [await server(t, transport), await server(t, transport), await server(t, transport)]
    const opened = await client(t, { 'client.type': type, ...hostsOf(...servers) })
    for (const text of texts(9)) await opened.append(text)
    assert.deepEqual(
      servers.map(({ source }) => source.bodies().length),
      [3, 3, 3],
    )
    await servers[1]!.stop()
    for (const text of texts(9, 9)) await opened.append(text)
    const bodies = servers.flatMap(({ source }) => source.bodies())
    assert.deepEqual([...bodies].sort(), [...texts(18)].sort())
  })
}

test('default_loadbalance with backoff leaves a host alone that failed, and says when all of them did', async (t) => {
  const [one, two] = [await server(t), await server(t)]
  const opened = await client(t, {
    'client.type': 'default_loadbalance',
    ...hostsOf(one, two),
    backoff: 'true',
    maxBackoff: '60000',
  })
  one.isFull = true
  for (const text of texts(6)) await opened.append(text)
  assert.equal(one.asked, 1)
  two.isFull = true
  await failureOf(opened.append('x'))
  const error = await failureOf(opened.append('y'))
  assert.match(error.message, /every host failed of late/)
  assert.ok(error.retryAfterMs !== undefined && error.retryAfterMs > 0 && error.retryAfterMs <= 2000)
})

test('a host that has taken a batch again is left alone for the shortest time when it fails anew', async (t) => {
  const clock = new ManualClock()
  const [one, two] = [await server(t), await server(t)]
  const properties = { 'client.type': 'default_loadbalance', ...hostsOf(one, two), backoff: 'true' }
  const opened = await client(t, properties, clock)
  for (let round = 0; round < 3; round++) {
    one.isFull = true
    one.asked = 0
    while (one.asked === 0) await opened.append('refused by one')
    one.isFull = false
    await clock.advance(2001)
    one.asked = 0
    for (const text of texts(2)) await opened.append(text)
    assert.equal(one.asked, 1, `it is used again after 2 s, round ${round}`)
  }
})

test('events that are too large together are sent in smaller requests; one that never fits is rejected, with its place', async (t) => {
  const there = await server(t, 'thrift')
  const opened = await client(t, { 'client.type': 'thrift', ...hostsOf(there), maxRequestSize: '2048' })
  const wide = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`header ${index}`, 'x'.repeat(50)]))
  const events = texts(8).map((body) => ({ body, headers: wide }))
  await opened.appendBatch(events)
  assert.deepEqual(there.source.bodies(), texts(8))
  const error = await failureOf(opened.appendBatch([...events, 'y'.repeat(3000), 'z']))
  assert.deepEqual([error.stored, error.verdict, error.code], [8, 'reject', 'EVENT_REJECTED'])
})

test('close waits for the calls that were made, takes no more, and ends those that take too long', async (t) => {
  const there = await server(t)
  const { promise, resolve: open } = Promise.withResolvers<void>()
  there.gate = promise
  const opened = await client(t, hostsOf(there))
  const calls = texts(2).map((text) => opened.append(text))
  await until(() => there.asked === 1)
  const closing = opened.close()
  assert.equal(opened.isActive, false)
  assert.match((await failureOf(opened.append('late'))).message, /the client is closed/)
  open()
  await Promise.all([closing, ...calls])
  assert.deepEqual(there.source.bodies(), texts(2))

  there.gate = new Promise(() => undefined)
  const other = await client(t, hostsOf(there))
  const stuck = failureOf(other.append('stuck'))
  const waiting = failureOf(other.append('waiting'))
  await until(() => there.asked === 3)
  await other.close(1)
  assert.equal((await stuck).maybeDelivered, true)
  assert.notEqual((await waiting).maybeDelivered, true)
})

test('TLS and compression are set as with the sinks', async (t) => {
  for (const compression of ['deflate', 'zstd']) {
    const there = await createForTest(avroSource, { bind: '127.0.0.1', port: '0', 'compression-type': compression })
    await there.instance.start()
    t.after(() => there.instance.stop(0))
    const { address } = there.observed.lines.find(({ message }) => message === 'Listening.')!.facts
    const port = Number(/:(\d+)$/.exec(String(address))![1])
    const opened = await client(t, { ...hostsOf({ port }), 'compression-type': compression, 'compression-level': '1' })
    await opened.appendBatch(texts(300))
    assert.deepEqual(there.bodies(), texts(300))
  }
  await assert.rejects(
    client(t, { ...hostsOf({ port: 1 }), ssl: 'true', authorities: '/nowhere/ca.pem' }),
    /TLS cannot be set up.*nowhere/,
  )
})

test('properties that are wrong are all told at once, with the mend', async () => {
  const lines = async (properties: Readonly<Record<string, string>>): Promise<readonly string[]> => {
    try {
      await openClient(Object.entries(properties), { catalogue })
      return []
    } catch (error) {
      assert.ok(error instanceof ConfigurationError)
      return error.message.split('\n')
    }
  }
  const good = { hosts: 'h1', 'hosts.h1': 'localhost:4141' }
  assert.deepEqual(await lines(good), [])
  assert.deepEqual(await lines({ ...good, 'hosts.h1': '[::1]:4141', maxIoWorkers: '5', protocol: 'binary' }), [])
  assert.deepEqual(await lines({}), ['hosts: hosts is needed; add hosts = …'])
  for (const wrong of ['localhost', 'localhost:', ':4141', 'localhost:x', 'a:1:2', 'localhost:70000', 'localhost:0']) {
    assert.deepEqual(await lines({ ...good, 'hosts.h1': wrong }), [
      `hosts.h1: "${wrong}" is not an address; write HOST:PORT, such as collector:4141`,
    ])
  }
  assert.deepEqual(
    await lines({
      ...good,
      'client.type': 'default_failovr',
      batchsize: '3',
      'compression-type': 'deflate',
      ssl: 'maybe',
    }),
    [
      'client.type: there is no client of type "default_failovr"; did you mean default_failover?',
      'batchsize: no client has this key; did you mean batch-size?',
    ],
  )
  assert.deepEqual(await lines({ ...good, 'client.type': 'default_loadbalance', 'host-selector': 'rnd' }), [
    'hosts: at least two hosts are needed; add names, and hosts.NAME = HOST:PORT',
    'host-selector: there is no sink selector of type "rnd"; the sink selectors are random, round_robin; a plugin is named by path (./…) or package',
  ])
})

test('what Flume mends is mended, with a warning; class names of its clients are types', async (t) => {
  const there = await server(t)
  const warnings: string[] = []
  const log = { debug() {}, info() {}, error() {}, warn: (message: string) => void warnings.push(message) }
  const properties = {
    'client.type': 'org.apache.flume.api.FailoverRpcClient',
    hosts: 'h1 gone',
    'hosts.h1': `127.0.0.1:${there.port}`,
    'hosts.h7': 'other:1',
    'batch-size': '0',
    'connect-timeout': '999',
    'request-timeout': 'soon',
    'max-attempts': 'x',
  }
  const opened = await openClient(Object.entries(properties), { catalogue, log })
  t.after(() => opened.close(0))
  assert.equal(opened.batchSize, 100)
  await opened.append('one')
  const keys = warnings.map((line) => /^[\w.-]+/.exec(line)![0])
  assert.deepEqual(keys.sort(), [
    'batch-size',
    'connect-timeout',
    'hosts',
    'hosts.h7',
    'max-attempts',
    'request-timeout',
  ])
})

function eventsOf(puts: readonly EventBatch[]): readonly unknown[] {
  return puts.flatMap((batch) =>
    Array.from(batch, ({ headers, body }) => [
      Object.fromEntries(headers),
      Buffer.from(body).toString(body[1] === 255 ? 'latin1' : 'utf8'),
    ]),
  )
}
